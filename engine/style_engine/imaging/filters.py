"""Linear filters over pictures (B, C, H, W): luminance, Gaussian blur, box means, halving."""

import math
from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

FLAT_WINDOW_PX: Final = 9
FLAT_WINDOW_MAX_STD_8BIT: Final = 2.5  # a window of lower luminance std is flat
REC_601: Final = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in luminance (ITU-R BT.601)."""


def luminance(picture: Tensor) -> Tensor:
    """(B, 1, H, W) of RGB, Rec. 601 weights, in the picture's own units."""
    red, green, blue = picture.split(1, 1)
    return torch.mul(red, REC_601[0]).add_(green, alpha=REC_601[1]).add_(blue, alpha=REC_601[2])


def gaussian(x: Tensor, sigma: float) -> Tensor:
    """Gaussian blur with `sigma` px; edges are replicated."""
    radius = max(1, round(2.5 * sigma))
    weights = [math.exp(-(step**2) / (2 * sigma**2)) for step in range(radius + 1)]
    total = weights[0] + 2 * sum(weights[1:])
    kernel = [weight / total for weight in weights]
    padded = F.pad(x, (radius, radius, radius, radius), "replicate")
    return _convolve_axis(_convolve_axis(padded, 3, kernel), 2, kernel)


def _convolve_axis(x: Tensor, axis: int, kernel: Sequence[float]) -> Tensor:
    """Symmetric convolution along one axis; `kernel` runs from its centre outwards.

    Sums of shifted views are several times as fast on a CPU as a convolution of one channel.
    """
    radius = len(kernel) - 1
    size = x.shape[axis] - 2 * radius
    total = x.narrow(axis, radius, size) * kernel[0]
    for step in range(1, radius + 1):
        pair = x.narrow(axis, radius - step, size) + x.narrow(axis, radius + step, size)
        total = total.add_(pair, alpha=kernel[step])
    return total


def channel_mean_std(x: Tensor, epsilon: float) -> tuple[Tensor, Tensor]:
    """(B, C) mean and standard deviation of each channel (biased); `epsilon` is added to the variance."""
    variance, mean = torch.var_mean(x, (2, 3), correction=0)
    return mean, (variance + epsilon).sqrt()


def halve(photo: Tensor) -> Tensor:
    """(B, C, H / 2, W / 2) means of 2 × 2 px."""
    rows = photo[:, :, ::2] + photo[:, :, 1::2]
    return (rows[..., ::2] + rows[..., 1::2]) / 4


def window_means(x: Tensor, size: int) -> Tensor:
    """(B, C, H - size + 1, W - size + 1) mean of every window of size × size px inside the picture."""
    for axis in (3, 2):
        windows = x.shape[axis] - size + 1
        x = torch.stack([x.narrow(axis, start, windows) for start in range(size)]).sum(0)
    return x / size**2
