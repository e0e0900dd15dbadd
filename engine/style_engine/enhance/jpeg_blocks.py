"""Blocks of strong JPEG compression, distinguished from textures with the same pitch.

Compression makes the inside of a block smooth and leaves a step between blocks. So steps are compared in
smooth places only: a weave with a pitch of eight pixels has none.
"""

from typing import Final

import numpy as np

from .thumbnail import Plane

BLOCK_PX: Final = 8
SMOOTH_MAX_STEP_8BIT: Final = 2.5  # between the two pixels on each side of a smooth place
MIN_SMOOTH_PLACES: Final = 200  # of each of the eight phases of the grid
MIN_SMOOTH_SHARE: Final = 0.2  # of all places; a texture that fills the frame has fewer


def block_step(plane: Plane) -> float:
    """Mean step across the lines of an 8 px grid minus that beside them, in levels; 0: no blocks."""
    return min(_step_across_columns(plane), _step_across_columns(plane.T))


def _step_across_columns(plane: Plane) -> float:
    """Mean step at the strongest of the eight phases of the grid minus that at the second strongest."""
    steps = np.abs(np.diff(plane, axis=1))
    columns = max(0, steps.shape[1] - 2) // BLOCK_PX * BLOCK_PX
    smooth = np.maximum(steps[:, :-2], steps[:, 2:])[:, :columns] <= SMOOTH_MAX_STEP_8BIT
    inner = steps[:, 1:-1][:, :columns]
    places, totals = (
        values.reshape(len(plane), -1, BLOCK_PX).sum((0, 1)) for values in (smooth, inner * smooth)
    )
    if places.min() < MIN_SMOOTH_PLACES or smooth.mean() < MIN_SMOOTH_SHARE:
        return 0.0
    phases = np.sort(totals / places)
    return float(phases[-1] - phases[-2])
