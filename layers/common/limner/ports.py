"""Interfaces that the use cases need, named by role. adapters/ implements them for AWS, tests in memory."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from limner.photo_lists import ALL_PHOTOS, PhotoQuery
from limner.photos import Failure, Photo, Results, Retried, Source, StylizeJob, Variants
from limner.quotas import Charge
from limner.tenancy import PhotoKey

ALL_SHARDS = "0123456789abcdef"
"""First digits of photos' ids: parts of the index of open photos, each of which one worker sweeps."""


@dataclass(frozen=True)
class Page:
    """Photos, newest first. `cursor` continues the list; None on the last page."""

    photos: tuple[Photo, ...]
    cursor: str | None


@dataclass(frozen=True)
class ObjectFacts:
    """`etag` without quotes, as in events; names of `metadata` in lower case, without `x-amz-meta-`."""

    bytes: int
    version_id: str | None
    etag: str | None
    metadata: Mapping[str, str] = field(default_factory=dict)
    modified: datetime | None = None


@dataclass(frozen=True)
class ListedObject:
    key: str
    modified: datetime
    etag: str
    bytes: int


@dataclass(frozen=True)
class ObjectVersion:
    """A version of an object, or a delete marker. `version_id` is "null" in a bucket without versions."""

    key: str
    version_id: str
    modified: datetime
    is_delete_marker: bool = False


@dataclass(frozen=True)
class Submission:
    """Where the endpoint will store its response, or its failure (`s3://` locations)."""

    output_location: str
    failure_location: str | None


@dataclass(frozen=True)
class UploadForm:
    """A presigned POST: the seller's browser sends `fields` and then the file to `url`."""

    url: str
    fields: Mapping[str, str]
    expires_at: datetime


class PhotosByKey(Protocol):
    """Photos, to be read alone."""

    def those_of(
        self, keys: Sequence[PhotoKey], *, whole: bool = True, consistent: bool = False
    ) -> Sequence[Photo]:
        """Those of these photos that there are, in this order; `whole` as in `PhotoRepository.page`. If
        `consistent`, with every write that has ended before."""


class PhotoRepository(PhotosByKey, Protocol):
    """Photos by key. Every `record_*` of a part raises StaleWrite if the part is already recorded or its
    upload or revision is not the newest one."""

    def add(self, photo: Photo, expires_at: datetime) -> None:
        """Store a photo that is not uploaded yet; without an upload it is deleted after `expires_at`."""

    def get(self, key: PhotoKey) -> Photo:
        """Raises PhotoNotFound, also for a photo whose erasure has begun."""

    def sources(self, keys: Sequence[PhotoKey]) -> Mapping[PhotoKey, Source | None]:
        """The upload of each of these photos: None where there is none yet or its row cannot be read. Photos
        without a row are omitted."""

    def page(
        self,
        tenant: str,
        query: PhotoQuery = ALL_PHOTOS,
        *,
        limit: int,
        cursor: str | None,
        whole: bool = True,
    ) -> Page:
        """Photos of the tenant that match. A page may have fewer than `limit`, also none, and still a cursor.
        Photos that are not `whole` have what a card of a list shows: of the pictures the first one's files.

        Raises:
            InvalidRequest: the cursor is invalid.
        """

    def record_upload(self, photo: Photo) -> Photo:
        """Set the photo's upload to `photo.source` unless the row has a newer one; create the row if needed.

        Returns the row after the write. Raises StaleWrite when the row has a newer upload, one that may not
        be replaced (`Photo.replaceable`), or the same object version under another sequencer: the sweeper has
        found the upload, and its event is late.
        """

    def allow_replacement(self, key: PhotoKey, sequencer: str) -> None:
        """Let one newer upload take the place of the one with this sequencer, in a photo with an upload form.
        Raises StaleWrite if it is not the newest."""

    def revise(self, before: Photo, after: Photo) -> None:
        """Write what an order changes (limner.revisions), in one write; a place among the jobs in flight that
        `after` no longer has becomes free with it. Raises StaleWrite where upload, revision, place or status
        are no longer those of `before`."""

    def lease(self, key: PhotoKey, job: StylizeJob, now: int, charge: Charge) -> None:
        """Reserve the submission of `job` until `job.lease_until`; `now` in Unix seconds.

        With the same write the tenant's counters are charged, once for each job, and the photo takes a place
        among the jobs in flight unless it has one.

        Raises:
            JobInProgress: another worker holds the lease.
            JobsAtLimit: as many jobs of the tenant are in flight as it may have.
            QuotaExceeded: a cap of the tenant's day or month would be exceeded.
            StaleWrite: the job is submitted or has results, or the upload failed, or it or the job's revision
                is not the newest.
        """

    def release(self, key: PhotoKey, job: StylizeJob) -> None:
        """Make a submitted `job` without a result free to be leased again. Raises StaleWrite, also where it
        was released or submitted again meanwhile."""

    def retry_failed(self, key: PhotoKey, job: StylizeJob, retried: Retried, due_at: int) -> None:
        """The same for a job that has failed, with the count of its failures and the photo's new `due_at`, in
        one write."""

    def record_submission(self, key: PhotoKey, job: StylizeJob) -> None: ...

    def record_variants(self, key: PhotoKey, variants: Variants) -> None: ...

    def record_results(self, key: PhotoKey, results: Results) -> None: ...

    def record_failure(self, key: PhotoKey, failure: Failure) -> None: ...

    def due(self, now: int, limit: int, shards: str = ALL_SHARDS) -> Sequence[Photo]:
        """At most `limit` uploaded photos with `due_at` ≤ `now` (Unix seconds), earliest first, whose ids
        begin with one of the digits `shards`."""

    def due_orders(self, now: int, limit: int, shards: str = ALL_SHARDS) -> Sequence[Photo]:
        """The same of photos that are not uploaded."""

    def postpone(self, photo: Photo, until: int, retried: Retried | None = None) -> None:
        """Set `due_at` to `until`. Raises StaleWrite after a change by another sweeper or a newer upload."""

    def close(self, photo: Photo) -> None:
        """Remove `due_at`. Raises StaleWrite after a change by another sweeper or a newer upload."""


class ObjectStore(Protocol):
    def get(self, bucket: str, key: str, version_id: str | None = None) -> bytes:
        """Raises ObjectMissing."""

    def get_head(self, bucket: str, key: str, version_id: str | None, limit: int) -> bytes:
        """The first `limit` bytes, or all if there are fewer. Raises ObjectMissing."""

    def describe(self, bucket: str, key: str) -> ObjectFacts:
        """Raises ObjectMissing."""

    def list(self, bucket: str, prefix: str, *, after: str, limit: int) -> Sequence[ListedObject]:
        """At most `limit` objects with keys greater than `after`, ordered by key."""

    def put(
        self, bucket: str, key: str, body: bytes, content_type: str, *, only_if_absent: bool = False
    ) -> bool:
        """Whether it was written: False if `only_if_absent` and there is an object, which stays as it is."""


class VersionedObjectStore(ObjectStore, Protocol):
    def versions(self, bucket: str, prefix: str) -> Iterator[ObjectVersion]:
        """All versions and delete markers of the objects under a prefix, ordered by key."""

    def delete_versions(self, bucket: str, versions: Iterable[ObjectVersion]) -> int:
        """Delete these for good; how many they were. Versions that are gone count too.

        Raises:
            Unavailable: some could not be deleted; a later attempt may succeed.
            DependencyRefused: some may not be deleted.
        """


@dataclass(frozen=True)
class PublishedPicture:
    """A picture in the results bucket, by its perceptual hash of 64 bits.

    `job` is the job's id, for variants the sequencer of their upload; `look` is the look's slug, or VARIANTS;
    `version` is the model that painted it, or the release that made the variants.
    """

    hash: int
    photo: PhotoKey
    job: str
    look: str
    version: str


VARIANTS = "variants"


@dataclass(frozen=True)
class FoundPicture:
    """A published picture whose hash differs in `bits` from the one that was looked for."""

    picture: PublishedPicture
    bits: int


class PictureHashes(Protocol):
    def record(self, pictures: Sequence[PublishedPicture]) -> None:
        """So that a published picture can be recognised after its metadata was removed. Recording a picture
        again changes nothing."""

    def find(self, tenant: str, picture_hash: int, max_bits: int) -> Sequence[FoundPicture]:
        """The tenant's published pictures whose hashes differ in up to `max_bits` (0 to 7), nearest first."""


class StylizeEndpoint(Protocol):
    def submit(self, job_id: str, ticket_location: str) -> Submission:
        """Raises Unavailable when the endpoint is throttled or down."""


class UploadEvents(Protocol):
    def route(self, source: Source, delay: timedelta = timedelta(0)) -> None:
        """Send the upload's event to the router, which receives it after `delay`, at most 15 minutes."""

    def make_variants(self, source: Source) -> None:
        """Send the upload's event to the thumbnailer alone."""

    def wait(self, source: Source, tenant: str) -> None:
        """Put the upload's event at the end of its tenant's line; the router gets the first of each line."""


class WaitingLine(Protocol):
    def ask_again(self, receipt: str, pause: timedelta) -> None:
        """Leave the event with this receipt the first of its line, and deliver it again after `pause`."""


class CursorSigner(Protocol):
    """Positions in a list, for callers to hand back. `scope` is what the list is of: a cursor is only valid
    in the scope that it was signed for."""

    def sign(self, position: str, scope: str) -> str: ...

    def position(self, cursor: str, scope: str) -> str:
        """Raises InvalidRequest for a cursor that was not signed here, or for another scope."""


@dataclass(frozen=True)
class Address:
    """Where a picture can be read. `expires_at` is None for an address that lives as long as the picture."""

    url: str
    expires_at: datetime | None


class LinkSigner(Protocol):
    def upload_form(self, key: str, content_type: str, max_bytes: int) -> UploadForm: ...

    def download_link(self, key: str) -> Address:
        """Where an object in the results bucket can be read."""
