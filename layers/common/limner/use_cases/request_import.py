"""Record an order whose photo is fetched from a URL. The fetch is another function's work: whoever orders
does not wait for the server that the URL leads to."""

from dataclasses import dataclass, replace
from typing import Protocol

from limner.orders import Order
from limner.outbound_addresses import parse_target
from limner.photos import Photo
from limner.quotas import Standing
from limner.tenancy import PhotoKey
from limner.use_cases.request_upload import RequestUpload


class ImportQueue(Protocol):
    def send(self, photo: PhotoKey) -> None:
        """Have the file at the photo's `import_url` fetched."""


@dataclass(frozen=True, kw_only=True)
class RequestImport:
    orders: RequestUpload
    queue: ImportQueue
    allow_local_http: bool

    def __call__(
        self, tenant: str, order: Order, url: str, *, key_id: str | None = None
    ) -> tuple[Photo, Standing]:
        """The URL is checked as far as it can be without asking anybody.

        Raises:
            AddressRefused: the URL is not a public HTTPS address.
            InvalidRequest, QuotaExceeded, TenantSuspended, TenantNotFound: as RequestUpload.
        """
        self.check(url)
        photo, standing = self.orders.place(tenant, replace(order, import_url=url), key_id=key_id)
        self.queue.send(photo.key)
        return photo, standing

    def check(self, url: str) -> None:
        """Raises AddressRefused."""
        parse_target(url, allow_local_http=self.allow_local_http)
