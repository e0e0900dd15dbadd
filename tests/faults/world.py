"""A small deterministic world: the deployed handlers, queues as template.yaml declares them, a clock, a sweeper.

Nothing in it sleeps. `rest` delivers what is visible, moves the clock to whatever comes next, and ends when no
message, no invocation and no open photo is left, or fails when that never happens.
"""

import importlib.util
import io
import json
import logging
import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import boto3
from botocore.awsrequest import AWSResponse
from moto.core.botocore_stubber import MockRawResponse

from limner import bootstrap
from limner.adapters.dynamodb import DynamoDbPhotos
from limner.keys import photo_id_for, upload_key
from limner.looks import Look
from limner.photos import FINAL_STATUSES, Photo, PhotoStatus
from tests import makers
from tests.fakes import Clock
from tests.faults.queues import Message, Queue
from tests.faults.stylizer import Endpoint
from tests.faults.wire import Crash, InjectedFault, Wire, wired
from tests.template_reader import ROOT, environment, properties, template

BUCKETS = {"UploadsBucket": "limner-uploads", "ResultsBucket": "limner-results"}
TABLE = "limner-photos"
QUEUES = ("RouterQueue", "ThumbQueue", "DoneQueue")
UPLOAD_QUEUES = ("RouterQueue", "ThumbQueue")
READERS = {"RouterQueue": "router", "ThumbQueue": "thumbnailer", "DoneQueue": "recorder"}
BATCHES = {queue: properties(f"{READERS[queue].capitalize()}Reads")["BatchSize"] for queue in QUEUES}
URL = "https://sqs.eu-central-1.amazonaws.com/123456789012/"
SWEEP_EVERY = 300
ASYNC_TRIES = 3
"""Lambda tries an asynchronous invocation three times, then its dead-letter queue has the event."""
DEADLINE = int(template()["Parameters"]["DeadlineSeconds"]["Default"])
MOST_STEPS = 2_000
PHOTO = makers.jpeg(64, 48)
PHOTO_ID = f"{1:032x}"


class NeverRests(AssertionError):
    """Something is still going round after so many steps."""


@dataclass
class Context:
    function_name: str = "test"
    memory_limit_in_mb: int = 128
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:test"
    aws_request_id: str = "52fdfc07-2182-154f-163f-5f0f9a621d72"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


class World:
    """`s3`, `endpoint` and `handlers` are built by `new_world`, once AWS is moto's."""

    s3: Any
    endpoint: Endpoint
    handlers: dict[str, Callable[[Mapping[str, Any], Context], Any]]

    def __init__(self) -> None:
        self.clock = Clock()
        self.clock.time = datetime.now(UTC).replace(microsecond=0)  # S3 dates what is put by its own clock
        self.queues = {name: Queue.declared(name) for name in QUEUES}
        self.wire = Wire(submit=self.accept, send=self._send)
        self.metrics: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.swept_in_vain = 0
        self.uploaded: dict[tuple[str, str], bytes] = {}
        self.uploaded_at: dict[str, int] = {}
        self.sequencers: dict[str, str] = {}
        self.events: list[str] = []
        self.lost: set[str] = set()
        self.resends_lost = 0
        self.notices_lost = 0
        self.notices_doubled = False
        self.batch_size = False
        self._sweep_due: float = self.now

    # ── what a scenario does ─────────────────────────────────────────────────────────────────────────

    def inject_fault(self, *errors: InjectedFault) -> None:
        self.wire.errors += errors

    def order(self, photo_id: str = PHOTO_ID, looks: tuple[Look, ...] = (makers.OIL,)) -> None:
        """POST /uploads: the row, and how long it is kept without a file."""
        photo = Photo(
            photo_id=photo_id,
            shop="main",
            filename="mug.jpg",
            looks=looks,
            created_at=self.clock(),
            due_at=self.now + 3600 + DEADLINE,
        )
        self.photos.add(photo, self.clock() + timedelta(days=1))

    def upload(self, body: bytes = PHOTO, key: str | None = None, tell: bool = True) -> str:
        """The file arrives; EventBridge tells both queues, except those in `lost`. The event's body."""
        key = key or upload_key(PHOTO_ID)
        put = self.s3.put_object(Bucket=BUCKETS["UploadsBucket"], Key=key, Body=body)
        version, etag = put["VersionId"], put["ETag"].strip('"')
        self.uploaded[key, version] = body
        self.uploaded_at[key] = self.now
        self.sequencers[key] = f"{len(self.uploaded):018X}"
        facts = {"key": key, "size": len(body), "etag": etag, "version-id": version}
        facts["sequencer"] = self.sequencers[key]
        detail = {"bucket": {"name": BUCKETS["UploadsBucket"]}, "object": facts, "reason": "PostObject"}
        event = json.dumps({"source": "aws.s3", "detail-type": "Object Created", "detail": detail})
        self.events.append(event)
        if tell:
            self.tell(event)
        return event

    def tell(self, event: str, after: float = 0) -> None:
        for queue in UPLOAD_QUEUES:
            if queue not in self.lost:
                self.queues[queue].send(event, self.now + after)

    def notification(self, job_id: str, status: str, after: float = 0) -> None:
        body = json.dumps({"inferenceId": job_id, "invocationStatus": status})
        self.queues["DoneQueue"].send(body, self.now + after)

    def rest(self) -> None:
        for _ in range(MOST_STEPS):
            if self._finish_invocations() or self._deliver():
                continue
            comes = self._next()
            if comes is None:
                return
            self.clock.advance(seconds=max(comes - self.now, 0))
            if comes == self._sweep_due:
                self.sweep()
        raise NeverRests(f"after {self.clock()} still: {self.describe()}")

    def run_for(self, seconds: float) -> None:
        """Deliver what is visible for a while, without a sweeper."""
        until = self.now + seconds
        while self.now < until:
            while self._finish_invocations() or self._deliver():
                pass
            times = [queue.next_visible() for queue in self.queues.values()]
            times += [each.ready_at for each in self.endpoint.waiting]
            comes = min([time for time in times if time is not None], default=until)
            self.clock.advance(seconds=max(min(comes, until) - self.now, 0))

    def redrive(self) -> None:
        for queue in self.queues.values():
            queue.redrive(self.now)

    def sweep(self) -> None:
        """The schedule fires; Lambda tries again when the invocation fails."""
        for _ in range(ASYNC_TRIES):
            if self.call("sweeper", {}) is not None:
                break
            self.clock.advance(seconds=60)
        else:
            self.swept_in_vain += 1
        self._sweep_due = self.now + SWEEP_EVERY

    def job_id(self, photo_id: str = PHOTO_ID) -> str:
        job = self.photos.get(photo_id).job
        assert job, "the router has leased nothing yet"
        return job.job_id

    # ── what is the case ─────────────────────────────────────────────────────────────────────────────

    @property
    def now(self) -> int:
        return int(self.clock().timestamp())

    @property
    def photos(self) -> DynamoDbPhotos:
        return bootstrap.photos(TABLE)

    def rows(self) -> list[Photo]:
        items = self.photos._table.scan()["Items"]
        return [Photo.model_validate(item, extra="ignore") for item in items]

    def stored(self, bucket: str) -> dict[str, int]:
        """Sizes of the newest versions by key."""
        listed = self.s3.list_objects_v2(Bucket=BUCKETS[bucket]).get("Contents", [])
        return {each["Key"]: each["Size"] for each in listed}

    def uploads_as_they_are(self) -> dict[tuple[str, str], bytes]:
        listed = self.s3.list_object_versions(Bucket=BUCKETS["UploadsBucket"]).get("Versions", [])
        return {
            (each["Key"], each["VersionId"]): self.s3.get_object(
                Bucket=BUCKETS["UploadsBucket"], Key=each["Key"], VersionId=each["VersionId"]
            )["Body"].read()
            for each in listed
        }

    def newest_versions(self) -> dict[str, tuple[str, str]]:
        """Photo id → key and version of the upload that its row should speak of."""
        return {photo_id_for(BUCKETS["UploadsBucket"], key): (key, version) for key, version in self.uploaded}

    def dead_letters(self) -> dict[str, int]:
        counts = {queue.dead_letters: len(queue.dead) for queue in self.queues.values()}
        return {name: count for name, count in (counts | {"SweeperDLQ": self.swept_in_vain}).items() if count}

    def describe(self) -> str:
        rows = [f"{row.photo_id[-4:]} {row.status} due {row.due_at}" for row in self.rows()]
        return f"{rows}, queues { {name: len(q.messages) for name, q in self.queues.items()} }"

    # ── how it goes on ───────────────────────────────────────────────────────────────────────────────

    def call(self, function: str, event: Mapping[str, Any]) -> Any:
        """What the handler answers; None when it raised or its process died."""
        said = io.StringIO()
        try:
            with self.wire.function(function), redirect_stdout(said), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return self.handlers[function](event, Context())
        except (Crash, Exception):
            self.errors[function] += 1
            return None
        finally:
            self._count(said.getvalue())

    def _count(self, said: str) -> None:
        """Metrics as CloudWatch's embedded format has them."""
        for line in said.splitlines():
            blob = json.loads(line)
            for each in blob["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
                self.metrics[each["Name"]] += int(sum(blob[each["Name"]]))

    def _deliver(self) -> bool:
        """One batch to each reader; False when nothing was visible."""
        delivered = False
        for name, queue in self.queues.items():
            if batch := queue.receive(self.now, BATCHES[name]):
                delivered = True
                self._read(name, queue, batch)
        return delivered

    def _read(self, name: str, queue: Queue, batch: list[Message]) -> None:
        records = [{"messageId": str(n), "body": each.body, "attributes": {}} for n, each in enumerate(batch)]
        answer = self.call(READERS[name], {"Records": [record | _SQS for record in records]})
        if answer is None:
            return
        failed = {int(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]}
        queue.delete(message for n, message in enumerate(batch) if n not in failed)

    def _finish_invocations(self) -> bool:
        before = len(self.endpoint.waiting)
        with self.wire.function("stylizer"):
            notifications = self.endpoint.finish(self.now)
        for body in notifications:
            self._publish(body)
        return len(self.endpoint.waiting) < before

    def _publish(self, body: str) -> None:
        if self.notices_lost:
            self.notices_lost -= 1
            return
        for _ in range(2 if self.notices_doubled else 1):
            self.queues["DoneQueue"].send(body, self.now)

    def _next(self) -> float | None:
        """When something happens next; None when everything has come to rest."""
        times = [queue.next_visible() for queue in self.queues.values()]
        times += [each.ready_at for each in self.endpoint.waiting]
        rows = self.rows()
        if due := [*(row.due_at for row in rows if row.due_at is not None), *self._orphaned(rows)]:
            late = max(min(due) - self._sweep_due, 0)
            self._sweep_due += -(-late // SWEEP_EVERY) * SWEEP_EVERY
            times.append(self._sweep_due)
        return min((time for time in times if time is not None), default=None)

    def _orphaned(self, rows: list[Photo]) -> list[float]:
        """When the sweeper looks for uploads that no row speaks of."""
        known = {row.photo_id: row.source for row in rows}
        strangers = [
            key
            for photo_id, (key, version) in self.newest_versions().items()
            if photo_id not in known or ((source := known[photo_id]) and source.version_id != version)
        ]
        return [self.uploaded_at[key] + DEADLINE + 1 for key in strangers]

    def accept(self, request: Any) -> AWSResponse:
        job_id = _body(request).get("InferenceId")
        headers = self.endpoint.accept(request.headers, self.now)
        if self.batch_size:
            self._settle_before_the_router_hears()
        answer = json.dumps({"InferenceId": job_id})
        return AWSResponse(request.url, 202, headers, MockRawResponse(answer))

    def _settle_before_the_router_hears(self) -> None:
        self.endpoint.waiting[-1].ready_at = self.now
        self._finish_invocations()
        queue = self.queues["DoneQueue"]
        self._read("DoneQueue", queue, queue.receive(self.now, 10))

    def _send(self, request: Any) -> AWSResponse:
        sent = _body(request)
        if self.resends_lost:
            self.resends_lost -= 1
        else:
            self.queues[sent["QueueUrl"].rpartition("/")[2]].send(sent["MessageBody"], self.now)
        return AWSResponse(request.url, 200, {}, MockRawResponse(json.dumps({"MessageId": "1"})))


_SQS = {
    "receiptHandle": "r",
    "messageAttributes": {},
    "md5OfBody": "",
    "eventSource": "aws:sqs",
    "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:queue",
    "awsRegion": "eu-central-1",
}


def _body(request: Any) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(request.body) if request.body else {}
    return parsed


@contextmanager
def new_world() -> Iterator[World]:
    """A world of its own: empty buckets, an empty table, handlers that have built nothing yet."""
    world = World()
    with (
        patch.dict(os.environ, _environment()),
        wired(world.wire),
        patch.object(bootstrap, "now", world.clock),
    ):
        _forget()
        logging.disable()
        try:
            _build(world)
            yield world
        finally:
            logging.disable(logging.NOTSET)
            _forget()


def _build(world: World) -> None:
    world.s3 = boto3.client("s3")
    for bucket in BUCKETS.values():
        world.s3.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
    versioning = properties("UploadsBucket")["VersioningConfiguration"]
    world.s3.put_bucket_versioning(Bucket=BUCKETS["UploadsBucket"], VersioningConfiguration=versioning)
    facts = properties("PhotosTable")
    kept = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    boto3.client("dynamodb").create_table(TableName=TABLE, **{name: facts[name] for name in kept})
    world.endpoint = Endpoint(s3=world.s3, results_bucket=BUCKETS["ResultsBucket"])
    world.handlers = {name: _handler(name) for name in ("router", "thumbnailer", "recorder", "sweeper")}


def _environment() -> dict[str, str]:
    """Of all functions together: no variable differs between them but the service's name."""
    variables: dict[str, str] = {}
    for function in ("Router", "Thumbnailer", "Recorder", "Sweeper"):
        declared = environment(f"{function}Function")
        variables |= {name: _resolved(value) for name, value in declared.items()}
    quiet = {"POWERTOOLS_LOG_LEVEL": "CRITICAL", "POWERTOOLS_METRICS_DISABLED": "false"}
    account = {"AWS_DEFAULT_REGION": "eu-central-1", "POWERTOOLS_TRACE_DISABLED": "true"}
    return variables | quiet | account


def _resolved(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    name = value.get("Ref", "limner-stylizer")
    if name in QUEUES:
        return f"{URL}{name}"
    known = {**BUCKETS, "PhotosTable": TABLE}
    default = template()["Parameters"].get(name, {}).get("Default", "limner-stylizer")
    return str(known.get(name, default))


def _handler(folder: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"{folder}_app", ROOT / "functions" / folder / "app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler


def _forget() -> None:
    for value in vars(bootstrap).values():
        if hasattr(value, "cache_clear"):
            value.cache_clear()


def photo_of(world: World, key: str) -> Photo:
    return world.photos.get(photo_id_for(BUCKETS["UploadsBucket"], key))


def ending(photo: Photo) -> str:
    """READY, or FAILED and why; anything else has not ended."""
    if photo.status is PhotoStatus.FAILED:
        assert photo.failure
        return f"FAILED `{photo.failure.code}`"
    return str(photo.status)


def breaches(world: World) -> list[str]:
    """What must hold whatever has happened; an empty list when it does."""
    found = [f"{queue.name} holds {len(queue.messages)}" for queue in world.queues.values() if queue.messages]
    if world.uploads_as_they_are() != world.uploaded:
        found.append("the uploads bucket is not what was uploaded")
    rows = world.rows()
    results = world.stored("ResultsBucket")
    for row in rows:
        found += _breaches_of(world, row, results)
    known = {row.photo_id for row in rows}
    found += [
        f"{key} has no row" for photo_id, (key, _) in world.newest_versions().items() if photo_id not in known
    ]
    strays = [key for key in results if not key.startswith("endpoint/") and not _belongs(key, known)]
    return found + [f"{key} belongs to no photo" for key in strays]


def _breaches_of(world: World, row: Photo, results: Mapping[str, int]) -> Iterator[str]:
    if row.due_at is not None:
        yield f"{row.photo_id} is still open"
    if row.source is None:
        return
    if row.status not in FINAL_STATUSES:
        yield f"{row.photo_id} is stuck: {row.status}"
    if row.status is not PhotoStatus.READY:
        return
    shown = (row.source.key, row.source.version_id)
    if world.newest_versions().get(row.photo_id, shown) != shown:
        yield f"{row.photo_id} shows an older upload"
    assert row.results, "a photo that is READY has results and variants"
    assert row.variants
    pictures = [each for picture in row.results.pictures for each in picture.renditions]
    for each in (*row.variants.renditions, *pictures):
        if results.get(each.key) != each.bytes:
            yield f"{each.key}: {results.get(each.key)} bytes in S3, {each.bytes} in the row"


def _belongs(key: str, known: set[str]) -> bool:
    place, _, rest = key.partition("/")
    return place == "sweeper" or (rest[:32] in known and place in ("tickets", "styled", "variants"))
