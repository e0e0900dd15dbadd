"""What must be true of the buckets, the table and the queues when a soak is over, read from them alone."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import boto3

from benchmarks.service.fault_proxy import FaultProxy, photo_of
from benchmarks.service.soak_kills import MODEL, Kills
from limner.keys import photo_id_for, photo_id_of_job
from limner.photos import FINAL_STATUSES, Photo, PhotoStatus
from local.aws.emulator import REGION, ROOT_KEY, ROOT_SECRET
from local.aws.running import Running

QUEUES = ("RouterQueue", "ThumbQueue", "DoneQueue")
DEAD = ("RouterDLQ", "ThumbDLQ", "DoneDLQ", "SweeperDLQ")
NO_ANSWER = "no answer from model"
NEAR = timedelta(seconds=30)
"""A router killed this shortly after an invocation was accepted may have died before it recorded it."""


@dataclass(frozen=True)
class Upload:
    """What was sent: to `key`, these bytes, at this time."""

    key: str
    size: int
    etag: str
    at: datetime


@dataclass
class Findings:
    """`lines` says what holds, each with the list of what breaks it."""

    lines: dict[str, list[str]] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        return not any(self.lines.values())


@dataclass
class Evidence:
    """Everything there is to look at."""

    uploads: Mapping[str, Upload]
    rows: Mapping[str, Photo]
    uploaded: Mapping[str, tuple[int, str]]
    versions: int
    results: Mapping[str, int]
    invocations: Mapping[str, int]
    accepted: Mapping[str, Sequence[datetime]]
    reasons: Mapping[str, str]
    queues: Mapping[str, int]
    dead: Mapping[str, Sequence[str]]
    kills: Kills


def gather(everything: Running, uploads: Sequence[Upload], proxy: FaultProxy, kills: Kills) -> Evidence:
    stack, s3 = everything.stack, everything.emulator.client("s3")
    listed = list(_objects(s3, stack.uploads_bucket))
    return Evidence(
        uploads={photo_id_for(stack.uploads_bucket, each.key): each for each in uploads},
        rows={row.photo_id: row for row in rows_of(everything)},
        uploaded={each["Key"]: (each["Size"], each["ETag"].strip('"')) for each in listed},
        versions=_versions(s3, stack.uploads_bucket),
        results={each["Key"]: each["Size"] for each in _objects(s3, stack.results_bucket)},
        invocations=proxy.invocations(),
        accepted=_accepted(proxy),
        reasons=_reasons(proxy),
        queues={name: _depth(everything, name) for name in QUEUES},
        dead={name: _read_all(everything, name) for name in DEAD},
        kills=kills,
    )


def audit(seen: Evidence) -> Findings:
    doubled = list(_doubled(seen))
    failed = Counter(row.newest.failure.code for row in seen.rows.values() if row.newest.failure)
    lines = {
        "every upload is READY or FAILED, and nothing is open": list(_unsettled(seen)),
        "every FAILED has a reason that was caused": list(_failed_without_cause(seen)),
        "every READY photo has all its objects, of the size its row says": list(_incomplete(seen)),
        "every READY photo shows the upload that is there": list(_outdated(seen)),
        "no object without a photo": list(_strays(seen)),
        "no photo without an upload": [each for each in seen.rows if each not in seen.uploads],
        "no invocation doubled without need": [text for text, needed in doubled if not needed],
        "no photo under two jobs": list(_under_two_jobs(seen)),
        "queues are empty": [f"{name}: {count}" for name, count in seen.queues.items() if count],
        "every dead letter is of a photo that is settled": list(_unaccounted(seen)),
        "the uploads bucket holds what was uploaded": list(_uploads_differ(seen)),
    }
    figures = {
        "ready": sum(row.status is PhotoStatus.READY for row in seen.rows.values()),
        "failed": dict(failed),
        "invocations": sum(seen.invocations.values()),
        "invocations_again_with_need": [text for text, needed in doubled if needed],
        "sent_round_again": sum(1 for row in seen.rows.values() if row.newest.retried),
        "dead_letters": {name: len(bodies) for name, bodies in seen.dead.items()},
        "objects": len(seen.results),
    }
    return Findings(lines, figures)


def rows_of(everything: Running) -> list[Photo]:
    session: Any = boto3.Session(ROOT_KEY, ROOT_SECRET, region_name=REGION)
    dynamodb = session.resource("dynamodb", endpoint_url=everything.emulator.url)
    pages = dynamodb.meta.client.get_paginator("scan").paginate(TableName=everything.stack.photos_table)
    return [Photo.model_validate(item, extra="ignore") for page in pages for item in page["Items"]]


def _unsettled(seen: Evidence) -> Iterator[str]:
    for photo_id, upload in seen.uploads.items():
        row = seen.rows.get(photo_id)
        if row is None:
            yield f"{upload.key}: no row"
        elif row.status not in FINAL_STATUSES or row.due_at is not None:
            yield f"{upload.key}: {row.status}, due {row.due_at}, {row.retried}"


def _failed_without_cause(seen: Evidence) -> Iterator[str]:
    """The only cause there is, is a model server that was killed with a photo in its hands."""
    for row in seen.rows.values():
        failure, job = row.newest.failure, row.newest.job
        if failure is None:
            continue
        reason = seen.reasons.get(job.job_id if job else "", "")
        if failure.code != "stylization_failed" or NO_ANSWER not in reason or not seen.kills.of(MODEL):
            yield f"{row.photo_id}: {failure.code}, {reason[:200] or 'no reason told'}"


def _incomplete(seen: Evidence) -> Iterator[str]:
    for row in seen.rows.values():
        if row.status is PhotoStatus.READY and row.results and row.variants:
            styled = [each for picture in row.results.pictures for each in picture.renditions]
            for each in (*row.variants.renditions, *styled):
                if seen.results.get(each.key) != each.bytes:
                    yield f"{each.key}: {seen.results.get(each.key)} bytes, {each.bytes} in the row"


def _outdated(seen: Evidence) -> Iterator[str]:
    for photo_id, row in seen.rows.items():
        upload = seen.uploads.get(photo_id)
        if row.status is PhotoStatus.READY and upload and row.source and row.source.bytes != upload.size:
            yield f"{upload.key}: {row.source.bytes} bytes shown, {upload.size} uploaded last"


def _strays(seen: Evidence) -> Iterator[str]:
    for key in seen.results:
        place, _, rest = key.partition("/")
        if place in ("tickets", "styled", "variants") and rest[:32] not in seen.rows:
            yield key


def _doubled(seen: Evidence) -> Iterator[tuple[str, bool]]:
    """Jobs that ran more than once, and whether that could not be avoided."""
    for job_id, times in seen.invocations.items():
        row = seen.rows.get(photo_id_of_job(job_id))
        if times > 1 and row is not None:
            again = row.newest.retried.count if row.newest.retried else 0
            died = sum(_killed_near(seen, at) for at in seen.accepted[job_id][:-1])
            needed = times <= 1 + again + died
            yield f"{job_id}: {times} times, sent round {again}, routers killed meanwhile {died}", needed


def _under_two_jobs(seen: Evidence) -> Iterator[str]:
    """Every photo of a soak is uploaded once."""
    jobs = Counter(photo_id_of_job(job_id) for job_id in seen.invocations)
    return (photo_id for photo_id, count in jobs.items() if count > 1)


def _killed_near(seen: Evidence, accepted: datetime) -> bool:
    return any(
        accepted <= kill.at + timedelta(seconds=1) <= accepted + NEAR for kill in seen.kills.of("Router")
    )


def _unaccounted(seen: Evidence) -> Iterator[str]:
    for name, bodies in seen.dead.items():
        for body in bodies:
            row = seen.rows.get(photo_of(body))
            if row is None or row.status not in FINAL_STATUSES:
                yield f"{name}: {body[:200]}"


def _uploads_differ(seen: Evidence) -> Iterator[str]:
    sent = {each.key: (each.size, each.etag) for each in seen.uploads.values()}
    for key in sent.keys() | seen.uploaded.keys():
        if sent.get(key) != seen.uploaded.get(key):
            yield f"{key}: sent {sent.get(key)}, there is {seen.uploaded.get(key)}"
    if seen.versions != len(sent):
        yield f"{seen.versions} versions of {len(sent)} uploads"


def _objects(s3: Any, bucket: str) -> Iterator[dict[str, Any]]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        yield from page.get("Contents", [])


def _versions(s3: Any, bucket: str) -> int:
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    return sum(len(page.get("Versions", [])) + len(page.get("DeleteMarkers", [])) for page in pages)


def _accepted(proxy: FaultProxy) -> dict[str, list[datetime]]:
    """When the endpoint took each invocation of a job, in order."""
    times: dict[str, list[datetime]] = {}
    for body in proxy.lines["DoneQueue"].bodies:
        notification = json.loads(body)
        at = datetime.fromisoformat(notification["receivedTime"])
        times.setdefault(notification["inferenceId"], []).append(at)
    return {job_id: sorted(each) for job_id, each in times.items()}


def _reasons(proxy: FaultProxy) -> dict[str, str]:
    """What the endpoint said of jobs that failed."""
    notifications = [json.loads(body) for body in proxy.lines["DoneQueue"].bodies]
    return {each["inferenceId"]: each["failureReason"] for each in notifications if "failureReason" in each}


def _depth(everything: Running, queue: str) -> int:
    """Messages in it, visible, taken and delayed."""
    names = ["", "NotVisible", "Delayed"]
    attributes = [f"ApproximateNumberOfMessages{name}" for name in names]
    found = everything.emulator.client("sqs").get_queue_attributes(
        QueueUrl=everything.stack.resources[queue], AttributeNames=attributes
    )["Attributes"]
    return sum(int(found[name]) for name in attributes)


def queues_at_rest(everything: Running) -> bool:
    return not any(_depth(everything, name) for name in QUEUES)


def _read_all(everything: Running, queue: str) -> list[str]:
    sqs, url = everything.emulator.client("sqs"), everything.stack.resources[queue]
    bodies: list[str] = []
    for _ in range(10_000):
        batch = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600).get(
            "Messages"
        )
        if not batch:
            break
        bodies += [message["Body"] for message in batch]
    return bodies
