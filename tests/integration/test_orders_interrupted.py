"""An order for a photo is interrupted after each of its calls to AWS, and so is every function that carries it out.
The caller then asks again, messages come again, the sweeper runs: the photo ends as ordered, paid once."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import pytest

from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.s3 import S3Objects
from limner.adapters.usage import DynamoDbUsage
from limner.contracts import EndpointNotification, StylizeReport, StylizeTicket
from limner.errors import JobInProgress, LimnerError
from limner.keys import attempt_prefix, report_key, ticket_key, upload_key
from limner.looks import Look
from limner.photos import FINAL_STATUSES, Failure, PhotoStatus
from limner.ports import Submission
from limner.quotas import Quotas
from limner.tenancy import PhotoKey
from limner.use_cases.cancel_order import CancelOrder
from limner.use_cases.order_looks import OrderLooks
from limner.use_cases.record_result import RecordResult
from limner.use_cases.restore_version import RestoreVersion
from limner.use_cases.retry_order import RetryOrder
from limner.use_cases.revise_photo import RevisePhoto
from limner.use_cases.route_upload import RouteUpload
from limner.use_cases.sweep import Sweep
from photo_files.intake import Limits
from tests import makers
from tests.fakes import Clock, InMemoryBacklog, InMemoryPictureHashes, InMemoryUploadEvents
from tests.interruption import Interrupted, interrupt_after

UPLOADS, RESULTS = "limner-uploads", "limner-results"
CARTOON = Look(styles={"cartoon": 1.0})
GRACE = timedelta(minutes=30)
MAX_ROUNDS = 6
MOST_READS = 2
"""Before the first write of an order."""


class World:
    """One photo among those of the test."""

    def __init__(self, number: int, photos: DynamoDbPhotos, usage: DynamoDbUsage, s3) -> None:
        self.key = PhotoKey(makers.TENANT, f"{number:032x}")
        self.photos, self.usage, self.s3 = photos, usage, s3
        self.clock = Clock()
        self.clock.time = makers.NOON
        self.events = InMemoryUploadEvents()
        self.jobs: list[str] = []
        shared = {"photos": photos, "objects": S3Objects(s3), "now": self.clock}
        self.route = RouteUpload(
            **shared,
            results_bucket=RESULTS,
            endpoint=self,
            new_photo=lambda source: makers.photo(photo_id=self.key.photo_id, source=source),
            limits=Limits(),
            model="m@1",
            lease=timedelta(seconds=60),
            deadline=GRACE,
            events=self.events,
            quotas_of=lambda tenant: Quotas(concurrent_jobs=1),
            estimate=lambda tenant, size: 1_000,
        )
        self.record = RecordResult(
            **shared,
            results_bucket=RESULTS,
            hashes=InMemoryPictureHashes(),
            **makers.attempts(self.events),
        )
        self.sweep = Sweep(
            **shared,
            events=self.events,
            backlog=InMemoryBacklog(),
            record_result=self.record,
            grace_period=GRACE,
            retries=2,
            in_flight=timedelta(minutes=25),
        )
        self.revise = RevisePhoto(photos=photos, now=self.clock)
        self.orders = {
            "revise": self.revise,
            "events": self.events,
            "usage": usage,
            "quotas_of": lambda tenant: Quotas(),
            "grace_period": GRACE,
        }

    def submit(self, job_id: str, ticket_location: str) -> Submission:
        """The endpoint: the job ends at once. It is accepted unless it is interrupted itself."""
        body = self.s3.get_object(Bucket=RESULTS, Key=ticket_key(job_id))["Body"].read()
        pictures = []
        for look in StylizeTicket.model_validate_json(body).looks:
            key = f"{attempt_prefix(job_id, '1')}{look.slug}/full.jpg"
            picture = makers.results().pictures[0]
            renditions = (makers.rendition(key=key),)
            pictures.append(picture.model_copy(update={"look": look, "renditions": renditions}))
        report = StylizeReport(job_id=job_id, model="m@1", pictures=tuple(pictures), timings={"total": 1})
        self.s3.put_object(Bucket=RESULTS, Key=report_key(job_id), Body=report.model_dump_json().encode())
        self.jobs.append(job_id)
        return Submission(f"s3://{RESULTS}/endpoint/output/{len(self.jobs)}", None)

    def ready(self) -> None:
        body, key = makers.jpeg(), upload_key(self.key)
        version = self.s3.put_object(Bucket=UPLOADS, Key=key, Body=body)["VersionId"]
        source = makers.source(bucket=UPLOADS, key=key, bytes=len(body), version_id=version)
        self.route(source)
        self.photos.record_variants(self.key, makers.variants())
        self.notify()
        assert self.photo.status is PhotoStatus.READY

    @property
    def photo(self):
        return self.photos.get(self.key)

    def notify(self) -> None:
        for job_id in self.jobs:
            self.record(EndpointNotification(job_id=job_id, status="Completed"))

    def order(self) -> None:
        OrderLooks(**self.orders, require_styles=lambda tenant, looks: None)(self.key, (CARTOON,))

    def deliver(self) -> None:
        """The messages, again and again, as long as one of them is refused."""
        self.route(self.photo.source)
        self.notify()

    def fail(self) -> None:
        revision = self.photo.revision
        failure = Failure(
            sequencer=makers.SEQUENCER, revision=revision, code="deadline_passed", message="…", at=makers.NOON
        )
        self.photos.record_failure(self.key, failure)

    def recover(self, act: Callable[["World"], None]) -> None:
        """As the caller, the queues and the sweeper do."""
        for _ in range(MAX_ROUNDS):
            with suppress(LimnerError):
                act(self)
            with suppress(JobInProgress):
                self.deliver()
            if self.photo.status in FINAL_STATUSES and self.photo.due_at is None:
                return
            self.clock.advance(minutes=31)
            list(self.sweep())


@dataclass(frozen=True)
class Case:
    """`begin` makes the state before the order; `act` orders and carries it out."""

    begin: Callable[[World], None]
    act: Callable[[World], None]
    pictures: int


def begin_running(world: World) -> None:
    world.order()
    world.route(world.photo.source)


def begin_failed(world: World) -> None:
    world.order()
    world.fail()


def begin_two_versions(world: World) -> None:
    world.order()
    world.deliver()


def order(world: World) -> None:
    world.order()
    world.deliver()


def retry(world: World) -> None:
    RetryOrder(**world.orders)(world.key)
    world.deliver()


def cancel(world: World) -> None:
    CancelOrder(revise=world.revise)(world.key)


def restore(world: World) -> None:
    RestoreVersion(revise=world.revise, objects=S3Objects(world.s3), results_bucket=RESULTS)(world.key, 1)


CASES = {
    "more looks": Case(lambda world: None, order, pictures=2),
    "a cancellation": Case(begin_running, cancel, pictures=1),
    "another attempt": Case(begin_failed, retry, pictures=2),
    "a restored version": Case(begin_two_versions, restore, pictures=1),
}


@pytest.mark.parametrize("name", CASES)
def test_an_order_ends_as_ordered_wherever_it_is_interrupted(table, usage_table, buckets, monkeypatch, name):
    case, usage = CASES[name], DynamoDbUsage(usage_table)
    photos = DynamoDbPhotos(table, usage)
    calls = 0
    while True:
        calls += 1
        world = World(calls, photos, usage, buckets)
        world.ready()
        case.begin(world)
        try:
            with monkeypatch.context() as patched:
                interrupt_after(patched, calls)
                case.act(world)
        except Interrupted as stop:
            world.recover(case.act)
            where = f"interrupted after call {calls}, {stop}"
            assert _faults(world, case) == [], where
        else:
            break
    assert calls > MOST_READS, "it was interrupted after its writes too"


def _faults(world, case) -> list[str]:
    photo = world.photo
    pictures = {each.look.slug for each in photo.published.pictures}
    found = {
        "not closed": (photo.due_at, photo.in_flight) != (None, None),
        f"ends as {photo.status}": photo.status is not PhotoStatus.READY,
        f"has {len(pictures)} pictures": len(pictures) != case.pictures,
        "has other looks than pictures": {look.slug for look in photo.looks} != pictures,
        "paid twice": len(set(world.jobs)) != len(world.jobs),
        "keeps a place": world.usage.read(makers.TENANT, Quotas(), makers.NOON).jobs != 0,
    }
    return [fault for fault, is_found in found.items() if is_found]
