"""A photo on the canvas of a marketplace: frame removed, background white, product centred at a uniform size.

A photo is never enlarged: where it has too few pixels the canvas is smaller.
"""

from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import ProductNotFound
from ..imaging.tensors import over_white, require_supported
from ..painting.framed_photo import FramedPhoto
from ..regions.finder import RegionFinder
from .found_product import Box, FoundProduct, find_product
from .white_background import WHITE_8BIT
from .whitening import whiten

TOUCHES_EDGE_MAX_SHARE: Final = 0.006  # of a side, between the product and an edge that cuts it off
FADE_SHARE: Final = 0.05  # of the canvas' side, over which shadows fade to white at its edge
SAME_BOX_MAX_SHIFT: Final = 0.02  # of the picture's side, between two findings of one product


class Canvas(Protocol):
    """`aspect`: width over height; `fill`: share of the canvas' side that the product spans, 0..1."""

    @property
    def white(self) -> bool: ...
    @property
    def long_side_px(self) -> int: ...
    @property
    def aspect(self) -> float: ...
    @property
    def fill(self) -> float: ...


@dataclass(frozen=True)
class _Placement:
    """One axis: the canvas' side, px, the scale of the photo, and where the photo's edge is on the canvas."""

    side_px: int
    scale: float
    start_px: float


def compose(picture: Image.Image, finder: RegionFinder, canvas: Canvas) -> Image.Image:
    """The picture, RGB or RGBA, on the canvas, in RGB.

    Raises ProductNotFound where the product is not certain enough to be cut out; UnsupportedPicture.
    """
    require_supported(picture)
    photo = FramedPhoto.of(picture).photo
    if not canvas.white:
        return _reduced(over_white(photo), canvas.long_side_px)
    found = find_product(photo, finder)
    if not found.certain or found.box is None:
        raise ProductNotFound("the product could not be separated from its background with certainty")
    across, along = _place(photo.size, found.box, canvas)
    crop = _crop_box(photo.size, (across, along))
    size = (
        max(1, round((crop[2] - crop[0]) * across.scale)),
        max(1, round((crop[3] - crop[1]) * along.scale)),
    )
    part = photo.crop(crop).resize(size, Image.Resampling.LANCZOS)
    found = _found_again(part, finder, found, crop)
    pixels = np.asarray(over_white(part), np.float32) if part.mode == "RGBA" else whiten(part, found)
    left = round(across.start_px + crop[0] * across.scale)
    top = round(along.start_px + crop[1] * along.scale)
    return _on_canvas((across.side_px, along.side_px), pixels, found.mask, (left, top))


def _reduced(picture: Image.Image, long_side_px: int) -> Image.Image:
    scale = min(1.0, long_side_px / max(picture.size))
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture if scale == 1 else picture.resize(size, Image.Resampling.LANCZOS)


def _place(size: tuple[int, int], box: Box, canvas: Canvas) -> tuple[_Placement, _Placement]:
    """Where the photo is on the canvas, across and along."""
    aspect = canvas.aspect or size[0] / size[1]
    sides = (
        canvas.long_side_px * min(1.0, aspect), canvas.long_side_px * min(1.0, 1 / aspect)
    )  # fmt: skip
    extents = [(box[axis], box[axis + 2]) for axis in (0, 1)]
    touches = [
        (start <= TOUCHES_EDGE_MAX_SHARE * side, end >= (1 - TOUCHES_EDGE_MAX_SHARE) * side)
        for (start, end), side in zip(extents, size, strict=True)
    ]
    usable = [side if all(touch) else canvas.fill * side for side, touch in zip(sides, touches, strict=True)]
    wanted = min(space / (end - start) for space, (start, end) in zip(usable, extents, strict=True))
    scale, reduction = min(1.0, wanted), max(1.0, wanted)
    first, second = (
        _place_axis(round(side / reduction), scale, extent, touch, length)
        for side, extent, touch, length in zip(sides, extents, touches, size, strict=True)
    )
    return first, second


def _place_axis(
    side_px: int, scale: float, extent: tuple[int, int], touches: tuple[bool, bool], photo_px: int
) -> _Placement:
    """Centred; a product that the photo's edge cuts off stays at that edge."""
    start, end = extent
    if touches[0] and not touches[1]:
        return _Placement(side_px, scale, 0.0)
    if touches[1] and not touches[0]:
        return _Placement(side_px, scale, side_px - photo_px * scale)
    return _Placement(side_px, scale, side_px / 2 - scale * (start + end) / 2)


def _crop_box(size: tuple[int, int], placements: tuple[_Placement, _Placement]) -> Box:
    """The part of the photo that the canvas shows."""
    ends = [
        (
            max(0, int(-place.start_px / place.scale)),
            min(side, round((place.side_px - place.start_px) / place.scale)),
        )
        for side, place in zip(size, placements, strict=True)
    ]
    (left, right), (top, bottom) = ends
    return left, top, right, bottom


def _found_again(part: Image.Image, finder: RegionFinder, found: FoundProduct, crop: Box) -> FoundProduct:
    """The product in a part of the photo at its new size: found there, or else the whole photo's mask."""
    again = find_product(part, finder)
    mask = np.asarray(
        Image.fromarray(found.mask).crop(crop).resize(part.size, Image.Resampling.BILINEAR), np.float32
    )
    overlay = Image.fromarray(found.overlay).crop(crop).resize(part.size)
    before = replace(found, mask=mask, overlay=np.asarray(overlay))
    if not again.certain or again.box is None or before.box is None:
        return before
    shifts = [
        abs(a - b) / part.size[axis % 2]
        for axis, (a, b) in enumerate(zip(again.box, before.box, strict=True))
    ]
    return again if max(shifts) <= SAME_BOX_MAX_SHIFT else before


def _on_canvas(
    size: tuple[int, int], pixels: NDArray[np.float32], product: NDArray[np.float32], at: tuple[int, int]
) -> Image.Image:
    """The pixels on a white canvas with their upper left corner at (x, y); shadows fade at its edge."""
    width, height = size
    (left, top), (part_height, part_width) = at, product.shape
    columns = slice(max(0, left), min(width, left + part_width))
    rows = slice(max(0, top), min(height, top + part_height))
    shown = (
        slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left)
    )  # fmt: skip
    fade = np.minimum(_fade(height)[rows, None], _fade(width)[None, columns])
    fade = np.maximum(fade, np.minimum(1, 2 * product[shown]))[..., None]
    canvas = np.full((height, width, 3), WHITE_8BIT, np.float32)
    canvas[rows, columns] = WHITE_8BIT - (WHITE_8BIT - pixels[shown]) * fade
    return Image.fromarray(np.clip(np.rint(canvas), 0, WHITE_8BIT).astype(np.uint8))


def _fade(side_px: int) -> NDArray[np.float32]:
    """(side,) 0 at both ends, 1 from the fading share on."""
    position = (np.arange(side_px, dtype=np.float32)) / max(1, side_px - 1)
    return np.asarray(np.clip(np.minimum(position, 1 - position) / FADE_SHARE - 0.1, 0, 1), np.float32)
