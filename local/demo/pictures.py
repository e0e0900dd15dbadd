"""Fetch the results over the API's links and keep them beside the gallery."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.client.sent import Sent
from local.client.shop import Shop

SHOWN_LONG_SIDE = 1280
ENHANCED, CHOSEN = "enhance", "auto"
_SUFFIX = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/avif": "avif"}
_SHOWN_EVERYWHERE = {"image/jpeg", "image/png", "image/webp"}

Rendition = Mapping[str, Any]


@dataclass(frozen=True)
class Styled:
    """`shown` is small enough for a page, `full` the size of the photo; both relative to the gallery.
    Styles, strength and protection are those of the picture shown, whatever was asked for."""

    name: str
    styles: Mapping[str, float]
    strength: float
    protection: str
    shown: str
    full: str
    width: int
    height: int
    bytes: int
    metrics: Mapping[str, float]
    verdict: str
    steps: Sequence[str]
    """What was done to lift the photo."""
    reasons: Sequence[str]
    """Why `auto` chose this style; none where it was not asked."""


@dataclass(frozen=True)
class Row:
    """One photo of the gallery; `lifted` is the photo mended and not styled, where that was asked for."""

    filename: str
    original: str
    width: int
    height: int
    seconds: float
    enhanced: Styled | None
    styled: Sequence[Styled]


def fetch(shop: Shop, photo: Sent, number: int, gallery: Path) -> Row:
    """Download what a READY photo has into `gallery`/pictures.

    Raises:
        Refused: a link did not answer.
    """
    keep = _Keeper(shop, gallery, f"pictures/{number:03d}")
    view = photo.view
    original = shown([each for each in view["original"] if each["content_type"] in _SHOWN_EVERYWHERE])
    made = [_styled(keep, result) for result in view["results"]]
    return Row(
        filename=photo.file.name,
        original=keep(original, "original"),
        width=original["width"],
        height=original["height"],
        seconds=photo.hops["total"],
        enhanced=next(filter(_is_enhanced, made), None),
        styled=[each for each in made if not _is_enhanced(each)],
    )


def _is_enhanced(styled: Styled) -> bool:
    return list(styled.styles) == [ENHANCED]


def shown(renditions: Sequence[Rendition]) -> Rendition:
    """The largest that is not too large for a page, else the smallest there is."""
    fitting = [each for each in renditions if _long_side(each) <= SHOWN_LONG_SIDE]
    return max(fitting, key=_long_side) if fitting else min(renditions, key=_long_side)


def _long_side(rendition: Rendition) -> int:
    return int(max(rendition["width"], rendition["height"]))


def _styled(keep: "_Keeper", result: Mapping[str, Any]) -> Styled:
    full, chosen, verdict = result["renditions"][0], result["chosen"], result["verdict"]
    look = chosen["look"] if chosen else result["look"]
    return Styled(
        name=result["name"],
        styles=look["styles"],
        strength=verdict["strength"] if verdict else look["strength"],
        protection=look["protection"],
        shown=keep(shown(result["renditions"]), result["name"]),
        full=keep(full, f"{result['name']}-full"),
        width=full["width"],
        height=full["height"],
        bytes=full["bytes"],
        metrics=result["metrics"],
        verdict=verdict["words"] if verdict else "",
        steps=[step["note"] for step in result["steps"]],
        reasons=chosen["reasons"] if chosen else [],
    )


@dataclass(frozen=True)
class _Keeper:
    shop: Shop
    gallery: Path
    folder: str

    def __call__(self, rendition: Rendition, name: str) -> str:
        path = f"{self.folder}/{name}.{_SUFFIX.get(rendition['content_type'], 'bin')}"
        target = self.gallery / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(self.shop.download(rendition["url"]))
        return path
