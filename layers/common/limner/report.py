"""The stylizer's report on a picture: sizes, metrics, gates and verdict, explanation."""

import json
import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    FiniteFloat,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    StringConstraints,
)
from pydantic.functional_serializers import WrapSerializer
from pydantic_core import from_json

from limner.looks import MAX_STYLES_IN_A_LOOK, FrozenModel, Look, Share, StyleId, renamed
from limner.renditions import DominantColour, Rendition, Renditions, ThumbHash, is_for_row

FORMER_GATE_NAMES = {"ground": "background", "white_ground": "white_background"}
"""Gate and metric names of the first release → names today. Accepted until the next release."""


def _none_unless_finite(value: object) -> object:
    return value if not isinstance(value, float) or math.isfinite(value) else None


def _rounded(value: object) -> object:
    """Six decimals: keeps rows small, and a share of 1.0000001 valid."""
    return round(value, 6) if isinstance(value, float) and math.isfinite(value) else value


def _current_name(name: object) -> object:
    return FORMER_GATE_NAMES.get(name, name) if isinstance(name, str) else name


def _current_names(metrics: object) -> object:
    return renamed(metrics, FORMER_GATE_NAMES) if isinstance(metrics, Mapping) else metrics


Number = Annotated[FiniteFloat, BeforeValidator(_rounded)]
Portion = Annotated[Share, BeforeValidator(_rounded)]
Measured = Annotated[Number | None, BeforeValidator(_none_unless_finite)]
"""None where the value could not be computed, such as for a picture with NaN pixels."""
GateName = Annotated[str, BeforeValidator(_current_name), StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")]
Metrics = Annotated[dict[str, FiniteFloat], BeforeValidator(_current_names)]
PerceptualHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
"""64 bits in hexadecimal."""
Sentence = Annotated[str, StringConstraints(max_length=500)]
ROW_TEXT_MAX_CHARACTERS = 140
"""Of a note or reason in a photo's row; the longest that the engine writes has about a hundred."""
ENGINE = "engine"
"""The entry in `refused_by` for an error of the engine, instead of a gate."""


class Gate(FrozenModel):
    """One check of the finished picture: `value` against `limit`."""

    name: GateName
    value: Measured = None
    limit: Measured = None
    passed: bool


class Verdict(FrozenModel):
    """`strength` is that of the published picture: lowered until every gate passes, or 0 for the photo
    without a style. `refused_by` are the gates that failed at the ordered strength, or ENGINE."""

    outcome: Literal["passed", "lowered", "fallback"]
    strength: Portion
    refused_by: tuple[GateName, ...] = Field(default=(), max_length=16)
    gates: tuple[Gate, ...] = Field(default=(), max_length=16)


class RegionsFound(FrozenModel):
    """Without a `found` product the whole photo counts as product. Shares are of the photo's area."""

    found: bool
    confidence: Portion
    product_share: Portion
    text_share: Portion


class Step(FrozenModel):
    """One enhancement of the photo; `note` describes it in words."""

    name: GateName | StyleId
    amount: Number
    note: Sentence


class Choice(FrozenModel):
    """The look that `auto` chose, and the reasons."""

    look: Look
    reasons: tuple[Sentence, ...] = Field(max_length=16)


class Trial(FrozenModel):
    """The look at one strength, and the gates' values there."""

    strength: Portion
    gates: dict[GateName, Measured] = Field(max_length=16)
    passed: bool


class Explanation(FrozenModel):
    """What the picture's change consists of. The shares of `levels`, of `styles` and of `difference`
    sum to 1 each, or are all 0 where nothing has changed."""

    levels: dict[str, Number] = Field(max_length=8)
    styles: dict[str, Number] = Field(max_length=MAX_STYLES_IN_A_LOOK)
    difference: dict[str, Number] = Field(max_length=8)
    strip: tuple[Trial, ...] = Field(default=(), max_length=11)
    words: str = Field(max_length=4000)


class StyledPicture(FrozenModel):
    """`exhibits` are small pictures that illustrate the explanation, by name. `hash` is the picture's
    perceptual hash; `placeholder` is shown until it is loaded. Reports of older releases lack the optional
    parts."""

    look: Look
    renditions: Renditions = Field(min_length=1)
    metrics: Metrics
    verdict: Verdict | None = None
    regions: RegionsFound | None = None
    steps: tuple[Step, ...] = Field(default=(), max_length=16)
    chosen: Choice | None = None
    explanation: Explanation | None = None
    exhibits: dict[GateName | StyleId, Rendition] = Field(default={}, max_length=8)
    hash: PerceptualHash | None = None
    is_signed: bool | None = None
    dominant_colour: DominantColour | None = None
    placeholder: ThumbHash | None = None

    @property
    def without_explanation(self) -> "StyledPicture":
        """What a photo's row keeps. The explanation, most of a report's bytes, is read from the report. Texts
        are shortened so that 24 pictures fit into a row whatever they say."""
        steps = tuple(step.model_copy(update={"note": _shortened(step.note)}) for step in self.steps)
        chosen = self.chosen and self.chosen.model_copy(
            update={"reasons": tuple(_shortened(reason) for reason in self.chosen.reasons)}
        )
        return self.model_copy(update={"explanation": None, "exhibits": {}, "steps": steps, "chosen": chosen})


def pictures_of_row(value: Any) -> Any:
    """What a row has of its pictures, to be validated: one JSON text, or a list in rows of earlier releases.
    Raises ValueError."""
    return from_json(value) if isinstance(value, str) else value


def _text_for_row(
    pictures: tuple[StyledPicture, ...], whole: SerializerFunctionWrapHandler, info: SerializationInfo
) -> object:
    """The AWS SDK takes about 5 µs for each value of an item; pictures have hundreds, a text is one."""
    values = whole(pictures)
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")) if is_for_row(info) else values


StyledPictures = Annotated[
    tuple[StyledPicture, ...], BeforeValidator(pictures_of_row), WrapSerializer(_text_for_row)
]


def _shortened(text: str) -> str:
    is_short = len(text) <= ROW_TEXT_MAX_CHARACTERS
    return text if is_short else text[: ROW_TEXT_MAX_CHARACTERS - 1] + "…"
