"""Highlights: limits on how bright the network may paint the light parts of a photo.

Trained on white paper, the network tends to turn light, flat areas white. A style learned from a picture must
not be brighter than that picture's highlights, nor of another colour; for catalogue styles that limit is
white. In any style, light areas may brighten only a little, so that a pale wall gets no white patches.
"""

from typing import Final

import torch
from torch import Tensor

from ..imaging.filters import luminance

WHITE_ROUNDING_TOLERANCE: Final = 1e-4
HIGHLIGHT_KNEE_LUMINANCE: Final = 0.08  # range above the limit into which brighter tones are compressed
LIGHT_AREA_MIN_LUMINANCE: Final = 0.86  # of the photo, 0..1
LIGHT_AREA_MAX_BRIGHTENING: Final = 0.02  # luminance that a style may add to a light area
BRIGHTENING_PER_LUMINANCE: Final = 2.0  # allowed beyond that, per unit of luminance below a light area
EXCESS_BRIGHTENING_SHARE: Final = 0.2  # of the brightening above the limit that is kept


def limit_highlights(painted: Tensor, photo: Tensor, light: Tensor) -> Tensor:
    """A painted photo (1, 3, H, W) with its highlights limited to the light (1, 3, 1, 1) and by the photo."""
    return limit_brightening(compress_above(painted, light), photo)


def compress_above(painted: Tensor, light: Tensor) -> Tensor:
    """Compress the luminance of a picture (1, 3, H, W) above the light's (1, 3, 1, 1) with a tanh knee."""
    if light.min() > 1 - WHITE_ROUNDING_TOLERANCE:
        return painted
    light, knee = light.to(painted), HIGHLIGHT_KNEE_LUMINANCE
    tone, limit = luminance(painted), luminance(light).clamp(min=knee)
    excess = (tone - limit).clamp(min=0)
    if not excess.any():
        return painted
    compressed = torch.where(excess > 0, limit + knee * torch.tanh(excess / knee), tone)
    tint = torch.lerp(painted / tone.clamp(min=knee), light / limit, (excess / knee).clamp(max=1))
    return torch.where(excess > 0, compressed * tint, painted)


def limit_brightening(painted: Tensor, photo: Tensor) -> Tensor:
    """Limit, per pixel, how much lighter than a light photo a painted picture (1, 3, H, W) may be."""
    tone = luminance(photo)
    below_light = (LIGHT_AREA_MIN_LUMINANCE - tone).clamp(min=0)
    allowed = LIGHT_AREA_MAX_BRIGHTENING + BRIGHTENING_PER_LUMINANCE * below_light
    excess = (luminance(painted) - tone - allowed).clamp(min=0)
    return painted - (1 - EXCESS_BRIGHTENING_SHARE) * excess
