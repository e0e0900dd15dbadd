from datetime import timedelta

import pytest

from limner.errors import ObjectMissing, Unavailable
from limner.keys import found_sequencer, photo_key_for, upload_key
from limner.photos import PhotoStatus
from limner.sweep.ports import Step
from limner.use_cases.close_orders import CloseOrders
from limner.use_cases.find_orphans import FindOrphans
from limner.use_cases.outcomes import Outcome
from limner.use_cases.record_result import RecordResult
from limner.use_cases.request_upload import KEEP_WITHOUT_UPLOAD
from limner.use_cases.sweep import Sweep
from tests import makers
from tests.fakes import (
    Clock,
    InMemoryBacklog,
    InMemoryImportFailures,
    InMemoryInventory,
    InMemoryObjects,
    InMemoryPhotos,
    InMemoryPictureHashes,
    InMemoryUploadEvents,
)

GRACE_PERIOD = timedelta(minutes=30)


class World:
    """What a sweep does, on the same ports."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.clock.time = makers.NOON
        self.photos, self.objects, self.events = InMemoryPhotos(), InMemoryObjects(), InMemoryUploadEvents()
        self.objects.modified = makers.NOON
        ports = {"photos": self.photos, "objects": self.objects, "now": self.clock}
        common = {**ports, "events": self.events, "grace_period": GRACE_PERIOD}
        self.backlog = InMemoryBacklog()
        common["backlog"] = self.backlog
        self.inventory = InMemoryInventory(self.objects, "uploads", self.clock)
        self.close_orders = CloseOrders(
            **common, imports=InMemoryImportFailures(self.photos), uploads_bucket="uploads"
        )
        self.sweep = Sweep(
            **common,
            record_result=RecordResult(
                **ports,
                results_bucket="results",
                hashes=InMemoryPictureHashes(),
                **makers.attempts(self.events),
            ),
            retries=2,
            in_flight=timedelta(minutes=25),
        )
        self.find_orphans = FindOrphans(
            **common,
            inventory=self.inventory,
            new_photo=lambda source: makers.photo(
                photo_id=photo_key_for(source.bucket, source.key).photo_id, source=source
            ),
            uploads_bucket="uploads",
            results_bucket="results",
        )

    def run(self) -> list[Outcome]:
        """As functions/sweeper/app.py."""
        self.inventory.make()
        return [*self.sweep(), *self.close_orders(), *self.find_orphans()]

    def orders(self, count: int) -> None:
        for n in range(count):
            self.photos.add(makers.photo(photo_id=f"{n:032x}", due_at=makers.DUE - 2000 + n), makers.NOON)

    def file_without_event(self) -> None:
        self.photos.add(makers.photo(due_at=makers.DUE), makers.NOON)
        self.objects.put("uploads", upload_key(makers.KEY), b"12345", "image/jpeg")


@pytest.fixture
def world():
    world = World()
    world.clock.advance(minutes=31)
    return world


def test_an_order_without_an_upload_is_closed(world):
    world.photos.add(makers.photo(), makers.NOON)
    assert list(world.close_orders()) == [Outcome.NEVER_UPLOADED]
    assert list(world.close_orders()) == []


def test_an_import_that_was_lost_fails(world):
    world.photos.add(makers.photo(import_url="https://cdn.example.com/mug.jpg"), makers.NOON)
    assert list(world.close_orders()) == [Outcome.GIVEN_UP]
    photo = world.photos.get(makers.KEY)
    assert (photo.status, photo.failure.code) == (PhotoStatus.FAILED, "deadline_passed")
    assert list(world.close_orders()) == []


def test_an_import_that_may_wait_in_its_queue_waits(world):
    world.photos.add(makers.photo(import_url="https://cdn.example.com/mug.jpg"), makers.NOON)
    world.backlog.oldest_by_step[Step.IMPORT] = makers.NOON - timedelta(minutes=1)
    for _ in range(5):
        assert list(world.close_orders()) == [Outcome.WAITING]
        world.clock.advance(minutes=31)
    world.backlog.oldest_by_step[Step.IMPORT] = world.clock() - timedelta(minutes=1)
    assert list(world.close_orders()) == [Outcome.GIVEN_UP]


def test_an_import_that_waits_for_a_day_fails_before_its_row_expires(world):
    world.photos.add(makers.photo(import_url="https://cdn.example.com/mug.jpg"), makers.NOON)
    world.backlog.oldest_by_step[Step.IMPORT] = makers.NOON
    while list(world.close_orders()) == [Outcome.WAITING]:
        world.clock.advance(minutes=31)
    photo = world.photos.get(makers.KEY)
    assert photo.failure.code == "deadline_passed"
    assert timedelta(hours=22) < photo.failure.at - photo.created_at < KEEP_WITHOUT_UPLOAD


def test_a_lost_import_of_a_test_tenant_is_no_failure_of_a_live_one(world):
    order = makers.photo(tenant="test_main", import_url="https://cdn.example.com/mug.jpg")
    world.photos.add(order, makers.NOON)
    assert list(world.close_orders()) == [Outcome.SANDBOX_PHOTO_FAILED]
    assert world.photos.get(order.key).failure.code == "deadline_passed"


def test_an_upload_with_a_lost_event_is_recorded_and_its_event_resent(world):
    world.file_without_event()
    assert list(world.close_orders()) == [Outcome.RESENT]
    (source,) = world.events.routed
    assert (source.bytes, source.sequencer) == (5, found_sequencer())
    row = world.photos.get(makers.KEY)
    assert row.source == source, "recorded even if the resent message is lost"
    assert row.due_at == int((world.clock() + GRACE_PERIOD).timestamp())


def test_an_upload_whose_events_are_all_lost_fails_after_the_retries(world):
    world.file_without_event()
    outcomes = list(world.close_orders())
    for _ in range(4):
        world.clock.advance(minutes=31)
        outcomes += world.sweep()
    assert outcomes == [Outcome.RESENT, Outcome.RESENT, Outcome.RESENT, Outcome.GIVEN_UP]
    assert world.photos.get(makers.KEY).failure.code == "deadline_passed"


def test_an_upload_that_arrives_during_the_lookup_is_not_closed(world, monkeypatch):
    world.photos.add(makers.photo(), makers.NOON)

    def describe_during_upload(bucket, key):
        world.photos.record_upload(makers.photo(source=makers.source(), due_at=makers.DUE * 2))
        raise ObjectMissing(key)

    monkeypatch.setattr(world.objects, "describe", describe_during_upload)
    assert list(world.close_orders()) == [Outcome.SUPERSEDED]
    assert world.photos.get(makers.KEY).due_at == makers.DUE * 2


def test_an_event_that_arrives_during_the_lookup_takes_precedence(world, monkeypatch):
    world.file_without_event()
    describe = world.objects.describe

    def describe_during_upload(bucket, key):
        world.photos.record_upload(makers.photo(source=makers.source(), due_at=makers.DUE * 2))
        return describe(bucket, key)

    monkeypatch.setattr(world.objects, "describe", describe_during_upload)
    assert list(world.close_orders()) == [Outcome.SUPERSEDED]
    assert world.photos.get(makers.KEY).source.sequencer == makers.SEQUENCER
    assert world.events.routed == []


def test_an_error_on_one_order_does_not_stop_the_others(world, monkeypatch):
    world.orders(3)
    describe = world.objects.describe

    def flaky(bucket, key):
        if key.endswith("1"):
            raise Unavailable("slow down")
        return describe(bucket, key)

    monkeypatch.setattr(world.objects, "describe", flaky)
    outcomes = list(world.close_orders())
    assert sorted(outcomes) == sorted([Outcome.NEVER_UPLOADED, Outcome.NEVER_UPLOADED, Outcome.SWEEP_ERROR])


def test_an_order_whose_files_event_may_still_wait_for_the_router_waits(world):
    world.file_without_event()
    world.backlog.oldest_by_step[Step.ROUTING] = makers.NOON - timedelta(minutes=1)
    for _ in range(5):
        assert list(world.close_orders()) == [Outcome.WAITING]
        world.clock.advance(minutes=31)
    world.backlog.oldest_by_step.clear()
    assert list(world.close_orders()) == [Outcome.RESENT]


def test_two_thousand_orders_that_nobody_uploads_to_delay_no_photo(world, monkeypatch):
    """A photo that is overdue is sent again in the first run, though all those orders are due before it and
    looking one up takes 50 ms; so is the file of an order, when the order's turn comes."""
    world.orders(2000)
    overdue_id = "f" * 32
    world.photos.record_upload(makers.photo(photo_id=overdue_id, source=makers.source(key="overdue")))
    world.file_without_event()
    describe = world.objects.describe

    def slow(bucket, key):
        world.clock.advance(seconds=0.05)
        return describe(bucket, key)

    monkeypatch.setattr(world.objects, "describe", slow)
    outcomes = world.run()
    assert outcomes[0] == Outcome.RESENT
    assert world.events.routed[0].key == "overdue"
    assert outcomes.count(Outcome.NEVER_UPLOADED) == 1200, "in 60 seconds; the others in the next run"
    assert world.run().count(Outcome.NEVER_UPLOADED) == 800
