"""Erase what a tenant's retention no longer keeps, and results that newer ones have superseded.

A run ends after `time_limit` and the next goes on from there. Photos past their retention leave the tenant's
list, so the oldest are always next; in the listings of objects a cursor says how far the last run came.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Protocol

from limner.erasure import ErasureRepository
from limner.errors import PhotoNotFound
from limner.keys import UPLOADS_PREFIX, job_id_of, styled_prefix
from limner.photos import Photo
from limner.ports import ListedObject, PhotoRepository, VersionedObjectStore
from limner.revisions import is_of_newest_upload
from limner.tenancy import PhotoKey
from limner.use_cases.outcomes import Outcome
from limner.use_cases.request_erasure import RequestErasure

BY_RETENTION = "retention"
"""`requested_by` of erasures that no person asked for."""
SUPERSEDED_LIFETIME = timedelta(days=30)
"""How long the results of earlier uploads are kept, as S3 keeps earlier versions of objects."""
PAGE_SIZE = 1000


class Retention(Protocol):
    """After how many days a tenant's originals, and its whole photos, are erased; None for never."""

    @property
    def originals_days(self) -> int | None: ...

    @property
    def results_days(self) -> int | None: ...


class ListingCursors(Protocol):
    def get(self, tenant: str, prefix: str) -> str:
        """The key that the last run ended at; empty at the beginning."""

    def put(self, tenant: str, prefix: str, key: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Expire:
    retentions: Callable[[], Iterable[tuple[str, Retention]]]
    photos: PhotoRepository
    erasures: ErasureRepository
    request: RequestErasure
    objects: VersionedObjectStore
    cursors: ListingCursors
    now: Callable[[], datetime]
    uploads_bucket: str
    results_bucket: str
    time_limit: timedelta = timedelta(minutes=4)

    def __call__(self) -> Iterator[Outcome]:
        """One outcome per photo, original or superseded result."""
        end = self.now() + self.time_limit
        for tenant, retention in self.retentions():
            for expire in (self._photos, self._originals, self._superseded):
                for outcome in expire(tenant, retention):
                    yield outcome
                    if self.now() >= end:
                        return

    def _photos(self, tenant: str, retention: Retention) -> Iterator[Outcome]:
        """A photo whose results are no longer kept is erased whole."""
        if retention.results_days is None:
            return
        cutoff = self.now() - timedelta(days=retention.results_days)
        for key in self.erasures.older_than(tenant, cutoff):
            try:
                if _last_change(self.photos.get(key)) < cutoff:
                    self.request(key, BY_RETENTION)
                    yield Outcome.EXPIRED
            except PhotoNotFound:
                continue

    def _originals(self, tenant: str, retention: Retention) -> Iterator[Outcome]:
        if retention.originals_days is None:
            return
        cutoff = self.now() - timedelta(days=retention.originals_days)
        for entry in self._listed(tenant, self.uploads_bucket, f"{UPLOADS_PREFIX}{tenant}/"):
            if entry.modified < cutoff:
                self._erase(self.uploads_bucket, entry.key, is_prefix=False)
                yield Outcome.ORIGINAL_EXPIRED

    def _superseded(self, tenant: str, retention: Retention) -> Iterator[Outcome]:
        """Folders of earlier uploads. A photo with one folder has no earlier ones, and its row need not be
        read."""
        for kind in ("styled", "variants"):
            listed = self._listed(tenant, self.results_bucket, f"{kind}/{tenant}/")
            for photo_prefix, entries in groupby(listed, key=lambda entry: _folder(entry.key, 3)):
                newest = _newest_by_folder(entries)
                if len(newest) > 1:
                    yield from self._erase_superseded(photo_prefix, newest)

    def _erase_superseded(self, photo_prefix: str, newest: dict[str, datetime]) -> Iterator[Outcome]:
        """What the row names is kept, whatever its age: also the results of an earlier upload whose successor
        failed."""
        _, tenant, photo_id, _ = photo_prefix.split("/")
        try:
            named = set(_named_folders(self.photos.get(PhotoKey(tenant, photo_id))))
        except PhotoNotFound:
            return
        for folder, modified in newest.items():
            if folder not in named and modified < self.now() - SUPERSEDED_LIFETIME:
                self._erase(self.results_bucket, folder, is_prefix=True)
                yield Outcome.RESULT_EXPIRED

    def _listed(self, tenant: str, bucket: str, prefix: str) -> Iterator[ListedObject]:
        """Objects from the cursor on. The cursor moves with each page that was used up, and back at the
        end."""
        after = self.cursors.get(tenant, prefix)
        while page := self.objects.list(bucket, prefix, after=after, limit=PAGE_SIZE):
            yield from page
            after = page[-1].key
            self.cursors.put(tenant, prefix, after)
        if after:
            self.cursors.put(tenant, prefix, "")

    def _erase(self, bucket: str, key: str, *, is_prefix: bool) -> None:
        found = self.objects.versions(bucket, key)
        self.objects.delete_versions(bucket, (v for v in found if is_prefix or v.key == key))


def _last_change(photo: Photo) -> datetime:
    """A photo that was uploaded or ordered again lives on from then."""
    parts = (
        photo.created_at,
        photo.updated_at,
        photo.job and photo.job.submitted_at,
        photo.results and photo.results.finished_at,
        photo.failure and photo.failure.at,
    )
    return max(moment for moment in parts if moment)


def _named_folders(photo: Photo) -> Iterator[str]:
    """The folders of the results bucket that the row needs: of its renditions, of its job, which may be under
    way, and of the versions that can be restored."""
    for picture in photo.results.pictures if photo.results else ():
        yield from (_folder(rendition.key, 4) for rendition in picture.renditions)
    if photo.variants:
        yield from (_folder(rendition.key, 4) for rendition in photo.variants.renditions)
    for version in photo.versions:
        if is_of_newest_upload(photo, version):
            yield from (styled_prefix(job_id_of(photo.key, digits)) for digits in version.jobs)
    prefix = f"{photo.tenant}/{photo.photo_id}"
    if photo.job:
        yield f"styled/{prefix}/{photo.job.job_id}/"
    if photo.source:
        yield f"variants/{prefix}/{photo.source.sequencer}/"


def _folder(key: str, depth: int) -> str:
    """The first `depth` parts of a key, with a slash at the end."""
    return "/".join(key.split("/")[:depth]) + "/"


def _newest_by_folder(entries: Iterable[ListedObject]) -> dict[str, datetime]:
    """When the newest object in each folder of a photo was written."""
    newest: dict[str, datetime] = {}
    for entry in entries:
        folder = _folder(entry.key, 4)
        newest[folder] = max(entry.modified, newest.get(folder, entry.modified))
    return newest
