"""The storefront reads photos of one tenant: a page of them, and the explanation of one."""

from dataclasses import dataclass, replace

from limner.photo_lists import PhotoQuery
from limner.photos import Photo
from limner.ports import CursorSigner, ObjectStore, Page, PhotoRepository
from limner.tenancy import PhotoKey
from limner.use_cases.picture_reports import PictureReports


@dataclass(frozen=True, kw_only=True)
class ListPhotos:
    photos: PhotoRepository
    cursors: CursorSigner

    def __call__(
        self, tenant: str, query: PhotoQuery, *, limit: int, cursor: str | None, whole: bool
    ) -> Page:
        """The tenant's photos that match; all of those asked for by their ids on one page. A cursor is good
        for the query that it comes from alone.

        Raises:
            InvalidRequest: the cursor is not from a page of this list.
        """
        scope = f"photos of {tenant}: {query.model_dump_json(exclude_defaults=True)}"
        position = self.cursors.position(cursor, scope) if cursor is not None else None
        if query.ids:
            return self._by_ids(tenant, query, whole=whole)
        page = self.photos.page(tenant, query, limit=limit, cursor=position, whole=whole)
        return replace(page, cursor=self.cursors.sign(page.cursor, scope) if page.cursor else None)

    def _by_ids(self, tenant: str, query: PhotoQuery, *, whole: bool) -> Page:
        keys = [PhotoKey(tenant, photo_id) for photo_id in dict.fromkeys(query.ids)]
        found = self.photos.those_of(keys, whole=whole)
        return Page(tuple(filter(query.matches, found)), cursor=None)


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
