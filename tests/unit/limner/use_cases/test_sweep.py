from datetime import timedelta
from itertools import pairwise

import pytest

from limner.contracts import StylizeReport, parse_upload_event, upload_event
from limner.errors import Unavailable
from limner.keys import report_key, upload_key
from limner.photos import PhotoStatus
from limner.sweep.ports import Step
from limner.tenancy import PhotoKey
from limner.use_cases.outcomes import Outcome
from limner.use_cases.record_result import RecordResult
from limner.use_cases.sweep import Sweep
from tests import makers
from tests.fakes import (
    Clock,
    InMemoryBacklog,
    InMemoryObjects,
    InMemoryPhotos,
    InMemoryPictureHashes,
    InMemoryUploadEvents,
)

GRACE_PERIOD = timedelta(minutes=30)
JOB = makers.job(failure_location="s3://results/endpoint/failure/1")


class World:
    def __init__(self) -> None:
        self.photos = InMemoryPhotos()
        self.objects = InMemoryObjects()
        self.events = InMemoryUploadEvents()
        self.clock = Clock()
        self.clock.time = makers.NOON
        record = RecordResult(
            photos=self.photos,
            objects=self.objects,
            now=self.clock,
            results_bucket="results",
            hashes=InMemoryPictureHashes(),
            **makers.attempts(self.events),
        )
        self.backlog = InMemoryBacklog()
        self._sweep = Sweep(
            photos=self.photos,
            objects=self.objects,
            events=self.events,
            backlog=self.backlog,
            record_result=record,
            now=self.clock,
            grace_period=GRACE_PERIOD,
            retries=2,
            in_flight=timedelta(minutes=25),
        )

    def sweep(self):
        self.clock.advance(minutes=31)
        return list(self._sweep())

    def submitted(self, key=makers.KEY):
        photo = makers.photo(tenant=key.tenant, source=makers.source(key=upload_key(key)))
        self.photos.record_upload(photo)
        self.photos.lease(key, JOB, 0, makers.charge())
        self.photos.record_submission(key, JOB.model_copy(update={"submitted_at": makers.NOON}))

    def store_report(self):
        report = StylizeReport(
            job_id=JOB.job_id, model="m@1", pictures=makers.results().pictures, timings={"total": 1.0}
        )
        self.objects.put("results", report_key(JOB.job_id), report.model_dump_json().encode(), "")

    @property
    def photo(self):
        return self.photos.get(makers.KEY)


@pytest.fixture
def world():
    return World()


def test_a_photo_is_not_swept_before_it_is_due(world):
    world.submitted()
    assert list(world._sweep()) == []


def test_results_of_a_lost_notification_are_recorded_from_s3(world):
    world.submitted()
    world.photos.record_variants(makers.KEY, makers.variants())
    world.store_report()
    assert world.sweep() == [Outcome.RECORDED_FROM_S3]
    assert world.photo.status == PhotoStatus.READY
    assert world.sweep() == []


def test_the_failure_of_a_lost_notification_is_recorded_from_s3(world):
    world.submitted()
    world.objects.put("results", "endpoint/failure/1", b"boom", "text/plain")
    assert world.sweep() == [Outcome.STYLIZATION_RETRIED]
    assert world.photo.retried.failed == 1
    assert (world.photo.failure, world.photo.job.submitted_at) == (None, None)
    assert len(world.events.routed) == 1


def test_a_lost_job_is_retried_and_then_fails(world):
    world.submitted()
    for count in (1, 2):
        assert world.sweep() == [Outcome.RESENT]
        assert world.photo.retried.count == count
        assert world.photo.status == PhotoStatus.UPLOADED, "free to be leased again"
    assert world.sweep() == [Outcome.GIVEN_UP]
    assert world.photo.failure.code == "deadline_passed"
    assert [source.sequencer for source in world.events.routed] == [makers.SEQUENCER] * 2
    assert world.sweep() == []


def test_a_given_up_photo_of_a_test_tenant_is_no_failure_of_a_live_one(world):
    world.photos.record_upload(makers.photo(tenant="test_main", source=makers.source()))
    assert [world.sweep()[0] for _ in range(3)] == [
        Outcome.RESENT, Outcome.RESENT, Outcome.SANDBOX_PHOTO_FAILED,
    ]  # fmt: skip


def test_a_photo_with_an_invalid_report_is_retried_and_then_fails(world):
    world.submitted()
    world.objects.put("results", report_key(JOB.job_id), b"{", "application/json")
    assert [world.sweep()[0] for _ in range(3)] == [Outcome.RESENT, Outcome.RESENT, Outcome.GIVEN_UP]


def test_a_job_that_may_be_in_flight_is_not_retried(world):
    world.submitted()
    world.photos.record_variants(makers.KEY, makers.variants())
    object.__setattr__(world._sweep, "in_flight", timedelta(hours=2))
    assert [world.sweep() for _ in range(3)] == [[Outcome.WAITING]] * 3
    assert world.photo.retried is None
    assert world.photo.status == PhotoStatus.PROCESSING
    assert [world.sweep() for _ in range(3)] == [[Outcome.RESENT], [Outcome.RESENT], [Outcome.GIVEN_UP]]


def test_missing_variants_are_retried_without_a_second_job(world):
    world.submitted()
    world.store_report()
    assert world.sweep() == [Outcome.RESENT]
    assert world.photo.results
    assert world.photo.job.submitted_at, "the job stays submitted"
    assert (len(world.events.for_variants), world.events.routed) == (1, [])


def test_variants_whose_message_is_lost_are_ordered_again_while_the_job_waits(world):
    world.submitted()
    object.__setattr__(world._sweep, "in_flight", timedelta(hours=2))
    assert world.sweep() == [Outcome.RESENT]
    assert (len(world.events.for_variants), world.events.routed) == (1, [])
    assert world.photo.status == PhotoStatus.PROCESSING


def test_a_photo_with_pictures_never_fails_and_its_variants_are_ordered_at_growing_intervals(world):
    world.submitted()
    world.store_report()
    ordered_at = []
    for _ in range(2_000):
        if Outcome.RESENT in world.sweep():
            ordered_at.append(world.clock())
    assert world.photo.failure is None
    pauses = [later - earlier for earlier, later in pairwise(ordered_at)]
    assert pauses == sorted(pauses)
    assert timedelta(minutes=30) <= pauses[0] < pauses[-1] <= timedelta(days=1, minutes=31)


@pytest.mark.parametrize("waits", [Step.ROUTING, Step.VARIANTS])
def test_a_photo_whose_message_may_still_be_in_its_queue_waits_for_days(world, waits):
    if waits is Step.VARIANTS:
        world.submitted()
        world.store_report()
    else:
        world.photos.record_upload(makers.photo(source=makers.source()))
    world.backlog.oldest_by_step[waits] = makers.NOON
    outcomes = {outcome for _ in range(100) for outcome in world.sweep()}
    assert outcomes == {Outcome.WAITING}
    assert (world.events.routed, world.events.for_variants) == ([], [])
    assert world.photo.failure is None


@pytest.mark.parametrize("waits", [Step.ROUTING, Step.VARIANTS])
def test_a_photo_that_waits_is_sent_again_once_its_queue_has_nothing_as_old(world, waits):
    if waits is Step.VARIANTS:
        world.submitted()
        world.store_report()
    else:
        world.photos.record_upload(makers.photo(source=makers.source()))
    world.backlog.oldest_by_step[waits] = makers.NOON
    for _ in range(3):
        assert world.sweep() == [Outcome.WAITING]
    world.backlog.oldest_by_step[waits] = makers.NOON + timedelta(minutes=10)
    assert world.sweep() == [Outcome.RESENT], "its message is older than every other"
    world.backlog.oldest_by_step[waits] = world.clock() - timedelta(minutes=1)
    assert world.sweep() == [Outcome.WAITING], "for the message that was sent just now"


def test_a_job_that_expired_at_an_endpoint_that_is_behind_counts_as_no_loss(world):
    world.submitted()
    world.photos.record_variants(makers.KEY, makers.variants())
    for _ in range(10):
        world.backlog.oldest_by_step[Step.STYLIZATION] = world.clock() - timedelta(minutes=24)
        assert world.sweep() == [Outcome.RESENT]
        job = JOB.model_copy(update={"submitted_at": world.clock()})
        world.photos.record_submission(makers.KEY, job)
    assert world.photo.retried.count == 0


def test_the_endpoint_says_nothing_of_a_test_tenants_job(world):
    """It is lost after two hours, however long jobs may wait at the endpoint, and counts as lost, however far
    the endpoint is behind."""
    key = PhotoKey("test_main", makers.PHOTO_ID)
    world.submitted(key)
    world.photos.record_variants(key, makers.variants())
    object.__setattr__(world._sweep, "in_flight", timedelta(hours=7))
    world.backlog.oldest_by_step[Step.STYLIZATION] = makers.NOON - timedelta(days=1)
    assert [world.sweep() for _ in range(4)] == [[Outcome.WAITING]] * 3 + [[Outcome.RESENT]]
    assert world.photos.get(key).retried.count == 1


def test_only_the_shards_that_are_named_are_swept(world):
    for digit in "0af":
        photo_id = digit * 32
        world.photos.record_upload(makers.photo(photo_id=photo_id, source=makers.source(key=photo_id)))
    world.clock.advance(minutes=31)
    assert len(list(world._sweep("0a"))) == 2
    assert len(list(world._sweep("f"))) == 1


def test_an_open_photo_with_a_final_status_is_closed(world):
    world.submitted()
    world.store_report()
    world.photos.record_variants(makers.KEY, makers.variants())
    world.sweep()
    world.photos.set_due(makers.KEY, makers.DUE)
    world.clock.time = makers.NOON
    assert world.sweep() == [Outcome.CLOSED]
    assert world.photo.due_at is None


def test_an_error_on_one_photo_does_not_stop_the_others(world, monkeypatch):
    for n in range(3):
        photo_id = f"{n:032x}"
        world.photos.record_upload(makers.photo(photo_id=photo_id, source=makers.source(key=photo_id)))
    resend = world.events.route

    def flaky(source):
        if source.key.endswith("1"):
            raise Unavailable("slow down")
        resend(source)

    monkeypatch.setattr(world.events, "route", flaky)
    assert sorted(world.sweep()) == sorted([Outcome.RESENT, Outcome.RESENT, Outcome.SWEEP_ERROR])


def test_all_overdue_photos_are_swept_in_one_run_within_its_time(world, monkeypatch):
    for n in range(450):
        world.photos.record_upload(makers.photo(photo_id=f"{n:032x}", source=makers.source()))
    assert len(world.sweep()) == 450
    monkeypatch.setattr(world.events, "route", lambda _: world.clock.advance(seconds=1))
    assert len(world.sweep()) == world._sweep.time_limit.total_seconds()


@pytest.mark.parametrize("version", [None, "v1"])
def test_a_resent_event_parses_to_the_same_upload(version):
    source = makers.source(version_id=version, etag="abc")
    assert parse_upload_event(upload_event(source)) == (source,)
