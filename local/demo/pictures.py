"""Download the results over the API's links into the gallery's folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.client.api_client import ApiClient
from local.client.sent_photo import SentPhoto

SHOWN_MAX_SIDE_PX = 1280
ENHANCE_STYLE, AUTO_STYLE = "enhance", "auto"
SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/avif": "avif"}
SHOWN_CONTENT_TYPES = {"image/jpeg", "image/png", "image/webp"}
"""What every browser shows."""

Rendition = Mapping[str, Any]


@dataclass(frozen=True)
class StyledImage:
    """One result. `shown` (small enough for a page) and `full` (the photo's size) are paths from the gallery.

    Styles, strength and protection are those of the published picture, which may differ from the request.
    `steps` are the enhancement's, `reasons` those of `auto` for this style (none without `auto`).
    """

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
    reasons: Sequence[str]


@dataclass(frozen=True)
class GalleryRow:
    """One photo of the gallery; `enhanced` is the photo enhanced and not styled, where that was requested."""

    filename: str
    original: str
    width: int
    height: int
    seconds: float
    enhanced: StyledImage | None
    styled: Sequence[StyledImage]


def download_pictures(api: ApiClient, photo: SentPhoto, number: int, gallery: Path) -> GalleryRow:
    """Download the pictures of a READY photo into `gallery`/pictures. Raises ApiError for a broken link."""
    download = _Downloader(api, gallery, f"pictures/{number:03d}")
    view = photo.view
    original = choose_shown(
        [each for each in view["original"] if each["content_type"] in SHOWN_CONTENT_TYPES]
    )
    results = [_styled_image(download, result) for result in view["results"]]
    return GalleryRow(
        filename=photo.file.name,
        original=download(original, "original"),
        width=original["width"],
        height=original["height"],
        seconds=photo.stage_seconds["total"],
        enhanced=next(filter(_is_enhanced, results), None),
        styled=[result for result in results if not _is_enhanced(result)],
    )


def _is_enhanced(styled: StyledImage) -> bool:
    return list(styled.styles) == [ENHANCE_STYLE]


def choose_shown(renditions: Sequence[Rendition]) -> Rendition:
    """The largest of at most SHOWN_MAX_SIDE_PX, else the smallest there is."""
    fitting = [each for each in renditions if _long_side(each) <= SHOWN_MAX_SIDE_PX]
    return max(fitting, key=_long_side) if fitting else min(renditions, key=_long_side)


def _long_side(rendition: Rendition) -> int:
    return int(max(rendition["width"], rendition["height"]))


def _styled_image(download: "_Downloader", result: Mapping[str, Any]) -> StyledImage:
    full, chosen, verdict = result["renditions"][0], result["chosen"], result["verdict"]
    look = chosen["look"] if chosen else result["look"]
    return StyledImage(
        name=result["name"],
        styles=look["styles"],
        strength=verdict["strength"] if verdict else look["strength"],
        protection=look["protection"],
        shown=download(choose_shown(result["renditions"]), result["name"]),
        full=download(full, f"{result['name']}-full"),
        width=full["width"],
        height=full["height"],
        bytes=full["bytes"],
        metrics=result["metrics"],
        verdict=verdict["words"] if verdict else "",
        steps=[step["note"] for step in result["steps"]],
        reasons=chosen["reasons"] if chosen else [],
    )


@dataclass(frozen=True)
class _Downloader:
    """Writes a rendition into `folder` of the gallery; the path relative to the gallery."""

    api: ApiClient
    gallery: Path
    folder: str

    def __call__(self, rendition: Rendition, name: str) -> str:
        path = f"{self.folder}/{name}.{SUFFIXES.get(rendition['content_type'], 'bin')}"
        target = self.gallery / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(self.api.download(rendition["url"]))
        return path
