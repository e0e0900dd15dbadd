"""Blocks of a product: squares of about a hundredth of it, on each of which colour and structure are judged.

A colour part may be a large area, or many small ones far apart; neither says what happens in one place.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ..imaging.tensors import MASK_THRESHOLD
from . import metrics
from .metrics import MeasuredImage
from .parts import Indices, SampledAreas

BLOCK_PRODUCT_SHARE: Final = 0.01  # of the product, that a block covers if it is inside
BLOCK_MIN_FILLING: Final = 0.5  # share of a block that is product, from which it is judged
BLOCK_MAX_PIXELS: Final = 64  # that are measured of a block
BLOCK_MIN_SIDE_PX: Final = 24
NO_BLOCK_WEIGHT: Final = 1e-3  # of the share 1, where no block is near


@dataclass(frozen=True, eq=False)
class ProductBlocks(SampledAreas):
    """Blocks of a picture of `size` (height, width). `cells` (blocks,): index of each in the flattened `grid`
    (rows, columns) of squares that covers it."""

    size: tuple[int, int]
    grid: tuple[int, int]
    cells: Indices

    @classmethod
    def of(cls, upload: MeasuredImage, product: Tensor) -> "ProductBlocks":
        """The blocks of a product (1, 1, H, W), in samples of every colour stride."""
        height, width = upload.picture.shape[2:]
        stride = upload.colour_stride
        inside = (metrics.subsample(product, stride)[0, 0] > MASK_THRESHOLD).cpu().numpy()
        area = BLOCK_PRODUCT_SHARE * inside.sum() * stride**2
        side = max(BLOCK_MIN_SIDE_PX, math.sqrt(area))
        grid = (max(1, round(height / side)), max(1, round(width / side)))
        rows, columns = (stride * index for index in np.nonzero(inside))
        cell_of_sample = (rows * grid[0] // height) * grid[1] + columns * grid[1] // width
        least = BLOCK_MIN_FILLING * (height / grid[0]) * (width / grid[1]) / stride**2
        cells = np.flatnonzero(np.bincount(cell_of_sample, minlength=grid[0] * grid[1]) >= max(1, least))
        pixels = rows * width + columns
        chosen = [_evenly(pixels[cell_of_sample == cell]) for cell in cells]
        starts = np.cumsum([0, *map(len, chosen)])[: len(chosen)]
        samples = np.concatenate([np.zeros(0, np.int64), *chosen])
        return cls(samples, starts.astype(np.int64), (height, width), grid, cells)

    def owners(self, rows: Indices, columns: Indices) -> Indices:
        """(rows, columns) the block that each crossing of rows and columns of pixels is in; -1 in none."""
        block_of_cell = np.full(math.prod(self.grid), -1)
        block_of_cell[self.cells] = np.arange(len(self))
        (height, width), (down, across) = self.size, self.grid
        return np.asarray(
            block_of_cell[(rows * down // height)[:, None] * across + columns * across // width]
        )

    def with_neighbours(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(blocks,) whether a block or one that touches it is chosen (blocks,)."""
        plane = np.zeros(self.grid, bool)
        plane.flat[self.cells] = chosen
        rows, columns = self.grid
        around = np.pad(plane, 1)
        near = [around[y : y + rows, x : x + columns] for y in range(3) for x in range(3)]
        return np.asarray(np.any(near, axis=0).flat[self.cells])

    def window_means(self, values: Tensor, weight: Tensor, side: int, stride: int) -> NDArray[np.float64]:
        """(blocks,) weighted means of the values of windows, placed as by `strided_window_means`, whose
        centres are in each block; 1 in a block without a weight."""
        centres = (side // 2 + stride * np.arange(length) for length in values.shape[-2:])
        owners = self.owners(*centres).ravel()
        inside = owners >= 0
        values_inside, weights = (plane.flatten().cpu().numpy()[inside] for plane in (values, weight))
        total = np.bincount(owners[inside], weights, len(self))
        sums = np.bincount(owners[inside], values_inside * weights, len(self))
        return np.where(total > 0, sums / np.maximum(total, np.finfo(np.float32).tiny), 1.0)

    def share_map(self, shares: NDArray[np.float32], like: Tensor) -> Tensor:
        """(1, 1, H, W) between the shares (blocks,) at the blocks' centres; 1 where no block is near."""
        share, _ = self._coarse(shares, like).split(1, 1)
        return _ratio(_enlarged(share, self.size), self._weight_map.to(like))

    def shares_at(self, shares: NDArray[np.float32], positions: Tensor) -> Tensor:
        """(1, 1, h, w) the values of `share_map` at positions (1, h, w, 2) from `positions`."""
        coarse = self._coarse(shares, positions)
        planes = F.grid_sample(coarse, positions, padding_mode="border", align_corners=False)
        return _ratio(planes[:, :1], planes[:, 1:])

    def positions(self, rows: Indices, columns: Indices, like: Tensor) -> Tensor:
        """(1, h, w, 2) of the pixels at rows (h, w) and columns (h, w), as `shares_at` takes them."""
        height, width = self.size
        scaled = np.stack([(2 * columns + 1) / width - 1, (2 * rows + 1) / height - 1], -1)
        return torch.from_numpy(scaled[None].astype(np.float32)).to(like)

    @cached_property
    def _weight_map(self) -> Tensor:
        """(1, 1, H, W) the weight of blocks at each pixel, the same for all shares."""
        _, weight = self._coarse(np.ones(len(self), np.float32), torch.zeros(())).split(1, 1)
        return _enlarged(weight, self.size)

    def _coarse(self, shares: NDArray[np.float32], like: Tensor) -> Tensor:
        """(1, 2, rows, columns) of the grid: the share of each block, and 1 where one is."""
        planes = np.zeros((2, math.prod(self.grid)), np.float32)
        planes[0, self.cells], planes[1, self.cells] = shares, 1
        return torch.from_numpy(planes).to(like).view(1, 2, *self.grid)


def _enlarged(plane: Tensor, size: tuple[int, int]) -> Tensor:
    # Antialiasing changes nothing in upsampling, but selects the faster of torch's two kernels.
    return F.interpolate(plane, size=size, mode="bilinear", antialias=True)


def _ratio(share: Tensor, weight: Tensor) -> Tensor:
    return (share + NO_BLOCK_WEIGHT) / (weight + NO_BLOCK_WEIGHT)


def _evenly(samples: Indices) -> Indices:
    return samples[:: -(-len(samples) // BLOCK_MAX_PIXELS)]
