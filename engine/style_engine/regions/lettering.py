"""Evidence that a text mask holds letters: rows of strokes in two tones, no highlight, pattern or eye."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ..imaging.filters import luminance
from ..imaging.flood_fill import Mask, flood
from ..imaging.tensors import MASK_THRESHOLD

Plane = NDArray[np.float32]
TEXT_MAP_LONG_SIDE_PX: Final = 160  # of the copy on which the areas of text are separated
TONES_SCALE: Final = 4  # px of the copy whose tones are examined, for each px of that copy
MAX_AREAS: Final = 12  # that are examined, from the most certain one
AREA_MIN_SHARE: Final = 0.001  # of the picture
TEXT_MIN_CERTAINTY: Final = 0.92  # mean text probability of an area with letters
LETTERS_MIN_CONTRAST: Final = 0.2  # of full scale, between the dark and the light tones of an area
MIDDLE_TONES: Final = (0.35, 0.65)  # share of the contrast
MAX_MIDDLE_SHARE: Final = 0.25  # of an area's px; ink and paper have few tones between
BESIDE_MIN_CERTAINTY, BESIDE_MIN_EDGES_PER_LINE = 0.85, 3.5  # beside the product there are no patterns
PANEL_MIN_TEXT_SHARE: Final = 0.35  # of a badge's area; the print on a second product takes less
MIN_EDGES_PER_LINE: Final = 5.0  # tone changes along a row or column: two letters have as many


def lettering_share(photo: Tensor, text: Tensor, product: Tensor) -> float:
    """Share of the product's area, 0..1, that is text with the evidence of letters.

    photo (1, 3, H, W); text, product (1, 1, H, W), 0..1.
    """
    size = _map_size(photo)
    text_map, product_map = (
        F.interpolate(mask, size=size, mode="area")[0, 0].cpu().numpy() for mask in (text, product)
    )
    tones = _tones(photo, size)
    on_product = text_map * (product_map > MASK_THRESHOLD)
    letters = sum(float(area.sum()) for area in _areas(on_product) if _has_letters(area, text_map, tones))
    return letters / max(1.0, float((product_map > MASK_THRESHOLD).sum()))


def lettering_beside(photo: Tensor, text: Tensor, product: Tensor) -> Mask:
    """(h, w) on a small copy: text with the evidence of letters beside the product, with its panels.

    Text outside the product's mask, and parts of the mask that hold little but text and are apart from its
    largest one. photo (1, 3, H, W); text, product (1, 1, H, W), 0..1.
    """
    size = _map_size(photo)
    text_map, product_map = (
        F.interpolate(mask, size=size, mode="area")[0, 0].cpu().numpy() for mask in (text, product)
    )
    tones = _tones(photo, size)
    solid = product_map > MASK_THRESHOLD
    apart = _parts(solid)[1:]
    beside: Mask = np.zeros(size, bool)
    for area in _areas(text_map):
        if not _has_letters(area, text_map, tones, BESIDE_MIN_CERTAINTY, BESIDE_MIN_EDGES_PER_LINE):
            continue
        panels = [part for part in apart if area[part].mean() >= PANEL_MIN_TEXT_SHARE]
        around = np.logical_or.reduce([area & ~solid, *(area & part for part in panels)])
        if around.sum() > MASK_THRESHOLD * area.sum():
            beside = np.logical_or.reduce([beside, around, *panels])
    return beside


def _parts(mask: Mask) -> list[Mask]:
    """The connected parts of a mask, the largest one first; at most MAX_AREAS of them."""
    parts: list[Mask] = []
    left = mask.copy()
    while left.any() and len(parts) < MAX_AREAS:
        seed = np.zeros_like(left)
        seed[np.unravel_index(np.argmax(left), left.shape)] = True
        parts.append(flood(left, seed))
        left &= ~parts[-1]
    return sorted(parts, key=np.count_nonzero, reverse=True)


def _tones(photo: Tensor, size: list[int]) -> Plane:
    tones: Plane = (
        F.interpolate(luminance(photo), size=[TONES_SCALE * side for side in size], mode="area")[0, 0]
        .cpu()
        .numpy()
    )
    return tones


def _map_size(photo: Tensor) -> list[int]:
    scale = TEXT_MAP_LONG_SIDE_PX / max(photo.shape[2:])
    return [max(1, round(side * scale)) for side in photo.shape[2:]]


def _areas(text: Plane) -> Iterator[Mask]:
    """The connected areas of a text map, from the one with the most certain pixel on."""
    left = text > MASK_THRESHOLD
    for _ in range(MAX_AREAS):
        if not left.any():
            return
        seed = np.zeros_like(left)
        seed[np.unravel_index(np.argmax(text * left), left.shape)] = True
        area = flood(left, seed)
        left = left & ~area
        if area.mean() >= AREA_MIN_SHARE:
            yield area


def _has_letters(
    area: Mask,
    text: Plane,
    tones: Plane,
    min_certainty: float = TEXT_MIN_CERTAINTY,
    min_edges: float = MIN_EDGES_PER_LINE,
) -> bool:
    if text[area].mean() < min_certainty:
        return False
    inside = area.repeat(TONES_SCALE, 0).repeat(TONES_SCALE, 1)
    dark, light = np.percentile(tones[inside], (5, 95))
    if light - dark < LETTERS_MIN_CONTRAST:
        return False
    position = (tones - dark) / (light - dark)
    middle = (position > MIDDLE_TONES[0]) & (position < MIDDLE_TONES[1])
    lines = max(_edges_per_line(position, inside), _edges_per_line(position.T, inside.T))
    return bool(middle[inside].mean() <= MAX_MIDDLE_SHARE and lines >= min_edges)


def _edges_per_line(position: Plane, inside: Mask) -> float:
    """Mean number of changes between dark and light along the rows of an area."""
    light = position > MASK_THRESHOLD
    changes = (light[:, 1:] != light[:, :-1]) & inside[:, 1:] & inside[:, :-1]
    return float(changes.sum() / max(1, inside.any(1).sum()))
