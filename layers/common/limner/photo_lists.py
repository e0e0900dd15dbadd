"""What a list of photos is asked for: filters, and the order."""

from datetime import UTC, datetime
from enum import StrEnum

from pydantic import Field

from limner.looks import FrozenModel
from limner.orders import ExternalId, Label
from limner.photos import FINAL_STATUSES, Photo, PhotoStatus
from limner.tenancy import PhotoId

MAX_LISTED_PHOTOS = 50
"""On one page, and in one request for photos by their ids."""
OPEN_STATE = "OPEN"


class Sort(StrEnum):
    """Both newest first."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"


class PhotoQuery(FrozenModel):
    """All filters hold at once. Without `external_id` or `ids`, photos that are not uploaded are left out.
    `updated_since` includes the time itself."""

    sort: Sort = Sort.CREATED_AT
    status: PhotoStatus | None = None
    external_id: ExternalId | None = None
    updated_since: datetime | None = None
    tag: Label | None = None
    ids: tuple[PhotoId, ...] = Field(default=(), max_length=MAX_LISTED_PHOTOS)

    @property
    def list_state(self) -> str | None:
        """What the lists keep of the status that is asked for: it changes only when `updated_at` does."""
        return list_state(self.status) if self.status else None

    @property
    def updated_since_text(self) -> str | None:
        return self.updated_since.astimezone(UTC).isoformat() if self.updated_since else None

    def matches(self, photo: Photo) -> bool:
        return (
            (self.status is None or photo.status is self.status)
            and (self.external_id is None or photo.external_id == self.external_id)
            and (self.updated_since is None or updated_at(photo) >= self.updated_since)
            and (self.tag is None or self.tag in photo.tags)
        )

    def time_of(self, photo: Photo) -> datetime:
        return photo.created_at if self.sort is Sort.CREATED_AT else updated_at(photo)


ALL_PHOTOS = PhotoQuery()


def updated_at(photo: Photo) -> datetime:
    return photo.updated_at or photo.created_at


def list_state(status: PhotoStatus) -> str:
    return status.value if status in FINAL_STATUSES else OPEN_STATE
