"""Tone fit: removes large-area colour errors of styles that were learned from a picture.

The network is trained on tones. With the vector of any picture, large light or dark areas can get
wrong colours: a yellow patch on a white bowl, a purple one on a black coat. A global map from photo colour to
change is fitted; what deviates from it over large areas is compressed by a tanh knee.
"""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

LONG_SIDE_CELLS: Final = 48  # cells along the long side over which colours are averaged
RESIDUAL_KNEE_RGB: Final = 0.06  # RGB distance to the fitted change above which residuals are compressed
REWEIGHTING_ROUNDS: Final = 5  # of the robust fit; each lowers the weight of large residuals
RIDGE_PENALTY: Final = 1e-5  # regularises the fit of photos with few colours


def tone_residual(painted: Tensor, photo: Tensor) -> Tensor:
    """(1, 3, h, w), one value per cell: the correction to add to `painted`; both pictures (1, 3, H, W)."""
    small, change = cells(photo, LONG_SIDE_CELLS), cells(painted - photo, LONG_SIDE_CELLS)
    terms, target = _polynomial(small).flatten(2)[0].T, change.flatten(2)[0].T
    knee = RESIDUAL_KNEE_RGB
    residual = target - terms @ reweighted_ridge(terms, target, knee, RIDGE_PENALTY)
    size = residual.norm(dim=1, keepdim=True).clamp(min=1e-4)
    correction: Tensor = residual * (knee * torch.tanh(size / knee) / size - 1)
    return correction.T.view_as(change)


def remove_tone_residual(painted: Tensor, photo: Tensor, share: float = 1.0) -> Tensor:
    """The painted picture (1, 3, H, W) with a share of the correction added."""
    if share == 0:
        return painted
    correction = F.interpolate(
        tone_residual(painted, photo), size=photo.shape[2:], mode="bilinear", antialias=True
    )
    return painted + share * correction


def cells(picture: Tensor, long_side: int) -> Tensor:
    """(1, 3, h, w) means of cells, at most `long_side` along the long side."""
    scale = min(1.0, long_side / max(picture.shape[2:]))
    size = [max(1, round(side * scale)) for side in picture.shape[2:]]
    return F.interpolate(picture, size=size, mode="area")


def _polynomial(colours: Tensor) -> Tensor:
    """(1, 10, h, w) the terms in red, green and blue up to the second degree."""
    red, green, blue = colours.split(1, 1)
    first = [torch.ones_like(red), red, green, blue]
    second = [red * red, green * green, blue * blue, red * green, green * blue, blue * red]
    return torch.cat([*first, *second], 1)


def reweighted_ridge(terms: Tensor, target: Tensor, knee: float, penalty: float) -> Tensor:
    """(T, 3) coefficients of a robust ridge regression of target (N, 3) on terms (N, T).

    Each round lowers the weight of residuals longer than `knee`; `penalty` is the ridge's, per sample.
    """
    weight = torch.ones_like(terms[:, :1])
    ridge = penalty * len(terms) * torch.eye(terms.shape[1]).to(terms)
    coefficients = torch.zeros(terms.shape[1], target.shape[1]).to(terms)
    for _ in range(REWEIGHTING_ROUNDS):
        weighted = (terms * weight).T
        coefficients = torch.linalg.solve(weighted @ terms + ridge, weighted @ target)
        residual = target - terms @ coefficients
        weight = 1 / (1 + residual.square().sum(1, keepdim=True) / knee**2)
    return coefficients
