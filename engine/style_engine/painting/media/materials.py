"""Materials: what a medium is painted on and with: planes of noise, and the relief of paint."""

import math
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging.filters import gaussian
from ..strokes.directions import gradients
from ..strokes.layers import cell_numbers

RELIEF_SIGMA_PX: Final = 0.9
LIGHT: Final = (-0.5, -0.6, 0.62)  # towards the light: right, down, out of the picture
AMBIENT: Final = 0.45
GLOSS_FROM: Final = 1.15
OCTAVE_GAIN: Final = 0.5  # of each octave relative to the one before


def value_noise(height: int, width: int, period_px: float, seed: int) -> Tensor:
    """(1, 1, height, width) smooth noise from random numbers on a grid; mean 0, std about 1."""
    rows, columns = (np.arange(int(side / period_px) + 4) for side in (height, width))
    cells = np.stack(np.meshgrid(rows, columns, indexing="ij")).reshape(2, -1)
    lattice = torch.from_numpy(cell_numbers(cells[0], cells[1], seed)[0]).view(1, 1, len(rows), len(columns))
    y, x = (torch.arange(side) / period_px + 1.5 for side in (height, width))
    grid_y, grid_x = torch.meshgrid(y * 2 / len(rows) - 1, x * 2 / len(columns) - 1, indexing="ij")
    grid = torch.stack([grid_x, grid_y], -1)[None].float()
    # The std of bicubic interpolation of uniform numbers is about .22.
    noise: Tensor = (F.grid_sample(lattice, grid, mode="bicubic", align_corners=False) - 0.5) / 0.22
    return noise


def fractal_noise(height: int, width: int, period_px: float, seed: int, octaves: int = 3) -> Tensor:
    """(1, 1, height, width) sum of octaves of noise, the coarsest of `period_px`; mean 0, std about 1."""
    gains = [OCTAVE_GAIN**octave for octave in range(octaves)]
    total = torch.zeros(1, 1, height, width)
    for octave, gain in enumerate(gains):
        total += gain * value_noise(height, width, max(1.0, period_px / 2**octave), seed + octave)
    return total / math.sqrt(sum(gain**2 for gain in gains))


def light_relief(painting: Tensor, height: Tensor, relief: float, gloss: float) -> Tensor:
    """The painting (1, 3, H, W) in raking light on paint of a height (1, 1, H, W).

    `relief`: slope per px of height; `gloss`: brightness added to the brightest slopes.
    """
    right, down = (-relief * slope for slope in gradients(gaussian(height, RELIEF_SIGMA_PX)))
    towards = [part / math.hypot(*LIGHT) for part in LIGHT]
    facing = towards[0] * right + towards[1] * down + towards[2]
    shade = facing / (1 + right.square() + down.square()).sqrt() / towards[2]
    shine = gloss * (shade - GLOSS_FROM).clamp(0, 1)
    return (painting * (AMBIENT + (1 - AMBIENT) * shade) + shine).clamp(0, 1)
