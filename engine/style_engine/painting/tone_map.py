"""Tone map: the change of colour that the network makes, as one function of colour for the whole picture.

The network paints a small copy of the photo. A cubic polynomial of the colour is fitted to its change and
evaluated on the photo: edges, lettering and gradients stay as sharp as they are, and what the network paints
in one place only, such as a glow beside a highlight, is left out.
"""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from .tone_fit import cells, reweighted_ridge

LONG_SIDE_SAMPLES: Final = 96  # of the grid of colours to which the polynomial is fitted
LATTICE_STEPS: Final = 17  # of the table of the polynomial, per channel
KNEE_RGB: Final = 0.05  # residual at which a sample has half the weight
CUBIC_RIDGE_PENALTY: Final = 1e-4  # regularises the fit of photos with few colours


def map_tones(photo: Tensor, small: Tensor, painted: Tensor) -> Tensor:
    """The photo (1, 3, H, W) with the change of colour from a small copy to that copy painted."""
    coefficients = _fit(_samples(small), _samples(painted - small))
    # A table that is interpolated: twenty terms for every pixel take four times as long.
    steps = torch.linspace(0, 1, LATTICE_STEPS, device=photo.device, dtype=photo.dtype)
    blue, green, red = torch.meshgrid(steps, steps, steps, indexing="ij")
    lattice = torch.stack([red, green, blue], -1).view(-1, 3)
    table = (_cubic(lattice) @ coefficients).T.view(1, 3, LATTICE_STEPS, LATTICE_STEPS, LATTICE_STEPS)
    grid = (2 * photo - 1).permute(0, 2, 3, 1).unsqueeze(1)
    change = F.grid_sample(table, grid, padding_mode="border", align_corners=True)
    return (photo + change[:, :, 0]).clamp(0, 1)


def _fit(colours: Tensor, change: Tensor) -> Tensor:
    """(20, 3) coefficients of the change."""
    return reweighted_ridge(_cubic(colours), change, KNEE_RGB, CUBIC_RIDGE_PENALTY)


def _samples(picture: Tensor) -> Tensor:
    """(N, 3) mean colours of the cells of a grid."""
    return cells(picture, LONG_SIDE_SAMPLES).flatten(2)[0].T


def _cubic(colours: Tensor) -> Tensor:
    """(N, 20) the terms in red, green and blue, around middle grey, up to the third degree."""
    red, green, blue = (colours - 0.5).split(1, 1)
    first = [red, green, blue]
    second = [red * red, green * green, blue * blue, red * green, green * blue, blue * red]
    third = [second[0] * x for x in first] + [second[1] * x for x in first] + [second[2] * x for x in first]
    return torch.cat([torch.ones_like(red), *first, *second, *third, red * green * blue], 1)
