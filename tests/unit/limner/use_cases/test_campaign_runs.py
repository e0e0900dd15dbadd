"""Runs of campaigns: every photo of the collection is ordered once, whatever is interrupted, lost or delivered
twice; caps, pauses and refusals."""

import random
from datetime import timedelta

import pytest

from limner.campaigns.campaign import MAX_CAMPAIGNS, CampaignAction, CampaignStatus, Counts, MemberOutcome
from limner.campaigns.errors import CampaignProblem, CampaignRefused
from limner.campaigns.windows import ALWAYS
from limner.errors import RefusalCode
from limner.photos import Failure
from limner.use_cases.advance_campaign import OPEN_AT_ONCE
from limner.use_cases.cancel_order import CancelOrder
from limner.use_cases.manage_campaigns import CreateCampaign
from limner.use_cases.outcomes import Outcome
from limner.use_cases.revise_photo import RevisePhoto
from limner.use_cases.steps import CLAIM
from tests import campaign_makers as made
from tests import makers
from tests.campaign_world import CARTOON, CampaignWorld, in_memory, photo_key
from tests.interruption import Interrupted

A, S = CampaignAction, CampaignStatus
PHOTOS = 1_000


@pytest.fixture
def world() -> CampaignWorld:
    return in_memory()


def orders_of(world, keys):
    """How many orders each photo had after the one that it was uploaded with."""
    return [photo.revision for photo in world.photos.those_of(keys)]


def test_a_run_orders_each_photo_once_and_counts_what_has_come_of_it(world):
    keys = world.add_ready_photos(30)
    campaign = world.add_campaign()
    assert world.do(campaign, A.RUN).run.expected == 30
    finished = world.run_to_its_end(campaign, keys)
    assert finished.run.counts == Counts(ready=30)
    assert orders_of(world, keys) == [1] * 30
    assert {member.outcome for member in world.members_of(campaign)} == {MemberOutcome.READY}
    assert len(world.members_of(campaign)) == 30


def test_photos_that_have_the_pictures_are_not_ordered(world):
    keys = world.add_ready_photos(5)
    campaign = world.add_campaign(looks=(makers.OIL,))
    world.do(campaign, A.RUN)
    assert world.run_to_its_end(campaign, keys).run.counts == Counts(ready=5)
    assert orders_of(world, keys) == [0] * 5
    assert world.usage.read(makers.TENANT, world.quotas, world.clock()).orders == 0


class Interruptions:
    """Wraps ports so that calls of theirs do not answer, at random; half of these are carried out."""

    def __init__(self, seed: int, share: float) -> None:
        self.random, self.share, self.count = random.Random(seed), share, 0
        self.is_on = False

    def wrap(self, port):
        return _Wrapped(port, self.call)

    def call(self, method, *given, **named):
        if not self.is_on or self.random.random() >= self.share:
            return method(*given, **named)
        self.count += 1
        if self.random.random() < 0.5:
            method(*given, **named)
        raise Interrupted(method.__name__)


class InterruptAfter:
    """The n-th call from now on is carried out, and does not answer."""

    def __init__(self, calls: int) -> None:
        self.left = calls

    def wrap(self, port):
        return _Wrapped(port, self.call)

    def call(self, method, *given, **named):
        answer = method(*given, **named)
        self.left -= 1
        if self.left == 0:
            raise Interrupted(method.__name__)
        return answer


class _Wrapped:
    def __init__(self, port, call) -> None:
        self._port, self._call = port, call

    def __getattr__(self, name):
        method = getattr(self._port, name)
        return lambda *given, **named: self._call(method, *given, **named)


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_lost_or_doubled_by_interruptions_and_repeated_or_lost_messages(world, seed):
    keys = world.add_ready_photos(PHOTOS)
    campaign = world.add_campaign()
    chance = random.Random(seed)
    interruptions = Interruptions(seed, share=0.002)
    world.build(interruptions.wrap)
    world.do(campaign, A.RUN)
    for _ in range(1_000):
        messages = [key for key in world.messages.take() if chance.random() > 0.1]  # one in ten is lost
        for key in [each for each in messages for _ in range(chance.choice([1, 1, 2]))]:
            interruptions.is_on = True
            try:
                world.advance(key)
            except Interrupted:
                pass
            finally:
                interruptions.is_on = False
        world.finish_orders(photo_key(number) for number in chance.sample(range(PHOTOS), PHOTOS // 4))
        if world.now_of(campaign).status is S.FINISHED:
            break
        world.pass_time(timedelta(seconds=30))
        world.tick()
    finished = world.now_of(campaign)
    assert finished.run.counts == Counts(ready=PHOTOS)
    assert orders_of(world, keys) == [1] * PHOTOS
    assert all(CARTOON in photo.looks for photo in world.photos.those_of(keys))
    assert len(world.members_of(campaign)) == PHOTOS
    assert interruptions.count > 10
    counted = world.usage.read(makers.TENANT, world.quotas, world.clock()).orders
    assert PHOTOS <= counted <= PHOTOS + interruptions.count, "an order may be counted before it is placed"


def test_a_step_that_is_interrupted_after_each_of_its_calls_is_done_again():
    for calls in range(1, 100):
        world = in_memory()
        keys = world.add_ready_photos(3)
        campaign = world.add_campaign()
        world.do(campaign, A.RUN)
        world.build(InterruptAfter(calls).wrap)
        is_interrupted = False
        try:
            world.advance(campaign.key)
        except Interrupted:
            is_interrupted = True
        world.build()
        world.pass_time(CLAIM)
        assert world.run_to_its_end(campaign, keys).run.counts == Counts(ready=3), calls
        assert orders_of(world, keys) == [1, 1, 1], calls
        if not is_interrupted:
            break
    assert 15 < calls < 99


def test_a_message_that_is_delivered_twice_does_one_step(world):
    world.add_ready_photos(3)
    campaign = world.add_campaign()
    world.do(campaign, A.RUN)
    assert world.step(campaign) is Outcome.CAMPAIGN_ADVANCED
    assert world.step(campaign) is Outcome.SUPERSEDED


def test_no_more_than_a_bounded_number_of_photos_is_under_way(world):
    keys = world.add_ready_photos(OPEN_AT_ONCE + 40)
    campaign = world.add_campaign()
    world.do(campaign, A.RUN)
    for _ in range(10):
        world.tick()
        world.deliver()
        world.pass_time()
    run = world.now_of(campaign).run
    assert len(run.open) == OPEN_AT_ONCE
    assert sum(orders_of(world, keys)) == OPEN_AT_ONCE
    assert world.run_to_its_end(campaign, keys).run.counts.ready == len(keys)


def test_a_paused_run_orders_nothing_and_goes_on_where_it_was(world):
    keys = world.add_ready_photos(250)
    campaign = world.add_campaign()
    world.do(campaign, A.RUN)
    world.step(campaign)
    world.do(campaign, A.PAUSE)
    ordered = sum(orders_of(world, keys))
    assert 0 < ordered < len(keys)
    world.pass_time(timedelta(hours=1))
    world.tick()
    world.deliver()
    assert sum(orders_of(world, keys)) == ordered
    world.do(campaign, A.RESUME)
    assert world.run_to_its_end(campaign, keys).run.counts == Counts(ready=250)
    assert orders_of(world, keys) == [1] * 250


def test_a_step_that_a_pause_overtakes_is_not_recorded_and_its_orders_are_found_again(world):
    keys = world.add_ready_photos(3)
    campaign = world.add_campaign()
    world.do(campaign, A.RUN)
    place = world.order_looks

    def pause_meanwhile(key, looks):
        if world.now_of(campaign).status is S.RUNNING:
            world.do(campaign, A.PAUSE)
        return place(key, looks)

    object.__setattr__(world.advance, "order_looks", pause_meanwhile)
    assert world.step(campaign) is Outcome.SUPERSEDED
    assert orders_of(world, keys) == [1, 1, 1]
    world.do(campaign, A.RESUME)
    assert world.run_to_its_end(campaign, keys).run.counts == Counts(ready=3)
    assert orders_of(world, keys) == [1, 1, 1]


def test_a_cancelled_campaign_orders_nothing_more(world):
    keys = world.add_ready_photos(3)
    campaign = world.add_campaign()
    world.do(campaign, A.RUN)
    world.do(campaign, A.CANCEL)
    world.pass_time()
    world.tick()
    world.deliver()
    assert orders_of(world, keys) == [0, 0, 0]
    assert world.now_of(campaign).due_at is None


def test_a_run_waits_for_the_next_day_where_the_orders_of_this_one_are_used_up():
    world = in_memory(orders_per_day=2)
    keys = world.add_ready_photos(5)
    campaign = world.add_campaign()
    world.do(campaign, A.RUN)
    world.step(campaign)
    run = world.now_of(campaign).run
    assert (run.waiting.reason, run.waiting.until.date()) == (
        "orders",
        (makers.NOON + timedelta(days=1)).date(),
    )
    assert sum(orders_of(world, keys)) == 2
    world.finish_orders(keys)
    world.pass_time()
    world.step(campaign)
    assert world.now_of(campaign).due_at == run.waiting.until, "nothing to do before"
    finished = world.run_to_its_end(campaign, keys, pause=timedelta(hours=1))
    assert finished.run.counts == Counts(ready=5)
    assert (world.clock().date() - makers.NOON.date()).days == 2


def test_a_photo_whose_job_was_over_a_cap_is_ordered_again_the_next_day(world):
    (key,) = world.add_ready_photos(1)
    campaign = world.add_campaign()
    world.do(campaign, A.RUN)
    world.step(campaign)
    fail(world, key, RefusalCode.QUOTA_EXCEEDED)
    world.pass_time()
    world.step(campaign)
    assert world.now_of(campaign).run.waiting.reason == "quota_exceeded"
    assert orders_of(world, [key]) == [1]
    finished = world.run_to_its_end(campaign, [key], pause=timedelta(hours=1))
    assert finished.run.counts == Counts(ready=1)
    assert orders_of(world, [key]) == [2]


def fail(world, key, code):
    photo = world.photos.get(key)
    failure = Failure(
        sequencer=makers.SEQUENCER, revision=photo.revision, code=code, message="no", at=world.clock()
    )
    world.photos.record_failure(key, failure)


def test_each_photo_ends_with_its_own_outcome(world):
    keys = world.add_ready_photos(5)
    campaign = world.add_campaign()
    world.do(campaign, A.RUN)
    world.step(campaign)
    failed, refused, cancelled, gone, ready = keys
    fail(world, failed, RefusalCode.STYLIZATION_FAILED)
    fail(world, refused, RefusalCode.DAMAGED_IMAGE)
    CancelOrder(revise=RevisePhoto(photos=world.photos, now=world.clock))(cancelled)
    world.photos.erase(gone)
    world.finish_orders([ready])
    finished = world.run_to_its_end(campaign, [])
    assert finished.run.counts == Counts(ready=1, failed=1, refused=1, cancelled=1, gone=1)
    found = {member.photo_id: (member.outcome, member.code) for member in world.members_of(campaign)}
    assert found == {
        failed.photo_id: (MemberOutcome.FAILED, "stylization_failed"),
        refused.photo_id: (MemberOutcome.REFUSED, "damaged_image"),
        cancelled.photo_id: (MemberOutcome.CANCELLED, None),
        gone.photo_id: (MemberOutcome.GONE, None),
        ready.photo_id: (MemberOutcome.READY, None),
    }


def test_a_further_run_orders_again_what_failed_and_what_was_uploaded_since(world):
    keys = world.add_ready_photos(3)
    campaign = world.add_campaign()
    world.do(campaign, A.RUN)
    world.step(campaign)
    fail(world, keys[0], RefusalCode.STYLIZATION_FAILED)
    assert world.run_to_its_end(campaign, keys).run.counts == Counts(ready=2, failed=1)
    new = world.add_ready_photos(1, first=3)
    world.do(campaign, A.RUN)
    finished = world.run_to_its_end(campaign, [*keys, *new])
    assert (finished.run.number, finished.run.counts) == (2, Counts(ready=4))


def test_a_photo_that_is_under_way_already_is_waited_for_and_then_ordered(world):
    (key,) = world.add_ready_photos(1)
    world.order_looks(key, (makers.OIL.model_copy(update={"strength": 0.1}),))
    campaign = world.add_campaign()
    world.do(campaign, A.RUN)
    world.step(campaign)
    assert orders_of(world, [key]) == [1]
    assert world.run_to_its_end(campaign, [key]).run.counts == Counts(ready=1)
    assert orders_of(world, [key]) == [2]


def test_photos_that_are_uploaded_during_a_run_are_not_part_of_it(world):
    world.add_ready_photos(2)
    campaign = world.add_campaign()
    world.do(campaign, A.RUN)
    late = makers.NOON + timedelta(days=1)
    keys = world.add_ready_photos(3, first=2, created_at=late)
    assert world.run_to_its_end(campaign, [photo_key(0), photo_key(1), *keys]).run.counts == Counts(ready=2)


def test_a_suspended_tenants_run_waits(world):
    keys = world.add_ready_photos(2)
    campaign = world.add_campaign()
    world.do(campaign, A.RUN)
    world.suspended.add(makers.TENANT)
    world.step(campaign)
    assert orders_of(world, keys) == [0, 0]
    assert world.now_of(campaign).run.waiting.reason == "tenant_suspended"
    world.suspended.clear()
    assert world.run_to_its_end(campaign, keys).run.counts == Counts(ready=2)


def test_a_run_whose_collection_has_expired_ends_with_what_it_has_taken_up(world):
    keys = world.add_ready_photos(OPEN_AT_ONCE + 40)
    campaign = world.add_campaign()
    world.do(campaign, A.RUN)
    world.step(campaign)
    world.do(campaign, A.PAUSE)
    world.collections.expire(world.collections.get(campaign.tenant, campaign.collection_id))
    world.do(campaign, A.RESUME)
    assert world.run_to_its_end(campaign, keys).run.counts == Counts(ready=OPEN_AT_ONCE)


def test_campaigns_that_are_over_leave_room_for_others(world):
    campaigns = [made.campaign(campaign_id=f"{number:032x}") for number in range(MAX_CAMPAIGNS)]
    for campaign in campaigns:
        world.add_campaign(**campaign.model_dump(include={"campaign_id"}))
    create = CreateCampaign(
        campaigns=world.campaigns,
        collections=world.collections,
        require_styles=lambda tenant, looks: None,
        new_id=lambda: "f" * 32,
        now=world.clock,
    )
    facts = campaigns[0].model_dump(include={"name", "collection_id", "placement", "priority"})
    given = {**facts, "looks": (CARTOON,), "window": ALWAYS}
    with pytest.raises(CampaignRefused) as refused:
        create(makers.TENANT, **given)
    assert refused.value.code == CampaignProblem.TOO_MANY_CAMPAIGNS
    world.do(campaigns[0], A.CANCEL)
    assert create(makers.TENANT, **given).status is S.DRAFT


def test_an_empty_collection_is_not_run(world):
    campaign = world.add_campaign()
    with pytest.raises(CampaignRefused) as refused:
        world.do(campaign, A.RUN)
    assert refused.value.code == CampaignProblem.EMPTY_COLLECTION
