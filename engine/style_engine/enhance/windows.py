"""Pictures split into square windows that do not overlap."""

from .thumbnail import Plane


def split_windows(plane: Plane, side_px: int) -> Plane:
    """(N, side, side, …) the whole windows of (H, W, …), row by row."""
    rows, columns = (length // side_px for length in plane.shape[:2])
    windows = plane[: rows * side_px, : columns * side_px]
    windows = windows.reshape(rows, side_px, columns, side_px, *plane.shape[2:]).swapaxes(1, 2)
    return windows.reshape(rows * columns, side_px, side_px, *plane.shape[2:])
