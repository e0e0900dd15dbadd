"""Flood fill and dilation of boolean masks (H, W), 8-connected, in numpy."""

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def _border_pixels(mask: Mask) -> Mask:
    """The mask restricted to the outermost rows and columns."""
    border = mask.copy()
    border[1:-1, 1:-1] = False
    return border


def flood(allowed: Mask, reached: Mask) -> Mask:
    """Flood fill from `reached` within `allowed`, 8-connected."""
    row_runs, column_runs = _Runs(allowed), _Runs(allowed.T)
    while True:
        grown = row_runs.touched(column_runs.touched((dilate(reached) & allowed).T).T)
        if np.array_equal(grown, reached):
            return reached
        reached = grown


def connected_to_border(mask: Mask) -> Mask:
    """The parts of a mask (H, W) that are connected to the picture's border."""
    return flood(mask, _border_pixels(mask))


class _Runs:
    """Numbered runs of consecutive true pixels along the rows of a mask (H, W)."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        # Each false pixel and each new row starts a new number.
        self._numbers = np.cumsum(~mask).reshape(mask.shape) + np.arange(len(mask))[:, None]

    def touched(self, part: Mask) -> Mask:
        """Every run, whole, that contains a pixel of `part`."""
        touched = np.zeros(self._numbers[-1, -1] + 1, bool)
        touched[self._numbers[part]] = True
        return np.asarray(touched[self._numbers] & self._mask)


def dilate(mask: Mask) -> Mask:
    """Dilation by 3 × 3 px."""
    tall = mask.copy()
    tall[1:] |= mask[:-1]
    tall[:-1] |= mask[1:]
    wide = tall.copy()
    wide[:, 1:] |= tall[:, :-1]
    wide[:, :-1] |= tall[:, 1:]
    return wide
