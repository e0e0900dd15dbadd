"""A photo, from the seller's upload to the finished pictures.

The router, the thumbnailer and the recorder each write only their own part of a photo, so their order does
not matter. The status is computed from the parts, so it cannot contradict them.
"""

from datetime import datetime
from enum import StrEnum

from pydantic import Field, FiniteFloat

from limner.looks import FrozenModel, Looks
from limner.orders import BatchId, ExternalId, Metadata, Tags
from limner.renditions import DominantColour, Renditions, ThumbHash
from limner.report import PerceptualHash, StyledPicture
from limner.tenancy import PhotoId, PhotoKey, TenantId


class PhotoStatus(StrEnum):
    """AWAITING_UPLOAD until the file is uploaded; the other names are those of Shopify's `MediaStatus`."""

    AWAITING_UPLOAD = "AWAITING_UPLOAD"
    UPLOADED = "UPLOADED"
    PROCESSING = "PROCESSING"
    READY = "READY"
    FAILED = "FAILED"


FINAL_STATUSES = frozenset({PhotoStatus.READY, PhotoStatus.FAILED})


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
    """The photo without a style, upright and in sRGB, in the widths and formats that web pages use. Those of
    older releases lack dominant colour and placeholder."""

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
    lease_until: int
    output_location: str | None = None
    failure_location: str | None = None
    submitted_at: datetime | None = None


class Results(FrozenModel):
    sequencer: str
    pictures: tuple[StyledPicture, ...]
    model: str
    timings: dict[str, FiniteFloat]
    finished_at: datetime


class Retried(FrozenModel):
    """How often the sweeper has resent this upload's event."""

    sequencer: str
    count: int


class InFlight(FrozenModel):
    """The photo is counted among its tenant's jobs in flight: once, in the row `counter` of the usage table.
    A new upload takes the place over; the write that makes the photo final removes it."""

    job_id: str
    counter: str


class Failure(FrozenModel):
    sequencer: str
    code: str
    message: str
    at: datetime


Part = StylizeJob | Variants | Results | Retried | Failure
_PART_FIELDS = ("job", "variants", "results", "retried", "failure")


class Photo(FrozenModel):
    photo_id: PhotoId
    tenant: TenantId
    filename: str
    looks: Looks = Field(min_length=1)
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
    job: StylizeJob | None = None
    variants: Variants | None = None
    results: Results | None = None
    retried: Retried | None = None
    failure: Failure | None = None
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
        """This photo with the parts of its newest upload only."""
        return self.model_copy(
            update={name: None for name in _PART_FIELDS if not self._is_current(getattr(self, name))}
        )

    @property
    def earlier_parts(self) -> tuple[Variants, Results] | None:
        """Variants and results of one earlier upload, if the row has both and the newest upload neither."""
        newest, variants, results = self.newest, self.variants, self.results
        if newest.variants or newest.results or variants is None or results is None:
            return None
        return (variants, results) if variants.sequencer == results.sequencer else None

    def _is_current(self, part: Part | None) -> bool:
        newest = self.source.sequencer if self.source else NO_UPLOAD
        return part is not None and part.sequencer == newest

    @property
    def status(self) -> PhotoStatus:
        if self._is_current(self.failure):
            return PhotoStatus.FAILED
        if self.source is None:
            return PhotoStatus.AWAITING_UPLOAD
        if self._is_current(self.results) and self._is_current(self.variants):
            return PhotoStatus.READY
        submitted = self._is_current(self.job) and self.job is not None and self.job.submitted_at
        return PhotoStatus.PROCESSING if submitted else PhotoStatus.UPLOADED
