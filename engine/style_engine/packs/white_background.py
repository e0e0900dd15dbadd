"""Whether a picture's background is exactly white: RGB 255, 255, 255 in every pixel that is background.

Beside the product a picture may differ from white: its outline is blended, JPEG leaves traces within a block,
and a shadow that fades to white is the product's own. A pale tone that reaches the picture's border, ends on
straight lines, or stands alone is a background that is not white.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from ..imaging import windows
from ..imaging.flood_fill import Mask, dilate, flood
from ..imaging.tensors import MASK_THRESHOLD

WHITE_8BIT: Final = 255
GRID_LONG_SIDE_CELLS: Final = 250  # of the grid on which areas are looked at
PALE_MIN_LEVEL_8BIT: Final = 215  # of a cell's mean, in every channel: a white that is not exact
PALE_MAX_CHROMA_8BIT: Final = 18  # between the channels of a pale cell's mean
BESIDE_PRODUCT_PX: Final = 17  # around product within which traces of compression are: a block of colour
TINT_BESIDE_PRODUCT_PX: Final = 34  # within which they have but a tint: predicted from the block beside
BESIDE_PRODUCT_CELLS: Final = 3  # at least: an outline is blended over more pixels in a large picture
MIN_EXACT_BORDER_SHARE: Final = 0.03  # below it, no background shows that could be white
MIN_WHITE_SHARE_WITHOUT_PRODUCT: Final = 0.5  # of the border where no product was found, which may reach it
MIN_WHITE_SHARE_BESIDE_PRODUCT: Final = 0.7  # of the border that is not product
MAX_PALE_BORDER_SHARE: Final = 0.012  # of the border
SHADOW_MAX_LEVEL_8BIT: Final = 250  # of a shadow; traces of compression are lighter
MAX_SHADOW_BELOW: Final = 0.15  # of the product's width, along the lower border
MAX_SPECK_SHARE: Final = 0.0015  # of the picture, in pale areas that touch no product
PLATEAU_RADIUS_CELLS: Final = 2
PLATEAU_MAX_RANGE_8BIT: Final = 1.0  # within the radius; a shadow gets darker towards the product
MAX_PLATEAU_SHARE: Final = 0.012  # of the picture, in pale areas of one level
RECTANGLE_MIN_SHARE: Final = 0.25  # of the picture
STRAIGHT_EDGE_MIN_SHARE: Final = 0.7  # of the sides of a pale area's box that is pale: a pasted rectangle

Pixels = NDArray[np.uint8]
Cells = NDArray[np.float32]


class Background(StrEnum):
    WHITE = "white"
    NEARLY_WHITE = "nearly_white"
    OTHER = "other"


@dataclass(frozen=True)
class BackgroundFound:
    """`rgb`: a typical colour of what is not white in the background; white where it is."""

    kind: Background
    rgb: tuple[int, int, int] = (WHITE_8BIT, WHITE_8BIT, WHITE_8BIT)


@dataclass(frozen=True, eq=False)
class _Grid:
    """The picture in square cells: colour (h, w, 3) is their mean; white: all their pixels are exactly white;
    pale: nearly white; product: covered by its mask or, without one, all that is neither white nor pale."""

    colour: Cells
    white: Mask
    pale: Mask
    product: Mask
    cell_px: int

    def beside_product(self) -> Mask:
        """The cells beside the product in which a picture may differ from white."""
        blocks, tints = (
            _dilate(self.product, max(BESIDE_PRODUCT_CELLS, -(-reach // self.cell_px)))
            for reach in (BESIDE_PRODUCT_PX, TINT_BESIDE_PRODUCT_PX)
        )
        tinted = self.colour.max(-1) > WHITE_8BIT - MASK_THRESHOLD
        return np.asarray(blocks | (tints & tinted))


def find_white_background(pixels: Pixels, product: NDArray[np.float32] | None) -> BackgroundFound:
    """The background of pixels (H, W, 3); product: its mask (H, W), 0..1, if one was found."""
    grid = _grid_of(pixels, product)
    border, beside = _border(grid.white.shape), grid.beside_product()
    rest, least = border & ~grid.white, MIN_WHITE_SHARE_WITHOUT_PRODUCT
    if product is not None:
        rest, least = rest & ~beside, MIN_WHITE_SHARE_BESIDE_PRODUCT
    white = (grid.white & border).sum()
    if white < MIN_EXACT_BORDER_SHARE * border.sum():
        return _not_white(grid, border & ~grid.white)
    if white < least * (white + rest.sum()):
        return _not_white(grid, rest)
    if product is not None and _is_shadow_cut_off(grid):
        return _not_white(grid, border & ~grid.white & ~grid.product)
    stray = grid.pale & ~beside
    for area, most in (
        (stray & border, MAX_PALE_BORDER_SHARE * border.mean()),
        (stray & ~flood(~grid.white, grid.product), MAX_SPECK_SHARE),
        (stray & _is_plateau(grid), MAX_PLATEAU_SHARE),
    ):
        if area.mean() > most:
            return _not_white(grid, area)
    return _not_white(grid, stray) if _is_rectangle(grid, stray) else BackgroundFound(Background.WHITE)


def _grid_of(pixels: Pixels, product: NDArray[np.float32] | None) -> _Grid:
    cell = max(1, round(max(pixels.shape[:2]) / GRID_LONG_SIDE_CELLS))
    exact = (pixels == WHITE_8BIT).all(-1)
    colour = np.stack([_cell_means(pixels[..., channel], cell) for channel in range(3)], -1)
    white = _cell_means(exact, cell) == 1
    near_white = (colour.min(-1) >= PALE_MIN_LEVEL_8BIT) & (np.ptp(colour, -1) <= PALE_MAX_CHROMA_8BIT)
    if product is None:
        pale = near_white & ~white
        return _Grid(colour, white, pale, ~white & ~pale, cell)
    covered = _cell_means(product, cell) > MASK_THRESHOLD
    return _Grid(colour, white, near_white & ~white & ~covered, covered, cell)


def _is_shadow_cut_off(grid: _Grid) -> bool:
    """Whether a shadow below the product has no room to fade to white: there is more of it along the lower
    border than of the product."""
    below = slice(-BESIDE_PRODUCT_CELLS, None)
    neutral = np.ptp(grid.colour[-1], -1) <= PALE_MAX_CHROMA_8BIT
    dark = neutral & (grid.colour[-1].min(-1) < SHADOW_MAX_LEVEL_8BIT) & ~grid.product[-1]
    width = grid.product.any(0).sum()
    touching = grid.product[below].any(0).sum()
    return bool(dark.sum() > max(MAX_SHADOW_BELOW * width, touching))


def _is_plateau(grid: _Grid) -> Mask:
    """The cells around which nothing is white and all has one level."""
    level = torch.from_numpy(np.where(grid.white, 0, grid.colour.min(-1)).astype(np.float32))[None, None]
    greatest, least = (windows.maximum(plane, PLATEAU_RADIUS_CELLS) for plane in (level, -level))
    return np.asarray((greatest + least)[0, 0].numpy() <= PLATEAU_MAX_RANGE_8BIT)


def _cell_means(plane: NDArray[np.uint8] | NDArray[np.bool_] | NDArray[np.float32], cell: int) -> Cells:
    """Means of square cells; the last row and column of cells are filled up with their edge."""
    height, width = (-(-side // cell) * cell for side in plane.shape)
    padded = np.pad(plane, ((0, height - plane.shape[0]), (0, width - plane.shape[1])), mode="edge")
    cells = padded.reshape(height // cell, cell, width // cell, cell)
    return np.asarray(cells.mean((1, 3), dtype=np.float32))


def _dilate(mask: Mask, cells: int) -> Mask:
    for _ in range(cells):
        mask = dilate(mask)
    return mask


def _border(shape: tuple[int, ...]) -> Mask:
    border = np.ones(shape, bool)
    border[1:-1, 1:-1] = False
    return border


def _is_rectangle(grid: _Grid, stray: Mask) -> bool:
    """Whether pale cells fill the outline of the box of all that is not white: a photo with a background of
    nearly white on a white canvas."""
    rows, columns = np.flatnonzero(stray.any(1)), np.flatnonzero(stray.any(0))
    if not len(rows) or np.ptp(rows) * np.ptp(columns) < RECTANGLE_MIN_SHARE * stray.size:
        return False
    pale = grid.pale[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    sides = (pale[0], pale[-1], pale[:, 0], pale[:, -1])
    return bool(np.mean([side.mean() for side in sides]) >= STRAIGHT_EDGE_MIN_SHARE)


def _not_white(grid: _Grid, where: Mask) -> BackgroundFound:
    red, green, blue = (round(float(level)) for level in np.median(grid.colour[where], 0))
    is_pale = bool(grid.pale[where].mean() > MASK_THRESHOLD)
    return BackgroundFound(Background.NEARLY_WHITE if is_pale else Background.OTHER, (red, green, blue))
