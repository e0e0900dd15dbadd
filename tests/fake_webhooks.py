"""In-memory webhooks, which pass the same tests as the adapter (tests/integration/test_webhook_ports.py), and
receivers, queue and bus of a delivery."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from limner.adapters.sqs import MAX_DELAY_SECONDS
from limner.errors import AddressUnreachable, DeliveryNotFound, StaleWrite, WebhookNotFound
from limner.events import Event
from limner.webhooks import Delivery, DeliveryMessage, Endpoint, WebhookAnswer
from tests.fakes import Clock


class InMemoryWebhooks:
    def __init__(self) -> None:
        self._endpoints: dict[tuple[str, str], Endpoint] = {}
        self._deliveries: dict[tuple[str, str, str], Delivery] = {}

    def endpoints(self, tenant: str) -> list[Endpoint]:
        found = [endpoint for endpoint in self._endpoints.values() if endpoint.tenant == tenant]
        return sorted(found, key=lambda endpoint: (endpoint.created_at, endpoint.endpoint_id))

    def endpoint(self, tenant: str, endpoint_id: str) -> Endpoint:
        if (tenant, endpoint_id) not in self._endpoints:
            raise WebhookNotFound(endpoint_id)
        return self._endpoints[tenant, endpoint_id]

    def add_endpoint(self, endpoint: Endpoint) -> None:
        self._endpoints[endpoint.tenant, endpoint.endpoint_id] = endpoint

    def replace_endpoint(self, endpoint: Endpoint) -> Endpoint:
        self._require_unchanged(endpoint)
        newer = endpoint.model_copy(update={"version": endpoint.version + 1})
        self._endpoints[endpoint.tenant, endpoint.endpoint_id] = newer
        return newer

    def remove_endpoint(self, endpoint: Endpoint, at: datetime) -> None:
        self._require_unchanged(endpoint)
        del self._endpoints[endpoint.tenant, endpoint.endpoint_id]

    def _require_unchanged(self, endpoint: Endpoint) -> None:
        stored = self._endpoints.get((endpoint.tenant, endpoint.endpoint_id))
        if stored is None or stored.version != endpoint.version:
            raise StaleWrite(endpoint.endpoint_id)

    def add_delivery(self, delivery: Delivery) -> None:
        self._deliveries.setdefault(_key(delivery), delivery)

    def delivery(self, tenant: str, endpoint_id: str, delivery_id: str) -> Delivery:
        if (tenant, endpoint_id, delivery_id) not in self._deliveries:
            raise DeliveryNotFound(delivery_id)
        return self._deliveries[tenant, endpoint_id, delivery_id]

    def record_delivery(self, delivery: Delivery) -> None:
        stored = self._deliveries.get(_key(delivery))
        if stored is None or stored.next_attempt >= delivery.next_attempt:
            raise StaleWrite(delivery.delivery_id)
        self._deliveries[_key(delivery)] = delivery

    def deliveries(self, tenant: str, endpoint_id: str, *, before: str | None, limit: int) -> list[Delivery]:
        found = [
            delivery
            for (of_tenant, of_endpoint, each), delivery in self._deliveries.items()
            if (of_tenant, of_endpoint) == (tenant, endpoint_id) and (before is None or each < before)
        ]
        return sorted(found, key=lambda delivery: delivery.delivery_id, reverse=True)[:limit]


def _key(delivery: Delivery) -> tuple[str, str, str]:
    return delivery.tenant, delivery.endpoint_id, delivery.delivery_id


class ReversibleBox:
    """Encrypts nothing, and decrypts for the endpoint that it was encrypted for alone."""

    def encrypt(self, secret: str, tenant: str, endpoint_id: str) -> str:
        return f"{tenant}/{endpoint_id}/{secret}"

    def decrypt(self, ciphertext: str, tenant: str, endpoint_id: str) -> str:
        prefix = f"{tenant}/{endpoint_id}/"
        assert ciphertext.startswith(prefix)
        return ciphertext.removeprefix(prefix)


@dataclass
class TimedQueue:
    """Messages by the time at which they arrive. `run` moves the clock instead of waiting."""

    clock: Clock
    waiting: list[tuple[float, int, DeliveryMessage]] = field(default_factory=list)
    sent: list[tuple[DeliveryMessage, timedelta]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def send(self, message: DeliveryMessage, delay: timedelta = timedelta(0)) -> None:
        self.sent.append((message, delay))
        seconds = min(delay.total_seconds(), MAX_DELAY_SECONDS)
        at = self.clock().timestamp() + seconds
        heapq.heappush(self.waiting, (at, next(self._numbers), message))

    def next_message(self) -> DeliveryMessage:
        """The one that arrives first; the clock is at its arrival then."""
        at, _, message = heapq.heappop(self.waiting)
        wait = at - self.clock().timestamp()
        if wait > 0:
            self.clock.advance(seconds=wait)
        return message

    def run(self, handle: Callable[[DeliveryMessage], object]) -> None:
        while self.waiting:
            handle(self.next_message())


@dataclass
class Receiver:
    """Stands for an endpoint: `answers` are its statuses in turn, the last of which is repeated; None is no
    answer."""

    answers: list[int | None] = field(default_factory=lambda: [204])
    retry_after: timedelta | None = None
    received: list[tuple[str, str, str, tuple[str, ...], datetime]] = field(default_factory=list)

    def __call__(
        self, url: str, webhook_id: str, body: str, secrets: Sequence[str], at: datetime
    ) -> WebhookAnswer:
        self.received.append((url, webhook_id, body, tuple(secrets), at))
        status = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if status is None:
            raise AddressUnreachable("the server did not answer in time")
        return WebhookAnswer(status, self.retry_after)


@dataclass
class RecordingBus:
    published: list[Event] = field(default_factory=list)

    def publish(self, events: Sequence[Event]) -> None:
        self.published += events
