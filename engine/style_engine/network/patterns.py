"""Drawn fields: the fixed patterns a style may let into the net (hatching, dots, tiles, bristles, grain).

A convolutional net cannot draw a hatch or a dot screen on an even tone: it has nothing to hold on to. So the
net is offered these periodic fields, and each style says how much of which one it lets in.
"""

from functools import lru_cache
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

TILE: Final = 256  # px; every field repeats with this period
NAMES: Final = (
    "hatch", "counter_hatch", "lines", "dots", "cells", "grain", "wash",
    "bristle_0", "bristle_45", "bristle_90", "bristle_135", "dab", "dab_warm", "dab_light",
)  # fmt: skip
SEED: Final = 1867
CELL_PITCH: Final = 16  # px between the tiles of a mosaic
DAB_PITCH: Final = 8  # px between the dabs of a pointillist brush

Field = NDArray[np.float64]
Numbers = NDArray[np.int64]


def patterns_at(height: int, width: int, top: int = 0, left: int = 0) -> Tensor:
    """(1, fields, height, width), about -1..1, of the plane's window that starts at (top, left) px."""
    rows = torch.arange(top, top + height) % TILE
    columns = torch.arange(left, left + width) % TILE
    return _tile()[:, rows][:, :, columns].unsqueeze(0)


def half_size_patterns(height: int, width: int, top: int = 0, left: int = 0) -> Tensor:
    """(1, fields, height / 2, width / 2): a window of what the net sees at half size; px are even."""
    rows = torch.arange(top // 2, (top + height) // 2) % (TILE // 2)
    columns = torch.arange(left // 2, (left + width) // 2) % (TILE // 2)
    return _half_tile()[:, rows][:, :, columns].unsqueeze(0)


def cell_numbers() -> Numbers:
    """(256, 256) number of the mosaic tile that owns each pixel."""
    return _cells(CELL_PITCH, SEED + 3)[0]


@lru_cache(maxsize=1)
def _half_tile() -> Tensor:
    return torch.nn.functional.avg_pool2d(_tile(), 2)


@lru_cache(maxsize=1)
def _tile() -> Tensor:
    fields = _screens() | _noises() | _bristles() | _dabs()
    return torch.from_numpy(np.stack([fields[name] for name in NAMES])).float()


def _screens() -> dict[str, Field]:
    """Lines and dots of a printer's or a draughtsman's screen, drawn by a slightly unsteady hand."""
    y, x = np.mgrid[0:TILE, 0:TILE] * (2 * np.pi / TILE)
    wobble = 0.55 * _noise(9.0, 9.0, 0, seed=SEED)
    return {
        "hatch": np.cos(26 * (x + y) + wobble),
        "counter_hatch": np.cos(26 * (x - y) + wobble),
        "lines": np.cos(42 * y + 1.6 * np.sin(2 * x) + wobble),
        "dots": (np.cos(22 * (x + y)) + np.cos(22 * (x - y))) / 2,
        "cells": np.clip(_cells(CELL_PITCH, SEED + 3)[1] / 2 - 1, -1, 1),
    }


def _noises() -> dict[str, Field]:
    return {
        "grain": _half_range(_noise(1.3, 1.3, 0, SEED + 1)),
        "wash": _half_range(_noise(11.0, 11.0, 0, SEED + 2)),
    }


def _bristles() -> dict[str, Field]:
    """Streaks of a loaded brush, drawn out in four directions (degrees)."""
    return {f"bristle_{a}": _half_range(_noise(13.0, 1.5, a, SEED + 10 + a)) for a in (0, 45, 90, 135)}


def _dabs() -> dict[str, Field]:
    """Round touches of a small brush: their profile, and a warmth and a lightness for each."""
    owner, to_joint = _cells(DAB_PITCH, SEED + 4)
    values = np.random.default_rng(SEED + 5).uniform(-1, 1, (2, owner.max() + 1))
    profile = np.clip(to_joint / 1.5 - 1, -1, 1)
    return {"dab": profile, "dab_warm": values[0][owner], "dab_light": values[1][owner]}


def _half_range(noise: Field) -> Field:
    return np.clip(noise / 2, -1, 1)


def _noise(along: float, across: float, degrees: float, seed: int) -> Field:
    """(256, 256) periodic Gaussian noise of unit variance, smooth over px along and across a direction."""
    white = np.random.default_rng(seed).standard_normal((TILE, TILE))
    fy, fx = np.meshgrid(np.fft.fftfreq(TILE), np.fft.fftfreq(TILE), indexing="ij")
    turn = np.deg2rad(degrees)
    length = fx * np.cos(turn) + fy * np.sin(turn)
    breadth = fy * np.cos(turn) - fx * np.sin(turn)
    low_pass = np.exp(-2 * np.pi**2 * ((along * length) ** 2 + (across * breadth) ** 2))
    smooth = np.fft.ifft2(np.fft.fft2(white) * low_pass).real
    return np.asarray(smooth / smooth.std())


@lru_cache(maxsize=2)
def _cells(pitch: int, seed: int) -> tuple[Numbers, Field]:
    """(256, 256) owner of each pixel in a jittered periodic Voronoi pattern, and px to the next joint."""
    count = TILE // pitch
    jitter = np.random.default_rng(seed).uniform(0.15, 0.85, (count, count, 2))
    y, x = np.mgrid[0:TILE, 0:TILE]
    owners, distances = [], []
    for down in range(-2, 3):
        for right in range(-2, 3):
            row, column = y // pitch + down, x // pitch + right
            seeds = jitter[row % count, column % count]
            owners.append(row % count * count + column % count)
            away_y, away_x = (row + seeds[..., 0]) * pitch - y, (column + seeds[..., 1]) * pitch - x
            distances.append(np.hypot(away_y, away_x))
    order = np.argsort(np.stack(distances), axis=0, kind="stable")[:2]
    first, second = np.take_along_axis(np.stack(distances), order, axis=0)
    owner = np.take_along_axis(np.stack(owners), order[:1], axis=0)[0]
    return owner, (second - first) / 2
