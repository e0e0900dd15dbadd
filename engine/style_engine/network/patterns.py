"""Patterns: fixed periodic textures (hatching, dots, mosaic cells, bristles, grain).

A convolutional network cannot draw a hatch or a dot screen on a flat area, because its input is constant
there. The patterns are part of the conditioning maps; a style's injection weights say how much it uses.
"""

from functools import lru_cache
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

PATTERN_PERIOD_PX: Final = 256
PATTERN_NAMES: Final = (
    "hatch", "counter_hatch", "lines", "dots", "cells", "grain", "wash",
    "bristle_0", "bristle_45", "bristle_90", "bristle_135", "dab", "dab_warm", "dab_light",
)  # fmt: skip
BRISTLE_DEGREES: Final = (0, 45, 90, 135)
PATTERN_SEED: Final = 1867
MOSAIC_PITCH_PX: Final = 16
DAB_PITCH_PX: Final = 8

Plane = NDArray[np.float64]
Indices = NDArray[np.int64]


def patterns_at(height: int, width: int, top: int = 0, left: int = 0) -> Tensor:
    """(1, 14, height, width), about -1..1: the window of the periodic plane at (top, left) px."""
    rows = torch.arange(top, top + height) % PATTERN_PERIOD_PX
    columns = torch.arange(left, left + width) % PATTERN_PERIOD_PX
    return _pattern_period()[:, rows][:, :, columns].unsqueeze(0)


def half_size_patterns(height: int, width: int, top: int = 0, left: int = 0) -> Tensor:
    """(1, 14, height / 2, width / 2): the same window at half size; all four numbers must be even."""
    rows = torch.arange(top // 2, (top + height) // 2) % (PATTERN_PERIOD_PX // 2)
    columns = torch.arange(left // 2, (left + width) // 2) % (PATTERN_PERIOD_PX // 2)
    return half_size_period()[:, rows][:, :, columns].unsqueeze(0)


@lru_cache(maxsize=1)
def half_size_period() -> Tensor:
    """(14, 128, 128) one period of every pattern at half size."""
    return torch.nn.functional.avg_pool2d(_pattern_period(), 2)


@lru_cache(maxsize=1)
def _pattern_period() -> Tensor:
    planes = _screens() | _noises() | _bristles() | _dabs()
    return torch.from_numpy(np.stack([planes[name] for name in PATTERN_NAMES])).float()


def _screens() -> dict[str, Plane]:
    """Lines, dots and mosaic cells, slightly irregular."""
    y, x = np.mgrid[0:PATTERN_PERIOD_PX, 0:PATTERN_PERIOD_PX] * (2 * np.pi / PATTERN_PERIOD_PX)
    wobble = 0.55 * _noise(9.0, 9.0, 0, seed=PATTERN_SEED)
    return {
        "hatch": np.cos(26 * (x + y) + wobble),
        "counter_hatch": np.cos(26 * (x - y) + wobble),
        "lines": np.cos(42 * y + 1.6 * np.sin(2 * x) + wobble),
        "dots": (np.cos(22 * (x + y)) + np.cos(22 * (x - y))) / 2,
        "cells": np.clip(_cells(MOSAIC_PITCH_PX, PATTERN_SEED + 3)[1] / 2 - 1, -1, 1),
    }


def _noises() -> dict[str, Plane]:
    return {
        "grain": _clipped(_noise(1.3, 1.3, 0, PATTERN_SEED + 1)),
        "wash": _clipped(_noise(11.0, 11.0, 0, PATTERN_SEED + 2)),
    }


def _bristles() -> dict[str, Plane]:
    """Anisotropic noise in four directions."""
    return {f"bristle_{a}": _clipped(_noise(13.0, 1.5, a, PATTERN_SEED + 10 + a)) for a in BRISTLE_DEGREES}


def _dabs() -> dict[str, Plane]:
    """Round dabs: their profile, and a random warmth and lightness for each."""
    owner, joint_distance = _cells(DAB_PITCH_PX, PATTERN_SEED + 4)
    values = np.random.default_rng(PATTERN_SEED + 5).uniform(-1, 1, (2, owner.max() + 1))
    profile = np.clip(joint_distance / 1.5 - 1, -1, 1)
    return {"dab": profile, "dab_warm": values[0][owner], "dab_light": values[1][owner]}


def _clipped(noise: Plane) -> Plane:
    return np.clip(noise / 2, -1, 1)


def _noise(along: float, across: float, degrees: float, seed: int) -> Plane:
    """(256, 256) periodic Gaussian noise of unit variance, with sigmas in px along and across a direction."""
    white = np.random.default_rng(seed).standard_normal((PATTERN_PERIOD_PX, PATTERN_PERIOD_PX))
    fy, fx = np.meshgrid(np.fft.fftfreq(PATTERN_PERIOD_PX), np.fft.fftfreq(PATTERN_PERIOD_PX), indexing="ij")
    angle = np.deg2rad(degrees)
    f_along = fx * np.cos(angle) + fy * np.sin(angle)
    f_across = fy * np.cos(angle) - fx * np.sin(angle)
    low_pass = np.exp(-2 * np.pi**2 * ((along * f_along) ** 2 + (across * f_across) ** 2))
    smooth = np.fft.ifft2(np.fft.fft2(white) * low_pass).real
    return np.asarray(smooth / smooth.std())


@lru_cache(maxsize=2)
def _cells(pitch: int, seed: int) -> tuple[Indices, Plane]:
    """(256, 256) cell index of each pixel in a jittered periodic Voronoi diagram; px to the cell's edge."""
    count = PATTERN_PERIOD_PX // pitch
    jitter = np.random.default_rng(seed).uniform(0.15, 0.85, (count, count, 2))
    y, x = np.mgrid[0:PATTERN_PERIOD_PX, 0:PATTERN_PERIOD_PX]
    owners, distances = [], []
    for down in range(-2, 3):
        for right in range(-2, 3):
            row, column = y // pitch + down, x // pitch + right
            seeds = jitter[row % count, column % count]
            owners.append(row % count * count + column % count)
            offset_y, offset_x = (row + seeds[..., 0]) * pitch - y, (column + seeds[..., 1]) * pitch - x
            distances.append(np.hypot(offset_y, offset_x))
    order = np.argsort(np.stack(distances), axis=0, kind="stable")[:2]
    first, second = np.take_along_axis(np.stack(distances), order, axis=0)
    owner = np.take_along_axis(np.stack(owners), order[:1], axis=0)[0]
    return owner, (second - first) / 2
