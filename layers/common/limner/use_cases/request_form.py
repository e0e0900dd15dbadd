"""Another form for a photo that was ordered: the first one has expired, or its file is to be replaced."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from limner.errors import InvalidRequest, ReplacementNeeded
from limner.keys import upload_key
from limner.photos import Photo
from limner.ports import LinkSigner, PhotoRepository, UploadForm
from limner.quotas import Quotas, Standing, UsageRepository
from limner.tenancy import PhotoKey


@dataclass(frozen=True, kw_only=True)
class RepeatForm:
    """The form of an answer that is given again. It changes nothing: whether the file that comes by it is
    taken was decided when the first form was ordered."""

    links: LinkSigner
    max_bytes: int

    def __call__(self, tenant: str, photo_id: str, content_type: str) -> UploadForm:
        return self.links.upload_form(upload_key(PhotoKey(tenant, photo_id)), content_type, self.max_bytes)


@dataclass(frozen=True, kw_only=True)
class RequestForm:
    photos: PhotoRepository
    links: LinkSigner
    max_bytes: int
    usage: UsageRepository
    quotas_of: Callable[[str], Quotas]
    now: Callable[[], datetime]

    def __call__(
        self, tenant: str, photo_id: str, content_type: str, *, replace: bool, key_id: str | None = None
    ) -> tuple[UploadForm, Standing]:
        """The first file that comes by any form of the photo is taken; each later one needs a replacement
        that was ordered after the file before it. A form counts as an order, whatever it is for.

        Raises:
            QuotaExceeded: of the day's orders, or nothing is left of the month's budget.
            PhotoNotFound: the tenant has no such photo.
            ReplacementNeeded: the photo has its file, and `replace` is false.
            InvalidRequest: a program put the photo into the bucket.
            StaleWrite: another file was recorded meanwhile.
        """
        photo = self.photos.get(PhotoKey(tenant, photo_id))
        if photo.source is not None:
            _require_replaceable(photo, replace)
        standing = self.usage.count_order(tenant, key_id, self.quotas_of(tenant), self.now())
        if photo.source is not None:
            self.photos.allow_replacement(photo.key, photo.source.sequencer)
        return self.links.upload_form(upload_key(photo.key), content_type, self.max_bytes), standing


def _require_replaceable(photo: Photo, replace: bool) -> None:
    if photo.replaceable is None:
        raise InvalidRequest("this photo was put into the bucket by a program, which replaces it there")
    if not replace:
        raise ReplacementNeeded('the photo has its file; order with "replace": true to replace it')
