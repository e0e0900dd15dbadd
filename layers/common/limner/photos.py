"""A photo, from the seller's upload to the finished pictures.

The router, the thumbnailer and the recorder each own one part of a photo and write only that part, so
their order does not matter; the status is derived from the parts and can never disagree with them.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StringConstraints, model_validator

StyleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
PhotoId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]

MAX_LOOKS = 8
MAX_STYLES_IN_A_LOOK = 4


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PhotoStatus(StrEnum):
    """AWAITING_UPLOAD until the file arrives; then the words storefronts know from Shopify's media."""

    AWAITING_UPLOAD = "AWAITING_UPLOAD"
    UPLOADED = "UPLOADED"
    PROCESSING = "PROCESSING"
    READY = "READY"
    FAILED = "FAILED"


SETTLED = frozenset({PhotoStatus.READY, PhotoStatus.FAILED})


class Look(Frozen):
    """One picture to make: a weighted mix of styles (weights > 0) at a strength in [0, 1]; 0 is the photo."""

    styles: dict[StyleId, Annotated[float, Field(gt=0, le=1)]] = Field(
        min_length=1, max_length=MAX_STYLES_IN_A_LOOK
    )
    strength: float = Field(default=1, ge=0, le=1)

    @property
    def slug(self) -> str:
        """ASCII name, the same for the same look: `oil-70.watercolour-30.s80`."""
        mix = ".".join(f"{style}-{weight:.0%}".rstrip("%") for style, weight in sorted(self.shares.items()))
        return f"{mix}.s{self.strength:.0%}".rstrip("%")

    @property
    def shares(self) -> dict[str, float]:
        """The weights scaled to sum to 1."""
        total = sum(self.styles.values())
        return {style: weight / total for style, weight in self.styles.items()}


class Source(Frozen):
    """The uploaded object this photo stands for; `sequencer` orders uploads of one key."""

    bucket: str
    key: str
    sequencer: str
    bytes: int = Field(ge=0)
    version_id: str | None = None
    etag: str | None = None


class Rendition(Frozen):
    """One encoded picture in the results bucket; sizes in pixels and bytes."""

    key: str
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    bytes: int = Field(gt=0)
    content_type: str


class Variants(Frozen):
    """The upload itself, upright and in sRGB, at the widths and formats a page asks for."""

    sequencer: str
    renditions: tuple[Rendition, ...]
    seconds: float = Field(ge=0)


class StyledPicture(Frozen):
    look: Look
    renditions: tuple[Rendition, ...] = Field(min_length=1)
    metrics: dict[str, FiniteFloat]


class StylizeJob(Frozen):
    """One paid invocation of the endpoint for one upload. The lease (Unix seconds) keeps a second worker
    from paying for it too; the locations are the endpoint's answer."""

    job_id: str
    sequencer: str
    lease_until: int
    output_location: str | None = None
    failure_location: str | None = None
    submitted_at: datetime | None = None


class Results(Frozen):
    sequencer: str
    pictures: tuple[StyledPicture, ...]
    model: str
    timings: dict[str, FiniteFloat]
    finished_at: datetime


class Retried(Frozen):
    """How often the sweeper has sent this upload round again."""

    sequencer: str
    count: int


class Failure(Frozen):
    sequencer: str
    code: str
    message: str
    at: datetime


Part = StylizeJob | Variants | Results | Retried | Failure
_PARTS = ("job", "variants", "results", "retried", "failure")


class Photo(Frozen):
    photo_id: PhotoId
    shop: str
    filename: str
    looks: tuple[Look, ...] = Field(min_length=1, max_length=MAX_LOOKS)
    created_at: datetime
    source: Source | None = None
    job: StylizeJob | None = None
    variants: Variants | None = None
    results: Results | None = None
    retried: Retried | None = None
    failure: Failure | None = None
    due_at: int | None = None
    """Unix seconds: when the sweeper looks at a photo that is not settled by then; none once it is."""

    @model_validator(mode="after")
    def _looks_are_distinct(self) -> Self:
        slugs = [look.slug for look in self.looks]
        if len(set(slugs)) != len(slugs):
            raise ValueError(f"the same look is asked for twice: {', '.join(slugs)}")
        return self

    @property
    def newest(self) -> "Photo":
        """This photo with the parts of its newest upload only."""
        return self.model_copy(
            update={name: None for name in _PARTS if not self._is_current(getattr(self, name))}
        )

    def _is_current(self, part: Part | None) -> bool:
        return part is not None and self.source is not None and part.sequencer == self.source.sequencer

    @property
    def status(self) -> PhotoStatus:
        if self.source is None:
            return PhotoStatus.AWAITING_UPLOAD
        if self._is_current(self.failure):
            return PhotoStatus.FAILED
        if self._is_current(self.results) and self._is_current(self.variants):
            return PhotoStatus.READY
        submitted = self._is_current(self.job) and self.job is not None and self.job.submitted_at
        return PhotoStatus.PROCESSING if submitted else PhotoStatus.UPLOADED
