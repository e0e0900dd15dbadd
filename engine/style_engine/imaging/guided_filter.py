"""Guided filters (He, Sun and Tang 2013): smoothing and upsampling that keep the edges of a guide image."""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from . import windows

UPSAMPLING_RADIUS_PX: Final = 2  # window of the linear fit, in px of the small copy
UPSAMPLING_EPSILON: Final = 1e-3  # colour variance below which a surface counts as uniform


def self_guided_coefficients(plane: Tensor, radius_px: int, epsilon: float) -> tuple[Tensor, Tensor]:
    """Slope and offset (1, 1, H, W) of the self-guided filter: slope * plane + offset is the smoothed plane.

    `epsilon` is the variance above which an edge is kept.
    """
    mean, square = windows.mean(torch.cat([plane, plane * plane]), radius_px).split(1)
    variance = (square - mean**2).clamp(min=0)
    slope = variance / (variance + epsilon)
    slope, offset = windows.mean(torch.cat([slope, (1 - slope) * mean]), radius_px).split(1)
    return slope, offset


def guided_upsample(photo: Tensor, small: Tensor, mask: Tensor) -> Tensor:
    """Upsample a mask (1, 1, h, w) from a small copy of the photo to the photo's size, along its edges.

    Fast guided filter with a colour guide (He and Sun 2015): around each pixel the mask is a linear function
    of the colour; it is fitted on the small copy and evaluated on the photo.
    """
    mean, mean_mask = _box_mean(small), _box_mean(mask)
    # Rows of the 3 x 3 colour covariance around each pixel, each (1, 3, h, w).
    rows = [_box_mean(small[:, c : c + 1] * small) - mean[:, c : c + 1] * mean for c in range(3)]
    for channel, row in enumerate(rows):
        row[:, channel] += UPSAMPLING_EPSILON
    mask_covariance = _box_mean(small * mask) - mean * mean_mask
    # The inverse of a 3 x 3 matrix by cross products of its rows.
    cross_products = [torch.linalg.cross(rows[(c + 1) % 3], rows[(c + 2) % 3], dim=1) for c in range(3)]
    determinant = (rows[0] * cross_products[0]).sum(1, keepdim=True)
    slope = sum(mask_covariance[:, c : c + 1] * cross_products[c] for c in range(3)) / determinant
    offset = mean_mask - (slope * mean).sum(1, keepdim=True)
    fit = F.interpolate(_box_mean(torch.cat([slope, offset], 1)), size=photo.shape[2:], mode="bilinear")
    upsampled = fit[:, 3:]
    for channel in range(3):
        upsampled.addcmul_(fit[:, channel : channel + 1], photo[:, channel : channel + 1])
    return upsampled.clamp(0, 1)


def _box_mean(planes: Tensor) -> Tensor:
    return windows.mean(planes, UPSAMPLING_RADIUS_PX)
