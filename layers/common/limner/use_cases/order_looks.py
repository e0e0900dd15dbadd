"""More looks of a photo that is there, without another upload."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from limner.errors import OrderProblem, OrderRefused
from limner.looks import MAX_PICTURES, Look
from limner.photos import Photo
from limner.ports import UploadEvents
from limner.quotas import Quotas, Standing, UsageRepository
from limner.revisions import looks_made, with_more_looks
from limner.tenancy import PhotoKey
from limner.use_cases.revise_photo import RevisePhoto, require_accepted_file, require_final


class PlaceOrder(Protocol):
    def __call__(
        self, key: PhotoKey, looks: tuple[Look, ...], *, key_id: str | None = None
    ) -> tuple[Photo, Standing | None]:
        """As OrderLooks."""


@dataclass(frozen=True, kw_only=True)
class OrderLooks:
    revise: RevisePhoto
    events: UploadEvents
    require_styles: Callable[[str, tuple[Look, ...]], None]
    """Raises InvalidRequest for looks of a tenant with styles that do not exist."""
    usage: UsageRepository
    quotas_of: Callable[[str], Quotas]
    grace_period: timedelta
    """After which the sweeper sends the order off, if its message is lost."""

    def __call__(
        self, key: PhotoKey, looks: tuple[Look, ...], *, key_id: str | None = None
    ) -> tuple[Photo, Standing | None]:
        """Looks that the photo has a picture of are not made again; where it has all of them, nothing is
        ordered. `key_id` is the API key that orders, if one does; its orders are counted too.
        The answer says how the tenant stands after an order.

        Raises:
            PhotoNotFound: there is no such photo.
            InvalidRequest: a style is neither in the catalogue nor a learned one of the tenant's.
            OrderRunning: the photo is neither READY nor FAILED.
            OrderRefused: it has no file, its file was refused, or it would have too many pictures.
            QuotaExceeded: of the day's orders, or nothing is left of the month's budget.
            StaleWrite: others changed the photo again and again.
        """
        self.require_styles(key.tenant, looks)

        def change(photo: Photo, now: datetime) -> Photo:
            return self._with_looks(photo, looks, now)

        before, after = self.revise.planned(key, change)
        if after == before:
            return before, None
        standing = self.usage.count_order(key.tenant, key_id, self.quotas_of(key.tenant), self.revise.now())
        photo = self.revise(key, change)
        if photo.source:
            self.events.route(photo.source)
        return photo, standing

    def _with_looks(self, photo: Photo, looks: tuple[Look, ...], now: datetime) -> Photo:
        require_final(photo)
        require_accepted_file(photo)
        if {look.slug for look in looks} <= {look.slug for look in looks_made(photo)}:
            return photo
        after = with_more_looks(photo, looks, now, int((now + self.grace_period).timestamp()))
        if len(after.looks) > MAX_PICTURES:
            message = f"a photo has at most {MAX_PICTURES} pictures; this one would have {len(after.looks)}"
            raise OrderRefused(OrderProblem.TOO_MANY_PICTURES, message)
        return after
