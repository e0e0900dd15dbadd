"""Webhooks: addresses of a tenant's to which events are sent, by the Standard Webhooks specification.

A delivery is one event for one endpoint. It is tried until the endpoint answers 2xx, RETRY_DELAYS say when.
At least once: a delivery that is made twice has the same `webhook-id`, which is the event's. Deliveries may
overtake each other; an event's `sequence` says which is the later one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from limner.errors import MalformedMessage
from limner.events import EVENT_ID_PATTERN, EventId
from limner.looks import FrozenModel
from limner.tenancy import TenantId

ENDPOINT_ID_PATTERN = r"[0-9a-f]{32}"
EndpointId = Annotated[str, StringConstraints(pattern=rf"^{ENDPOINT_ID_PATTERN}$")]
_TIME_DIGITS = 11
DELIVERY_ID_PATTERN = rf"[0-9a-f]{{{_TIME_DIGITS}}}-{EVENT_ID_PATTERN}"
DeliveryId = Annotated[str, StringConstraints(pattern=rf"^{DELIVERY_ID_PATTERN}$")]
"""The event's time in milliseconds, then its id: ids sort by time, and the same event has the same one."""

MAX_ENDPOINTS = 10
"""Of one tenant."""
RETRY_DELAYS = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=8),
    timedelta(hours=12),
)
"""Before each further try: eleven tries in at least 27 hours."""
RETRY_JITTER_MAX = 0.2
"""A delay is longer by up to this share of it, so that what failed together is not tried again together."""
MAX_RETRY_AFTER = timedelta(hours=12)
"""An endpoint that asks for more (Retry-After) is tried again after this."""
DISABLE_AFTER = timedelta(days=5)
"""Without one successful delivery, while there was something to deliver."""
DELIVERY_LIFETIME = timedelta(days=30)
"""How long the log of deliveries keeps one."""
ATTEMPTS_KEPT = 12
"""Of one delivery, the newest ones."""
SECRET_OVERLAP_DEFAULT = timedelta(hours=24)
SECRET_OVERLAP_MAX = timedelta(days=7)
_SUCCESSFUL = range(200, 300)
GONE_STATUS = 410


class DisabledBy(StrEnum):
    """Why nothing is sent to an endpoint: its owner's request, days of failure, or an answer 410."""

    OWNER = "owner"
    FAILING = "failing"
    GONE = "gone"


class StoredSecret(FrozenModel):
    """`ciphertext` in base64. A secret that was replaced signs, beside the newest, until `expires_at`."""

    ciphertext: str
    expires_at: datetime | None = None

    def is_valid(self, at: datetime) -> bool:
        return self.expires_at is None or at < self.expires_at


class Endpoint(FrozenModel):
    """`event_types` is empty for all types. `secrets` begins with the newest. `failing_since` is the time of
    the first try that failed since the last successful one."""

    tenant: TenantId
    endpoint_id: EndpointId
    url: str
    description: str = ""
    event_types: tuple[str, ...] = ()
    secrets: tuple[StoredSecret, ...] = Field(min_length=1, max_length=2)
    created_at: datetime
    failing_since: datetime | None = None
    disabled_by: DisabledBy | None = None
    disabled_at: datetime | None = None
    version: int = 0
    """Counts the changes."""

    @property
    def is_enabled(self) -> bool:
        return self.disabled_by is None

    def wants(self, event_type: str) -> bool:
        return self.is_enabled and (not self.event_types or event_type in self.event_types)


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Attempt(FrozenModel):
    """One try: the status of the answer, or why there was none."""

    at: datetime
    status: int | None = None
    error: str | None = None
    milliseconds: int = Field(ge=0)

    @property
    def is_successful(self) -> bool:
        return self.status in _SUCCESSFUL


class Delivery(FrozenModel):
    """`event` is the JSON text that is sent. `next_attempt` is the number of the next try: messages with a
    smaller number have been dealt with."""

    tenant: TenantId
    endpoint_id: EndpointId
    delivery_id: DeliveryId
    event_id: EventId
    event_type: str
    event: str
    created_at: datetime
    state: DeliveryState = DeliveryState.PENDING
    next_attempt: int = 0
    next_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()
    error: str | None = None
    """Why the delivery has failed, if not by its last try."""


class ReceivedEvent(BaseModel):
    """What fanning out needs of an event; other attributes, also of later releases, are passed on unread."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    class _Data(BaseModel):
        model_config = ConfigDict(frozen=True, extra="ignore")
        tenant: TenantId

    specversion: Literal["1.0"]
    id: EventId
    type: str
    time: datetime
    data: _Data


class DeliveryMessage(FrozenModel):
    """Asks for one try of a delivery, at `not_before` (Unix seconds). `attempt` counts all tries of the
    delivery, `tries` those since it was last asked for."""

    delivery_version: Literal[1] = 1
    tenant: TenantId
    endpoint_id: EndpointId
    delivery_id: DeliveryId
    attempt: int = Field(default=0, ge=0)
    tries: int = Field(default=0, ge=0)
    not_before: int = 0


@dataclass(frozen=True)
class WebhookAnswer:
    """`retry_after` is what the endpoint asks for."""

    status: int
    retry_after: timedelta | None = None


class WebhookRepository(Protocol):
    """Endpoints and deliveries of all tenants, or in a tenant's session of that one."""

    def endpoints(self, tenant: str) -> Sequence[Endpoint]:
        """Oldest first."""

    def endpoint(self, tenant: str, endpoint_id: str) -> Endpoint:
        """Raises WebhookNotFound."""

    def add_endpoint(self, endpoint: Endpoint) -> None: ...

    def replace_endpoint(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint with its new version. Raises StaleWrite where the stored one has another version than
        the one that was changed, or is gone."""

    def remove_endpoint(self, endpoint: Endpoint, at: datetime) -> None:
        """Leave nothing of it but its id, for a while. Raises StaleWrite as `replace_endpoint` does."""

    def add_delivery(self, delivery: Delivery) -> None:
        """A delivery that is there already stays as it is."""

    def delivery(self, tenant: str, endpoint_id: str, delivery_id: str) -> Delivery:
        """Raises DeliveryNotFound."""

    def record_delivery(self, delivery: Delivery) -> None:
        """Raises StaleWrite where the stored one has had more attempts, or is gone."""

    def deliveries(
        self, tenant: str, endpoint_id: str, *, before: str | None, limit: int
    ) -> Sequence[Delivery]:
        """Newest first; those with ids smaller than `before`."""


class SecretBox(Protocol):
    """Encrypts secrets of a tenant's endpoint. Whoever may encrypt may not decrypt."""

    def encrypt(self, secret: str, tenant: str, endpoint_id: str) -> str: ...

    def decrypt(self, ciphertext: str, tenant: str, endpoint_id: str) -> str:
        """Raises Unavailable, DependencyRefused."""


class DeliveryQueue(Protocol):
    def send(self, message: DeliveryMessage, delay: timedelta = timedelta(0)) -> None:
        """The message arrives after `delay`, or after the longest one that the queue knows."""


class WebhookSender(Protocol):
    def __call__(
        self, url: str, webhook_id: str, body: str, secrets: Sequence[str], at: datetime
    ) -> WebhookAnswer:
        """Signed with every secret. Raises AddressRefused, AddressUnreachable."""


def delivery_id(event: ReceivedEvent) -> str:
    milliseconds = int(event.time.timestamp() * 1000)
    return f"{milliseconds:0{_TIME_DIGITS}x}-{event.id}"


def retry_delay(tries: int, jitter: float, retry_after: timedelta | None) -> timedelta | None:
    """How long to wait after so many tries; None after the last. `jitter` in [0, 1)."""
    if tries > len(RETRY_DELAYS):
        return None
    delay = RETRY_DELAYS[tries - 1] * (1 + RETRY_JITTER_MAX * jitter)
    return max(delay, min(retry_after, MAX_RETRY_AFTER)) if retry_after else delay


_MESSAGE: TypeAdapter[DeliveryMessage | ReceivedEvent] = TypeAdapter(DeliveryMessage | ReceivedEvent)


def parse_webhook_message(body: str) -> DeliveryMessage | ReceivedEvent:
    """A message of one of the two queues. Raises MalformedMessage."""
    try:
        return _MESSAGE.validate_json(body)
    except ValidationError as error:
        raise MalformedMessage(f"neither an event nor a delivery: {error}") from error


def secret_context(tenant: str, endpoint_id: str) -> Mapping[str, str]:
    """The encryption context of a secret: it can be decrypted for this endpoint alone."""
    return {"tenant": tenant, "endpoint": endpoint_id}
