"""The storefront reads photos of one tenant: a page of them, one by id, and its explanation."""

from dataclasses import dataclass, replace

from limner.contracts import parse_report_of
from limner.keys import report_key
from limner.photos import Photo
from limner.ports import CursorSigner, ObjectStore, Page, PhotoRepository
from limner.tenancy import PhotoKey


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
    """Explanations are too large for the photo's row; the report in S3 has them."""

    photos: PhotoRepository
    objects: ObjectStore
    results_bucket: str

    def __call__(self, tenant: str, photo_id: str) -> Photo:
        """The photo with the pictures of its report. Raises PhotoNotFound."""
        photo = self.photos.get(PhotoKey(tenant, photo_id))
        job, results = photo.newest.job, photo.newest.results
        if job is None or results is None:
            return photo
        payload = self.objects.get(self.results_bucket, report_key(job.job_id))
        report = parse_report_of(job.job_id, payload)
        explained = results.model_copy(update={"pictures": report.pictures})
        return photo.model_copy(update={"results": explained})
