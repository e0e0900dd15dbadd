"""Broad tones of a learned style: places of one colour in the photo get about one tone in the picture.

The net has learned what drawings do to photos. In the vector of any other picture its answer to a large pale
or dark place can run far off: a sun on a white bowl, a purple stain on a black coat. How each colour
changes is fitted over the whole picture; what departs from that over a broad place is held by a soft knee.
"""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

CELLS: Final = 48  # on the long side: broad is what fills such a cell
KNEE: Final = 0.06  # distance in RGB by which a broad tone may depart from its colour's usual one
FITS: Final = 5  # rounds, each with less weight where the last one departed
RIDGE: Final = 1e-5  # keeps the fit of a photo of few colours small


def tone_residual(painted: Tensor, photo: Tensor) -> Tensor:
    """(1, 3, h, w), a cell each: what to add to a picture (1, 3, H, W) painted of the photo."""
    small, change = _cells(photo), _cells(painted - photo)
    known, wanted = _terms(small).flatten(2)[0].T, change.flatten(2)[0].T
    weight = torch.ones_like(known[:, :1])
    for _ in range(FITS):
        departure = wanted - known @ _fit(known, wanted, weight)
        weight = 1 / (1 + departure.square().sum(1, keepdim=True) / KNEE**2)
    size = departure.norm(dim=1, keepdim=True).clamp(min=1e-4)
    excess: Tensor = departure * (KNEE * torch.tanh(size / KNEE) / size - 1)
    return excess.T.view_as(change)


def remove_tone_residual(painted: Tensor, photo: Tensor, share: float = 1.0) -> Tensor:
    """The picture (1, 3, H, W) with a share of that added."""
    if share == 0:
        return painted
    added = F.interpolate(
        tone_residual(painted, photo), size=photo.shape[2:], mode="bilinear", antialias=True
    )
    return painted + share * added


def _cells(picture: Tensor) -> Tensor:
    scale = min(1.0, CELLS / max(picture.shape[2:]))
    size = [max(1, round(side * scale)) for side in picture.shape[2:]]
    return F.interpolate(picture, size=size, mode="area")


def _terms(colours: Tensor) -> Tensor:
    """(1, 10, h, w) red, green and blue up to their second degree."""
    red, green, blue = colours.split(1, 1)
    first = [torch.ones_like(red), red, green, blue]
    second = [red * red, green * green, blue * blue, red * green, green * blue, blue * red]
    return torch.cat([*first, *second], 1)


def _fit(known: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    """(10, 3) weighted least squares with a little ridge."""
    weighted = (known * weight).T
    ridge = RIDGE * len(known) * torch.eye(known.shape[1]).to(known)
    terms: Tensor = torch.linalg.solve(weighted @ known + ridge, weighted @ wanted)
    return terms
