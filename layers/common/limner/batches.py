"""Orders that were placed in one call, and what has become of their photos."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from limner.looks import FrozenModel
from limner.orders import BatchId
from limner.photos import FINAL_STATUSES, PhotoStatus
from limner.tenancy import PhotoId, TenantId

MAX_ITEMS = 500
BATCH_LIFETIME = timedelta(days=90)
"""How long a batch can be asked for; its photos are kept as others are."""


class RefusedItem(FrozenModel):
    """An item of the call that no photo was ordered for; `index` counts from 0."""

    index: int
    code: str
    message: str


class Batch(FrozenModel):
    """Nothing of the photos but their ids, so that an erased photo leaves nothing here."""

    batch_id: BatchId
    tenant: TenantId
    created_at: datetime
    photo_ids: tuple[PhotoId, ...]
    refused: tuple[RefusedItem, ...] = ()


@dataclass(frozen=True)
class BatchProgress:
    """`gone` are photos that were erased, or whose file never came."""

    batch: Batch
    statuses: Mapping[PhotoStatus, int]
    gone: int

    @property
    def is_finished(self) -> bool:
        return not any(count for status, count in self.statuses.items() if status not in FINAL_STATUSES)


class BatchRepository(Protocol):
    def add(self, batch: Batch) -> None: ...

    def get(self, tenant: str, batch_id: str) -> Batch:
        """Raises BatchNotFound."""
