"""Record what the seller orders, and make the form to upload the photo with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from limner.catalogue import Catalogue
from limner.errors import InvalidRequest
from limner.keys import upload_key
from limner.orders import Order
from limner.photos import Photo
from limner.ports import LinkSigner, PhotoRepository, UploadForm
from limner.quotas import Quotas, UsageRepository
from limner.tenants import TenantSettings
from limner.use_cases.known_tenants import FindTenant

KEEP_WITHOUT_UPLOAD = timedelta(days=1)
FORM_LIFETIME = timedelta(minutes=10)
"""Of the right to upload one file. Short, because whoever has the form has the right."""


@dataclass(frozen=True, kw_only=True)
class RequestUpload:
    photos: PhotoRepository
    links: LinkSigner
    catalogue: Catalogue
    new_id: Callable[[], str]
    now: Callable[[], datetime]
    find_tenant: FindTenant
    max_bytes: int
    deadline: timedelta
    usage: UsageRepository
    quotas_of: Callable[[str], Quotas]

    def __call__(self, tenant: str, order: Order, *, key_id: str | None = None) -> tuple[Photo, UploadForm]:
        """The photo, and the form for its file. Raises as `place`."""
        photo = self.place(tenant, order, key_id=key_id)
        return photo, self.form(photo, order)

    def form(self, photo: Photo, order: Order) -> UploadForm:
        return self.links.upload_form(upload_key(photo.key), order.content_type, self.max_bytes)

    def place(self, tenant: str, order: Order, *, key_id: str | None = None) -> Photo:
        """Count and store an order. `key_id` is the API key that orders, if one does; its orders are counted
        too.

        Raises:
            InvalidRequest: a style is not in the catalogue.
            QuotaExceeded: of the day's orders, or nothing is left of the month's budget.
            TenantSuspended, TenantNotFound: nothing is accepted for this tenant.
        """
        settings = self.find_tenant(tenant).require_active()
        self.check(order)
        self.count(tenant, key_id)
        return self.store(settings, order)

    def check(self, order: Order) -> None:
        """Raises InvalidRequest."""
        if missing := self.catalogue.missing(order.looks):
            raise InvalidRequest(f"no such style: {', '.join(missing)}; GET /v1/styles lists all")

    def count(self, tenant: str, key_id: str | None, orders: int = 1) -> None:
        """Raises QuotaExceeded."""
        self.usage.count_order(tenant, key_id, self.quotas_of(tenant), self.now(), orders)

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
