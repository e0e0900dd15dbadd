"""A deterministic simulation: the deployed handlers, queues as in template.yaml, a clock, the sweeper's schedule.

Nothing sleeps. `run_until_idle` delivers visible messages, advances the clock to the next event, and ends when no
message, invocation or open photo is left; it fails if that does not happen.
"""

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
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from moto.core.botocore_stubber import MockRawResponse

from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.sdk import CONFIG
from limner.adapters.signing_key import KmsSigningKey
from limner.adapters.sqs import QueuedUploadEvents
from limner.bootstrap import pipeline
from limner.errors import LimnerError
from limner.keys import INVENTORY_NAME, INVENTORY_PREFIX, photo_key_for, photo_key_of_job, upload_key
from limner.looks import Look
from limner.photos import FINAL_STATUSES, Photo, PhotoStatus
from limner.quotas import Quotas
from limner.tenancy import PhotoKey
from limner.use_cases.cancel_order import CancelOrder
from limner.use_cases.order_looks import OrderLooks
from limner.use_cases.restore_version import RestoreVersion
from limner.use_cases.retry_order import RetryOrder
from limner.use_cases.revise_photo import RevisePhoto
from local.aws.inventory import write_report
from local.signing.authority import local_key
from tests import makers
from tests.bootstrap_caches import clear_caches
from tests.fakes import Clock
from tests.faults.queues import Message, Queue
from tests.faults.stylizer import Endpoint
from tests.faults.wire import Crash, InjectedFault, Wire, simulated_aws
from tests.function_modules import load
from tests.template_reader import environment, properties, template

BUCKETS = {"UploadsBucket": "limner-uploads", "ResultsBucket": "limner-results"}
TABLE = "limner-photos"
TABLES = {
    "PhotosTable": TABLE,
    "TenantsTable": "limner-tenants",
    "UsageTable": "limner-usage",
    "PictureHashesTable": "limner-hashes",
}
QUEUES = ("RouterQueue", "ThumbQueue", "DoneQueue", "SweepQueue")
READERS = {
    "RouterQueue": "router",
    "ThumbQueue": "thumbnailer",
    "DoneQueue": "recorder",
    "SweepQueue": "sweeper",
}
BATCHES = {queue: properties(f"{READERS[queue].capitalize()}Reads")["BatchSize"] for queue in QUEUES}
URL = "https://sqs.eu-central-1.amazonaws.com/123456789012/"
SWEEP_INTERVAL_SECONDS = 300
ASYNC_INVOCATION_ATTEMPTS = 3
"""Lambda makes three attempts at an asynchronous invocation, then sends its event to the dead-letter queue."""
DEADLINE_SECONDS = int(template()["Parameters"]["DeadlineSeconds"]["Default"])
MAX_STEPS = 2_000
NO_WAITING = '{"concurrent_jobs": 100}'
"""So that photos of one script do not wait for each other; tests of quotas are elsewhere."""
PHOTO = makers.jpeg(64, 48)
PHOTO_ID = f"{1:032x}"
KEY = PhotoKey(makers.TENANT, PHOTO_ID)


class NeverIdle(AssertionError):
    """Not idle after MAX_STEPS steps."""


@dataclass
class Context:
    function_name: str = "test"
    memory_limit_in_mb: int = 128
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:test"
    aws_request_id: str = "52fdfc07-2182-154f-163f-5f0f9a621d72"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


class World:
    """`new_world` sets `s3`, `endpoint` and `handlers`, within moto."""

    s3: Any
    endpoint: Endpoint
    handlers: dict[str, Callable[[Mapping[str, Any], Context], Any]]

    def __init__(self) -> None:
        self.clock = Clock()
        self.clock.time = datetime.now(UTC).replace(microsecond=0)  # moto's S3 uses the real clock
        self.queues = {name: Queue.declared(name) for name in QUEUES}
        self.wire = Wire(submit=self.accept, send=self._send, measure=self._measure)
        self.metrics: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.failed_sweeps = 0
        self.uploaded: dict[tuple[str, str], bytes] = {}
        self.uploaded_at: dict[str, int] = {}
        self.sequencers: dict[str, str] = {}
        self.events: list[str] = []
        self.events_lost = False
        self.variants_events_lost = 0
        self.resends_lost = 0
        self.notifications_lost = 0
        self.notifications_doubled = False
        self.notify_before_response = False
        self.stopped_until: dict[str, float] = {}
        """Queues whose messages are not received until a time, in Unix seconds."""
        self.answers: list[str] = []
        """Of the storefront: the errors of orders, and answers that never came."""
        self._sweep_due: float = self.now

    # ── actions of a fault script ────────────────────────────────────────────────────────────────────

    def inject_fault(self, *faults: InjectedFault) -> None:
        self.wire.faults += faults

    def order(self, photo_id: str = PHOTO_ID, looks: tuple[Look, ...] = (makers.OIL,)) -> None:
        """Adds the row of POST /uploads, with its expiry."""
        photo = Photo(
            photo_id=photo_id,
            tenant="main",
            filename="mug.jpg",
            looks=looks,
            created_at=self.clock(),
            due_at=self.now + 3600 + DEADLINE_SECONDS,
        )
        self.photos.add(photo, self.clock() + timedelta(days=1))

    def upload(self, body: bytes = PHOTO, key: str | None = None, send_event: bool = True) -> str:
        """Uploads a file; its event goes to the router unless `events_lost`. Returns the event."""
        key = key or upload_key(KEY)
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
        if send_event:
            self.send_event(event)
        return event

    def send_event(self, event: str, after: float = 0) -> None:
        if not self.events_lost:
            self.queues["RouterQueue"].send(event, self.now + after)

    def notification(self, job_id: str, status: str, after: float = 0) -> None:
        body = json.dumps({"inferenceId": job_id, "invocationStatus": status})
        self.queues["DoneQueue"].send(body, self.now + after)

    def run_until_idle(self) -> None:
        for _ in range(MAX_STEPS):
            if self._finish_invocations() or self._deliver():
                continue
            next_at = self._next_event_at()
            if next_at is None:
                return
            self.clock.advance(seconds=max(next_at - self.now, 0))
            if next_at == self._sweep_due:
                self.sweep()
        raise NeverIdle(f"not idle at {self.clock()}: {self.describe()}")

    def run_for(self, seconds: float) -> None:
        """Deliver messages for so long, without the sweeper."""
        until = self.now + seconds
        while self.now < until:
            while self._finish_invocations() or self._deliver():
                pass
            times = self._deliveries_at()
            times += [accepted.ready_at for accepted in self.endpoint.waiting]
            next_at = min([time for time in times if time is not None], default=until)
            self.clock.advance(seconds=max(min(next_at, until) - self.now, 0))

    def redrive(self) -> None:
        for queue in self.queues.values():
            queue.redrive(self.now)

    def sweep(self) -> None:
        """A scheduled invocation of the sweeper, with Lambda's retries."""
        self._publish_ages()
        self._write_inventory()
        for _ in range(ASYNC_INVOCATION_ATTEMPTS):
            if self.call("sweeper", {}) is not None:
                break
            self.clock.advance(seconds=60)
        else:
            self.failed_sweeps += 1
        self._sweep_due = self.now + SWEEP_INTERVAL_SECONDS

    def _publish_ages(self) -> None:
        """As SQS does once a minute, for CloudWatch."""
        for name, queue in self.queues.items():
            if queue.messages:
                age = {
                    "MetricName": "ApproximateAgeOfOldestMessage",
                    "Dimensions": [{"Name": "QueueName", "Value": name}],
                    "Timestamp": self.clock(),
                    "Value": self.now - min(message.sent_at for message in queue.messages),
                }
                boto3.client("cloudwatch").put_metric_data(Namespace="AWS/SQS", MetricData=[age])

    def _write_inventory(self) -> None:
        """As S3 does once a day, here before every sweep."""
        uploads, results = BUCKETS["UploadsBucket"], BUCKETS["ResultsBucket"]
        folder = f"{INVENTORY_PREFIX}{uploads}/{INVENTORY_NAME}/"
        write_report(self.s3, uploads, (results, folder), self.clock())

    def job_id(self, photo_id: str = PHOTO_ID) -> str:
        job = self.photos.get(PhotoKey(makers.TENANT, photo_id)).job
        assert job, "the photo has no job yet"
        return job.job_id

    # ── orders for the photo, by the storefront ──────────────────────────────────────────────────────

    def order_more(self, *looks: Look) -> None:
        def order(revise: RevisePhoto, **shared: Any) -> None:
            OrderLooks(revise=revise, require_styles=lambda tenant, looks: None, **shared)(KEY, looks)

        self._call_storefront(order)

    def retry(self) -> None:
        self._call_storefront(lambda revise, **shared: RetryOrder(revise=revise, **shared)(KEY))

    def cancel(self) -> None:
        self._call_storefront(lambda revise, **shared: CancelOrder(revise=revise)(KEY))

    def restore(self, version: int) -> None:
        def restore(revise: RevisePhoto, **shared: Any) -> None:
            bucket = BUCKETS["ResultsBucket"]
            RestoreVersion(revise=revise, objects=pipeline.objects(), results_bucket=bucket)(KEY, version)

        self._call_storefront(restore)

    def _call_storefront(self, use: Callable[..., object]) -> None:
        """Notes the error that the caller gets, or that there is no answer."""
        revise = RevisePhoto(photos=self.photos, now=self.clock)
        with self.wire.function("storefront"):
            try:
                use(
                    revise,
                    events=QueuedUploadEvents(
                        client=boto3.client("sqs", config=CONFIG),
                        uploads_bucket=BUCKETS["UploadsBucket"],
                        router_queue_url=f"{URL}RouterQueue",
                        thumb_queue_url=f"{URL}ThumbQueue",
                    ),
                    usage=pipeline.usage(),
                    quotas_of=lambda tenant: Quotas(),
                    grace_period=timedelta(seconds=DEADLINE_SECONDS),
                )
            except LimnerError as error:
                self.answers.append(error.code)
            except Crash:
                self.answers.append("no answer")

    # ── state ────────────────────────────────────────────────────────────────────────────────────────

    @property
    def now(self) -> int:
        return int(self.clock().timestamp())

    @property
    def photos(self) -> DynamoDbPhotos:
        return pipeline.photos(TABLE)

    def rows(self) -> list[Photo]:
        items = self.photos._table.scan()["Items"]
        return [Photo.model_validate(item, extra="ignore") for item in items]

    def stored(self, bucket: str) -> dict[str, int]:
        """Sizes of the newest versions by key."""
        listed = self.s3.list_objects_v2(Bucket=BUCKETS[bucket]).get("Contents", [])
        return {version["Key"]: version["Size"] for version in listed}

    def stored_uploads(self) -> dict[tuple[str, str], bytes]:
        listed = self.s3.list_object_versions(Bucket=BUCKETS["UploadsBucket"]).get("Versions", [])
        return {
            (version["Key"], version["VersionId"]): self.s3.get_object(
                Bucket=BUCKETS["UploadsBucket"], Key=version["Key"], VersionId=version["VersionId"]
            )["Body"].read()
            for version in listed
        }

    def newest_versions(self) -> dict[PhotoKey, tuple[str, str]]:
        """Photo → key and version of the upload that its row should have."""
        return {
            photo_key_for(BUCKETS["UploadsBucket"], key): (key, version) for key, version in self.uploaded
        }

    def dead_letters(self) -> dict[str, int]:
        counts = {queue.dead_letters: len(queue.dead) for queue in self.queues.values()}
        return {name: count for name, count in (counts | {"SweeperDLQ": self.failed_sweeps}).items() if count}

    def describe(self) -> str:
        rows = [f"{row.photo_id[-4:]} {row.status} due {row.due_at}" for row in self.rows()]
        return f"{rows}, queues { {name: len(q.messages) for name, q in self.queues.items()} }"

    # ── delivery ─────────────────────────────────────────────────────────────────────────────────────

    def call(self, function: str, event: Mapping[str, Any]) -> Any:
        """The handler's response; None when it raised or crashed."""
        output = io.StringIO()
        try:
            with self.wire.function(function), redirect_stdout(output), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return self.handlers[function](event, Context())
        except (Crash, Exception):
            self.errors[function] += 1
            return None
        finally:
            self._count(output.getvalue())

    def _count(self, output: str) -> None:
        """Adds up metrics in CloudWatch's embedded metric format."""
        for line in output.splitlines():
            blob = json.loads(line)
            for metric in blob["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
                self.metrics[metric["Name"]] += int(sum(blob[metric["Name"]]))

    def _deliver(self) -> bool:
        """Deliver one batch of each queue; False if no message is visible."""
        delivered = False
        for name, queue in self.queues.items():
            if self.now < self.stopped_until.get(name, 0):
                continue
            if batch := queue.receive(self.now, BATCHES[name]):
                delivered = True
                self._read(name, queue, batch)
        return delivered

    def _read(self, name: str, queue: Queue, batch: list[Message]) -> None:
        records = [
            {
                "messageId": str(n),
                "body": message.body,
                "attributes": {"MessageGroupId": "main", "ApproximateReceiveCount": str(message.receives)},
            }
            for n, message in enumerate(batch)
        ]
        answer = self.call(READERS[name], {"Records": [record | _SQS for record in records]})
        if answer is None:
            return
        if "batchItemFailures" not in answer:
            queue.delete(batch)
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
        if self.notifications_lost:
            self.notifications_lost -= 1
            return
        for _ in range(2 if self.notifications_doubled else 1):
            self.queues["DoneQueue"].send(body, self.now)

    def _next_event_at(self) -> float | None:
        """Unix seconds of the next event; None if there is none."""
        times = self._deliveries_at()
        times += [accepted.ready_at for accepted in self.endpoint.waiting]
        rows = self.rows()
        if due := [*(row.due_at for row in rows if row.due_at is not None), *self._orphans_due_at(rows)]:
            late = max(min(due) - self._sweep_due, 0)
            self._sweep_due += -(-late // SWEEP_INTERVAL_SECONDS) * SWEEP_INTERVAL_SECONDS
            times.append(self._sweep_due)
        return min((time for time in times if time is not None), default=None)

    def _deliveries_at(self) -> list[float | None]:
        """When each queue's next message is received."""
        visible = {name: queue.next_visible() for name, queue in self.queues.items()}
        return [
            None if at is None else max(at, self.stopped_until.get(name, 0)) for name, at in visible.items()
        ]

    def _orphans_due_at(self, rows: list[Photo]) -> list[float]:
        """When the sweeper finds the uploads that no row has."""
        sources = {row.key: row.source for row in rows}
        orphans = [
            key
            for photo, (key, version) in self.newest_versions().items()
            if photo not in sources or ((source := sources[photo]) and source.version_id != version)
        ]
        return [self.uploaded_at[key] + DEADLINE_SECONDS + 1 for key in orphans]

    def accept(self, request: Any) -> AWSResponse:
        job_id = _body(request).get("InferenceId")
        headers = self.endpoint.accept(request.headers, self.now)
        if self.notify_before_response:
            self._finish_before_the_response()
        answer = json.dumps({"InferenceId": job_id})
        return AWSResponse(request.url, 202, headers, MockRawResponse(answer))

    def _finish_before_the_response(self) -> None:
        self.endpoint.waiting[-1].ready_at = self.now
        self._finish_invocations()
        queue = self.queues["DoneQueue"]
        self._read("DoneQueue", queue, queue.receive(self.now, 10))

    def _send(self, request: Any) -> AWSResponse:
        sent = _body(request)
        queue = sent["QueueUrl"].rpartition("/")[2]
        if self.resends_lost and queue != "SweepQueue":
            self.resends_lost -= 1
        elif queue == "ThumbQueue" and self.variants_events_lost:
            self.variants_events_lost -= 1
        else:
            self.queues[queue].send(sent["MessageBody"], self.now, sent.get("DelaySeconds", 0))
        return AWSResponse(request.url, 200, {}, MockRawResponse(json.dumps({"MessageId": "1"})))

    def _measure(self, request: Any) -> AWSResponse:
        """GetQueueAttributes: messages that are there, visible or not."""
        queue = self.queues[_body(request)["QueueUrl"].rpartition("/")[2]]
        depths = {"ApproximateNumberOfMessages": str(len(queue.messages))}
        return AWSResponse(request.url, 200, {}, MockRawResponse(json.dumps({"Attributes": depths})))


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
    """A new simulation: empty buckets and table, newly loaded handlers."""
    world = World()
    with (
        patch.dict(os.environ, _environment()),
        simulated_aws(world.wire),
        patch.object(pipeline, "now", world.clock),
        patch.object(KmsSigningKey, "_sign", _sign_with_local_key),
    ):
        clear_caches()
        logging.disable()
        try:
            _build(world)
            yield world
        finally:
            logging.disable(logging.NOTSET)
            clear_caches()


def _build(world: World) -> None:
    world.s3 = boto3.client("s3")
    for bucket in BUCKETS.values():
        world.s3.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
    versioning = properties("UploadsBucket")["VersioningConfiguration"]
    world.s3.put_bucket_versioning(Bucket=BUCKETS["UploadsBucket"], VersioningConfiguration=versioning)
    arguments = {"AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode"}
    for resource, table in TABLES.items():
        declared = {name: value for name, value in properties(resource).items() if name in arguments}
        boto3.client("dynamodb").create_table(TableName=table, **declared)
    parameter = os.environ["PAUSE_PARAMETER"]
    boto3.client("ssm").put_parameter(Name=parameter, Value="running", Type="String")
    boto3.client("ssm").put_parameter(
        Name=_resolved(environment("ThumbnailerFunction")["SIGNING_CERTIFICATES"]),
        Value=local_key().certificates,
        Type="String",
    )
    world.endpoint = Endpoint(s3=world.s3, results_bucket=BUCKETS["ResultsBucket"])
    world.handlers = {name: load(name).handler for name in ("router", "thumbnailer", "recorder", "sweeper")}


def _sign_with_local_key(_key: KmsSigningKey, data: bytes) -> bytes:
    """moto's KMS signs no digests; the tests of the local run cover the real call."""
    private_key = load_pem_private_key(local_key().private_key.encode(), None)
    assert isinstance(private_key, ec.EllipticCurvePrivateKey)
    return private_key.sign(data, ec.ECDSA(hashes.SHA256()))


def _environment() -> dict[str, str]:
    """The variables of all functions together; they only differ in the service name."""
    variables: dict[str, str] = {}
    for function in ("Router", "Thumbnailer", "Recorder", "Sweeper"):
        declared = environment(f"{function}Function")
        variables |= {name: _resolved(value) for name, value in declared.items()}
    quiet = {"POWERTOOLS_LOG_LEVEL": "CRITICAL", "POWERTOOLS_METRICS_DISABLED": "false"}
    account = {"AWS_DEFAULT_REGION": "eu-central-1", "POWERTOOLS_TRACE_DISABLED": "true"}
    return variables | quiet | account | {"DEFAULT_QUOTAS": NO_WAITING}


def _resolved(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    if "Fn::Sub" in value:
        return str(value["Fn::Sub"]).replace("${AWS::StackName}", "limner")
    name = value.get("Ref", "limner-stylizer")
    if name in QUEUES:
        return f"{URL}{name}"
    names = BUCKETS | TABLES
    default = template()["Parameters"].get(name, {}).get("Default", "limner-stylizer")
    return str(names.get(name, default))


def photo_of(world: World, key: str) -> Photo:
    return world.photos.get(photo_key_for(BUCKETS["UploadsBucket"], key))


def ending(photo: Photo) -> str:
    """READY, FAILED with its code, or a status that is not final."""
    if photo.status is PhotoStatus.FAILED:
        assert photo.failure
        return f"FAILED `{photo.failure.code}`"
    return str(photo.status)


def breaches(world: World) -> list[str]:
    """Violated invariants."""
    violations = [
        f"{queue.name} holds {len(queue.messages)}" for queue in world.queues.values() if queue.messages
    ]
    if world.stored_uploads() != world.uploaded:
        violations.append("the uploads bucket differs from what was uploaded")
    rows = world.rows()
    results = world.stored("ResultsBucket")
    for row in rows:
        violations += _breaches_of(world, row, results)
    photos = {row.key for row in rows}
    violations += [
        f"{key} has no row" for photo, (key, _) in world.newest_versions().items() if photo not in photos
    ]
    strays = [key for key in results if not key.startswith("endpoint/") and not _belongs(key, photos)]
    return violations + [f"{key} belongs to no photo" for key in strays]


def _breaches_of(world: World, row: Photo, results: Mapping[str, int]) -> Iterator[str]:
    if row.due_at is not None:
        yield f"{row.photo_id} is still open"
    if row.source is None:
        return
    if row.status not in FINAL_STATUSES:
        yield f"{row.photo_id} ends as {row.status}"
    if row.status is not PhotoStatus.READY:
        return
    expected = (row.source.key, row.source.version_id)
    if world.newest_versions().get(row.key, expected) != expected:
        yield f"{row.photo_id} shows an older upload"
    assert row.results, "a photo that is READY has results and variants"
    assert row.variants
    pictures = [rendition for picture in row.results.pictures for rendition in picture.renditions]
    for rendition in (*row.variants.renditions, *pictures):
        if results.get(rendition.key) != rendition.bytes:
            yield f"{rendition.key}: {results.get(rendition.key)} bytes in S3, {rendition.bytes} in the row"


def _belongs(key: str, photos: set[PhotoKey]) -> bool:
    kind, *rest = key.split("/")
    if kind in {"tickets", "submissions"}:
        return photo_key_of_job(rest[-1].removesuffix(".json")) in photos
    return kind in ("sweeper", "inventory") or (
        kind in ("styled", "variants") and PhotoKey(rest[0], rest[1]) in photos
    )
