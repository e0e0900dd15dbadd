"""Parts of a product: areas of one colour in the seller's upload, on each of which the colour is judged.

A median over the whole product says nothing about a part that is less than half of it, such as the shade of a
lipstick in a black case.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ..imaging.colour import lab
from ..imaging.tensors import MASK_THRESHOLD
from . import metrics
from .metrics import MeasuredImage

PART_CELL_LAB: Final = 2.5  # side of the cells of Lab that colours are counted in; a part has 3 × 3 × 3
PART_MIN_SHARE: Final = 0.005  # of the product; rarer colours count with the nearest part
PART_MIN_SAMPLES: Final = 4
HISTOGRAM_MARGIN_CELLS: Final = 4  # empty, so that nothing read around a part's centre is outside
EDGE_MIN_LAB: Final = 12.0  # distance from the mean colour around a sample from which it is at an edge
PART_COLOUR_WINDOW_PX: Final = 5  # a sample's part is that of the mean colour around it, without texture

Indices = NDArray[np.int64]
Colours = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ColourParts:
    """The samples inside a product, sorted by part.

    `samples`: index of each in a flattened plane of samples; `starts`: position of each part's first one;
    `colours` (parts, 3): mean Lab of each part.
    """

    samples: Indices
    starts: Indices
    colours: Colours

    @classmethod
    def of(cls, upload: MeasuredImage, product: Tensor) -> "ColourParts":
        """Parts of the product (1, 1, H, W) of a picture, in samples of its `lab`; without any: no parts."""
        inside = (metrics.subsample(product, upload.colour_stride) > MASK_THRESHOLD).flatten().cpu().numpy()
        samples = np.flatnonzero(inside)
        point, smooth = (
            colours[0].flatten(1).T.cpu().numpy()[samples]
            for colours in (upload.lab, lab(_smooth_samples(upload.picture, upload.colour_stride)))
        )
        labels, part_colours = label_colours(point, smooth)
        order = np.argsort(labels, kind="stable")
        return cls(samples[order], np.flatnonzero(np.diff(labels[order], prepend=-1)), part_colours)

    def __len__(self) -> int:
        """Number of parts."""
        return len(self.starts)

    @property
    def sizes(self) -> Indices:
        """Number of samples of each part."""
        return np.diff(self.starts, append=len(self.samples))

    def thinned(self, most: int) -> "ColourParts":
        """At most `most` samples of each part, evenly over it."""
        if not len(self):
            return self
        pieces = [part[:: -(-len(part) // most)] for part in np.split(self.samples, self.starts)[1:]]
        ends = np.cumsum([len(piece) for piece in pieces])
        return ColourParts(np.concatenate(pieces), np.concatenate([[0], ends[:-1]]), self.colours)

    def medians(self, values: Tensor) -> NDArray[np.float32]:
        """The median of each part of values that are given for each of `samples`."""
        parts = np.split(values.flatten().cpu().numpy(), self.starts)[1:]
        return np.array([np.median(part) for part in parts], np.float32)


def label_colours(colours: Colours, smooth: Colours) -> tuple[Indices, Colours]:
    """The part (N,) of each sample and the mean colour (parts, 3) of each part.

    `colours`, `smooth` (N, 3): Lab of the samples, and of the means around them, by which parts are found.
    Samples at edges, and colours that are too rare for a part, belong to the part of the nearest colour.
    """
    if not len(colours):
        return np.zeros(0, np.int64), np.zeros((0, 3), np.float32)
    inner = np.square(colours - smooth).sum(1) <= EDGE_MIN_LAB**2
    areas = smooth[inner] if inner.any() else smooth
    cells = np.floor(areas / PART_CELL_LAB).astype(np.int64)
    cells += HISTOGRAM_MARGIN_CELLS - cells.min(0)
    shape = tuple(cells.max(0) + HISTOGRAM_MARGIN_CELLS + 1)
    cell_of_area = np.ravel_multi_index(tuple(cells.T), shape)
    part_of_cell = _label_cells(np.bincount(cell_of_area, minlength=math.prod(shape)).reshape(shape))
    found = part_of_cell.reshape(-1)[cell_of_area]
    means = np.stack([areas[found == part].mean(0) for part in range(found.max() + 1)])
    labels = np.full(len(colours), -1)
    labels[inner if inner.any() else slice(None)] = found
    elsewhere = labels < 0
    labels[elsewhere] = np.square(colours[elsewhere, None] - means).sum(-1).argmin(1)
    return labels, means


def _label_cells(counts: Indices) -> Indices:
    """The part of each cell of a histogram of colours; -1 where a cell is in none. Uses up `counts`.

    Greedy: the cell with the most colours in it and its neighbours becomes a part with them, until what is
    left is too small for a part.
    """
    most, part_of_cell, part = counts.sum(), np.full(counts.shape, -1), 0
    least = min(max(PART_MIN_SAMPLES, PART_MIN_SHARE * most), counts.max())
    mass = _neighbourhood_sums(counts)
    while mass.max() >= least:
        centre = np.unravel_index(mass.argmax(), mass.shape)
        near, affected, read = (_box(centre, reach) for reach in (1, 2, 3))
        part_of_cell[near][counts[near] > 0] = part
        counts[near] = 0
        mass[affected] = _neighbourhood_sums(counts[read])[1:-1, 1:-1, 1:-1]
        part += 1
    return part_of_cell


def _box(centre: Sequence[np.intp], reach: int) -> tuple[slice, ...]:
    return tuple(slice(index - reach, index + reach + 1) for index in centre)


def _neighbourhood_sums(counts: Indices) -> Indices:
    """Sums over 3 × 3 × 3 cells; those at the sides of the array are wrong."""
    for axis in range(3):
        counts = counts + np.roll(counts, 1, axis) + np.roll(counts, -1, axis)
    return counts


def _smooth_samples(picture: Tensor, stride: int) -> Tensor:
    """(1, 3, h, w) the mean colour around every `stride`-th pixel each way."""
    window = PART_COLOUR_WINDOW_PX
    return F.avg_pool2d(picture, window, stride, window // 2, count_include_pad=False)
