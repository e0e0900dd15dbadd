"""What the stylizer reports of a picture it made: sizes, metrics, gates and verdict, explanation."""

import math
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, FiniteFloat, StringConstraints

from limner.looks import MAX_STYLES_IN_A_LOOK, FrozenModel, Look, Share, StyleId, renamed

FORMER_NAMES = {"ground": "background", "white_ground": "white_background"}
"""Gates and metrics as the first release named them, read until the next one."""


def _finite(value: object) -> object:
    return value if not isinstance(value, float) or math.isfinite(value) else None


def _rounded(value: object) -> object:
    return round(value, 6) if isinstance(value, float) and math.isfinite(value) else value


def _todays_name(name: object) -> object:
    return FORMER_NAMES.get(name, name) if isinstance(name, str) else name


def _todays_names(metrics: object) -> object:
    return renamed(metrics, FORMER_NAMES) if isinstance(metrics, Mapping) else metrics


Figure = Annotated[FiniteFloat, BeforeValidator(_rounded)]
Portion = Annotated[Share, BeforeValidator(_rounded)]
Measured = Annotated[Figure | None, BeforeValidator(_finite)]
"""None where the picture was too broken to measure."""
GateName = Annotated[str, BeforeValidator(_todays_name), StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")]
Metrics = Annotated[dict[str, FiniteFloat], BeforeValidator(_todays_names)]
Sentence = Annotated[str, StringConstraints(max_length=500)]
ENGINE = "engine"
"""In place of a gate: the picture could not be painted at all."""


class Rendition(FrozenModel):
    """One encoded picture in the results bucket; sizes in pixels and bytes."""

    key: str
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    bytes: int = Field(gt=0)
    content_type: str


class Gate(FrozenModel):
    """One check of the finished picture; `value` met `limit` or did not."""

    name: GateName
    value: Measured = None
    limit: Measured = None
    passed: bool


class Verdict(FrozenModel):
    """`strength` is what the picture was made at; it is lowered, or the photo is given instead, until every
    gate passes. `refused_by` are the gates that refused what was asked for, or ENGINE."""

    outcome: Literal["passed", "lowered", "fallback"]
    strength: Portion
    refused_by: tuple[GateName, ...] = Field(default=(), max_length=16)
    gates: tuple[Gate, ...] = Field(default=(), max_length=16)


class RegionsFound(FrozenModel):
    """Where no product was `found` the whole photo is protected as one; shares are of the photo's area."""

    found: bool
    confidence: Portion
    product_share: Portion
    text_share: Portion


class Step(FrozenModel):
    """What was done to lift the photo; `note` says it in words."""

    name: GateName | StyleId
    amount: Figure
    note: Sentence


class Choice(FrozenModel):
    """What `auto` came to, and why."""

    look: Look
    reasons: tuple[Sentence, ...] = Field(max_length=16)


class Trial(FrozenModel):
    """The look at one strength, and what the gates measured there."""

    strength: Portion
    gates: dict[GateName, Measured] = Field(max_length=16)
    passed: bool


class Explanation(FrozenModel):
    """Where the picture comes from. The shares of `levels`, of `styles` and of `difference`
    sum to 1 each, or are 0 where nothing has changed."""

    levels: dict[str, Figure] = Field(max_length=8)
    styles: dict[str, Figure] = Field(max_length=MAX_STYLES_IN_A_LOOK)
    difference: dict[str, Figure] = Field(max_length=8)
    strip: tuple[Trial, ...] = Field(default=(), max_length=11)
    words: str = Field(max_length=4000)


class StyledPicture(FrozenModel):
    """`exhibits` are small pictures that go with the explanation, by name. Reports of older models have none
    of the optional parts."""

    look: Look
    renditions: tuple[Rendition, ...] = Field(min_length=1)
    metrics: Metrics
    verdict: Verdict | None = None
    regions: RegionsFound | None = None
    steps: tuple[Step, ...] = Field(default=(), max_length=16)
    chosen: Choice | None = None
    explanation: Explanation | None = None
    exhibits: dict[GateName | StyleId, Rendition] = Field(default={}, max_length=8)
