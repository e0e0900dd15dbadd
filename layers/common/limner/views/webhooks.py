"""Requests and responses of /v1/webhooks."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from limner.events import EventType
from limner.json_types import JsonBoolean, JsonNumber
from limner.looks import FrozenModel
from limner.webhooks import (
    SECRET_OVERLAP_DEFAULT,
    SECRET_OVERLAP_MAX,
    Attempt,
    Delivery,
    DeliveryState,
    DisabledBy,
    Endpoint,
)

MAX_EVENT_TYPES = 20
Url = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2048,
        description="Where events are sent: a public HTTPS address, whose certificate is valid for its name.",
    ),
]
Description = Annotated[str, Field(max_length=200, description="A note of yours.")]
EventTypes = Annotated[
    tuple[EventType, ...],
    Field(max_length=MAX_EVENT_TYPES, description="The types of events that are sent; empty for all."),
]


class WebhookRequest(BaseModel):
    """A webhook to be added."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "url": "https://shop.example/limner",
                "events": ["photo.ready", "photo.failed", "photo.refused"],
                "description": "the shop's catalogue",
            }
        },
    )

    url: Url
    events: EventTypes = ()
    description: Description = ""


class WebhookChange(BaseModel):
    """What is given is changed. `enabled` true also ends a disablement after failures."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"enabled": True}})

    url: Url | None = None
    events: EventTypes | None = None
    description: Description | None = None
    enabled: JsonBoolean | None = None

    @property
    def changes(self) -> dict[str, Any]:
        """The fields of an endpoint that are given."""
        given = {"url": self.url, "event_types": self.events, "description": self.description}
        return {name: value for name, value in given.items() if value is not None}


class RotationRequest(BaseModel):
    """For how long the secret that is replaced goes on signing beside the new one."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"overlap_hours": 24}})

    overlap_hours: JsonNumber = Field(
        default=SECRET_OVERLAP_DEFAULT / timedelta(hours=1), ge=0, le=SECRET_OVERLAP_MAX / timedelta(hours=1)
    )


class WebhookView(FrozenModel):
    """`failing_since` is the first failed try since the last successful one. `previous_secret_until` is when
    the secret before the newest stops signing; null if there is none."""

    id: str
    url: str
    events: tuple[str, ...]
    description: str
    enabled: bool
    disabled_by: DisabledBy | None
    disabled_at: datetime | None
    failing_since: datetime | None
    previous_secret_until: datetime | None
    created_at: datetime


class WebhookSecretView(WebhookView):
    """`secret` is shown this once: null where a call is repeated by its Idempotency-Key. It begins with
    `whsec_`, and verifies signatures by the Standard Webhooks specification."""

    secret: str | None


class WebhooksView(FrozenModel):
    webhooks: list[WebhookView]


class AttemptView(FrozenModel):
    """One try: the status of the answer, or the error for which there was none."""

    at: datetime
    status: int | None
    error: str | None
    milliseconds: int


class DeliveryView(FrozenModel):
    """One event for one webhook. `attempts` are the newest twelve; `next_attempt_at` is when it is tried
    again; `error` says why it has failed if not by its last attempt; `event` is what is sent."""

    id: str
    webhook_id: str
    event_id: str
    event_type: str
    state: DeliveryState
    created_at: datetime
    next_attempt_at: datetime | None
    error: str | None
    attempts: list[AttemptView]
    event: dict[str, Any]


class DeliveriesView(FrozenModel):
    """Newest first. `next_cursor` continues the list; null on its last page."""

    deliveries: list[DeliveryView]
    next_cursor: str | None


def webhook_view(endpoint: Endpoint) -> WebhookView:
    return WebhookView(**_fields(endpoint))


def webhook_secret_view(endpoint: Endpoint, secret: str) -> WebhookSecretView:
    return WebhookSecretView(**_fields(endpoint), secret=secret)


def _fields(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "id": endpoint.endpoint_id,
        "url": endpoint.url,
        "events": endpoint.event_types,
        "description": endpoint.description,
        "enabled": endpoint.is_enabled,
        "disabled_by": endpoint.disabled_by,
        "disabled_at": endpoint.disabled_at,
        "failing_since": endpoint.failing_since,
        "previous_secret_until": endpoint.secrets[1].expires_at if endpoint.secrets[1:] else None,
        "created_at": endpoint.created_at,
    }


def delivery_view(delivery: Delivery) -> DeliveryView:
    return DeliveryView(
        id=delivery.delivery_id,
        webhook_id=delivery.endpoint_id,
        event_id=delivery.event_id,
        event_type=delivery.event_type,
        state=delivery.state,
        created_at=delivery.created_at,
        next_attempt_at=delivery.next_at,
        error=delivery.error,
        attempts=[_attempt_view(attempt) for attempt in delivery.attempts],
        event=json.loads(delivery.event),
    )


def _attempt_view(attempt: Attempt) -> AttemptView:
    return AttemptView(**attempt.model_dump())


def deliveries_view(deliveries: Sequence[Delivery], cursor: str | None) -> DeliveriesView:
    return DeliveriesView(deliveries=[delivery_view(each) for each in deliveries], next_cursor=cursor)
