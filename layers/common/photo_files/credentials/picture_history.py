"""The actions of a picture's Content Credentials: how it was made of an upload, in C2PA's words.

Parameters of our own begin with `limner.`. No picture is `c2pa.created`: each is made of a photo.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from photo_files.credentials.content_credentials import Action
from photo_files.metadata.provenance import ENHANCED
from photo_files.variants import Encoded


class Step(Protocol):
    """One enhancement that was applied."""

    @property
    def name(self) -> str: ...
    @property
    def amount(self) -> float: ...


def converted(picture: Encoded, photo_width: int) -> tuple[Action, ...]:
    """The photo upright, in sRGB and in the picture's format; resized unless it has the photo's width."""
    return (
        Action("c2pa.converted", {"limner.colour_space": "sRGB", "limner.format": picture.content_type}),
        *resized(picture, photo_width),
    )


def resized(picture: Encoded, width_before: int) -> Iterator[Action]:
    if picture.width != width_before:
        yield Action("c2pa.resized", {"limner.width_px": picture.width, "limner.height_px": picture.height})


def enhanced(steps: Sequence[Step]) -> Iterator[Action]:
    """One action for all steps; none without a step."""
    if steps:
        amounts = {step.name: round(float(step.amount), 3) for step in steps}
        yield Action("c2pa.enhanced", {"limner.steps": amounts}, ENHANCED)


def styled(
    styles: Mapping[str, float],
    *,
    strength: float,
    ordered_strength: float,
    protection: str,
    model: str,
    source_type: str,
) -> Action:
    """Painted in styles, or colour graded. `strength` is that of the picture, at most what was ordered."""
    parameters: dict[str, Any] = {
        "limner.styles": {style: round(float(weight), 3) for style, weight in styles.items()},
        "limner.strength": round(strength, 3),
        "limner.ordered_strength": round(ordered_strength, 3),
        "limner.protection": protection,
        "limner.model": model,
    }
    return Action("c2pa.edited", parameters, source_type)
