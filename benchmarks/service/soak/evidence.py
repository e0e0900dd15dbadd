"""The state after a soak, read from the buckets, the table, the queues and the fault proxy."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import boto3

from limner.adapters.dynamodb_items import to_photo
from limner.keys import photo_key_for
from limner.photos import Photo
from local.aws.emulator import REGION, ROOT_KEY, ROOT_SECRET
from local.aws.running import Running

from ..fault_proxy import FaultProxy
from .kills import Kills
from .settings import QUEUES
from .uploads import Upload

DEAD_LETTER_QUEUES = ("RouterDLQ", "ThumbDLQ", "DoneDLQ", "SweeperDLQ")
READ_MAX_BATCHES = 10_000
READ_VISIBILITY_SECONDS = 600


@dataclass
class Evidence:
    """What the audit checks.

    By photo id: `uploads`, `photos` (rows of the table). By key: `uploaded_objects` (size and ETag) and
    `result_objects` (size). By job id: `invocations` (count), `accepted_at` (times, ascending) and
    `failure_reasons`. By queue: `queue_depths`, `dead_letters` (bodies). `versions` counts object versions in
    the uploads bucket.
    """

    uploads: Mapping[str, Upload]
    photos: Mapping[str, Photo]
    uploaded_objects: Mapping[str, tuple[int, str]]
    versions: int
    result_objects: Mapping[str, int]
    invocations: Mapping[str, int]
    accepted_at: Mapping[str, Sequence[datetime]]
    failure_reasons: Mapping[str, str]
    queue_depths: Mapping[str, int]
    dead_letters: Mapping[str, Sequence[str]]
    kills: Kills


def gather(system: Running, uploads: Sequence[Upload], proxy: FaultProxy, kills: Kills) -> Evidence:
    stack, s3 = system.stack, system.emulator.client("s3")
    uploaded, results = (
        list(_objects(s3, bucket)) for bucket in (stack.uploads_bucket, stack.results_bucket)
    )
    return Evidence(
        uploads={photo_key_for(stack.uploads_bucket, upload.key).photo_id: upload for upload in uploads},
        photos={photo.photo_id: photo for photo in read_photos(system)},
        uploaded_objects={each["Key"]: (each["Size"], each["ETag"].strip('"')) for each in uploaded},
        versions=_count_versions(s3, stack.uploads_bucket),
        result_objects={each["Key"]: each["Size"] for each in results},
        invocations=proxy.invocations(),
        accepted_at=_accepted_at(proxy),
        failure_reasons=_failure_reasons(proxy),
        queue_depths={name: _depth(system, name) for name in QUEUES},
        dead_letters={name: _read_all(system, name) for name in DEAD_LETTER_QUEUES},
        kills=kills,
    )


def read_photos(system: Running) -> list[Photo]:
    """Every row of the photos table."""
    session: Any = boto3.Session(ROOT_KEY, ROOT_SECRET, region_name=REGION)
    dynamodb = session.resource("dynamodb", endpoint_url=system.emulator.url)
    pages = dynamodb.meta.client.get_paginator("scan").paginate(TableName=system.stack.photos_table)
    return [to_photo(item) for page in pages for item in page["Items"]]


def queues_are_empty(system: Running) -> bool:
    return not any(_depth(system, name) for name in QUEUES)


def _objects(s3: Any, bucket: str) -> Iterator[dict[str, Any]]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        yield from page.get("Contents", [])


def _count_versions(s3: Any, bucket: str) -> int:
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    return sum(len(page.get("Versions", [])) + len(page.get("DeleteMarkers", [])) for page in pages)


def _accepted_at(proxy: FaultProxy) -> dict[str, list[datetime]]:
    """Job id → when the endpoint accepted each of its invocations, ascending."""
    times: dict[str, list[datetime]] = {}
    for body in proxy.lines["DoneQueue"].bodies:
        notification = json.loads(body)
        at = datetime.fromisoformat(notification["receivedTime"])
        times.setdefault(notification["inferenceId"], []).append(at)
    return {job_id: sorted(of_job) for job_id, of_job in times.items()}


def _failure_reasons(proxy: FaultProxy) -> dict[str, str]:
    """Job id → the reason in the endpoint's failure notification."""
    notifications = [json.loads(body) for body in proxy.lines["DoneQueue"].bodies]
    return {each["inferenceId"]: each["failureReason"] for each in notifications if "failureReason" in each}


def _depth(system: Running, queue: str) -> int:
    """Messages in the queue: visible, in flight and delayed."""
    attributes = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    counts = system.emulator.client("sqs").get_queue_attributes(
        QueueUrl=system.stack.resources[queue], AttributeNames=attributes
    )["Attributes"]
    return sum(int(counts[name]) for name in attributes)


def _read_all(system: Running, queue: str) -> list[str]:
    sqs, url = system.emulator.client("sqs"), system.stack.resources[queue]
    bodies: list[str] = []
    for _ in range(READ_MAX_BATCHES):
        batch = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=READ_VISIBILITY_SECONDS
        ).get("Messages")
        if not batch:
            break
        bodies += [message["Body"] for message in batch]
    return bodies
