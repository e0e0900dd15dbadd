"""Parts of a product: areas of one colour in the seller's upload, on each of which the colour is judged.

A median over the whole product says nothing about a part that is less than half of it, such as the shade of a
lipstick in a black case.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ..imaging.colour import lab, lengths
from ..imaging.tensors import MASK_THRESHOLD
from . import metrics
from .metrics import MeasuredImage

PART_CELL_LAB: Final = 2.5  # side of the cells of Lab that colours are counted in; a part has 3 × 3 × 3
PART_MIN_SHARE: Final = 0.005  # of the product; rarer colours count with the nearest part
PART_MIN_SAMPLES: Final = 4
INNER_SHARE: Final = 0.3  # of a small area's samples that are off its edge, by which its colour is found
HISTOGRAM_MARGIN_CELLS: Final = 4  # empty, so that nothing read around a part's centre is outside
INNER_MAX_LAB: Final = 2.5  # distance from the mean colour around a sample that is not at an edge
SAME_COLOUR_MAX_LAB: Final = 12.0  # distance from a sample at an edge of pixels that belong to its part
EDGE_MAX_SHARE: Final = 0.75  # of the samples; where more are at edges, it is texture
PART_MAX_PIXELS: Final = 200  # that are measured of a part
PIXEL_REACH_PX: Final = 2  # of the pixels that are measured around a sample
PART_COLOUR_WINDOW_PX: Final = 5  # a sample's part is that of the mean colour around it, without texture

Indices = NDArray[np.int64]
Colours = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class SampledAreas:
    """Sampled pixels of areas of a picture, sorted by area.

    `samples`: index of each in a flattened plane of pixels; `starts`: position of each area's first one.
    """

    samples: Indices
    starts: Indices

    def __len__(self) -> int:
        """Number of areas."""
        return len(self.starts)

    @property
    def sizes(self) -> Indices:
        """Number of samples of each area."""
        return np.diff(self.starts, append=len(self.samples))

    def joined(self, other: "SampledAreas") -> "SampledAreas":
        """These areas, then the other ones of the same picture."""
        samples = np.concatenate([self.samples, other.samples])
        return SampledAreas(samples, np.concatenate([self.starts, len(self.samples) + other.starts]))

    def pixels(self, picture: Tensor) -> Tensor:
        """(1, C, 1, samples) the sampled pixels of a picture (1, C, H, W)."""
        return picture.flatten(2)[:, :, None, torch.from_numpy(self.samples).to(picture.device)]

    def quantiles(self, values: Tensor, quantile: float = 0.5) -> NDArray[np.float32]:
        """A quantile, by default the median, of each area of values that are given for each of `samples`."""
        flat = values.flatten().cpu().numpy().astype(np.float64)
        if not len(flat):
            return np.zeros(0, np.float32)
        # One sort for all areas, faster than np.lexsort: each area's values are moved beyond the former's.
        offsets = np.arange(len(self)) * (flat.max() - flat.min() + 1)
        ordered = np.sort(flat + np.repeat(offsets, self.sizes))
        chosen = ordered[self.starts + (quantile * (self.sizes - 1)).round().astype(np.int64)]
        return np.asarray(chosen - offsets, np.float32)


@dataclass(frozen=True, eq=False)
class ColourParts(SampledAreas):
    """Areas of one colour. `colours` (colours, 3): mean Lab of each; `colour_of_part` (parts,): its index."""

    colours: Colours
    colour_of_part: Indices

    @classmethod
    def of(cls, upload: MeasuredImage, product: Tensor) -> "ColourParts":
        """Parts of the product (1, 1, H, W) of a picture, found in the samples of its `lab`."""
        point, smooth = (
            colours[0].permute(1, 2, 0).cpu().numpy()
            for colours in (upload.lab, lab(_smooth_samples(upload.picture, upload.colour_stride)))
        )
        product_samples = metrics.subsample(product, upload.colour_stride)[0, 0]
        inside = (product_samples > MASK_THRESHOLD).cpu().numpy()
        edge = inside & (np.square(point - smooth).sum(-1) > INNER_MAX_LAB**2)
        if edge.sum() > EDGE_MAX_SHARE * inside.sum():
            edge[:] = False
        colour = np.full(inside.shape, -1)
        colour[inside & ~edge], colours = label_colours(smooth[inside & ~edge])
        if edge.any():
            colour[edge] = _nearest(point[edge], colours)
        areas = label_areas(colour, _least(int(inside.sum())))
        numbers, firsts = np.unique(areas[inside], return_index=True)
        pixels, starts = _pixels_of_areas(upload, areas, numbers, edge)
        return cls(pixels, starts, colours, colour[inside][firsts])


def label_colours(colours: Colours) -> tuple[Indices, Colours]:
    """The number (N,) of each sample's colour, of colours (N, 3) in Lab, and the mean (colours, 3) of each.

    Colours that are too rare for a part have the number of the nearest one.
    """
    if not len(colours):
        return np.zeros(0, np.int64), np.zeros((0, 3), np.float32)
    cells = np.floor(colours / PART_CELL_LAB).astype(np.int64)
    cells += HISTOGRAM_MARGIN_CELLS - cells.min(0)
    shape = tuple(cells.max(0) + HISTOGRAM_MARGIN_CELLS + 1)
    cell_of_colour = np.ravel_multi_index(tuple(cells.T), shape)
    number_of_cell = _label_cells(np.bincount(cell_of_colour, minlength=math.prod(shape)).reshape(shape))
    numbers = number_of_cell.reshape(-1)[cell_of_colour]
    means = np.stack([colours[numbers == number].mean(0) for number in range(numbers.max() + 1)])
    rare = numbers < 0
    numbers[rare] = _nearest(colours[rare], means)
    return np.asarray(numbers, np.int64), means


def label_areas(colour: Indices, least: int) -> Indices:
    """(H, W) the number of the area of one colour that each sample is in; -1 where `colour` (H, W) is -1.

    Areas are 4-connected. What a colour has in areas of fewer than `least` samples is one area more, or
    belongs to its largest one if there is too little of it.
    """
    found, area_of_sample, sizes = np.unique(_connected(colour), return_inverse=True, return_counts=True)
    area_of_sample = area_of_sample.reshape(colour.shape)
    colour_of_area = np.empty_like(found)
    colour_of_area[area_of_sample] = colour
    joined = found.copy()
    for number in range(colour.max() + 1):
        own = colour_of_area == number
        small = own & (sizes < least)
        if small.any():
            enough = sizes[small].sum() >= least or sizes[own].max() < least
            joined[small] = found[small].max() if enough else found[own][sizes[own].argmax()]
    return np.asarray(joined[area_of_sample])


def _connected(colour: Indices) -> Indices:
    """(H, W) the greatest index of a sample in the same connected area; -1 where `colour` is -1."""
    areas = np.where(colour >= 0, np.arange(colour.size).reshape(colour.shape), -1)
    while True:
        spread = _spread_along_rows(_spread_along_rows(areas, colour).T, colour.T).T
        if np.array_equal(spread, areas):
            return areas
        areas = spread


def _spread_along_rows(areas: Indices, colour: Indices) -> Indices:
    """The greatest number of each run of one colour in a row, for all of the run."""
    begins = np.ones(colour.shape, bool)
    begins[:, 1:] = colour[:, 1:] != colour[:, :-1]
    starts = np.flatnonzero(begins)
    greatest = np.maximum.reduceat(areas.ravel(), starts)
    return np.repeat(greatest, np.diff(starts, append=areas.size)).reshape(areas.shape)


def _pixels_of_areas(
    upload: MeasuredImage, areas: Indices, numbers: Indices, edge: NDArray[np.bool_]
) -> tuple[Indices, Indices]:
    """Indices of pixels, sorted by area, and the position of each area's first.

    They are at most PART_MAX_PIXELS of an area, evenly over its samples and the pixels around those; around a
    sample at an edge, only pixels of its colour.
    """
    height, width = upload.picture.shape[2:]
    offsets = np.arange(-PIXEL_REACH_PX, PIXEL_REACH_PX + 1, PIXEL_REACH_PX)
    chosen, owners = [], []
    for number in numbers:
        samples = np.flatnonzero(areas == number)
        rows, columns = (upload.colour_stride * index for index in np.divmod(samples, areas.shape[1]))
        around = (rows[:, None, None] + offsets[:, None]).clip(0, height - 1) * width + (
            columns[:, None, None] + offsets
        ).clip(0, width - 1)
        step = -(-around.size // PART_MAX_PIXELS)
        chosen.append(around.ravel()[::step])
        owners.append(np.repeat(samples, offsets.size**2)[::step])
    if not chosen:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    pixels, owner = np.concatenate(chosen), np.concatenate(owners)
    area = np.repeat(np.arange(len(numbers)), [len(each) for each in chosen])
    kept = ~edge.ravel()[owner] | _have_colour_of(upload, pixels, owner)
    kept |= (np.bincount(area[kept], minlength=len(numbers)) == 0)[area]
    return pixels[kept], np.flatnonzero(np.diff(area[kept], prepend=-1))


def _have_colour_of(upload: MeasuredImage, pixels: Indices, samples: Indices) -> NDArray[np.bool_]:
    """Whether each pixel has the colour of a sample."""
    first = lab(upload.picture.flatten(2)[:, :, None, torch.from_numpy(pixels).to(upload.picture.device)])
    second = upload.lab.flatten(2)[:, :, None, torch.from_numpy(samples).to(upload.picture.device)]
    return (lengths(first - second) <= SAME_COLOUR_MAX_LAB).flatten().cpu().numpy()


def _nearest(colours: Colours, means: Colours) -> Indices:
    """The index of the nearest of `means` (M, 3) to each of `colours` (N, 3)."""
    return np.asarray(np.square(colours[:, None] - means).sum(-1).argmin(1), np.int64)


def _least(count: int) -> int:
    """Number of samples from which an area of a product of `count` samples is a part."""
    return max(PART_MIN_SAMPLES, math.ceil(PART_MIN_SHARE * count))


def _label_cells(counts: Indices) -> Indices:
    """The part of each cell of a histogram of colours; -1 where a cell is in none. Uses up `counts`.

    Greedy: the cell with the most colours in it and its neighbours becomes a part with them, until what is
    left is too small for a part.
    """
    part_of_cell, part = np.full(counts.shape, -1), 0
    least = min(_least(round(INNER_SHARE * counts.sum())), counts.max())
    mass = _neighbourhood_sums(counts)
    while mass.flat[densest := mass.argmax()] >= least:
        centre = np.unravel_index(densest, mass.shape)
        near, affected, read = (_box(centre, reach) for reach in (1, 2, 3))
        part_of_cell[near][counts[near] > 0] = part
        counts[near] = 0
        mass[affected] = _neighbourhood_sums(counts[read])[1:-1, 1:-1, 1:-1]
        part += 1
    return part_of_cell


def _box(centre: Sequence[np.intp], reach: int) -> tuple[slice, ...]:
    return tuple(slice(index - reach, index + reach + 1) for index in centre)


def _neighbourhood_sums(counts: Indices) -> Indices:
    """Sums over 3 × 3 × 3 cells; cells outside the array count as empty."""
    for axis in range(counts.ndim):
        sums = counts.copy()
        of_cell, from_cell = (np.moveaxis(plane, axis, 0) for plane in (sums, counts))
        of_cell[1:] += from_cell[:-1]
        of_cell[:-1] += from_cell[1:]
        counts = sums
    return counts


def _smooth_samples(picture: Tensor, stride: int) -> Tensor:
    """(1, 3, h, w) the mean colour around every `stride`-th pixel each way."""
    window = PART_COLOUR_WINDOW_PX
    return F.avg_pool2d(picture, window, stride, window // 2, count_include_pad=False)
