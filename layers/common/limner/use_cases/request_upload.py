"""Record what the seller orders, and make the form to upload the photo with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from limner.counters import end_of_day, exceeded_message
from limner.errors import QuotaExceeded
from limner.keys import upload_key
from limner.looks import Look
from limner.orders import Order
from limner.photos import Photo
from limner.ports import LinkSigner, PhotoRepository, UploadForm
from limner.quotas import Cap, Quotas, Standing, UsageRepository
from limner.sandbox import Stage, case_of
from limner.tenants import TenantSettings
from limner.use_cases.known_tenants import FindTenant

KEEP_WITHOUT_UPLOAD = timedelta(days=1)
FORM_LIFETIME = timedelta(minutes=10)
"""Of the right to upload one file. Short, because whoever has the form has the right."""


@dataclass(frozen=True, kw_only=True)
class RequestUpload:
    photos: PhotoRepository
    links: LinkSigner
    require_styles: Callable[[str, tuple[Look, ...]], None]
    """Raises InvalidRequest for looks of a tenant with styles that do not exist."""
    new_id: Callable[[], str]
    now: Callable[[], datetime]
    find_tenant: FindTenant
    max_bytes: int
    deadline: timedelta
    usage: UsageRepository
    quotas_of: Callable[[str], Quotas]

    def __call__(
        self, tenant: str, order: Order, *, key_id: str | None = None
    ) -> tuple[Photo, UploadForm, Standing]:
        """The photo, the form for its file, and how the tenant stands. Raises as `place`."""
        photo, standing = self.place(tenant, order, key_id=key_id)
        return photo, self.form(photo, order), standing

    def form(self, photo: Photo, order: Order) -> UploadForm:
        return self.links.upload_form(upload_key(photo.key), order.content_type, self.max_bytes)

    def place(self, tenant: str, order: Order, *, key_id: str | None = None) -> tuple[Photo, Standing]:
        """Count and store an order. `key_id` is the API key that orders, if one does; its orders are counted
        too. The answer says how the tenant stands after the order.

        Raises:
            InvalidRequest: a style is neither in the catalogue nor a learned one of the tenant's.
            QuotaExceeded: of the day's orders, or nothing is left of the month's budget.
            TenantSuspended, TenantNotFound: nothing is accepted for this tenant.
        """
        settings = self.find_tenant(tenant).require_active()
        self.require_styles(tenant, order.looks)
        self.refuse_as_ordered(tenant, order, key_id)
        standing = self.count(tenant, key_id)
        return self.store(settings, order), standing

    def refuse_as_ordered(self, tenant: str, order: Order, key_id: str | None = None) -> None:
        """Raises QuotaExceeded for an order of a test tenant whose `external_id` asks for it."""
        if case_of(tenant, order.external_id).stage is not Stage.ORDER:
            return
        now, quotas = self.now(), self.quotas_of(tenant)
        resets_at = end_of_day(now)
        refusal = QuotaExceeded(Cap.ORDERS, exceeded_message(Cap.ORDERS, resets_at), resets_at)
        refusal.standing = Standing(quotas, self.usage.read(tenant, quotas, now, key_id))
        raise refusal

    def count(self, tenant: str, key_id: str | None, orders: int = 1) -> Standing:
        """Raises QuotaExceeded."""
        return self.usage.count_order(tenant, key_id, self.quotas_of(tenant), self.now(), orders)

    def store(self, settings: TenantSettings, order: Order) -> Photo:
        """The photo of an order that has been counted."""
        photo = Photo(
            photo_id=self.new_id(),
            tenant=settings.tenant,
            filename=order.filename,
            looks=order.looks or settings.looks,
            created_at=self.now(),
            external_id=order.external_id,
            metadata=dict(order.metadata),
            tags=order.tags,
            batch_id=order.batch_id,
            import_url=order.import_url,
            replaceable="",
            due_at=int((self.now() + self.deadline).timestamp()),
        )
        self.photos.add(photo, self.now() + KEEP_WITHOUT_UPLOAD)
        return photo
