"""Looks: how a photo is styled. Styles by weight, strength, levels and the protection of the product."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .errors import InvalidLook

AUTO: Final = "auto"  # rules choose the look
ENHANCE: Final = "enhance"  # the enhanced photo without a style
PRESET_PREFIX: Final = "grade-"  # of the ids of grading presets


class Protection(StrEnum):
    """How far a style may change the product; a plain background stays clean in every mode."""

    OFF = "off"
    SOFT = "soft"
    STRICT = "strict"
    BACKGROUND_ONLY = "background-only"
    PRODUCT_ONLY = "product-only"


@dataclass(frozen=True)
class Levels:
    """Shares, 0..1, of the style's colours and tones, its strokes and textures, and its redrawn forms."""

    colour: float = 1.0
    stroke: float = 1.0
    motif: float = 1.0

    def __post_init__(self) -> None:
        for name, share in vars(self).items():
            if not 0 <= share <= 1:
                raise InvalidLook(f"level {name!r} is {share}; allowed: 0 to 1")


@dataclass(frozen=True)
class Look:
    """Weights above 0 by style id, and a strength, 0..1 (0: the photo, enhanced first if `enhance`)."""

    styles: Mapping[str, float]
    strength: float = 1.0
    protection: Protection = Protection.OFF
    levels: Levels = Levels()
    enhance: bool = False

    def __post_init__(self) -> None:
        if not self.styles:
            raise InvalidLook("a look needs at least one style")
        for name, weight in self.styles.items():
            if not (math.isfinite(weight) and weight > 0):
                raise InvalidLook(f"weight of {name!r} is {weight}; allowed: above 0")
        if not 0 <= self.strength <= 1:
            raise InvalidLook(f"strength is {self.strength}; allowed: 0 to 1")
        alone = [name for name in self.styles if stands_alone(name)]
        if alone and len(self.styles) > 1:
            raise InvalidLook(f"{alone[0]!r} is mixed with other styles; allowed: on its own")
        total = sum(self.styles.values())
        object.__setattr__(self, "styles", {name: w / total for name, w in self.styles.items()})
        object.__setattr__(self, "protection", Protection(self.protection))

    @classmethod
    def of(cls, style: str | Mapping[str, float], strength: float = 1.0) -> "Look":
        """A look of one style, given by its id, or of a mix."""
        return cls({style: 1.0} if isinstance(style, str) else style, strength)

    @property
    def only(self) -> str | None:
        """The id of the look's single style; None for a mix."""
        return next(iter(self.styles)) if len(self.styles) == 1 else None

    @property
    def is_enhanced(self) -> bool:
        """Whether it starts from the enhanced photo."""
        return self.enhance or self.only == ENHANCE


def stands_alone(style: str) -> bool:
    """Whether a style cannot be mixed with others."""
    return style in {AUTO, ENHANCE} or style.startswith(PRESET_PREFIX)


def parse_mix(text: str) -> dict[str, float]:
    """`oil=0.7,ukiyo-e=0.3` → weights by id; the default weight is 1."""
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, _, weight = part.strip().partition("=")
        try:
            weights[name] = float(weight or 1)
        except ValueError:
            raise InvalidLook(f"weight of {name!r} is {weight!r}; allowed: a number above 0") from None
    return dict(Look(weights).styles)


def parse_levels(text: str) -> Levels:
    """`1,0.5,1` → shares of colour, stroke, motif."""
    try:
        colour, stroke, motif = (float(share) for share in text.split(","))
    except ValueError:
        raise InvalidLook(f"levels are {text!r}; allowed: three numbers, such as 1,0.5,1") from None
    return Levels(colour, stroke, motif)
