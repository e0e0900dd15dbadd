"""Directions of strokes: along the forms of a photo, from its structure tensor over several scales."""

import math
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging.filters import gaussian, luminance

GRADIENT_SIGMA_PX: Final = 1.2
SCALES: Final = (0.004, 0.012, 0.035, 0.10)  # of the structure tensor's windows, in shares of the size
SCALE_WEIGHT: Final = 0.45  # of each scale relative to the one before: near forms decide first
FLOW_PERIOD_SHARE: Final = 0.22  # of the slow flow that strokes follow where no form gives a direction
FLOW_ENERGY: Final = 3e-6  # squared gradient below which the slow flow decides
CURVATURE_SIGMA_SHARE: Final = 0.01
REDUCED_SIGMA_PX: Final = 1.5  # of a wide Gaussian, on the reduced copy on which it is computed


def wide_gaussian(x: Tensor, sigma_px: float) -> Tensor:
    """Gaussian blur of any width, on a reduced copy where it is wide."""
    factor = int(sigma_px / REDUCED_SIGMA_PX)
    if factor <= 1:
        return gaussian(x, sigma_px)
    size = [max(2, math.ceil(side / factor)) for side in x.shape[2:]]
    blurred = gaussian(F.interpolate(x, size=size, mode="area"), sigma_px / factor)
    return F.interpolate(blurred, size=x.shape[2:], mode="bilinear", antialias=True)


def gradients(x: Tensor) -> tuple[Tensor, Tensor]:
    """Central differences along rows and along columns, edges replicated."""
    wide, tall = F.pad(x, (1, 1, 0, 0), "replicate"), F.pad(x, (0, 0, 1, 1), "replicate")
    return (wide[..., 2:] - wide[..., :-2]) / 2, (tall[:, :, 2:] - tall[:, :, :-2]) / 2


def stroke_directions(photo: Tensor, size_px: float) -> tuple[Tensor, Tensor]:
    """Angle (radians) and curvature (radians per px) of strokes, each (1, 1, H, W), for a photo (1, 3, H, W).

    Strokes run across the gradient. `size_px` is the size of the product or the picture, to which the
    windows are relative, so that a photo has the same directions at every resolution.
    """
    right, down = gradients(gaussian(luminance(photo), GRADIENT_SIGMA_PX))
    tensor = torch.cat([right**2 - down**2, 2 * right * down], 1)
    total = -FLOW_ENERGY * _slow_flow(photo, size_px)
    for index, share in enumerate(SCALES):
        total = total + SCALE_WEIGHT**index * wide_gaussian(tensor, max(1.0, share * size_px))
    doubled = torch.atan2(total[:, 1:], total[:, :1])
    angle = doubled / 2 + math.pi / 2
    return angle, _curvature(doubled, angle, size_px)


def _slow_flow(photo: Tensor, size_px: float) -> Tensor:
    """(1, 2, H, W) cosine and sine of a slowly turning doubled angle."""
    rows, columns = (
        torch.arange(side, device=photo.device) / (FLOW_PERIOD_SHARE * size_px) for side in photo.shape[2:]
    )
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    doubled = 1.3 * torch.sin(2.1 * x + 0.7 * torch.sin(1.7 * y))
    doubled = doubled + 1.3 * torch.sin(1.9 * y + 0.9 * torch.sin(1.3 * x) + 1.0)
    return torch.stack([doubled.cos(), doubled.sin()])[None]


def _curvature(doubled: Tensor, angle: Tensor, size_px: float) -> Tensor:
    """Change of the angle along the stroke, from a smoothed copy of the doubled angle."""
    sigma = max(1.0, CURVATURE_SIGMA_SHARE * size_px)
    smooth = wide_gaussian(torch.cat([doubled.cos(), doubled.sin()], 1), sigma)
    padded = F.pad(torch.atan2(smooth[:, 1:], smooth[:, :1]), (1, 1, 1, 1), "replicate")
    right = _wrapped(padded[:, :, 1:-1, 2:] - padded[:, :, 1:-1, :-2]) / 4
    down = _wrapped(padded[:, :, 2:, 1:-1] - padded[:, :, :-2, 1:-1]) / 4
    return right * angle.cos() + down * angle.sin()


def _wrapped(difference: Tensor) -> Tensor:
    """A difference of angles in -π..π."""
    return (difference + math.pi) % (2 * math.pi) - math.pi
