"""The log of a webhook's deliveries; a delivery by request: of a test event, or of an event once more."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from limner.errors import StaleWrite
from limner.events import WebhookData, WebhookTest
from limner.ports import CursorSigner
from limner.use_cases.fan_out_event import new_delivery, request_delivery
from limner.webhooks import (
    Delivery,
    DeliveryMessage,
    DeliveryQueue,
    DeliveryState,
    ReceivedEvent,
    WebhookRepository,
)


@dataclass(frozen=True)
class DeliveryPage:
    """Newest first. `cursor` continues after the last one; None on the last page."""

    deliveries: Sequence[Delivery]
    cursor: str | None


@dataclass(frozen=True, kw_only=True)
class ListDeliveries:
    webhooks: WebhookRepository
    cursors: CursorSigner

    def __call__(self, tenant: str, endpoint_id: str, limit: int, cursor: str | None) -> DeliveryPage:
        """Raises WebhookNotFound, and InvalidRequest for an invalid cursor."""
        scope = f"deliveries of {tenant}/{endpoint_id}"
        before = self.cursors.position(cursor, scope) if cursor is not None else None
        self.webhooks.endpoint(tenant, endpoint_id)
        found = self.webhooks.deliveries(tenant, endpoint_id, before=before, limit=limit + 1)
        page = found[:limit]
        more = self.cursors.sign(page[-1].delivery_id, scope) if len(found) > limit else None
        return DeliveryPage(page, more)


@dataclass(frozen=True, kw_only=True)
class SendTestEvent:
    webhooks: WebhookRepository
    queue: DeliveryQueue
    new_id: Callable[[], str]
    now: Callable[[], datetime]
    source: str

    def __call__(self, tenant: str, endpoint_id: str) -> Delivery:
        """Whatever types of events the endpoint wants. Raises WebhookNotFound."""
        endpoint = self.webhooks.endpoint(tenant, endpoint_id)
        event = WebhookTest(
            id=self.new_id(),
            source=self.source,
            subject=endpoint_id,
            time=self.now(),
            sequence=self.now().isoformat(),
            data=WebhookData(tenant=tenant, webhook_id=endpoint_id),
        )
        body = event.model_dump_json()
        delivery = new_delivery(endpoint, ReceivedEvent.model_validate_json(body), body, self.now())
        request_delivery(self.webhooks, self.queue, delivery)
        return delivery


@dataclass(frozen=True, kw_only=True)
class Redeliver:
    webhooks: WebhookRepository
    queue: DeliveryQueue
    now: Callable[[], datetime]

    def __call__(self, tenant: str, endpoint_id: str, delivery_id: str) -> Delivery:
        """All tries begin anew, of a delivery that is pending too. Raises WebhookNotFound, DeliveryNotFound.

        The message has a number of its own, so that one that is under way already is dropped when it comes.
        """
        self.webhooks.endpoint(tenant, endpoint_id)
        delivery = self.webhooks.delivery(tenant, endpoint_id, delivery_id)
        attempt = delivery.next_attempt + 1
        self.queue.send(
            DeliveryMessage(tenant=tenant, endpoint_id=endpoint_id, delivery_id=delivery_id, attempt=attempt)
        )
        asked = {
            "state": DeliveryState.PENDING,
            "next_attempt": attempt,
            "next_at": self.now(),
            "error": None,
        }
        pending = delivery.model_copy(update=asked)
        try:
            self.webhooks.record_delivery(pending)
        except StaleWrite:  # it has been tried already
            return self.webhooks.delivery(tenant, endpoint_id, delivery_id)
        return pending
