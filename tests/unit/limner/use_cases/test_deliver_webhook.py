"""Fan-out, tries, back-off, disabling and redelivery, in memory and without waiting."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from limner.errors import Unavailable
from limner.use_cases.deliver_webhook import DeliverWebhook
from limner.use_cases.fan_out_event import FanOutEvent
from limner.use_cases.outcomes import Outcome
from limner.use_cases.webhook_deliveries import Redeliver, SendTestEvent
from limner.webhooks import (
    DISABLE_AFTER,
    MAX_RETRY_AFTER,
    RETRY_DELAYS,
    DeliveryMessage,
    DeliveryState,
    DisabledBy,
    ReceivedEvent,
    retry_delay,
)
from tests import makers
from tests.fake_webhooks import InMemoryWebhooks, Receiver, RecordingBus, ReversibleBox, TimedQueue
from tests.fakes import Clock

JITTER = 0.5


class World:
    """One tenant's webhook, and everything between an event and its receiver."""

    def __init__(self, receiver: Receiver | None = None) -> None:
        self.clock, self.webhooks, self.bus = Clock(), InMemoryWebhooks(), RecordingBus()
        self.queue, self.receiver = TimedQueue(self.clock), receiver or Receiver()
        self.webhooks.add_endpoint(makers.endpoint())
        self.fan_out = FanOutEvent(webhooks=self.webhooks, queue=self.queue, now=self.clock)
        self.deliver = DeliverWebhook(
            webhooks=self.webhooks,
            queue=self.queue,
            secrets=ReversibleBox(),
            send=self.receiver,
            bus=self.bus,
            now=self.clock,
            seconds=lambda: self.clock().timestamp(),
            random=lambda: JITTER,
            source="limner/test",
        )
        self.redeliver = Redeliver(webhooks=self.webhooks, queue=self.queue, now=self.clock)

    def announce(self, number: int = 1, event_type: str = "photo.ready") -> str:
        """Fan an event out; the id of its delivery."""
        body = makers.event_body(number, event_type)
        self.fan_out(ReceivedEvent.model_validate_json(body), body)
        return makers.delivery_id(number)

    def run(self) -> list[Outcome]:
        outcomes = []
        self.queue.run(lambda message: outcomes.append(self.deliver(message)))
        return outcomes

    def delivery(self, number: int = 1):
        return self.webhooks.delivery("main", makers.ENDPOINT_ID, makers.delivery_id(number))

    @property
    def endpoint(self):
        return self.webhooks.endpoint("main", makers.ENDPOINT_ID)


def test_an_event_is_sent_once_and_the_log_has_its_try():
    world = World()
    world.announce()
    assert world.run() == [Outcome.DELIVERED]
    ((url, webhook_id, body, secrets, _),) = world.receiver.received
    assert (url, body) == (makers.endpoint().url, makers.event_body(1))
    assert webhook_id == makers.event_id(1)
    assert secrets == ("whsec_1",)
    delivery = world.delivery()
    assert (delivery.state, delivery.next_at) == (DeliveryState.DELIVERED, None)
    assert [attempt.status for attempt in delivery.attempts] == [204]


@pytest.mark.parametrize("status", [200, 201, 299])
def test_every_2xx_is_success(status):
    world = World(Receiver([status]))
    world.announce()
    assert world.run() == [Outcome.DELIVERED]


@pytest.mark.parametrize("status", [100, 301, 302, 307, 400, 404, 429, 500, 503, None])
def test_everything_else_is_tried_again_until_it_succeeds(status):
    world = World(Receiver([status, status, 200]))
    world.announce()
    outcomes = world.run()
    assert [each for each in outcomes if each is not Outcome.DELIVERY_DEFERRED] == [
        Outcome.DELIVERY_RETRIED,
        Outcome.DELIVERY_RETRIED,
        Outcome.DELIVERED,
    ]
    assert {received[1] for received in world.receiver.received} == {makers.event_id(1)}
    assert world.endpoint.failing_since is None, "it has recovered"


def test_a_delivery_is_tried_at_least_ten_times_over_at_least_a_day_and_then_has_failed():
    world = World(Receiver([500]))
    world.announce()
    world.run()
    times = [received[-1] for received in world.receiver.received]
    assert len(times) == 1 + len(RETRY_DELAYS) >= 10
    assert times[-1] - times[0] >= timedelta(hours=24)
    waits = [later - earlier for earlier, later in pairwise(times)]
    for wait, delay in zip(waits, RETRY_DELAYS, strict=True):
        assert abs(wait - delay * (1 + 0.2 * JITTER)) <= timedelta(seconds=1)
    delivery = world.delivery()
    assert delivery.state is DeliveryState.FAILED
    assert delivery.next_at is None
    assert [attempt.status for attempt in delivery.attempts] == [500] * 11


def test_delays_grow_and_jitter_only_makes_them_longer():
    assert list(RETRY_DELAYS) == sorted(RETRY_DELAYS)
    for tries, delay in enumerate(RETRY_DELAYS, start=1):
        assert delay == retry_delay(tries, 0, None) < retry_delay(tries, 0.999, None) <= delay * 1.2
    assert retry_delay(len(RETRY_DELAYS) + 1, 0, None) is None


def test_an_endpoint_may_ask_for_a_longer_pause_up_to_a_limit():
    assert retry_delay(1, 0, timedelta(minutes=3)) == timedelta(minutes=3)
    assert retry_delay(1, 0, timedelta(seconds=1)) == RETRY_DELAYS[0]
    assert retry_delay(1, 0, timedelta(days=300)) == MAX_RETRY_AFTER
    world = World(Receiver([503, 200], retry_after=timedelta(hours=1)))
    world.announce()
    world.run()
    first, second = (received[-1] for received in world.receiver.received)
    assert abs(second - first - timedelta(hours=1)) <= timedelta(seconds=1)


def test_only_wanted_types_of_enabled_webhooks_are_delivered():
    world = World()
    world.webhooks.add_endpoint(makers.endpoint(endpoint_id="a" * 32, event_types=("photo.failed",)))
    off = {"disabled_by": DisabledBy.OWNER, "disabled_at": makers.NOON}
    world.webhooks.add_endpoint(makers.endpoint(endpoint_id="b" * 32, **off))
    world.webhooks.add_endpoint(makers.endpoint(tenant="other"))
    world.announce(event_type="photo.ready")
    assert [message.endpoint_id for message, _ in world.queue.sent] == [makers.ENDPOINT_ID]
    assert {message.tenant for message, _ in world.queue.sent} == {"main"}


def test_the_same_event_again_is_no_second_delivery():
    world = World()
    world.announce()
    world.run()
    world.announce()
    assert world.run() == [Outcome.DELIVERY_SUPERSEDED]
    assert len(world.receiver.received) == 1
    assert world.delivery().state is DeliveryState.DELIVERED


def test_a_message_twice_at_once_is_a_double_with_the_same_id_and_one_chain_of_tries():
    world = World(Receiver([500, 500, 500, 200]))
    world.announce()
    first = world.queue.next_message()
    assert world.deliver(first) is Outcome.DELIVERY_RETRIED
    assert world.deliver(first) is Outcome.DELIVERY_SUPERSEDED
    outcomes = world.run()
    assert outcomes.count(Outcome.DELIVERED) == 1
    assert {received[1] for received in world.receiver.received} == {makers.event_id(1)}


def test_an_answer_gone_disables_at_once_with_a_notice():
    world = World(Receiver([410]))
    world.announce(1)
    world.announce(2)
    assert world.run() == [Outcome.WEBHOOK_DISABLED, Outcome.DELIVERY_FAILED]
    assert len(world.receiver.received) == 1
    assert world.endpoint.disabled_by is DisabledBy.GONE
    (notice,) = world.bus.published
    assert (notice.type, notice.data.reason) == ("webhook.disabled", "gone")
    assert (world.delivery(2).state, world.delivery(2).error) == (
        DeliveryState.FAILED,
        "the webhook is disabled",
    )


def test_days_of_failure_disable_with_a_notice_and_one_success_begins_anew():
    world = World(Receiver([500]))
    world.announce(1)
    world.run()
    failing_since = world.endpoint.failing_since
    assert failing_since == world.receiver.received[0][-1]
    world.receiver.answers[:] = [200]
    world.announce(2)
    world.run()
    assert world.endpoint.failing_since is None
    world.receiver.answers[:] = [500]
    for number in range(3, 9):
        world.announce(number)
        world.run()
    assert world.endpoint.disabled_by is DisabledBy.FAILING
    (notice,) = world.bus.published
    assert (notice.type, notice.data.reason) == ("webhook.disabled", "failing")
    assert notice.time == notice.data.failing_since + DISABLE_AFTER
    assert world.endpoint.disabled_at - world.endpoint.failing_since >= DISABLE_AFTER


def test_a_notice_that_is_given_again_is_the_same_one():
    """Interrupted between the notice and the record, and by two deliveries at once."""
    world = World(Receiver([410]))
    world.announce(1)
    message = world.queue.next_message()
    replace = world.webhooks.replace_endpoint
    calls = []

    def fail_once(endpoint):
        if endpoint.disabled_by and not calls:
            calls.append(endpoint)
            raise Unavailable("interrupted")
        return replace(endpoint)

    world.webhooks.replace_endpoint = fail_once
    with pytest.raises(Unavailable):
        world.deliver(message)
    world.clock.advance(minutes=6)
    assert world.deliver(message) is Outcome.WEBHOOK_DISABLED
    first, second = world.bus.published
    assert first == second


def test_a_removed_webhook_gets_nothing_more():
    world = World(Receiver([500]))
    world.announce()
    world.deliver(world.queue.next_message())
    world.webhooks.remove_endpoint(world.endpoint, world.clock())
    assert world.run() == [Outcome.DELIVERY_SUPERSEDED]
    assert len(world.receiver.received) == 1


def test_a_failed_delivery_is_made_again_by_request_with_all_its_tries():
    world = World(Receiver([500]))
    delivery_id = world.announce()
    world.run()
    before = len(world.receiver.received)
    world.receiver.answers[:] = [500, 500, 200]
    asked = world.redeliver("main", makers.ENDPOINT_ID, delivery_id)
    assert (asked.state, asked.next_at) == (DeliveryState.PENDING, world.clock())
    outcomes = world.run()
    assert outcomes[-1] is Outcome.DELIVERED
    assert len(world.receiver.received) == before + 3
    assert {received[1] for received in world.receiver.received} == {makers.event_id(1)}
    assert len(world.delivery().attempts) == 12, "the newest are kept"


def test_a_pending_delivery_that_is_made_again_has_one_chain_of_tries():
    world = World(Receiver([500, 200]))
    delivery_id = world.announce()
    world.deliver(world.queue.next_message())
    world.redeliver("main", makers.ENDPOINT_ID, delivery_id)
    outcomes = world.run()
    assert outcomes.count(Outcome.DELIVERED) == 1
    assert outcomes[-1] is Outcome.DELIVERY_SUPERSEDED
    assert len(world.receiver.received) == 2


def test_a_redelivery_that_was_made_before_it_is_recorded_stays_delivered():
    world = World()
    delivery_id = world.announce()
    world.run()
    send = world.queue.send

    def send_and_deliver(message, delay=timedelta(0)):
        send(message, delay)
        world.run()

    world.queue.send = send_and_deliver
    assert world.redeliver("main", makers.ENDPOINT_ID, delivery_id).state is DeliveryState.DELIVERED


def test_a_test_event_goes_to_its_webhook_alone_whatever_it_wants():
    world = World()
    world.webhooks.add_endpoint(makers.endpoint(endpoint_id="a" * 32, event_types=("photo.failed",)))
    send = SendTestEvent(
        webhooks=world.webhooks,
        queue=world.queue,
        new_id=lambda: "9" * 32,
        now=world.clock,
        source="limner/test",
    )
    delivery = send("main", "a" * 32)
    assert (delivery.event_type, delivery.event_id) == ("webhook.test", "9" * 32)
    assert world.run() == [Outcome.DELIVERED]
    assert len(world.receiver.received) == 1


def test_both_secrets_sign_during_an_overlap_and_the_newest_alone_after_it():
    world = World()
    until = world.clock() + timedelta(hours=1)
    secrets = (
        makers.stored_secret("whsec_2"),
        makers.stored_secret("whsec_1").model_copy(update={"expires_at": until}),
    )
    world.webhooks.replace_endpoint(world.endpoint.model_copy(update={"secrets": secrets}))
    world.announce(1)
    world.run()
    world.clock.advance(hours=1)
    world.announce(2)
    world.run()
    assert [received[3] for received in world.receiver.received] == [("whsec_2", "whsec_1"), ("whsec_2",)]


def test_a_message_for_later_is_sent_on_with_at_most_the_queues_delay():
    world = World()
    world.announce()
    message = world.queue.next_message()
    later = message.model_copy(update={"not_before": int((world.clock() + timedelta(hours=2)).timestamp())})
    assert world.deliver(later) is Outcome.DELIVERY_DEFERRED
    assert world.queue.sent[-1] == (later, timedelta(hours=2))
    outcomes = world.run()
    assert outcomes == [Outcome.DELIVERY_DEFERRED] * 7 + [Outcome.DELIVERED], "every 15 minutes"
    assert world.receiver.received[0][-1] >= datetime.fromtimestamp(later.not_before, world.clock().tzinfo)


def test_messages_survive_json():
    message = DeliveryMessage(tenant="main", endpoint_id="a" * 32, delivery_id=makers.delivery_id(1))
    assert DeliveryMessage.model_validate_json(message.model_dump_json()) == message
