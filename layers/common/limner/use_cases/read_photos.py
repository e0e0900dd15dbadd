"""The shop's page reads photos: a page of them, or one by id."""

from dataclasses import dataclass, replace

from limner.photos import Photo
from limner.ports import CursorSigner, Page, PhotoRepository


@dataclass(frozen=True, kw_only=True)
class ListPhotos:
    photos: PhotoRepository
    cursors: CursorSigner
    shop: str

    def __call__(self, limit: int, cursor: str | None) -> Page:
        """The shop's uploaded photos, newest first. Raises InvalidRequest for an invalid cursor."""
        position = self.cursors.position(cursor, self._scope) if cursor is not None else None
        page = self.photos.page(self.shop, limit=limit, cursor=position)
        return replace(page, cursor=self.cursors.sign(page.cursor, self._scope) if page.cursor else None)

    @property
    def _scope(self) -> str:
        return f"photos of {self.shop}"


@dataclass(frozen=True, kw_only=True)
class GetPhoto:
    photos: PhotoRepository

    def __call__(self, photo_id: str) -> Photo:
        """Raises PhotoNotFound."""
        return self.photos.get(photo_id)
