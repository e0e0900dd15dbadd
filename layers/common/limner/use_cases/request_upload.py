"""A seller wants to upload: note what is ordered and hand out the form to upload with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from limner.catalogue import Catalogue
from limner.errors import InvalidRequest
from limner.keys import upload_key
from limner.looks import Look
from limner.photos import Photo
from limner.ports import LinkSigner, PhotoRepository, UploadForm

KEPT_WITHOUT_FILE = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class RequestUpload:
    photos: PhotoRepository
    links: LinkSigner
    catalogue: Catalogue
    new_id: Callable[[], str]
    now: Callable[[], datetime]
    shop: str
    default_looks: tuple[Look, ...]
    max_bytes: int
    deadline: timedelta

    def __call__(self, filename: str, content_type: str, looks: tuple[Look, ...]) -> tuple[Photo, UploadForm]:
        """Raises InvalidRequest for a style that is not on offer."""
        if missing := self.catalogue.missing(looks):
            raise InvalidRequest(f"no such style: {', '.join(missing)}; GET /styles lists those on offer")
        photo = Photo(
            photo_id=self.new_id(),
            shop=self.shop,
            filename=filename,
            looks=looks or self.default_looks,
            created_at=self.now(),
            due_at=int((self.now() + self.deadline).timestamp()),
        )
        self.photos.add(photo, self.now() + KEPT_WITHOUT_FILE)
        return photo, self.links.upload_form(upload_key(photo.photo_id), content_type, self.max_bytes)
