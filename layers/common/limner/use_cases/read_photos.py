"""The storefront reads photos of one tenant: a page of them, one by id, and its explanation."""

from dataclasses import dataclass, replace

from limner.photos import Photo
from limner.ports import CursorSigner, ObjectStore, Page, PhotoRepository
from limner.tenancy import PhotoKey
from limner.use_cases.picture_reports import PictureReports


@dataclass(frozen=True, kw_only=True)
class ListPhotos:
    photos: PhotoRepository
    cursors: CursorSigner

    def __call__(self, tenant: str, limit: int, cursor: str | None) -> Page:
        """The tenant's uploaded photos, newest first. Raises InvalidRequest for an invalid cursor."""
        scope = f"photos of {tenant}"
        position = self.cursors.position(cursor, scope) if cursor is not None else None
        page = self.photos.page(tenant, limit=limit, cursor=position)
        return replace(page, cursor=self.cursors.sign(page.cursor, scope) if page.cursor else None)


@dataclass(frozen=True, kw_only=True)
class GetPhoto:
    photos: PhotoRepository

    def __call__(self, tenant: str, photo_id: str) -> Photo:
        """Raises PhotoNotFound."""
        return self.photos.get(PhotoKey(tenant, photo_id))


@dataclass(frozen=True, kw_only=True)
class ExplainPhoto:
    """Explanations are too large for the photo's row; the reports in S3 have them, one for each job."""

    photos: PhotoRepository
    objects: ObjectStore
    results_bucket: str

    def __call__(self, tenant: str, photo_id: str) -> Photo:
        """The photo with the pictures of its reports. Raises PhotoNotFound."""
        photo = self.photos.get(PhotoKey(tenant, photo_id))
        if photo.published is None:
            return photo
        reports = PictureReports(self.objects, self.results_bucket)
        explained = tuple(reports.picture_like(picture) for picture in photo.published.pictures)
        return photo.model_copy(
            update={"results": photo.published.model_copy(update={"pictures": explained})}
        )
