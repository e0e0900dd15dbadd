"""What is learned about looks: arms, in the words of bandits.

A shop has as many looks as it orders, and most differ little. An arm is a look's main style with its strength
in tenths: looks of one arm share what is learned.
"""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from limner.catalogue import catalogue
from limner.looks import Look, is_own
from limner.report import StyledPicture

OWN_FAMILY = "own"
PHOTO_FAMILY = "photo"
"""Of pictures whose style the gates refused: they are the photo."""


class Arm(NamedTuple):
    """`name` such as `oil@8`, `family` such as `painting`."""

    name: str
    family: str


PHOTO_ARM = Arm("photo@0", PHOTO_FAMILY)


def arm_of(picture: StyledPicture) -> Arm:
    """By what was painted: `auto`'s choice, and the strength that the gates let through."""
    verdict = picture.verdict
    if verdict and verdict.outcome == "fallback":
        return PHOTO_ARM
    look = picture.chosen.look if picture.chosen else picture.look
    return arm_of_look(look, verdict.strength if verdict else look.strength)


def looks_by_arm(pictures: Iterable[StyledPicture]) -> dict[Arm, StyledPicture]:
    """The first picture of each arm, in the order of `pictures`: a propensity is that of an arm, so only one
    of its looks may be shown."""
    looks: dict[Arm, StyledPicture] = {}
    for picture in pictures:
        looks.setdefault(arm_of(picture), picture)
    return looks


def arm_of_look(look: Look, strength: float) -> Arm:
    style = max(sorted(look.shares), key=lambda each: look.shares[each])
    return Arm(f"{style}@{round(strength * 10)}", family_of(style))


def family_of(style: str) -> str:
    """The catalogue's, or that of own styles, or the style itself where a later release has removed it."""
    return OWN_FAMILY if is_own(style) else _families().get(style, style)


@cache
def _families() -> dict[str, str]:
    return {style.id: style.family for style in catalogue().offered}
