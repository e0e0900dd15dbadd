"""A batch completes once, never early and never not at all, however its photos end and their changes arrive."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import pytest

from limner.batches import Batch, BatchKey, RefusedItem
from limner.errors import MalformedMessage, Unavailable
from limner.events import BatchCompleted, Event
from limner.photos import Failure, Photo, PhotoOutcome
from limner.tenancy import PhotoKey
from limner.use_cases.announce_changes import AnnounceChanges, BatchChange, Change, PhotoChange
from limner.use_cases.complete_batches import PHOTOS_AT_ONCE, CompleteBatches
from tests import makers
from tests.fake_batches import InMemoryBatches
from tests.fakes import InMemoryPhotos

BATCH_ID = "b" * 32
LATER = makers.NOON + timedelta(minutes=1)
CODES = {"refused": "too_small", "failed": "stylization_failed", "cancelled": "cancelled"}
EVERY_END = ("ready", "refused", "failed", "cancelled", "not_uploaded", "gone")


@dataclass
class World:
    """Tables with their streams: `changes` are those that the notifier has not read yet."""

    photos: InMemoryPhotos = field(default_factory=InMemoryPhotos)
    batches: InMemoryBatches = field(default_factory=InMemoryBatches)
    changes: list[Change] = field(default_factory=list)
    published: list[Event] = field(default_factory=list)
    unreadable: list[BatchKey] = field(default_factory=list)
    counted: int = 0
    is_busy: Callable[[], bool] = lambda: False

    def __post_init__(self) -> None:
        complete = CompleteBatches(
            batches=self, photos=self.photos, now=lambda: LATER, on_unreadable=self.count_unreadable
        )
        self.announce = AnnounceChanges(bus=self, complete_batches=complete, source="limner/test")

    def publish(self, events):
        if self.is_busy():
            raise Unavailable("busy")
        self.published += events

    def count_unreadable(self):
        self.counted += 1

    def get(self, tenant, batch_id):
        if (tenant, batch_id) in self.unreadable:
            raise MalformedMessage(batch_id)
        return self.batches.get(tenant, batch_id)

    def complete(self, key: BatchKey, completion):
        before = self.batches.get(*key)
        assert self.is_ended(before), "completed early"
        self.batches.complete(key, completion)
        self.changes.append(BatchChange(before, self.batches.get(*key)))

    def is_ended(self, batch: Batch) -> bool:
        return all(photo.outcome for photo in self.photos.those_of(batch.photo_keys))

    def add_batch(self, batch: Batch) -> None:
        self.batches.add(batch)
        self.changes.append(BatchChange(None, batch))

    def end(self, key: PhotoKey, outcome: str) -> None:
        """In the writes that the pipeline makes."""
        if outcome == "not_uploaded":
            self._write(key, lambda: self.photos.close(self.photos.get(key)))
        elif outcome == "gone":
            self._write(key, lambda: self.photos._rows.pop(key))
        else:
            source = makers.source(key=f"uploads/main/{key.photo_id}")
            uploaded = makers.photo(photo_id=key.photo_id, source=source)
            self._write(key, lambda: self.photos.record_upload(uploaded))
            if outcome == "ready":
                self._write(key, lambda: self.photos.record_results(key, makers.results()))
                self._write(key, lambda: self.photos.record_variants(key, makers.variants()))
            else:
                failure = Failure(
                    sequencer=makers.SEQUENCER, code=CODES[outcome], message="Why.", at=makers.NOON
                )
                self._write(key, lambda: self.photos.record_failure(key, failure))

    def _write(self, key: PhotoKey, write: Callable[[], object]) -> None:
        before = self._row(key)
        write()
        self.changes.append(PhotoChange(before, self._row(key), makers.NOON))

    def _row(self, key: PhotoKey) -> Photo | None:
        return next(iter(self.photos.those_of([key])), None)

    def deliver(self) -> None:
        while self.changes:
            self.announce([self.changes.pop(0)])

    @property
    def completed(self) -> list[BatchCompleted]:
        return [event for event in self.published if isinstance(event, BatchCompleted)]


def order(world: World, photos: int, refused: int = 0) -> Batch:
    ids = tuple(f"{number:032x}" for number in range(photos))
    for photo_id in ids:
        world.photos.add(makers.photo(photo_id=photo_id, batch_id=BATCH_ID), LATER)
    items = (
        RefusedItem(index=photos + number, code="invalid_request", message="No.") for number in range(refused)
    )
    return Batch(
        batch_id=BATCH_ID, tenant=makers.TENANT, created_at=makers.NOON, photo_ids=ids, refused=tuple(items)
    )


def test_a_batch_completes_with_its_last_photo_and_counts_how_they_ended():
    world = World()
    batch = order(world, len(EVERY_END), refused=2)
    world.add_batch(batch)
    for key, outcome in zip(batch.photo_keys, EVERY_END, strict=True):
        world.deliver()
        assert world.completed == []
        world.end(key, outcome)
    world.deliver()
    (event,) = world.completed
    assert event.data.outcomes.model_dump() == {**dict.fromkeys(EVERY_END, 1), "not_ordered": 2}
    assert event.time == LATER


def test_a_batch_of_which_nothing_was_ordered_is_complete_from_the_start():
    world = World()
    world.add_batch(order(world, 0, refused=3))
    world.deliver()
    assert [event.data.outcomes.not_ordered for event in world.completed] == [3]


def test_the_last_photo_may_end_before_the_batch_is_stored():
    world = World()
    batch = order(world, 2)
    for key in batch.photo_keys:
        world.end(key, "ready")
    world.deliver()
    assert world.completed == []
    world.add_batch(batch)
    world.deliver()
    assert len(world.completed) == 1


def test_an_invalid_row_of_a_batch_keeps_no_other_from_being_completed():
    world = World()
    invalid = BatchKey(makers.TENANT, "c" * 32)
    world.unreadable.append(invalid)
    batch = order(world, 1)
    world.add_batch(batch)
    world.end(batch.photo_keys[0], "ready")
    changes, world.changes = world.changes, []
    in_invalid = world.photos.get(batch.photo_keys[0]).model_copy(update={"batch_id": invalid.batch_id})
    world.announce([PhotoChange(in_invalid, None, LATER), *changes])
    world.deliver()
    assert world.counted == 1
    assert len(world.completed) == 1


def test_a_further_order_after_the_completion_makes_no_second_event():
    world = World()
    batch = order(world, 1)
    world.add_batch(batch)
    world.end(batch.photo_keys[0], "failed")
    world.deliver()
    world.announce([PhotoChange(None, world.photos.get(batch.photo_keys[0]), LATER)])
    world.deliver()
    assert len(world.completed) == 1


def test_photos_that_are_under_way_are_few_to_read():
    """Those of a large batch end roughly in their order: each end must not read all of them."""
    world = World()
    batch = order(world, 4 * PHOTOS_AT_ONCE)
    world.add_batch(batch)
    read = []
    those_of = world.photos.those_of
    world.photos.those_of = lambda keys, **options: read.extend(keys) or those_of(keys, **options)
    world.announce([PhotoChange(None, None, LATER), BatchChange(None, batch)])
    assert len(read) == PHOTOS_AT_ONCE


@pytest.mark.parametrize("seed", range(150))
def test_changes_that_come_twice_late_and_out_of_order_complete_it_once(seed):
    """Photos end and the batch is stored in any order; each change is read at any time after it, by
    invocations of any size, again and again, while the bus fails now and then."""
    random = Random(seed)
    world = World(is_busy=lambda: random.random() < 0.2)
    photos = random.randint(0, 6)
    batch = order(world, photos, refused=random.randint(0, 1) if photos else 1)
    ends = [random.choice(EVERY_END) for _ in range(photos)]
    steps = [
        lambda key=key, end=end: world.end(key, end) for key, end in zip(batch.photo_keys, ends, strict=True)
    ]
    steps.append(lambda: world.add_batch(batch))
    random.shuffle(steps)
    while steps or world.changes:
        if steps and (not world.changes or random.random() < 0.3):
            steps.pop()()
            continue
        random.shuffle(world.changes)
        taken = world.changes[: random.randint(1, 3)]
        try:
            world.announce(taken)
        except Unavailable:
            continue
        if random.random() > 0.3:  # else the same records come once more
            world.changes = (
                world.changes[len(taken) :]
                if world.changes[: len(taken)] == taken
                else [change for change in world.changes if not any(change is each for each in taken)]
            )
    assert len({event.model_dump_json() for event in world.completed}) == 1, "doubles are equal"
    outcomes = world.completed[0].data.outcomes.model_dump()
    assert outcomes == {**dict.fromkeys(outcomes, 0), **Counter(ends), "not_ordered": len(batch.refused)}
    assert set(PhotoOutcome) <= set(outcomes)
