"""Flood fill and dilation of boolean masks (H, W), eight-connected, in numpy."""

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def _outermost(mask: Mask) -> Mask:
    """The mask on the picture's border, nothing inside."""
    border = mask.copy()
    border[1:-1, 1:-1] = False
    return border


def flood(near: Mask, reached: Mask) -> Mask:
    """What of `near` hangs together with what is reached already, corner to corner too."""
    across, down = _Runs(near), _Runs(near.T)
    while True:
        grown = across.reached(down.reached((dilated(reached) & near).T).T)
        if np.array_equal(grown, reached):
            return reached
        reached = grown


def joined_to_border(mask: Mask) -> Mask:
    """What of a mask (H, W) hangs together with the picture's border."""
    return flood(mask, _outermost(mask))


class _Runs:
    """The unbroken runs of a mask (H, W) along its rows, numbered."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        # A gap begins a new number, and so does a row.
        self._numbers = np.cumsum(~mask).reshape(mask.shape) + np.arange(len(mask))[:, None]

    def reached(self, part: Mask) -> Mask:
        """All of every run that the part of the mask meets."""
        met = np.zeros(self._numbers[-1, -1] + 1, bool)
        met[self._numbers[part]] = True
        return np.asarray(met[self._numbers] & self._mask)


def dilated(mask: Mask) -> Mask:
    """The mask and what lies next to it."""
    tall = mask.copy()
    tall[1:] |= mask[:-1]
    tall[:-1] |= mask[1:]
    wide = tall.copy()
    wide[:, 1:] |= tall[:, :-1]
    wide[:, :-1] |= tall[:, 1:]
    return wide
