"""Layers of discrete strokes: each with a position, an orientation, a size, one colour and a priority.

A stroke covers those pixels of its footprint whose colour is near its own, so it ends at edges (Litwinowicz
1997). Where strokes overlap, the one of highest priority is visible. Position, size, colour deviation and
priority are hashed from the stroke's cell in a grid over the whole picture: the result is deterministic, and
a window painted alone, with a margin, equals the same window of the whole.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from .footprints import CURVATURES, ORIENTATIONS, FootprintBank, footprint_bank

REDUCED_MIN_WIDTH_PX: Final = 15.0  # of strokes painted on a reduced copy
PIXELS_AT_ONCE: Final = 1 << 19  # footprint pixels; more do not fit into a processor's cache
WARM: Final = torch.tensor([0.8, 0.1, -1.4])  # relative change of red, green and blue of a warmer colour
WHITE_CALM: Final = 0.85  # share of the change of colour that white lacks
WHITE_EXPONENT: Final = 6  # of the least channel: greys vary like colours
GREY_WARMTH: Final = 0.5  # of the change of warmth of a vivid colour
RANDOM_NUMBERS: Final = 9
"""Of a cell: row, column, presence, priority, angle, size, variant, lightness, warmth."""


@dataclass(frozen=True)
class LayerSettings:
    """A pixel belongs to a stroke if the RMS difference of their RGB is below `max_difference`.

    `angle_noise` in radians; `colour_noise`: relative range of lightness; `warmth`: range of warmth
    relative to that of lightness; `size_noise`: of sizes; `jitter`: range of positions, in cells.
    """

    spacing_px: float
    length_px: float
    width_px: float
    max_difference: float = 0.10
    angle_noise: float = 0.3
    colour_noise: float = 0.03
    warmth: float = 1.0
    size_noise: float = 0.5
    jitter: float = 0.9
    shape: str = "brush"
    sizes: int = 2
    variants: int = 3

    def reduce(self, factor: int) -> "LayerSettings":
        """The same strokes in a copy reduced by `factor`."""
        spacing, length, width = (x / factor for x in (self.spacing_px, self.length_px, self.width_px))
        return replace(self, spacing_px=spacing, length_px=length, width_px=width)

    def banks(self) -> list[FootprintBank]:
        scales = [1 - self.size_noise * (0.5 - (size + 0.5) / self.sizes) for size in range(self.sizes)]
        return [
            footprint_bank(self.shape, self.length_px * k, self.width_px * k, self.variants) for k in scales
        ]


@dataclass(frozen=True, eq=False)
class StrokeLayer:
    """Colour (1, 3, H, W) and paint height (1, 1, H, W) of the visible strokes; `covered`: 1 where one is."""

    colour: Tensor
    height: Tensor
    covered: Tensor


@dataclass(frozen=True, eq=False)
class _Strokes:
    """N strokes in order of priority, the highest last; rows and columns in px of the painted window.

    `sampled`: the reference's colour at the centre, with which covered pixels are compared; `colours`: of the
    paint.
    """

    rows: Tensor
    columns: Tensor
    sampled: Tensor
    colours: Tensor
    template: Tensor
    size: Tensor


def paint_layer(
    reference: Tensor,
    angle: Tensor,
    curvature: Tensor,
    settings: LayerSettings,
    *,
    density: Tensor | None = None,
    seed: int = 0,
    origin: tuple[int, int] = (0, 0),
) -> StrokeLayer:
    """One layer of strokes in the colours of `reference` (1, 3, H, W).

    `angle` (1, 1, H, W) is the direction of strokes in radians, `curvature` its change in radians per px, and
    `density` the probability of a stroke in each place (all of them without it). `origin` is the row and
    column of this window in the whole picture.
    """
    banks = [bank.to(reference.device) for bank in settings.banks()]
    strokes = _place(reference, angle, curvature, settings, density, seed, origin)
    owner = _visible_strokes(reference, strokes, banks, settings)
    covered = owner >= 0
    visible = owner.clamp(min=0)
    colour = strokes.colours[visible] if len(strokes.colours) else torch.zeros(*owner.shape, 3).to(reference)
    return StrokeLayer(
        colour=colour.permute(2, 0, 1)[None],
        height=_heights(visible, covered, strokes, banks)[None, None],
        covered=covered[None, None].to(reference),
    )


def paint_layer_reduced(  # noqa: PLR0917
    reference: Tensor,
    angle: Tensor,
    curvature: Tensor,
    settings: LayerSettings,
    density: Tensor | None = None,
    seed: int = 0,
) -> StrokeLayer:
    """`paint_layer` on a copy reduced by a power of two while strokes stay wide enough, enlarged again.

    Wide strokes need no fine raster: at half the resolution they cost a quarter of the time.
    """
    factor = 1
    while settings.width_px / (2 * factor) >= REDUCED_MIN_WIDTH_PX:
        factor *= 2
    if factor == 1:
        return paint_layer(reference, angle, curvature, settings, density=density, seed=seed)
    size = [max(1, math.ceil(side / factor)) for side in reference.shape[2:]]
    layer = paint_layer(
        F.interpolate(reference, size=size, mode="area"),
        F.interpolate(angle, size=size),
        F.interpolate(curvature, size=size) * factor,
        settings.reduce(factor),
        density=None if density is None else F.interpolate(density, size=size, mode="area"),
        seed=seed,
    )
    planes = torch.cat([layer.colour * layer.covered, layer.height, layer.covered], 1)
    colour, height, covered = F.interpolate(
        planes, size=reference.shape[2:], mode="bilinear", antialias=True
    ).split([3, 1, 1], 1)
    return StrokeLayer(colour / covered.clamp(min=1e-3), height, covered)


def cell_numbers(rows: NDArray[np.int64], columns: NDArray[np.int64], seed: int) -> NDArray[np.float32]:
    """(RANDOM_NUMBERS, cells) uniform numbers in 0..1 of grid cells: SplitMix64 hashes of their place."""
    with np.errstate(over="ignore"):
        key = rows.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        key ^= columns.astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
        key ^= np.uint64(seed) * np.uint64(0x165667B19E3779F9)
        steps = np.arange(1, RANDOM_NUMBERS + 1, dtype=np.uint64)[:, None] * np.uint64(0xD6E8FEB86659FD93)
        bits = key[None] + steps
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        bits ^= bits >> np.uint64(31)
    numbers: NDArray[np.float32] = (bits >> np.uint64(40)).astype(np.float32) / np.float32(1 << 24)
    return numbers


def _place(  # noqa: PLR0917 - the arguments of paint_layer
    reference: Tensor,
    angle: Tensor,
    curvature: Tensor,
    settings: LayerSettings,
    density: Tensor | None,
    seed: int,
    origin: tuple[int, int],
) -> _Strokes:
    """The strokes of all cells in or next to the window, in order of priority."""
    height, width = reference.shape[2:]
    spacing = settings.spacing_px
    axes = [
        np.arange(math.floor(start / spacing) - 1, math.ceil((start + side) / spacing) + 1)
        for start, side in zip(origin, (height, width), strict=True)
    ]
    cells = np.stack(np.meshgrid(*axes, indexing="ij")).reshape(2, -1)
    random = cell_numbers(cells[0], cells[1], seed)
    centres = (cells + 0.5 + (random[:2] - 0.5) * settings.jitter) * spacing
    all_rows, all_columns = np.rint(centres).astype(np.int64) - np.array(origin)[:, None]
    order = np.argsort(random[3], kind="stable")
    rows, columns = (torch.from_numpy(x[order]).to(reference.device) for x in (all_rows, all_columns))
    place = rows.clamp(0, height - 1) * width + columns.clamp(0, width - 1)
    numbers = torch.from_numpy(random[:, order]).to(reference)
    if density is not None:
        kept = density.flatten()[place] > numbers[2]
        numbers, place, rows, columns = numbers[:, kept], place[kept], rows[kept], columns[kept]
    turn = angle.flatten()[place] + (numbers[4] - 0.5) * settings.angle_noise
    orientation = (turn * (ORIENTATIONS / math.pi)).round().long() % ORIENTATIONS
    bend = (curvature.flatten()[place] * settings.length_px).round().clamp(-1, 1).long() + 1
    variant = (numbers[6] * settings.variants).long().clamp(max=settings.variants - 1)
    lightness, warmth = 2 * numbers[7:9, :, None] - 1
    sampled = reference[0].flatten(1).T[place]
    return _Strokes(
        rows=rows,
        columns=columns,
        sampled=sampled,
        colours=_vary(sampled, lightness, warmth, settings),
        template=(orientation * len(CURVATURES) + bend) * settings.variants + variant,
        size=(numbers[5] * settings.sizes).long().clamp(max=settings.sizes - 1),
    )


def _vary(colours: Tensor, lightness: Tensor, warmth: Tensor, settings: LayerSettings) -> Tensor:
    """Colours (N, 3), lighter and warmer by numbers (N, 1) in -1..1, in proportion: darks stay neutral.

    White varies least: it would turn dirty; greys vary less in warmth: they would turn motley.
    """
    share = 1 - WHITE_CALM * colours.amin(1, keepdim=True).clamp(0, 1) ** WHITE_EXPONENT
    greatest = colours.amax(1, keepdim=True).clamp(min=1e-3)
    vivid = 1 - colours.amin(1, keepdim=True) / greatest
    warmer = settings.warmth * warmth * WARM.to(colours) * (GREY_WARMTH + (1 - GREY_WARMTH) * vivid)
    change = 2 * lightness + warmer
    return colours * (1 + settings.colour_noise * share * change)


def _visible_strokes(
    reference: Tensor, strokes: _Strokes, banks: list[FootprintBank], settings: LayerSettings
) -> Tensor:
    """(H, W) number of the stroke that is visible in each pixel, -1 where there is none."""
    height, width = reference.shape[2:]
    margin = max(bank.reach_px for bank in banks) + 2 * math.ceil(settings.spacing_px)
    padded_width = width + 2 * margin
    planes = F.pad(reference, (margin,) * 4, "replicate")[0].flatten(1)
    # One pixel more than the picture has takes what a stroke must not cover.
    outside = planes.shape[1]
    owner = torch.full((outside + 1,), -1, dtype=torch.int32, device=reference.device)
    centre = (strokes.rows + margin) * padded_width + strokes.columns + margin
    for size, bank in enumerate(banks):
        shifts = bank.offsets[..., 0].long() * padded_width + bank.offsets[..., 1]
        at_once = max(1, PIXELS_AT_ONCE // shifts.shape[1])
        for numbers in (strokes.size == size).nonzero()[:, 0].split(at_once):
            template = strokes.template[numbers]
            places = (centre[numbers][:, None] + shifts[template]).flatten()
            difference = torch.zeros(len(numbers), shifts.shape[1]).to(reference)
            for plane, colour in zip(planes, strokes.sampled[numbers].T, strict=True):
                channel = plane.index_select(0, places).view_as(difference)
                difference += channel.sub_(colour[:, None]).square_()
            alike = (difference < 3 * settings.max_difference**2) & bank.covered[template]
            places.masked_fill_(~alike.flatten(), outside)
            rank = numbers.int()[:, None].expand_as(difference).flatten()
            owner.scatter_reduce_(0, places, rank, "amax")
    framed = owner[:-1].view(height + 2 * margin, padded_width)
    return framed[margin : margin + height, margin : margin + width].long()


def _heights(visible: Tensor, covered: Tensor, strokes: _Strokes, banks: list[FootprintBank]) -> Tensor:
    """(H, W) paint height of the visible strokes, read from their footprints."""
    heights = torch.zeros(visible.shape, device=visible.device)
    if not covered.any():
        return heights
    rows, columns = (torch.arange(side, device=visible.device) for side in visible.shape)
    down, right = rows[:, None] - strokes.rows[visible], columns - strokes.columns[visible]
    template, sizes = strokes.template[visible], strokes.size[visible]
    for size, bank in enumerate(banks):
        side = 2 * bank.reach_px + 1
        y, x = ((offset + bank.reach_px).clamp(0, side - 1) for offset in (down, right))
        of_size = bank.heights.flatten()[(template * side + y) * side + x]
        heights = torch.where(covered & (sizes == size), of_size.to(heights), heights)
    return heights
