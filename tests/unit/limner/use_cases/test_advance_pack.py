"""Steps of packs: every photo is packed and charged once, whatever is interrupted, lost or delivered twice; caps,
pauses, failures."""

import random
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest

from limner.errors import TenantSuspended
from limner.packs.pack import Pack, PackCounts, PackOutcome, PackStatus
from limner.quotas import Quotas
from limner.tenancy import PhotoKey
from limner.use_cases.advance_pack import MAX_ATTEMPTS, AdvancePack
from limner.use_cases.outcomes import Outcome
from limner.use_cases.steps import CLAIM
from tests import makers
from tests.fake_packs import InMemoryPackQueue, InMemoryPacks, make_reports
from tests.fakes import Clock, InMemoryEndpoint, InMemoryObjects, InMemoryPhotos
from tests.interruption import Interrupted

PACK_ID = "d" * 32
PHOTO_COUNT = 40
LONGEST_JOB = timedelta(hours=2)
SECOND = timedelta(seconds=1)


class World:
    """`wrap` is what the use case has its ports through."""

    def __init__(self, wrap=lambda port: port, **quotas):
        self.clock, self.photos = Clock(), InMemoryPhotos()
        self.usage = self.photos.usage
        self.packs, self.queue = InMemoryPacks(self.usage), InMemoryPackQueue(self.clock)
        self.objects, self.endpoint = InMemoryObjects(), InMemoryEndpoint()
        self.quotas = Quotas(**({"concurrent_jobs": 4} | quotas))
        self.is_paused = self.is_suspended = False
        self.advance = AdvancePack(
            packs=wrap(self.packs),
            photos=wrap(self.photos),
            objects=wrap(self.objects),
            endpoint=wrap(self.endpoint),
            queue=wrap(self.queue),
            quotas_of=lambda tenant: self.quotas,
            estimate=lambda tenant, size: 10,
            require_active=self.require_active,
            is_paused=lambda: self.is_paused,
            now=self.clock,
            results_bucket="results",
            model="model@1",
            longest_job=LONGEST_JOB,
        )

    def require_active(self, tenant):
        if self.is_suspended:
            raise TenantSuspended("suspended")

    def order(self, count=1, tenant=makers.TENANT):
        ids = tuple(f"{number:032x}" for number in range(count))
        for photo_id in ids:
            source = makers.source(key=f"uploads/{tenant}/{photo_id}")
            self.photos.record_upload(makers.photo(tenant=tenant, photo_id=photo_id, source=source))
        pack = Pack(
            pack_id=PACK_ID, tenant=tenant, created_at=self.clock(), photo_ids=ids, profiles=("ebay",),
            due_at=self.clock(),
        )  # fmt: skip
        self.packs.add(pack)
        self.queue.send(pack.key)
        return pack.key

    def deliver(self):
        return [self.advance(key, has_ended=has_ended) for key, has_ended in self.queue.take()]

    @property
    def pack(self):
        (pack,) = self.packs._rows.values()
        return pack

    @property
    def submitted(self):
        return [job_id for job_id, _ in self.endpoint.submitted]

    def photo(self, number=0):
        return self.packs.photos(self.pack.key, self.pack.photo_ids)[self.pack.photo_ids[number]]

    def erase(self, number=0):
        del self.photos._rows[PhotoKey(makers.TENANT, self.pack.photo_ids[number])]

    def run(self, steps=100):
        for _ in range(steps):
            self.deliver()
            if self.pack.status is PackStatus.FINISHED:
                return self.pack
            make_reports(self.objects, self.submitted)
            self.clock.advance(seconds=20)
        raise AssertionError(f"the pack has not ended: {self.pack}")

    def used(self):
        return self.usage.read(makers.TENANT, self.quotas, self.clock())


def test_every_photo_is_packed_and_charged_once_and_never_more_than_the_cap_is_in_flight():
    world, in_flight = World(), []
    world.endpoint.before_answer = lambda: in_flight.append(world.usage.jobs)
    world.order(PHOTO_COUNT)
    assert world.run().counts == PackCounts(made=PHOTO_COUNT)
    assert Counter(Counter(world.submitted).values()) == {1: PHOTO_COUNT}
    assert (world.used().looks, world.used().micro_usd) == (PHOTO_COUNT, 10 * PHOTO_COUNT)
    assert max(in_flight) == 4
    assert world.usage.jobs == 0


class Interruptions:
    """Calls that do not answer, at random; half of them are carried out."""

    def __init__(self, seed, share=0.05):
        self.random, self.share, self.count = random.Random(seed), share, 0

    def __call__(self, port):
        outer = self

        class Wrapped:
            def __getattr__(self, name):
                method = getattr(port, name)
                return lambda *given, **named: outer.call(method, *given, **named)

        return Wrapped()

    def call(self, method, *given, **named):
        if self.random.random() >= self.share:
            return method(*given, **named)
        self.count += 1
        if self.random.random() < 0.5:
            method(*given, **named)
        raise Interrupted(method.__name__)


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_lost_or_charged_twice_by_interruptions_and_repeated_messages(seed):
    interruptions = Interruptions(seed)
    world = World(interruptions)
    key = world.order(PHOTO_COUNT)
    for _ in range(2_000):
        for message, has_ended in world.queue.take() * 2:  # each comes twice
            with suppress(Interrupted):
                world.advance(message, has_ended=has_ended)
        if world.pack.status is PackStatus.FINISHED:
            break
        make_reports(world.objects, world.submitted)
        world.clock.advance(seconds=60)
        if world.pack.due_at and world.pack.due_at <= world.clock():
            world.queue.send(key)  # the tick
    assert interruptions.count > 10
    assert world.pack.counts == PackCounts(made=PHOTO_COUNT)
    assert world.used().looks == PHOTO_COUNT
    assert world.usage.jobs == 0


def test_a_message_that_comes_twice_does_one_step_and_the_end_of_a_job_one_more():
    world = World()
    key = world.order()
    assert [world.advance(key), world.advance(key)] == [Outcome.PACK_ADVANCED, Outcome.SUPERSEDED]
    make_reports(world.objects, world.submitted)
    assert world.advance(key) is Outcome.SUPERSEDED, "its time has not come"
    assert world.advance(key, has_ended=True) is Outcome.PACK_FINISHED
    assert world.advance(key, has_ended=True) is Outcome.SUPERSEDED


def test_a_step_that_was_interrupted_is_done_again_after_its_claim():
    world = World()
    key = world.order()
    claimed = world.pack.model_copy(
        update={"claimed_until": world.clock() + CLAIM, "due_at": world.clock() + CLAIM}
    )
    world.packs.replace(world.pack, claimed)
    assert world.advance(key, has_ended=True) is Outcome.SUPERSEDED
    world.clock.advance(seconds=CLAIM.total_seconds() + 1)
    assert world.advance(key) is Outcome.PACK_ADVANCED


def test_a_failed_invocation_is_tried_again_and_then_the_photo_fails():
    world = World()
    world.order()
    for attempt in range(MAX_ATTEMPTS):
        world.deliver()
        assert len(world.submitted) == attempt + 1
        world.objects.put("results", f"endpoint/failure/{attempt}", b"{}", "application/json")
        world.clock.advance(seconds=20)
    world.deliver()
    assert (world.photo().outcome, world.photo().code) == (PackOutcome.FAILED, "pack_failed")
    assert world.pack.counts == PackCounts(failed=1)
    assert (world.usage.jobs, world.used().looks) == (0, 1)


def test_a_job_that_never_ends_fails_in_the_end():
    world = World()
    world.order()
    world.deliver()
    for _ in range(MAX_ATTEMPTS):
        world.clock.advance(seconds=LONGEST_JOB.total_seconds() + 60)
        world.deliver()
    assert world.photo().code == "deadline_passed"
    assert world.usage.jobs == 0


def test_a_file_that_the_stylizer_refuses_is_refused_with_its_code():
    world = World()
    world.order()
    world.deliver()
    make_reports(world.objects, world.submitted, "damaged_image")
    world.clock.advance(seconds=20)
    world.deliver()
    assert (world.photo().outcome, world.photo().code) == (PackOutcome.REFUSED, "damaged_image")


def test_photos_over_a_cap_fail_and_the_others_are_packed():
    world = World(looks_per_day=3)
    world.order(5)
    assert world.run().counts == PackCounts(made=3, failed=2)
    assert world.photo(4).code == "quota_exceeded"


def test_nothing_is_submitted_while_submissions_are_paused():
    world = World()
    world.order(2)
    world.is_paused = True
    world.deliver()
    assert not world.submitted
    world.is_paused = False
    world.clock.advance(seconds=301)
    assert world.run().counts == PackCounts(made=2)


def test_a_suspended_tenants_pack_waits():
    world = World()
    world.order()
    world.is_suspended = True
    assert world.deliver() == [Outcome.PACK_ADVANCED]
    assert not world.submitted
    world.is_suspended = False
    world.clock.advance(seconds=3_601)
    assert world.run().counts == PackCounts(made=1)


def interrupted():
    raise Interrupted("submit")


def test_a_photo_that_is_erased_while_its_job_runs_is_gone_and_gives_its_place_back():
    world = World()
    world.order(2)
    world.deliver()
    world.erase()
    world.clock.advance(seconds=20)
    world.deliver()
    assert (world.photo().outcome, world.photo().code) == (PackOutcome.GONE, "photo_gone")
    assert world.usage.jobs == 1
    assert world.run().counts == PackCounts(made=1, gone=1)


def test_a_photo_that_is_erased_after_an_interrupted_step_had_begun_it_gives_its_place_back():
    world = World()
    key = world.order()
    world.endpoint.before_answer = interrupted
    with pytest.raises(Interrupted):
        world.advance(key)
    assert world.usage.jobs == 1
    world.erase()
    world.clock.advance(seconds=CLAIM.total_seconds() + 1)
    world.advance(key)
    assert world.pack.counts == PackCounts(gone=1)
    assert world.usage.jobs == 0


def test_a_job_that_expired_unbegun_is_submitted_again():
    world = World()
    world.order()
    world.deliver()
    world.clock.advance(seconds=LONGEST_JOB.total_seconds() + 60)
    world.deliver()
    assert len(world.submitted) == 2
    assert world.run().counts == PackCounts(made=1)
