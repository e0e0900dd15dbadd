"""Tones of watercolour, ink wash, and line and wash: fresh colours, with darks that stay transparent."""

from typing import Final

import torch
from torch import Tensor

from style_engine.imaging.filters import luminance
from style_engine.painting.media.subject import rgb

from .basics import colour_ramp

COLOUR_DARK: Final = rgb(0.085, 0.085, 0.105)  # the deepest mixture of transparent pigments
WASH_DARK: Final = rgb(0.15, 0.15, 0.175)
INK_DARK: Final = rgb(0.07, 0.062, 0.065)
INK_MIDDLE: Final = rgb(0.53, 0.515, 0.50)
RICE_PAPER: Final = rgb(0.992, 0.981, 0.960)


def watercolour(photo: Tensor) -> Tensor:
    """Saturated transparent pigments on white paper; darks are a blue grey instead of black."""
    return COLOUR_DARK + (1.0 - COLOUR_DARK) * _pure(_brightened(photo, 0.84), 0.28)


def ink_wash(photo: Tensor) -> Tensor:
    """One warm black ink on warm paper, from pale grey to deep black."""
    # A power of the optical density leaves the highest lights to the paper and keeps the darks.
    density = -luminance(photo).clamp(min=0.02).log()
    tone = (-0.70 * density**1.42).exp()
    return colour_ramp(tone, INK_DARK, INK_MIDDLE, RICE_PAPER)


def line_and_wash(photo: Tensor) -> Tensor:
    """Light, fresh washes: the pen carries the deepest darks."""
    return WASH_DARK + (1.0 - WASH_DARK) * _pure(_brightened(photo, 0.80), 0.32)


def _brightened(photo: Tensor, exponent: float) -> Tensor:
    """A power of the luminance at the same hue and saturation; near black, saturation falls."""
    grey = luminance(photo).clamp(min=0)
    gain = (grey + 0.02) ** exponent / (grey + 0.02)
    return (photo * gain.clamp(max=1.8) + (grey * (gain - gain.clamp(max=1.8)))).clamp(0, 1)


def _pure(photo: Tensor, more: float) -> Tensor:
    """More saturated colours, dull ones more than pure ones; channels near black do not clip."""
    grey = luminance(photo)
    chroma = torch.amax(photo, 1, keepdim=True) - torch.amin(photo, 1, keepdim=True)
    spread = grey + (1 + more * (1 - chroma)) * (photo - grey)
    return (0.5 * (spread + (spread.square() + 0.002).sqrt())).clamp(max=1)
