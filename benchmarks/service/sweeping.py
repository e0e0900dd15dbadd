"""The sweeper on a backlog: calls to AWS for each overdue photo, and photos a second of one worker.

    python -m benchmarks.service.sweeping [--photos 1000] [--call-ms 8] [--out build/bench/sweeping.json]

The use case and its adapters work on moto, in this process, on one shard of overdue photos: half whose event
was lost, half whose job waits at the endpoint. What a worker does in a second is computed from the calls and
the milliseconds that one takes on AWS, plus this process's own processor time without moto's answers.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import boto3
import typer
from moto import mock_aws
from rich.console import Console
from rich.table import Table

from limner.adapters.backlog import MeasuredBacklog, endpoint_age
from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.picture_hashes import DynamoDbPictureHashes
from limner.adapters.s3 import S3Objects
from limner.adapters.sqs import QueuedUploadEvents
from limner.adapters.usage import DynamoDbUsage
from limner.keys import job_id_of, upload_key
from limner.looks import Look
from limner.photos import Photo, Source, StylizeJob, Variants
from limner.sweep.ports import Step
from limner.tenancy import PhotoKey
from limner.use_cases.record_result import RecordResult
from limner.use_cases.sweep import Sweep
from local.aws.running import ROOT

from ..shared.machine import machine
from ..shared.report import write_json

REGION = "eu-central-1"
OUTAGE_PHOTOS = 72_000
OVERDUE_PER_SECOND = 20
WORKERS = 8
"""SweeperConcurrency of template.yaml."""
DEADLINE = timedelta(minutes=30)
SHARD = "a"
INDEX = {
    "IndexName": "Open",
    "KeySchema": [
        {"AttributeName": "open_shard", "KeyType": "HASH"},
        {"AttributeName": "due_at", "KeyType": "RANGE"},
    ],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}


class Calls:
    """Counts the SDK's calls, and the seconds until moto has answered them."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.seconds = 0.0
        self._began = 0.0

    def attach(self, client: Any) -> Any:
        client.meta.events.register("before-send", self._begin)
        client.meta.events.register("after-call", self._end)
        return client

    def _begin(self, event_name: str, **_: Any) -> None:
        self.count[event_name.removeprefix("before-send.")] += 1
        self._began = time.process_time()

    def _end(self, **_: Any) -> None:
        self.seconds += time.process_time() - self._began


def main(
    photos: Annotated[int, typer.Option(min=10, help="Overdue photos of the shard.")] = 1_000,
    call_ms: Annotated[float, typer.Option(min=0, help="Milliseconds of a call to AWS.")] = 8.0,
    out: Annotated[Path, typer.Option(help="JSON file to write.")] = ROOT / "build/bench/sweeping.json",
) -> None:
    """Sweep one shard on moto, and print what that says of an hour's outage."""
    with _aws():
        calls = Calls()
        sweep = _sweep(calls)
        _fill(sweep.photos, photos)
        calls.count.clear()
        calls.seconds = 0.0
        began = time.process_time()
        outcomes = Counter(sweep(SHARD))
        seconds = time.process_time() - began
    result = _result(photos, seconds, calls, call_ms) | {"outcomes": dict(outcomes), "machine": machine()}
    table = Table("", title="The sweeper on a backlog")
    for name, value in result.items():
        table.add_row(name, str(value))
    Console(soft_wrap=True).print(table)
    write_json(out, result)


def _result(photos: int, seconds: float, calls: Calls, call_ms: float) -> dict[str, Any]:
    calls_each = calls.count.total() / photos
    own_ms = (seconds - calls.seconds) / photos * 1000
    rate = 1000 / (calls_each * call_ms + own_ms)
    backlog_minutes = OUTAGE_PHOTOS / (rate * WORKERS - OVERDUE_PER_SECOND) / 60
    return {
        "photos": photos,
        "calls": dict(calls.count),
        "calls_per_photo": round(calls_each, 2),
        "own_ms_per_photo": round(own_ms, 2),
        "photos_per_second_on_moto": round(photos / seconds, 1),
        "call_ms": call_ms,
        "photos_per_second_of_one_worker": round(rate, 1),
        "workers": WORKERS,
        "photos_per_second": round(rate * WORKERS, 1),
        "minutes_for_an_hours_outage": round(backlog_minutes, 1),
    }


@contextmanager
def _aws() -> Iterator[None]:
    os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION=REGION)
    with mock_aws():
        yield


def _sweep(calls: Calls) -> Sweep:
    dynamodb = boto3.resource("dynamodb")
    calls.attach(dynamodb.meta.client)
    s3, sqs, cloudwatch = (calls.attach(boto3.client(name)) for name in ("s3", "sqs", "cloudwatch"))
    s3.create_bucket(Bucket="results", CreateBucketConfiguration={"LocationConstraint": REGION})
    urls = {step: sqs.create_queue(QueueName=step)["QueueUrl"] for step in (Step.ROUTING, Step.VARIANTS)}
    photos = DynamoDbPhotos(_photos_table(dynamodb), DynamoDbUsage(_table(dynamodb, "usage", "counter")))
    objects, now = S3Objects(s3), _now
    measured_at = _now()
    events = QueuedUploadEvents(
        client=sqs,
        uploads_bucket="uploads",
        router_queue_url=urls[Step.ROUTING],
        thumb_queue_url=urls[Step.VARIANTS],
    )
    record = RecordResult(
        photos=photos,
        objects=objects,
        now=now,
        results_bucket="results",
        hashes=DynamoDbPictureHashes(_table(dynamodb, "hashes", "band")),
        events=events,
        grace_period=DEADLINE,
        attempts=4,
    )
    return Sweep(
        photos=photos,
        objects=objects,
        events=events,
        backlog=MeasuredBacklog(
            sqs, cloudwatch, queue_urls=urls, stylizer=endpoint_age("stylizer"), now=lambda: measured_at
        ),
        record_result=record,
        now=now,
        grace_period=DEADLINE,
        retries=2,
        in_flight=timedelta(hours=6),
        time_limit=timedelta(hours=1),
    )


def _table(dynamodb: Any, name: str, key: str, **more: Any) -> Any:
    attributes = more.pop("attributes", {})
    kinds = {key: "S", **attributes}
    return dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": kind} for each, kind in kinds.items()],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )


def _photos_table(dynamodb: Any) -> Any:
    attributes = {"open_shard": "S", "due_at": "N"}
    return _table(dynamodb, "photos", "photo_key", attributes=attributes, GlobalSecondaryIndexes=[INDEX])


def _fill(photos: Any, count: int) -> None:
    """Every second photo has a job at the endpoint, and its variants."""
    uploaded_at = _now() - timedelta(hours=1)
    for number in range(count):
        key = PhotoKey("main", f"{SHARD}{number:031x}")
        source = Source(bucket="uploads", key=upload_key(key), sequencer=f"{number:032X}", bytes=1)
        job = StylizeJob(
            job_id=job_id_of(key, f"{number:012x}"),
            sequencer=source.sequencer,
            lease_until=0,
            output_location="s3://results/endpoint/output/1",
            failure_location="s3://results/endpoint/failure/1",
            submitted_at=uploaded_at,
        )
        photo = Photo(
            photo_id=key.photo_id,
            tenant=key.tenant,
            filename="mug.jpg",
            looks=(Look(styles={"oil": 1.0}),),
            created_at=uploaded_at,
            source=source,
            due_at=int((uploaded_at + DEADLINE).timestamp()),
        )
        photos.record_upload(photo)
        if number % 2:
            photos.record_variants(key, Variants(sequencer=source.sequencer, renditions=(), seconds=0.1))
            photos._parts.write("job", key, job, "attribute_exists(photo_key)", revision=0)


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    typer.run(main)
