"""Erase a photo: every version of every object of it, and its entries in the registry of published pictures.

Its row is a tombstone already (`RequestErasure`). Each step is repeated until it finds nothing, so an erasure
that was interrupted goes on where it stopped.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from limner.contracts import parse_stored_submission
from limner.erasure import (
    BY_RETENTION,
    TOMBSTONE_LIFETIME,
    AuditEntry,
    AuditLog,
    EdgeCache,
    Erasure,
    ErasureRepository,
    PictureHashErasure,
)
from limner.errors import ForeignUpload, ObjectMissing, PhotoNotFound
from limner.keys import (
    archives_prefix,
    packs_prefix,
    photo_key_for,
    photo_prefixes,
    public_photo_prefix,
    split_s3_uri,
    submissions_prefix,
    upload_key,
)
from limner.ports import ObjectVersion, VersionedObjectStore
from limner.tenancy import PhotoKey
from limner.use_cases.outcomes import Outcome

PHOTO_ERASED = "photo_erased"


@dataclass(frozen=True, kw_only=True)
class ErasePhoto:
    erasures: ErasureRepository
    objects: VersionedObjectStore
    hashes: PictureHashErasure
    audit: AuditLog
    edge: EdgeCache
    now: Callable[[], datetime]
    uploads_bucket: str
    results_bucket: str
    pause: timedelta = timedelta(minutes=30)
    """From a check that found something to the next one."""

    def __call__(self, key: PhotoKey, object_key: str | None = None) -> Outcome:
        """`object_key` is an upload of the photo that was found after its erasure had ended."""
        try:
            erasure = self.erasures.get(key)
        except PhotoNotFound:
            return Outcome.SUPERSEDED
        started = self.now()
        public = self._erase_prefix(public_photo_prefix(key))
        objects = public + self._erase_objects(erasure, object_key)
        hashes = self.hashes.erase(key)
        is_at_edge = self._is_left_at_edge(erasure, public)
        counted = erasure.model_copy(
            update={
                "objects": erasure.objects + objects,
                "hashes": erasure.hashes + hashes,
                "is_at_edge": is_at_edge,
            }
        )
        if objects or hashes or is_at_edge or started < erasure.last_check_at:
            self._check_again(counted, started)
            return Outcome.ERASING
        self._finish(counted)
        return Outcome.ERASED

    def _check_again(self, erasure: Erasure, started: datetime) -> None:
        """What is found after the last check was not expected; it is counted as an erasure that goes on."""
        at = max(started if erasure.is_at_edge else erasure.last_check_at, started + self.pause)
        self.erasures.count(erasure.model_copy(update={"finished_at": None}), int(at.timestamp()))

    def _is_left_at_edge(self, erasure: Erasure, public: int) -> bool:
        """Whether caches must be invalidated again, after `public` objects were deleted. Retention
        invalidates none: what they have ends after a day."""
        if erasure.requested_by == BY_RETENTION or not (public or erasure.is_at_edge):
            return False
        return not self.edge.invalidate(public_photo_prefix(erasure.key))

    def _erase_prefix(self, prefix: str) -> int:
        versions = self.objects.versions(self.results_bucket, prefix)
        return self.objects.delete_versions(self.results_bucket, versions)

    def _erase_objects(self, erasure: Erasure, object_key: str | None) -> int:
        """The endpoint's objects first: the submissions lead to them."""
        count = 0
        for location in sorted(set(self._endpoint_locations(erasure))):
            count += self.erase_key(*split_s3_uri(location))
        self._erase_archives(erasure.key)
        for prefix in photo_prefixes(erasure.key):
            count += self._erase_prefix(prefix)
        for key in sorted(set(self._upload_keys(erasure, object_key))):
            count += self.erase_key(self.uploads_bucket, key)
        return count

    def _erase_archives(self, key: PhotoKey) -> None:
        """All of the tenant's, where the photo is in a pack: they are assembled again without it. They are
        not the photo's alone, so they are not counted. Before the pack's pictures, which lead to them."""
        if next(iter(self.objects.versions(self.results_bucket, packs_prefix(key))), None) is not None:
            self._erase_prefix(archives_prefix(key.tenant))

    def _endpoint_locations(self, erasure: Erasure) -> Iterator[str]:
        yield from locations_in_row(erasure)
        yield from endpoint_locations(self.objects, self.results_bucket, submissions_prefix(erasure.key))

    def _upload_keys(self, erasure: Erasure, object_key: str | None) -> Iterator[str]:
        """Keys of the photo in our own bucket. A bucket that a tenant has attached is not ours to delete
        from."""
        yield upload_key(erasure.key)
        if erasure.original and erasure.original.bucket == self.uploads_bucket:
            yield erasure.original.key
        if object_key and _is_of(self.uploads_bucket, object_key, erasure.key):
            yield object_key

    def erase_key(self, bucket: str, key: str) -> int:
        """All versions of one object. The prefix of a listing may be shared by longer keys, which belong to
        others."""
        versions = (version for version in self.objects.versions(bucket, key) if version.key == key)
        return self.objects.delete_versions(bucket, versions)

    def _finish(self, erasure: Erasure) -> None:
        ended = erasure.model_copy(
            update={"finished_at": erasure.finished_at or self.now(), "original": None, "job": None}
        )
        self.erasures.finish(ended)
        self.audit.record(_entry(ended))
        self.erasures.close(ended, self.now() + TOMBSTONE_LIFETIME)


def locations_in_row(erasure: Erasure) -> Iterator[str]:
    """`s3://` locations of the endpoint's response to the newest submission."""
    if erasure.job:
        yield from filter(None, (erasure.job.output_location, erasure.job.failure_location))


def endpoint_locations(objects: VersionedObjectStore, bucket: str, prefix: str) -> Iterator[str]:
    """`s3://` locations of the endpoint's responses to the submissions under a prefix, in all their
    versions."""
    for version in objects.versions(bucket, prefix):
        if not version.is_delete_marker:
            yield from _locations(objects, bucket, version)


def _locations(objects: VersionedObjectStore, bucket: str, version: ObjectVersion) -> Iterator[str]:
    try:
        payload = objects.get(bucket, version.key, version.version_id)
    except ObjectMissing:
        return
    yield from parse_stored_submission(payload).locations


def _is_of(bucket: str, object_key: str, photo: PhotoKey) -> bool:
    try:
        return photo_key_for(bucket, object_key) == photo
    except ForeignUpload:
        return False


def _entry(erasure: Erasure) -> AuditEntry:
    assert erasure.finished_at, "the erasure has ended"  # noqa: S101 - a caller's bug
    return AuditEntry(
        tenant=erasure.tenant,
        action=PHOTO_ERASED,
        subject=erasure.photo_id,
        requested_at=erasure.requested_at,
        requested_by=erasure.requested_by,
        finished_at=erasure.finished_at,
        counts={"objects": erasure.objects, "hashes": erasure.hashes},
    )
