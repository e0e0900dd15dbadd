"""The shop's page reads photos: a page of them, or one by id."""

from dataclasses import dataclass

from limner.photos import Photo
from limner.ports import Page, PhotoRepository


@dataclass(frozen=True, kw_only=True)
class ListPhotos:
    photos: PhotoRepository
    shop: str

    def __call__(self, limit: int, cursor: str | None) -> Page:
        """The shop's uploaded photos, newest first. Raises InvalidRequest for an invalid cursor."""
        return self.photos.page(self.shop, limit=limit, cursor=cursor)


@dataclass(frozen=True, kw_only=True)
class GetPhoto:
    photos: PhotoRepository

    def __call__(self, photo_id: str) -> Photo:
        """Raises PhotoNotFound."""
        return self.photos.get(photo_id)
