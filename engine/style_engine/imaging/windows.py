"""Sliding windows over planes (B, C, H, W), one axis after the other, by views shifted against each other.

On a CPU that is ten to thirty times as fast as pooling of few channels. What lies outside does not count.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

ROWS, COLUMNS = 2, 3  # axes


def highest(x: Tensor, reach: int) -> Tensor:
    """The greatest value within `reach` px each way."""
    for axis in (ROWS, COLUMNS):
        found = x.clone()
        for there, here in _shifts(x.shape[axis], reach):
            part = found.narrow(axis, *here)
            torch.maximum(part, x.narrow(axis, *there), out=part)
        x = found
    return x


def mean(x: Tensor, reach: int) -> Tensor:
    """The mean over the square window of `reach` px each way."""
    for axis in (ROWS, COLUMNS):
        size = x.shape[axis]
        total, count = x.clone(), torch.ones(size, device=x.device)
        for there, here in _shifts(size, reach):
            total.narrow(axis, *here).add_(x.narrow(axis, *there))
            count.narrow(0, *here).add_(1)
        x = total.div_(count.view(-1, 1) if axis == ROWS else count)
    return x


def _shifts(size: int, reach: int) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Start and length of a neighbour's view and of one's own, for every neighbour along an axis."""
    for step in range(1, min(reach, size - 1) + 1):
        yield (0, size - step), (step, size - step)
        yield (step, size - step), (0, size - step)
