"""Bicubic resampling of small planes to a photo's size, strip by strip, in fixed point.

The kernel, its support and its edges are those of Pillow's `Image.resize` with BICUBIC. Values are whole
numbers, weights are multiples of 1 / WEIGHT_STEPS, and sums of their products have at most 24 bits: 32-bit
floats hold them exactly, so that a matrix product gives the same numbers for every height of the strips.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

WEIGHT_STEPS: Final = 2**11  # in a weight of 1
CUBIC_SHARPNESS: Final = -0.5  # Pillow's; the parameter `a` of Keys (1981)
KERNEL_SUPPORT_PX: Final = 2.0
COLUMNS_PER_PRODUCT: Final = 32  # output pixels of a row: fewer waste calls, more waste products with zeros


@dataclass(frozen=True, eq=False)
class AxisWeights:
    """Weights of one axis: output pixel `i` is the sum over `k` of values[i, k] * input[first[i] + k]."""

    first: NDArray[np.int64]
    values: NDArray[np.float32]

    @classmethod
    def of(cls, inputs: int, outputs: int) -> "AxisWeights":
        """From `inputs` to `outputs` pixels; each output's weights sum to exactly 1."""
        scale = inputs / outputs
        stretch = max(1.0, scale)
        support = KERNEL_SUPPORT_PX * stretch
        centres = (np.arange(outputs) + 0.5) * scale
        first = np.maximum(0, np.floor(centres - support + 0.5).astype(np.int64))
        last = np.minimum(inputs, np.floor(centres + support + 0.5).astype(np.int64))
        positions = first[:, None] + np.arange(int((last - first).max()))
        weights = _cubic((positions + 0.5 - centres[:, None]) / stretch)
        weights[positions >= last[:, None]] = 0
        steps = np.rint(weights / weights.sum(1, keepdims=True) * WEIGHT_STEPS)
        rows = np.arange(outputs)
        steps[rows, steps.argmax(1)] += WEIGHT_STEPS - steps.sum(1)
        # Near the end there are fewer inputs than weights: the window is moved back to stay inside.
        return cls(*_inside(first, steps / WEIGHT_STEPS, inputs))

    def inputs_of(self, outputs: slice) -> slice:
        """The inputs that a range of outputs needs."""
        first = self.first[outputs]
        return slice(int(first.min()), int(first.max()) + self.values.shape[1])

    def matrix(self, outputs: slice) -> NDArray[np.float32]:
        """(outputs, inputs) of `inputs_of(outputs)`."""
        needed = self.inputs_of(outputs)
        count = outputs.stop - outputs.start
        matrix = np.zeros((count, needed.stop - needed.start), np.float32)
        columns = (self.first[outputs] - needed.start)[:, None] + np.arange(self.values.shape[1])
        matrix[np.arange(count)[:, None], columns] = self.values[outputs]
        return matrix


def widened(pixels: Tensor, width: int) -> Tensor:
    """(h, W * C) int16, of whole numbers (h, w, C) in floats."""
    height, columns, channels = pixels.shape
    rows = pixels.reshape(height, -1)
    wide = torch.empty(height, width * channels, dtype=torch.int16)
    start = 0
    for needed, matrix in _column_products(columns, width, channels):
        part = rows[:, needed] @ matrix
        wide[:, start : start + part.shape[1]] = part.round_()
        start += part.shape[1]
    return wide


@lru_cache(maxsize=4)
def _column_products(columns: int, width: int, channels: int) -> list[tuple[slice, Tensor]]:
    """For each part of a row of W pixels the values of the narrow row that it needs, and their weights."""
    weights, each_channel = AxisWeights.of(columns, width), np.eye(channels, dtype=np.float32)
    products = []
    for start in range(0, width, COLUMNS_PER_PRODUCT):
        outputs = slice(start, min(width, start + COLUMNS_PER_PRODUCT))
        needed = weights.inputs_of(outputs)
        matrix = np.kron(weights.matrix(outputs).T, each_channel)
        products.append((slice(needed.start * channels, needed.stop * channels), torch.from_numpy(matrix)))
    return products


def _cubic(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    x, a = np.abs(distances), CUBIC_SHARPNESS
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * a
    return np.where(x < 1, near, np.where(x < KERNEL_SUPPORT_PX, far, 0.0))


def _inside(
    first: NDArray[np.int64], values: NDArray[np.float64], inputs: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    count = values.shape[1]
    beyond = np.maximum(0, first + count - inputs)
    moved = np.zeros_like(values)
    columns = np.arange(count) + beyond[:, None]
    inside = columns < count
    rows = np.broadcast_to(np.arange(len(first))[:, None], columns.shape)
    moved[rows[inside], columns[inside]] = values[inside]
    return first - beyond, moved.astype(np.float32)
