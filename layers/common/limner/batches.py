"""Orders that were placed in one call, and what has become of their photos."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol, Self

from pydantic import Field

from limner.looks import FrozenModel
from limner.orders import BatchId
from limner.photos import Photo, PhotoOutcome, PhotoStatus
from limner.tenancy import PhotoId, PhotoKey, TenantId

MAX_ITEMS = 500
BATCH_LIFETIME = timedelta(days=90)
"""How long a batch can be asked for; its photos are kept as others are."""


class BatchKey(NamedTuple):
    tenant: str
    batch_id: str


class RefusedItem(FrozenModel):
    """An item of the call that no photo was ordered for; `index` counts from 0."""

    index: int
    code: str
    message: str


class BatchOutcomes(FrozenModel):
    """How many items of a batch have ended in which way. `not_ordered` are those that were refused when they
    were ordered, `gone` photos that were erased, or whose order has expired without a file."""

    ready: int = Field(default=0, ge=0)
    failed: int = Field(default=0, ge=0)
    refused: int = Field(default=0, ge=0)
    cancelled: int = Field(default=0, ge=0)
    not_uploaded: int = Field(default=0, ge=0)
    gone: int = Field(default=0, ge=0)
    not_ordered: int = Field(default=0, ge=0)

    @classmethod
    def of(cls, batch: "Batch", photos: Iterable[Photo]) -> Self:
        """`photos` are those that there still are. Photos that are under way are in no count."""
        found = list(photos)
        counts = Counter(photo.outcome for photo in found)
        return cls(
            **{outcome.value: counts[outcome] for outcome in PhotoOutcome},
            gone=len(batch.photo_ids) - len(found),
            not_ordered=len(batch.refused),
        )


class BatchCompletion(FrozenModel):
    """When nothing of the batch was under way for the first time, and what had come of it by then."""

    at: datetime
    outcomes: BatchOutcomes


class Batch(FrozenModel):
    """Nothing of the photos but their ids, so that an erased photo leaves nothing here."""

    batch_id: BatchId
    tenant: TenantId
    created_at: datetime
    photo_ids: tuple[PhotoId, ...]
    refused: tuple[RefusedItem, ...] = ()
    completion: BatchCompletion | None = None

    @property
    def key(self) -> BatchKey:
        return BatchKey(self.tenant, self.batch_id)

    @property
    def photo_keys(self) -> list[PhotoKey]:
        return [PhotoKey(self.tenant, photo_id) for photo_id in self.photo_ids]


@dataclass(frozen=True)
class BatchProgress:
    """What the photos are now, also after further orders for them."""

    batch: Batch
    statuses: Mapping[PhotoStatus, int]
    outcomes: BatchOutcomes

    @property
    def is_finished(self) -> bool:
        ended: int = sum(count for _, count in self.outcomes)
        return ended == len(self.batch.photo_ids) + len(self.batch.refused)


class BatchRepository(Protocol):
    def add(self, batch: Batch) -> None: ...

    def get(self, tenant: str, batch_id: str) -> Batch:
        """As it is now. Raises BatchNotFound, and MalformedMessage for an invalid row."""

    def complete(self, key: BatchKey, completion: BatchCompletion) -> None:
        """Record the first completion. One that is recorded stays; of a batch that has expired nothing is."""
