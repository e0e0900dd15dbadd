"""Looks: the pictures to make of a photo. Styles by weight, strength, levels, protection, enhancement."""

import re
from collections.abc import Iterator, Mapping, Sequence, Sized
from enum import StrEnum
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from limner.json_types import JsonBoolean, JsonNumber

StyleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
MAX_LOOKS = 8
"""Of one order, and of one ticket."""
MAX_PICTURES = 24
"""Of one photo, of all its orders together."""
MAX_STYLES_IN_A_LOOK = 4
AUTO, ENHANCE, GRADE = "auto", "enhance", "grade-"
"""Reserved style ids: the stylizer chooses the look; the photo is only enhanced; prefix of colour grades."""
OWN_STYLE_PATTERN = r"own-[0-9a-f]{12}"
"""Of the id of a style that a tenant had learned (limner.own_styles)."""
Share = Annotated[JsonNumber, Field(ge=0, le=1)]
FORMER_LOOK_NAMES = {"beautify": "enhance"}
"""Field and style names of the first release → names today. Accepted until the next release."""


class FrozenModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Protection(StrEnum):
    """Which part of the photo a style may change, and how much."""

    OFF = "off"
    SOFT = "soft"
    STRICT = "strict"
    BACKGROUND_ONLY = "background-only"
    PRODUCT_ONLY = "product-only"


class Levels(FrozenModel):
    """The style's share at each level."""

    colour: Share = 1
    stroke: Share = 1
    motif: Share = 1


def at_most(maximum: int) -> BeforeValidator:
    """Refuse longer collections before their items are validated, which would give an error for each item."""

    def check(value: object) -> object:
        if isinstance(value, Sized) and len(value) > maximum:
            context = {"max_length": maximum, "actual_length": len(value)}
            raise PydanticCustomError(
                "too_long", "at most {max_length} items are allowed, not {actual_length}", context
            )
        return value

    return BeforeValidator(check)


class Look(FrozenModel):
    """One picture to make: a weighted mix of styles (weights > 0) at a strength in [0, 1]; 0 is the photo.

    With `enhance`, light, colour and noise of the photo are corrected first. The styles `auto`, `enhance`
    and `grade-…` cannot be mixed with others. Former names (`beautify`) are accepted.
    """

    styles: Annotated[
        dict[StyleId, Annotated[JsonNumber, Field(gt=0, le=1)]],
        Field(min_length=1, max_length=MAX_STYLES_IN_A_LOOK),
        at_most(MAX_STYLES_IN_A_LOOK),
    ]
    strength: Share = 1
    protection: Protection = Protection.SOFT
    levels: Levels = Levels()
    enhance: JsonBoolean = True

    @model_validator(mode="before")
    @classmethod
    def _accept_former_names(cls, data: object) -> object:
        return renamed(data, FORMER_LOOK_NAMES) | _renamed_styles(data) if isinstance(data, Mapping) else data

    @model_validator(mode="after")
    def _refuse_mixes_with_reserved_styles(self) -> Self:
        reserved = [style for style in self.styles if stands_alone(style)]
        if reserved and len(self.styles) > 1:
            raise PydanticCustomError("style_stands_alone", "{style} cannot be mixed", {"style": reserved[0]})
        return self

    @property
    def slug(self) -> str:
        """ASCII name, equal for equal looks: `oil-70.watercolour-30.s80`, then the non-default options."""
        mix = ".".join(f"{style}-{_percent(weight)}" for style, weight in sorted(self.shares.items()))
        return ".".join([mix, f"s{_percent(self.strength)}", *self._non_default_options()])

    def _non_default_options(self) -> list[str]:
        levels = "-".join(_percent(share) for share in self.levels.model_dump().values())
        is_non_default = {
            self.protection.value: self.protection != Protection.SOFT,
            f"levels-{levels}": self.levels != Levels(),
            "as-is": not self.enhance,
        }
        return [name for name, non_default in is_non_default.items() if non_default]

    @property
    def shares(self) -> dict[str, float]:
        """The weights scaled to sum to 1."""
        total = sum(self.styles.values())
        return {style: weight / total for style, weight in self.styles.items()}


def renamed(data: Mapping[str, object], names: Mapping[str, str]) -> dict[str, object]:
    """Replace former keys by `names`; where both forms are given, both stay and validation refuses them."""
    return {name if names.get(name, name) in data else names.get(name, name): data[name] for name in data}


def _renamed_styles(data: Mapping[str, object]) -> dict[str, object]:
    styles = data.get("styles")
    return {"styles": renamed(styles, FORMER_LOOK_NAMES)} if isinstance(styles, Mapping) else {}


def stands_alone(style: str) -> bool:
    """Whether the style id is no trained style, so that it cannot be mixed with others."""
    return style in {AUTO, ENHANCE} or style.startswith(GRADE)


def _percent(share: float) -> str:
    return f"{share:.0%}".rstrip("%")


def _refuse_duplicates(looks: tuple[Look, ...]) -> tuple[Look, ...]:
    slugs = [look.slug for look in looks]
    if len(set(slugs)) != len(slugs):
        names = {"names": ", ".join(slugs)}
        raise PydanticCustomError("same_look_twice", "the same look is given twice: {names}", names)
    return looks


Looks = Annotated[
    tuple[Look, ...], Field(max_length=MAX_LOOKS), at_most(MAX_LOOKS), AfterValidator(_refuse_duplicates)
]

PhotoLooks = Annotated[
    tuple[Look, ...],
    Field(max_length=MAX_PICTURES),
    at_most(MAX_PICTURES),
    AfterValidator(_refuse_duplicates),
]
"""All looks of a photo, in the order in which they were ordered."""

LEAST_STYLE_SHARE = 0.001
"""Of a style, strength or level, unless it is 0: less changes no 8-bit value of a picture."""


def _refuse_tiny_shares(looks: tuple[Look, ...]) -> tuple[Look, ...]:
    for number, look in enumerate(looks):
        for name, share in _shares_of(look):
            _refuse_tiny(share, f"{name} of look {number}")
    return looks


def _shares_of(look: Look) -> Iterator[tuple[str, float]]:
    yield from ((f"styles/{style}", weight) for style, weight in look.styles.items())
    yield "strength", look.strength
    yield from ((f"levels/{level}", share) for level, share in look.levels.model_dump().items())


def _refuse_tiny(share: float, name: str = "the share") -> float:
    if 0 < share < LEAST_STYLE_SHARE:
        context = {"name": name, "minimum": LEAST_STYLE_SHARE}
        raise PydanticCustomError("share_too_small", "{name} is not 0 and below {minimum}", context)
    return share


OrderedShare = Annotated[Share, AfterValidator(_refuse_tiny)]
OrderedLooks = Annotated[Looks, AfterValidator(_refuse_tiny_shares)]
"""Rows and messages of earlier releases may have smaller shares, so only new orders and settings of tenants
are checked."""


def is_own(style_id: str) -> bool:
    return re.fullmatch(OWN_STYLE_PATTERN, style_id) is not None


def own_styles_in(looks: Sequence[Look]) -> list[str]:
    """The ids of own styles that the looks use, each once."""
    return sorted({style for look in looks for style in look.styles if is_own(style)})
