"""Many orders in one call: each is accepted or refused for itself. And how far a batch is."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from limner.batches import Batch, BatchOutcomes, BatchProgress, BatchRepository, RefusedItem
from limner.errors import LimnerError, QuotaExceeded
from limner.orders import Order
from limner.photos import Photo
from limner.ports import PhotoRepository
from limner.quotas import Standing
from limner.tenants import TenantSettings
from limner.use_cases.request_import import RequestImport
from limner.use_cases.request_upload import RequestUpload

WRITES_AT_ONCE = 8
"""Below the ten connections that a boto3 client keeps."""

Placed = Photo | LimnerError


@dataclass(frozen=True, kw_only=True)
class RequestBatch:
    orders: RequestUpload
    imports: RequestImport
    batches: BatchRepository
    new_id: Callable[[], str]
    now: Callable[[], datetime]

    def __call__(
        self, tenant: str, ordered: Sequence[Order], *, key_id: str | None = None
    ) -> tuple[Batch, list[Placed], Standing]:
        """For each order its photo, or why it was refused; and how the tenant stands after them. Orders with
        an `import_url` are fetched.

        Raises:
            TenantSuspended, TenantNotFound: nothing is accepted for this tenant.
            Unavailable: nothing is known of the batch; some of the orders may be stored.
        """
        settings = self.orders.find_tenant(tenant).require_active()
        batch_id = self.new_id()
        in_batch = [replace(order, batch_id=batch_id) for order in ordered]
        placed = self._placed(settings, in_batch, key_id)
        batch = Batch(
            batch_id=batch_id,
            tenant=tenant,
            created_at=self.now(),
            photo_ids=tuple(each.photo_id for each in placed if isinstance(each, Photo)),
            refused=tuple(_refused(placed)),
        )
        self.batches.add(batch)
        return batch, placed, self._standing(tenant, key_id)

    def _placed(self, settings: TenantSettings, ordered: Sequence[Order], key_id: str | None) -> list[Placed]:
        """Valid orders take what is left of the quota in the order of the call."""
        refusals = self._refusals(settings.tenant, ordered)
        valid = [number for number in range(len(ordered)) if number not in refusals]
        counted, exceeded = self._counted(settings.tenant, key_id, len(valid))
        if exceeded:
            refusals |= dict.fromkeys(valid[counted:], exceeded)
        with ThreadPoolExecutor(WRITES_AT_ONCE, thread_name_prefix="batch") as writers:
            stored = writers.map(lambda number: self._stored(settings, ordered[number]), valid[:counted])
            photos = dict(zip(valid[:counted], stored, strict=True))
        return [photos.get(number) or refusals[number] for number in range(len(ordered))]

    def _refusals(self, tenant: str, ordered: Sequence[Order]) -> dict[int, LimnerError]:
        """By the order's number. Orders of the same styles are looked up once: own styles are rows."""
        by_styles: dict[frozenset[str], LimnerError | None] = {}
        refusals: dict[int, LimnerError] = {}
        for number, order in enumerate(ordered):
            styles = frozenset(style for look in order.looks for style in look.styles)
            if styles not in by_styles:
                by_styles[styles] = _error_of(self.orders.require_styles, tenant, order.looks)
            url = order.import_url
            error = (
                by_styles[styles]
                or (_error_of(self.imports.check, url) if url is not None else None)
                or _error_of(self.orders.refuse_as_ordered, tenant, order)
            )
            if error:
                refusals[number] = error
        return refusals

    def _standing(self, tenant: str, key_id: str | None) -> Standing:
        quotas = self.orders.quotas_of(tenant)
        return Standing(quotas, self.orders.usage.read(tenant, quotas, self.now(), key_id))

    def _counted(self, tenant: str, key_id: str | None, orders: int) -> tuple[int, QuotaExceeded | None]:
        """How many of these orders there is room for: all are counted at once, or in halves."""
        if orders == 0:
            return 0, None
        try:
            self.orders.count(tenant, key_id, orders)
        except QuotaExceeded as exceeded:
            if orders == 1:
                return 0, exceeded
        else:
            return orders, None
        half = orders // 2
        first, exceeded_first = self._counted(tenant, key_id, half)
        if first < half:
            return first, exceeded_first
        second, exceeded_second = self._counted(tenant, key_id, orders - half)
        return first + second, exceeded_second

    def _stored(self, settings: TenantSettings, order: Order) -> Placed:
        try:
            photo = self.orders.store(settings, order)
            if order.import_url is not None:
                self.imports.queue.send(photo.key)
        except LimnerError as error:
            return error
        return photo


def _error_of(check: Callable[..., None], *arguments: object) -> LimnerError | None:
    try:
        check(*arguments)
    except LimnerError as error:
        return error
    return None


def _refused(placed: Sequence[Placed]) -> list[RefusedItem]:
    return [
        RefusedItem(index=number, code=error.code, message=str(error))
        for number, error in enumerate(placed)
        if isinstance(error, LimnerError)
    ]


@dataclass(frozen=True, kw_only=True)
class GetBatch:
    batches: BatchRepository
    photos: PhotoRepository

    def __call__(self, tenant: str, batch_id: str) -> BatchProgress:
        """Raises BatchNotFound."""
        batch = self.batches.get(tenant, batch_id)
        found = self.photos.those_of(batch.photo_keys, whole=False)
        statuses = Counter(photo.status for photo in found)
        return BatchProgress(batch, statuses, BatchOutcomes.of(batch, found))
