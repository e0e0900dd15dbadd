"""Linear filters over pictures (B, C, H, W): luminance, Gaussian blur, box means, halving."""

import math
from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

REC_601: Final = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in luminance (ITU-R BT.601)."""


def luminance(picture: Tensor) -> Tensor:
    """(B, 1, H, W) of RGB, Rec. 601 weights, in the picture's own units."""
    red, green, blue = picture.split(1, 1)
    return torch.mul(red, REC_601[0]).add_(green, alpha=REC_601[1]).add_(blue, alpha=REC_601[2])


def gaussian(x: Tensor, sigma: float) -> Tensor:
    """Gaussian blur over `sigma` px, edges replicated."""
    radius = max(1, round(2.5 * sigma))
    bell = [math.exp(-(step**2) / (2 * sigma**2)) for step in range(radius + 1)]
    total = bell[0] + 2 * sum(bell[1:])
    shares = [height / total for height in bell]
    padded = F.pad(x, (radius, radius, radius, radius), "replicate")
    return _blurred(_blurred(padded, 3, shares), 2, shares)


def _blurred(x: Tensor, axis: int, shares: Sequence[float]) -> Tensor:
    """Weighted sums along one axis; `shares` from the middle outwards. Sums of shifted views are several
    times as fast on a CPU as convolutions of one channel."""
    radius = len(shares) - 1
    size = x.shape[axis] - 2 * radius
    total = x.narrow(axis, radius, size) * shares[0]
    for step in range(1, radius + 1):
        both = x.narrow(axis, radius - step, size) + x.narrow(axis, radius + step, size)
        total = total.add_(both, alpha=shares[step])
    return total


def channel_mean_std(x: Tensor, epsilon: float) -> tuple[Tensor, Tensor]:
    """(B, C) mean and standard deviation of each channel (biased); `epsilon` is added to the variance."""
    variance, mean = torch.var_mean(x, (2, 3), correction=0)
    return mean, (variance + epsilon).sqrt()


def halved(photo: Tensor) -> Tensor:
    """(B, C, H / 2, W / 2) means of 2 × 2 px."""
    rows = photo[:, :, ::2] + photo[:, :, 1::2]
    return (rows[..., ::2] + rows[..., 1::2]) / 4


def window_means(x: Tensor, size: int) -> Tensor:
    """(B, C, H - size + 1, W - size + 1) the mean of every window of size × size px."""
    for axis in (3, 2):
        kept = x.shape[axis] - size + 1
        x = torch.stack([x.narrow(axis, start, kept) for start in range(size)]).sum(0)
    return x / size**2
