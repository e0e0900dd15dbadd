"""Guides: what a style may let in past the norms. Drawn fields, strokes along the forms,
outlines, tones in steps, the photo's colours.

All of it is local and fixed; which of it a style uses, and how much, is in the style's vector.
"""

import math
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ..imaging.filters import gaussian, halve, luminance, window_means
from .patterns import NAMES as PATTERN_NAMES

COLOUR_NAMES: Final = ("steps", "red", "green", "blue", "flat_red", "flat_green", "flat_blue")
NAMES: Final = (*PATTERN_NAMES, "streaks", "outline", *COLOUR_NAMES)
DIRECTIONS: Final = (0, 45, 90, 135)  # degrees, of the bristle fields


def conditioning_maps(photo: Tensor, fields: Tensor) -> Tensor:
    """(B, GUIDES, H / 2, W / 2) of a photo (B, 3, H, W) and half-size fields; about -1..1."""
    half = halve(photo)
    fields = fields.expand(len(photo), -1, -1, -1)
    streak = streaks(half, fields, fine=0.75, coarse=2.5)
    line = outline(half, sigma=0.85, bold=70.0)
    touches = flat_touches(half, radius=2)
    steps = levelled(flat_touches(touches, radius=2)) - 0.5
    return torch.cat([fields, streak, line, steps, half - 0.5, touches - 0.5], 1)


def streaks(photo: Tensor, fields: Tensor, fine: float, coarse: float) -> Tensor:
    """(B, 1, H, W) the bristle field that runs along the forms; slanting where nothing has a direction.

    `fine` and `coarse` are the px over which gradients are taken and agreed on.
    """
    tone = gaussian(luminance(photo), fine)
    dx = F.pad(tone, (1, 1, 0, 0), "replicate").diff(dim=3)[..., 1:]
    dy = F.pad(tone, (0, 0, 1, 1), "replicate").diff(dim=2)[:, :, 1:]
    # Structure tensor as a double angle; the form runs across the gradient, hence the minus.
    tensor = -gaussian(torch.cat([dx * dx - dy * dy, 2 * dx * dy], 1), coarse)
    cosine, sine = tensor[:, :1] + 1e-5, tensor[:, 1:] - 6e-5
    length = (cosine**2 + sine**2).sqrt()
    turns = [math.radians(2 * degrees) for degrees in DIRECTIONS]
    along = torch.cat([(cosine * math.cos(turn) + sine * math.sin(turn)) / length for turn in turns], 1)
    weight = along.clamp(min=0) ** 2
    first = PATTERN_NAMES.index("bristle_0")
    return (weight * fields[:, first : first + 4]).sum(1, keepdim=True) / (weight.sum(1, keepdim=True) + 1e-3)


def outline(photo: Tensor, sigma: float, bold: float) -> Tensor:
    """(B, 1, H, W) 1 on contours: difference of Gaussians, soft threshold (after Winnemöller's XDoG)."""
    tone = luminance(photo) * 0.7 + photo.amin(1, keepdim=True) * 0.3
    difference = gaussian(tone, sigma * 1.6) - gaussian(tone, sigma)
    return torch.tanh(bold * (difference - 0.012).clamp(0, 1))


def flat_touches(photo: Tensor, radius: int) -> Tensor:
    """Flat touches with crisp rims: of four windows round each pixel the calmest one's mean counts most.

    Kuwahara's filter with a soft choice; `radius` in px.
    """
    grown = F.pad(photo, (radius, radius, radius, radius), "replicate")
    means = window_means(torch.cat([grown, luminance(grown) ** 2], 1), radius + 1)
    mean = means[:, :3]
    variance = means[:, 3:] - luminance(mean) ** 2
    height, width = photo.shape[2:]
    windows = [(slice(t, t + height), slice(left, left + width)) for t in (0, radius) for left in (0, radius)]
    weights = torch.softmax(torch.cat([-1500 * variance[:, :, rows, cols] for rows, cols in windows], 1), 1)
    shares = [weights[:, n : n + 1] * mean[:, :, rows, cols] for n, (rows, cols) in enumerate(windows)]
    return torch.stack(shares).sum(0)


def tone_steps(photo: Tensor, radius: int) -> Tensor:
    """(B, 1, H, W) luminance in flat touches and a few levels, as a poster has; 0 and 1 stay."""
    return levelled(flat_touches(flat_touches(photo, radius), radius))


def levelled(photo: Tensor, steps: int = 4) -> Tensor:
    """(B, 1, H, W) luminance drawn towards a few levels."""
    scaled = steps * luminance(photo)
    base = torch.floor(scaled).clamp(max=steps - 1)
    rise = torch.sigmoid((scaled - base - 0.5) / 0.06)
    return (base + rise) / steps
