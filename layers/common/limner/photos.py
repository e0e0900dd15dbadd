"""A photo, from the seller's upload to the finished pictures.

The router, the thumbnailer and the recorder each own one part of a photo and write only that part, so
their order does not matter; the status is derived from the parts and can never disagree with them.
"""

import math
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

StyleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
PhotoId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]

MAX_LOOKS = 8
MAX_STYLES_IN_A_LOOK = 4
AUTO, BEAUTIFY, GRADE = "auto", "beautify", "grade-"
"""Style ids with a meaning of their own: the stylizer chooses; the lifted photo; how grades begin."""

Share = Annotated[float, Field(ge=0, le=1)]


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


class Protection(StrEnum):
    """What of the product a style may touch."""

    OFF = "off"
    SOFT = "soft"
    STRICT = "strict"
    BACKGROUND_ONLY = "background-only"
    PRODUCT_ONLY = "product-only"


class Levels(Frozen):
    """The style's share at each level."""

    colour: Share = 1
    stroke: Share = 1
    motif: Share = 1


class Look(Frozen):
    """One picture to make: a weighted mix of styles (weights > 0) at a strength in [0, 1]; 0 is the photo,
    lifted first where `beautify` is set. `auto`, `beautify` and the grades stand alone."""

    styles: dict[StyleId, Annotated[float, Field(gt=0, le=1)]] = Field(
        min_length=1, max_length=MAX_STYLES_IN_A_LOOK
    )
    strength: Share = 1
    protection: Protection = Protection.SOFT
    levels: Levels = Levels()
    beautify: bool = True

    @model_validator(mode="after")
    def _some_styles_stand_alone(self) -> Self:
        alone = [style for style in self.styles if stands_alone(style)]
        if alone and len(self.styles) > 1:
            raise PydanticCustomError("style_stands_alone", "{style} cannot be mixed", {"style": alone[0]})
        return self

    @property
    def slug(self) -> str:
        """ASCII name, the same for the same look: `oil-70.watercolour-30.s80`, then what is unusual."""
        mix = ".".join(f"{style}-{_percent(weight)}" for style, weight in sorted(self.shares.items()))
        return ".".join([mix, f"s{_percent(self.strength)}", *self._unusual()])

    def _unusual(self) -> list[str]:
        levels = "-".join(_percent(share) for share in self.levels.model_dump().values())
        given = {
            self.protection.value: self.protection != Protection.SOFT,
            f"levels-{levels}": self.levels != Levels(),
            "as-is": not self.beautify,
        }
        return [name for name, differs in given.items() if differs]

    @property
    def shares(self) -> dict[str, float]:
        """The weights scaled to sum to 1."""
        total = sum(self.styles.values())
        return {style: weight / total for style, weight in self.styles.items()}


def stands_alone(style: str) -> bool:
    return style in {AUTO, BEAUTIFY} or style.startswith(GRADE)


def _percent(share: float) -> str:
    return f"{share:.0%}".rstrip("%")


def _distinct(looks: tuple[Look, ...]) -> tuple[Look, ...]:
    slugs = [look.slug for look in looks]
    if len(set(slugs)) != len(slugs):
        names = {"names": ", ".join(slugs)}
        raise PydanticCustomError("same_look_twice", "the same look is asked for twice: {names}", names)
    return looks


Looks = Annotated[tuple[Look, ...], Field(max_length=MAX_LOOKS), AfterValidator(_distinct)]


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


# ── What the stylizer says of a picture it made ──────────────────────────────────────────────────────


def _finite(value: object) -> object:
    return value if not isinstance(value, float) or math.isfinite(value) else None


def _rounded(value: object) -> object:
    return round(value, 6) if isinstance(value, float) and math.isfinite(value) else value


Figure = Annotated[FiniteFloat, BeforeValidator(_rounded)]
Portion = Annotated[Share, BeforeValidator(_rounded)]
Measured = Annotated[Figure | None, BeforeValidator(_finite)]
"""None where the picture was too broken to measure."""
GateName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")]
Sentence = Annotated[str, StringConstraints(max_length=500)]


class Gate(Frozen):
    """One check of the finished picture; `value` met `limit` or did not."""

    name: GateName
    value: Measured = None
    limit: Measured = None
    passed: bool


ENGINE = "engine"
"""In place of a gate: the picture could not be painted at all."""


class Verdict(Frozen):
    """`strength` is what the picture was made at; it is lowered, or the photo is given instead, until every
    gate passes. `refused_by` are the gates that refused what was asked for, or ENGINE."""

    outcome: Literal["passed", "lowered", "fallback"]
    strength: Portion
    refused_by: tuple[GateName, ...] = Field(default=(), max_length=16)
    gates: tuple[Gate, ...] = Field(default=(), max_length=16)


class RegionsFound(Frozen):
    """Where no product was `found` the whole photo is protected as one; shares are of the photo's area."""

    found: bool
    confidence: Portion
    product_share: Portion
    text_share: Portion


class Step(Frozen):
    """What was done to lift the photo; `note` says it in words."""

    name: GateName | StyleId
    amount: Figure
    note: Sentence


class Choice(Frozen):
    """What `auto` came to, and why."""

    look: Look
    reasons: tuple[Sentence, ...] = Field(max_length=16)


class Trial(Frozen):
    """The look at one strength, and what the gates measured there."""

    strength: Portion
    gates: dict[GateName, Measured] = Field(max_length=16)
    passed: bool


class Explanation(Frozen):
    """Where the picture comes from. The shares of `levels`, of `styles` and of `difference`
    sum to 1 each, or are 0 where nothing has changed."""

    levels: dict[str, Figure] = Field(max_length=8)
    styles: dict[str, Figure] = Field(max_length=MAX_STYLES_IN_A_LOOK)
    difference: dict[str, Figure] = Field(max_length=8)
    strip: tuple[Trial, ...] = Field(default=(), max_length=11)
    words: str = Field(max_length=4000)


class StyledPicture(Frozen):
    """`exhibits` are small pictures that go with the explanation, by name. Reports of older models have none
    of the optional parts."""

    look: Look
    renditions: tuple[Rendition, ...] = Field(min_length=1)
    metrics: dict[str, FiniteFloat]
    verdict: Verdict | None = None
    regions: RegionsFound | None = None
    steps: tuple[Step, ...] = Field(default=(), max_length=16)
    chosen: Choice | None = None
    explanation: Explanation | None = None
    exhibits: dict[GateName | StyleId, Rendition] = Field(default={}, max_length=8)


# ── A photo and its parts ────────────────────────────────────────────────────────────────────────────


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
    looks: Looks = Field(min_length=1)
    created_at: datetime
    source: Source | None = None
    job: StylizeJob | None = None
    variants: Variants | None = None
    results: Results | None = None
    retried: Retried | None = None
    failure: Failure | None = None
    due_at: int | None = None
    """Unix seconds: when the sweeper looks at a photo that is not settled by then; none once it is."""

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
