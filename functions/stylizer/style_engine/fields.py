"""Drawn fields: the fixed patterns a style may let into the net (hatching, dots, tiles, grain).

A convolutional net cannot draw a hatch or a dot screen on an even tone: it has nothing to hold on to. So the
net is offered seven periodic fields, and each style says how much of which one it lets in.
"""

from functools import lru_cache
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

TILE: Final = 256  # px; every field repeats with this period
NAMES: Final = ("hatch", "counter_hatch", "lines", "dots", "cells", "grain", "wash")
SEED: Final = 1867
CELL_PITCH: Final = 16  # px between tiles of the mosaic field

Field = NDArray[np.float64]


def drawn_fields(height: int, width: int, top: int = 0, left: int = 0) -> Tensor:
    """(1, 7, height, width), values about -1..1, of the plane's window that starts at (top, left) px."""
    rows = torch.arange(top, top + height) % TILE
    columns = torch.arange(left, left + width) % TILE
    return _tile()[:, rows][:, :, columns].unsqueeze(0)


def half_fields(height: int, width: int) -> Tensor:
    """(1, 7, height / 2, width / 2): what the net sees at half resolution; height and width are even."""
    rows = torch.arange(height // 2) % (TILE // 2)
    columns = torch.arange(width // 2) % (TILE // 2)
    return _half_tile()[:, rows][:, :, columns].unsqueeze(0)


def cell_numbers() -> NDArray[np.int64]:
    """(256, 256) number of the mosaic tile that owns each pixel."""
    return _cells()[0]


@lru_cache(maxsize=1)
def _half_tile() -> Tensor:
    return torch.nn.functional.avg_pool2d(_tile(), 2)


@lru_cache(maxsize=1)
def _tile() -> Tensor:
    y, x = np.mgrid[0:TILE, 0:TILE] * (2 * np.pi / TILE)
    wobble = 0.55 * _noise(9.0, seed=SEED)
    fields = {
        "hatch": np.cos(26 * (x + y) + wobble),
        "counter_hatch": np.cos(26 * (x - y) + wobble),
        "lines": np.cos(42 * y + 1.6 * np.sin(2 * x) + wobble),
        "dots": (np.cos(22 * (x + y)) + np.cos(22 * (x - y))) / 2,
        "cells": _cells()[1],
        "grain": np.clip(_noise(1.3, seed=SEED + 1) / 2, -1, 1),
        "wash": np.clip(_noise(11.0, seed=SEED + 2) / 2, -1, 1),
    }
    return torch.from_numpy(np.stack([fields[name] for name in NAMES])).float()


def _noise(sigma: float, seed: int) -> Field:
    """(256, 256) periodic Gaussian noise of unit variance, smooth over sigma px."""
    white = np.random.default_rng(seed).standard_normal((TILE, TILE))
    frequency = np.fft.fftfreq(TILE)
    low_pass = np.exp(-2 * (np.pi * sigma * frequency) ** 2)
    smooth = np.fft.ifft2(np.fft.fft2(white) * np.outer(low_pass, low_pass)).real
    return np.asarray(smooth / smooth.std())


@lru_cache(maxsize=1)
def _cells() -> tuple[NDArray[np.int64], Field]:
    """Owner of each pixel in a jittered, periodic Voronoi pattern, and its distance to the joint (-1..1)."""
    count = TILE // CELL_PITCH
    jitter = np.random.default_rng(SEED + 3).uniform(0.15, 0.85, (count, count, 2))
    corners = np.stack(list(np.mgrid[0:count, 0:count]), -1)
    seeds = ((corners + jitter) * CELL_PITCH).reshape(-1, 2)
    y, x = np.mgrid[0:TILE, 0:TILE]
    away = np.abs(np.stack([y, x], -1)[:, :, None] - seeds)
    around = np.minimum(away, TILE - away)
    distance = np.hypot(around[..., 0], around[..., 1])
    nearest = np.partition(distance, 1, axis=2)[:, :, :2]
    to_joint = (nearest[:, :, 1] - nearest[:, :, 0]) / 2
    return distance.argmin(2), np.clip(to_joint / 2.0 - 1, -1, 1)
