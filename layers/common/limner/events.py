"""What happens to a tenant's photos, batches and own styles, as events for others: CloudEvents 1.0 in JSON.

They are published on the stack's event bus and sent to webhooks. An event says that something has happened
and to which photo; what the photo is now, the API says. docs/events/ has the schema of each type, made of
these models by tools/event_schemas.py.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field, StringConstraints, TypeAdapter, model_validator

from limner.batches import BatchOutcomes
from limner.looks import FrozenModel
from limner.orders import BatchId, ExternalId
from limner.own_styles import OwnStyleId
from limner.photos import PhotoStatus
from limner.reviews.review import RejectionReason, ReviewState
from limner.tenancy import PhotoId, TenantId, is_live

EVENT_ID_PATTERN = r"[0-9a-f]{32}"
EventId = Annotated[str, StringConstraints(pattern=rf"^{EVENT_ID_PATTERN}$")]
_SEPARATOR = "+"
"""Between the parts of a sequence: sorts before every character of a sequencer, so that a sequencer that
begins with another one sorts after it."""


class EventType(StrEnum):
    PHOTO_UPLOADED = "photo.uploaded"
    PHOTO_READY = "photo.ready"
    PHOTO_FAILED = "photo.failed"
    PHOTO_REFUSED = "photo.refused"
    PHOTO_REVIEWED = "photo.reviewed"
    BATCH_COMPLETED = "batch.completed"
    STYLE_READY = "style.ready"
    STYLE_FAILED = "style.failed"
    QUOTA_REACHED = "quota.reached"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_TEST = "webhook.test"


class TenantData(FrozenModel):
    """`livemode` is false in test mode (docs/how-to/test-mode.md)."""

    tenant: TenantId
    livemode: bool = True
    """Follows from the tenant wherever it is not given, also in events of releases without test mode."""

    @model_validator(mode="before")
    @classmethod
    def _fill_livemode(cls, values: Any) -> Any:
        match values:
            case {"tenant": str(tenant)} if "livemode" not in values:
                return {**values, "livemode": is_live(tenant)}
        return values


class PhotoData(TenantData):
    """`looks` are the slugs of the pictures that were ordered, `waiting` of those that wait for a person's
    decision; `revision` counts the orders of looks on one upload."""

    photo_id: PhotoId
    external_id: ExternalId | None = None
    batch_id: BatchId | None = None
    status: PhotoStatus
    revision: int = Field(default=0, ge=0)
    looks: tuple[str, ...]
    waiting: tuple[str, ...] = ()


class ReviewedPhotoData(PhotoData):
    """`look` is the slug of the picture that was decided about; `reason` is that of a rejection."""

    look: str
    state: ReviewState
    reason: RejectionReason | None = None


class FailureData(FrozenModel):
    """`code` is stable (docs/api.md lists all), `message` is written for people."""

    code: str
    message: str


class FailedPhotoData(PhotoData):
    failure: FailureData


class BatchData(TenantData):
    """`outcomes` counts the items of the batch: those that were not ordered, and what had come of the photos
    of the others by then."""

    batch_id: BatchId
    outcomes: BatchOutcomes


class StyleData(TenantData):
    style_id: OwnStyleId


class FailedStyleData(StyleData):
    failure: FailureData


class QuotaData(TenantData):
    """`message` names the cap and when it begins anew; `photo_id` is one of the photos that it refuses."""

    photo_id: PhotoId
    message: str


class DisabledReason(StrEnum):
    FAILING = "failing"
    GONE = "gone"


class WebhookData(TenantData):
    webhook_id: str


class DisabledWebhookData(WebhookData):
    """`failing` after days without one successful delivery, `gone` after an answer 410."""

    reason: DisabledReason
    failing_since: datetime | None = None


class _Event(FrozenModel):
    """The attributes are those of CloudEvents 1.0 and its extension `sequence`.

    An event that is sent twice has the same `id`. Of two events with the same `subject`, the one with the
    greater `sequence`, compared as text, is the later one.
    """

    specversion: Literal["1.0"] = "1.0"
    id: EventId
    source: str = Field(min_length=1)
    subject: str = Field(min_length=1)
    time: datetime
    sequence: str = Field(min_length=1)


class PhotoUploaded(_Event):
    """A file has been uploaded for the photo: its first, or one that takes the place of another."""

    type: Literal[EventType.PHOTO_UPLOADED] = EventType.PHOTO_UPLOADED
    data: PhotoData


class PhotoReady(_Event):
    """Every variant and every picture that was ordered is stored."""

    type: Literal[EventType.PHOTO_READY] = EventType.PHOTO_READY
    data: PhotoData


class PhotoFailed(_Event):
    """The photo has ended without pictures, for a reason that is not its file's."""

    type: Literal[EventType.PHOTO_FAILED] = EventType.PHOTO_FAILED
    data: FailedPhotoData


class PhotoRefused(_Event):
    """The photo's file cannot be accepted; the same file will not be accepted the next time either."""

    type: Literal[EventType.PHOTO_REFUSED] = EventType.PHOTO_REFUSED
    data: FailedPhotoData


class PhotoReviewed(_Event):
    """A person has decided about one picture of the photo."""

    type: Literal[EventType.PHOTO_REVIEWED] = EventType.PHOTO_REVIEWED
    data: ReviewedPhotoData


class BatchCompleted(_Event):
    """Nothing is under way any more of what was ordered in one call: every photo is READY, has failed, or its
    file has not come in time. Once for each batch, whatever is ordered for its photos later."""

    type: Literal[EventType.BATCH_COMPLETED] = EventType.BATCH_COMPLETED
    data: BatchData


class StyleReady(_Event):
    """An own style has been learned: looks can use it by its id."""

    type: Literal[EventType.STYLE_READY] = EventType.STYLE_READY
    data: StyleData


class StyleFailed(_Event):
    """An own style was not learned. It can be ordered again, as another style."""

    type: Literal[EventType.STYLE_FAILED] = EventType.STYLE_FAILED
    data: FailedStyleData


class QuotaReached(_Event):
    """Photos are refused because a cap of the tenant is used up. Once for each day (UTC) on which it happens;
    `time` is the day's beginning, as it is the same for all photos of the day."""

    type: Literal[EventType.QUOTA_REACHED] = EventType.QUOTA_REACHED
    data: QuotaData


class WebhookDisabled(_Event):
    """Nothing more is sent to the webhook until it is enabled again."""

    type: Literal[EventType.WEBHOOK_DISABLED] = EventType.WEBHOOK_DISABLED
    data: DisabledWebhookData


class WebhookTest(_Event):
    """Sent to one webhook by request, never published on the bus."""

    type: Literal[EventType.WEBHOOK_TEST] = EventType.WEBHOOK_TEST
    data: WebhookData


Event = Annotated[
    PhotoUploaded
    | PhotoReady
    | PhotoFailed
    | PhotoRefused
    | PhotoReviewed
    | BatchCompleted
    | StyleReady
    | StyleFailed
    | QuotaReached
    | WebhookDisabled
    | WebhookTest,
    Field(discriminator="type"),
]
EVENT_MODELS: tuple[type[_Event], ...] = (
    PhotoUploaded,
    PhotoReady,
    PhotoFailed,
    PhotoRefused,
    PhotoReviewed,
    BatchCompleted,
    StyleReady,
    StyleFailed,
    QuotaReached,
    WebhookDisabled,
    WebhookTest,
)
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
"""Reads any event; the model is chosen by `type`."""


class EventBus(Protocol):
    def publish(self, events: Sequence[Event]) -> None:
        """Publishing an event again is a double with the same id. Raises Unavailable."""


def event_id(event_type: EventType, *facts: object) -> str:
    """Equal for equal facts: whoever publishes an event again publishes the same one."""
    digest = hashlib.sha256(json.dumps([event_type, *map(str, facts)]).encode())
    return digest.hexdigest()[:32]


def photo_sequence(sequencer: str, revision: int, step: int) -> str:
    """Sorts as text in the order of a photo's uploads, of the orders on one upload, of an order's steps."""
    return _SEPARATOR.join((sequencer, f"{revision:06d}", str(step)))
