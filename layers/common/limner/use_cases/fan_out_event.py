"""For an event from the bus: one delivery for each of its tenant's webhooks that want it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from limner.use_cases.outcomes import Outcome
from limner.webhooks import (
    Delivery,
    DeliveryMessage,
    DeliveryQueue,
    Endpoint,
    ReceivedEvent,
    WebhookRepository,
    delivery_id,
)


@dataclass(frozen=True, kw_only=True)
class FanOutEvent:
    webhooks: WebhookRepository
    queue: DeliveryQueue
    now: Callable[[], datetime]

    def __call__(self, event: ReceivedEvent, body: str) -> Outcome:
        """`body` is the event as it is sent. The same event again makes no second delivery: messages that
        are sent again have the number of the first try."""
        for endpoint in self.webhooks.endpoints(event.data.tenant):
            if endpoint.wants(event.type):
                request_delivery(self.webhooks, self.queue, new_delivery(endpoint, event, body, self.now()))
        return Outcome.FANNED_OUT


def new_delivery(endpoint: Endpoint, event: ReceivedEvent, body: str, at: datetime) -> Delivery:
    return Delivery(
        tenant=endpoint.tenant,
        endpoint_id=endpoint.endpoint_id,
        delivery_id=delivery_id(event),
        event_id=event.id,
        event_type=event.type,
        event=body,
        created_at=at,
        next_at=at,
    )


def request_delivery(webhooks: WebhookRepository, queue: DeliveryQueue, delivery: Delivery) -> None:
    """The row comes first: a message without a row is dropped."""
    webhooks.add_delivery(delivery)
    queue.send(
        DeliveryMessage(
            tenant=delivery.tenant, endpoint_id=delivery.endpoint_id, delivery_id=delivery.delivery_id
        )
    )
