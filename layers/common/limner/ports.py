"""What the use cases need from the world, named by role; adapters/ fills them, tests use in-memory ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from limner.photos import Failure, Photo, Results, Retried, Source, StylizeJob, Variants


@dataclass(frozen=True)
class Page:
    """Photos newest first; `cursor` continues after the last one, None at the end."""

    photos: tuple[Photo, ...]
    cursor: str | None


@dataclass(frozen=True)
class ObjectFacts:
    """`etag` without quotes, as events have it."""

    bytes: int
    version_id: str | None
    etag: str | None


@dataclass(frozen=True)
class ListedObject:
    key: str
    modified: datetime
    etag: str


@dataclass(frozen=True)
class Submission:
    """Where the endpoint will put its answer, or its failure (`s3://` locations)."""

    output_location: str
    failure_location: str | None


@dataclass(frozen=True)
class UploadForm:
    """A presigned POST: the seller's browser sends `fields` and then the file to `url`."""

    url: str
    fields: Mapping[str, str]
    expires_at: datetime


class PhotoRepository(Protocol):
    """Photos by id. Parts are recorded only while the upload they belong to is the newest: every
    `record_*` raises StaleWrite otherwise, and when that part is already there."""

    def add(self, photo: Photo, expires_at: datetime) -> None:
        """Store a photo whose file is still to come; it vanishes after `expires_at` if none does."""

    def get(self, photo_id: str) -> Photo:
        """Raises PhotoNotFound."""

    def sources(self, photo_ids: Sequence[str]) -> Mapping[str, Source | None]:
        """The upload of each of these photos, None where there is none yet or its row cannot be read; photos
        without a row are left out."""

    def page(self, shop: str, *, limit: int, cursor: str | None) -> Page:
        """Photos whose file has arrived. Raises InvalidRequest for a cursor it did not make."""

    def record_upload(self, photo: Photo) -> Photo:
        """Make `photo.source` the photo's upload, unless a newer one is; create the row if there is none.

        Returns the row as it then is. Raises StaleWrite when a newer upload owns it, or when the row has this
        very object version already under another sequencer (an event that was lost, replaced and came late).
        """

    def lease(self, photo_id: str, job: StylizeJob, now: int) -> None:
        """Take the right to submit `job` until `job.lease_until`; `now` in Unix seconds.

        Raises:
            JobInProgress: another worker holds it.
            StaleWrite: the job is submitted or has results, the upload failed, or a newer one owns the row.
        """

    def release(self, photo_id: str, job: StylizeJob) -> None:
        """Let a submitted `job` that came to nothing be leased again. Raises StaleWrite."""

    def record_submission(self, photo_id: str, job: StylizeJob) -> None: ...

    def record_variants(self, photo_id: str, variants: Variants) -> None: ...

    def record_results(self, photo_id: str, results: Results) -> None: ...

    def record_failure(self, photo_id: str, failure: Failure) -> None: ...

    def due(self, now: int, limit: int) -> Sequence[Photo]:
        """Photos whose `due_at` has passed, at most `limit`; `now` in Unix seconds."""

    def postpone(self, photo: Photo, until: int, retried: Retried | None) -> None:
        """Look again at `until`. Raises StaleWrite when another sweeper or a newer upload was quicker."""

    def close(self, photo: Photo) -> None:
        """Nothing more is due. Raises StaleWrite when another sweeper or a newer upload was quicker."""


class ObjectStore(Protocol):
    def get(self, bucket: str, key: str, version_id: str | None = None) -> bytes:
        """Raises ObjectMissing."""

    def get_head(self, bucket: str, key: str, version_id: str | None, limit: int) -> bytes:
        """The first `limit` bytes, or all there are. Raises ObjectMissing."""

    def describe(self, bucket: str, key: str) -> ObjectFacts:
        """Raises ObjectMissing."""

    def list(self, bucket: str, prefix: str, *, after: str, limit: int) -> Sequence[ListedObject]:
        """In the order of their keys, from the first one behind `after`."""

    def put(self, bucket: str, key: str, body: bytes, content_type: str) -> None: ...


class StylizeEndpoint(Protocol):
    def submit(self, job_id: str, ticket_location: str) -> Submission:
        """Raises Unavailable when the endpoint is throttled or down."""


class UploadEvents(Protocol):
    def resend(self, source: Source) -> None:
        """Tell the router and the thumbnailer of an upload once more."""


class LinkSigner(Protocol):
    def upload_form(self, key: str, content_type: str, max_bytes: int) -> UploadForm: ...

    def download_link(self, key: str) -> str:
        """An expiring link to an object in the results bucket."""
