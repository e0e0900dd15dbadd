"""Conditioning maps, which a style injects into the network after its normalisation.

Patterns, strokes along the structure, outlines, posterised luminance, and the photo's colours. All maps are
local and fixed; the injection weights in a style's vector say how much of each the style uses.
"""

import math
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ..imaging.filters import gaussian, halve, luminance, window_means
from .patterns import BRISTLE_DEGREES, PATTERN_NAMES

COLOUR_NAMES: Final = ("steps", "red", "green", "blue", "flat_red", "flat_green", "flat_blue")
CONDITIONING_NAMES: Final = (*PATTERN_NAMES, "streaks", "outline", *COLOUR_NAMES)
KUWAHARA_SHARPNESS: Final = 1500  # factor of the variance in the softmax over windows


def conditioning_maps(photo: Tensor, patterns: Tensor) -> Tensor:
    """(B, 23, H / 2, W / 2), about -1..1; photo: (B, 3, H, W); patterns: (1, 14, H / 2, W / 2)."""
    half = halve(photo)
    patterns = patterns.expand(len(photo), -1, -1, -1)
    streak = streaks(half, patterns, fine=0.75, coarse=2.5)
    line = outline(half, sigma=0.85, bold=70.0)
    flat = kuwahara(half, radius=2)
    steps = posterize(kuwahara(flat, radius=2)) - 0.5
    return torch.cat([patterns, streak, line, steps, half - 0.5, flat - 0.5], 1)


def streaks(photo: Tensor, patterns: Tensor, fine: float, coarse: float) -> Tensor:
    """(B, 1, H, W) bristle pattern along the photo's structure tensor; diagonal where there is no direction.

    `fine` and `coarse` are the sigmas, in px, of the gradient and of the structure tensor.
    """
    tone = gaussian(luminance(photo), fine)
    dx = F.pad(tone, (0, 1, 0, 0), "replicate")[..., 1:] - tone
    dy = F.pad(tone, (0, 0, 0, 1), "replicate")[:, :, 1:] - tone
    # Structure tensor as a double angle; strokes run perpendicular to the gradient, hence the minus.
    tensor = -gaussian(torch.cat([dx * dx - dy * dy, 2 * dx * dy], 1), coarse)
    cosine, sine = tensor[:, :1] + 1e-5, tensor[:, 1:] - 6e-5
    length = (cosine**2 + sine**2).sqrt()
    angles = [math.radians(2 * degrees) for degrees in BRISTLE_DEGREES]
    alignment = torch.cat([(cosine * math.cos(a) + sine * math.sin(a)) / length for a in angles], 1)
    weight = alignment.clamp(min=0) ** 2
    first = PATTERN_NAMES.index("bristle_0")
    bristles = patterns[:, first : first + len(BRISTLE_DEGREES)]
    return (weight * bristles).sum(1, keepdim=True) / (weight.sum(1, keepdim=True) + 1e-3)


def outline(photo: Tensor, sigma: float, bold: float) -> Tensor:
    """(B, 1, H, W) 1 on contours: soft-thresholded difference of Gaussians (after Winnemöller's XDoG)."""
    tone = luminance(photo) * 0.7 + photo.amin(1, keepdim=True) * 0.3
    difference = gaussian(tone, sigma * 1.6) - gaussian(tone, sigma)
    return torch.tanh(bold * (difference - 0.012).clamp(0, 1))


def kuwahara(photo: Tensor, radius: int) -> Tensor:
    """Kuwahara filter with soft selection: the mean of the least varying of four windows around each pixel.

    `radius` in px; flat areas with crisp edges.
    """
    padded = F.pad(photo, (radius, radius, radius, radius), "replicate")
    means = window_means(torch.cat([padded, luminance(padded) ** 2], 1), radius + 1)
    mean = means[:, :3]
    variance = means[:, 3:] - luminance(mean) ** 2
    height, width = photo.shape[2:]
    windows = [(slice(t, t + height), slice(left, left + width)) for t in (0, radius) for left in (0, radius)]
    logits = [-KUWAHARA_SHARPNESS * variance[:, :, rows, cols] for rows, cols in windows]
    weights = torch.softmax(torch.cat(logits, 1), 1)
    parts = [weights[:, n : n + 1] * mean[:, :, rows, cols] for n, (rows, cols) in enumerate(windows)]
    return torch.stack(parts).sum(0)


def posterize(photo: Tensor, steps: int = 4) -> Tensor:
    """(B, 1, H, W) luminance in `steps` + 1 levels with soft transitions."""
    scaled = steps * luminance(photo)
    base = torch.floor(scaled).clamp(max=steps - 1)
    rise = torch.sigmoid((scaled - base - 0.5) / 0.06)
    return (base + rise) / steps
