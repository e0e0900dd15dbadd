"""A photo, from the seller's upload to the finished pictures.

The router, the thumbnailer and the recorder each write only their own part of a photo, so their order does
not matter. The status is computed from the parts, so it cannot contradict them.

A photo has one newest upload, by its sequencer, and a revision, which counts the orders for this upload: more
looks, another attempt, a cancellation, a restored version. A part belongs to the upload and revision that it
names. A part of an earlier one neither decides the status nor is written any more.
"""

from datetime import datetime
from enum import StrEnum

from pydantic import Field, FiniteFloat

from limner.errors import FILE_REFUSALS, RefusalCode
from limner.looks import FrozenModel, Look, PhotoLooks
from limner.orders import BatchId, ExternalId, Metadata, Tags
from limner.renditions import DominantColour, Renditions, ThumbHash
from limner.report import PerceptualHash, StyledPictures
from limner.reviews.review import Reviews
from limner.tenancy import PhotoId, PhotoKey, TenantId
from limner.versions import MAX_VERSIONS, Version, VersionSource


class PhotoStatus(StrEnum):
    """AWAITING_UPLOAD until the file is uploaded; the other names are those of Shopify's `MediaStatus`."""

    AWAITING_UPLOAD = "AWAITING_UPLOAD"
    UPLOADED = "UPLOADED"
    PROCESSING = "PROCESSING"
    READY = "READY"
    FAILED = "FAILED"


FINAL_STATUSES = frozenset({PhotoStatus.READY, PhotoStatus.FAILED})


FILE_FAULTS = FILE_REFUSALS | {RefusalCode.UPLOAD_GONE, RefusalCode.INVALID_METADATA}
"""Codes of failures that are the file's fault, or of what is written on it: another upload is needed."""


class PhotoOutcome(StrEnum):
    """What has come of an order, once nothing more comes of it by itself. REFUSED are files that cannot be
    accepted, FAILED all other failures; NOT_UPLOADED are orders whose file has not come in time."""

    READY = "ready"
    FAILED = "failed"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    NOT_UPLOADED = "not_uploaded"


NO_UPLOAD = ""
"""Stands for the sequencer in the failure of a photo whose file never came. An upload that comes after all is
newer, as every upload is."""


class Source(FrozenModel):
    """The uploaded S3 object; its `sequencer` orders the uploads of one key."""

    bucket: str
    key: str
    sequencer: str
    bytes: int = Field(ge=0)
    version_id: str | None = None
    etag: str | None = None


class Variants(FrozenModel):
    """The photo without a style, upright and in sRGB, in the widths and formats that web pages use. They are
    of an upload, whatever its revision. Those of older releases lack dominant colour and placeholder."""

    sequencer: str
    renditions: Renditions
    seconds: float = Field(ge=0)
    hash: PerceptualHash | None = None
    dominant_colour: DominantColour | None = None
    placeholder: ThumbHash | None = None


class StylizeJob(FrozenModel):
    """One invocation of the endpoint for one upload. Until `lease_until` (Unix seconds) no other worker may
    submit it, so that the GPU is paid for once. The locations are from the endpoint's response."""

    job_id: str
    sequencer: str
    revision: int = 0
    lease_until: int
    output_location: str | None = None
    failure_location: str | None = None
    submitted_at: datetime | None = None
    is_reviewed: bool = False
    """Whether the tenant's review was on when the job was leased: a person decides about those of its
    pictures that the gates are not sure of."""

    @property
    def released(self) -> "StylizeJob":
        """Free to be leased again. It keeps where its last response was to be, which says that it was
        submitted."""
        return self.model_copy(update={"lease_until": 0, "submitted_at": None})

    @property
    def was_submitted(self) -> bool:
        return self.submitted_at is not None or self.output_location is not None


class Results(FrozenModel):
    """All pictures of the upload that there are at this revision, also those of earlier ones."""

    sequencer: str
    revision: int = 0
    pictures: StyledPictures
    model: str
    timings: dict[str, FiniteFloat]
    finished_at: datetime


class Retried(FrozenModel):
    """What was done again for this upload and revision."""

    sequencer: str
    revision: int = 0
    count: int = 0
    """How often its event was sent to the router again, because the event or the job was lost."""
    variants: int = 0
    """How often its event was sent to the thumbnailer again."""
    failed: int = 0
    """How many invocations of the endpoint have failed."""
    sent_at: int | None = None
    """Unix seconds: when the last of these messages was sent; of a photo that waits, when its message was."""


class InFlight(FrozenModel):
    """The photo is counted among its tenant's jobs in flight: once, in the row `counter` of the usage table.
    A new upload takes the place over; the write that makes the photo final removes it."""

    job_id: str
    counter: str


class Failure(FrozenModel):
    sequencer: str
    revision: int = 0
    code: str
    message: str
    at: datetime


Part = StylizeJob | Variants | Results | Retried | Failure
_PART_FIELDS = ("job", "variants", "results", "retried", "failure")


class Photo(FrozenModel):
    photo_id: PhotoId
    tenant: TenantId
    filename: str
    looks: PhotoLooks = Field(min_length=1)
    created_at: datetime
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)
    tags: Tags = ()
    batch_id: BatchId | None = None
    import_url: str | None = None
    """Where the file is fetched from, if it is not uploaded."""
    updated_at: datetime | None = None
    """When what a caller sees of the photo has last changed."""
    source: Source | None = None
    revision: int = 0
    """How many orders for this upload there were after the first; a new upload begins at 0."""
    revised_by: VersionSource | None = None
    """What the order of this revision was, if it made work: LOOKS or RETRY."""
    versions: tuple[Version, ...] = Field(default=(), max_length=MAX_VERSIONS)
    """Oldest first. Empty in rows of earlier releases: `history` has the one that there is."""
    job: StylizeJob | None = None
    variants: Variants | None = None
    results: Results | None = None
    retried: Retried | None = None
    failure: Failure | None = None
    reviews: Reviews = None
    """Of the pictures that a person was asked about (limner.reviews)."""
    reviews_version: int = 0
    """Raised by every write of `reviews`."""
    replaceable: str | None = None
    """For a photo with an upload form: the sequencer of the upload whose place one other may take, empty if
    none may. None for a photo that a program put into the bucket: there a newer file replaces the older."""
    in_flight: InFlight | None = None
    due_at: int | None = None
    """Unix seconds: when the sweeper checks the photo unless its status is final by then; None once it is."""

    @property
    def key(self) -> PhotoKey:
        return PhotoKey(self.tenant, self.photo_id)

    @property
    def newest(self) -> "Photo":
        """This photo with the parts of its newest upload and revision only."""
        return self.model_copy(
            update={name: None for name in _PART_FIELDS if not self._is_current(getattr(self, name))}
        )

    @property
    def published(self) -> Results | None:
        """The pictures of the newest upload that can be read, also while a further order runs or has
        failed."""
        return self.results if self._is_of_newest_upload(self.results) else None

    @property
    def earlier_parts(self) -> tuple[Variants, Results] | None:
        """Variants and results of one earlier upload, if the row has both and the newest upload neither."""
        variants, results = self.variants, self.results
        if self.newest.variants or self.published or variants is None or results is None:
            return None
        return (variants, results) if variants.sequencer == results.sequencer else None

    @property
    def missing_looks(self) -> tuple[Look, ...]:
        """The looks without a picture of the newest upload."""
        pictures = self.published.pictures if self.published else ()
        made = {picture.look.slug for picture in pictures}
        return tuple(look for look in self.looks if look.slug not in made)

    def _is_of_newest_upload(self, part: Part | None) -> bool:
        newest = self.source.sequencer if self.source else NO_UPLOAD
        return part is not None and part.sequencer == newest

    def _is_current(self, part: Part | None) -> bool:
        is_of_revision = isinstance(part, Variants) or (part is not None and part.revision == self.revision)
        return is_of_revision and self._is_of_newest_upload(part)

    @property
    def status(self) -> PhotoStatus:
        if self._is_current(self.failure):
            return PhotoStatus.FAILED
        if self.source is None:
            return PhotoStatus.AWAITING_UPLOAD
        if self._is_current(self.results) and self._is_current(self.variants):
            return PhotoStatus.READY
        submitted = self._is_current(self.job) and self.job is not None and self.job.submitted_at
        return PhotoStatus.PROCESSING if submitted or self.published else PhotoStatus.UPLOADED

    @property
    def outcome(self) -> PhotoOutcome | None:
        """None while something is under way. An order without a file is closed when it is due."""
        if self.status is PhotoStatus.READY:
            return PhotoOutcome.READY
        failure = self.newest.failure
        if failure is None:
            is_closed = self.source is None and self.due_at is None
            return PhotoOutcome.NOT_UPLOADED if is_closed else None
        if failure.code == RefusalCode.CANCELLED:
            return PhotoOutcome.CANCELLED
        return PhotoOutcome.REFUSED if failure.code in FILE_FAULTS else PhotoOutcome.FAILED
