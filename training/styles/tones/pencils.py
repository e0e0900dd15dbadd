"""Tones of pencil, coloured pencil, charcoal, red chalk and pastel: their papers, pigments and contrast."""

from typing import Final

import torch
from torch import Tensor

from style_engine.imaging.filters import luminance
from style_engine.painting.media.subject import rgb, saturate

from .basics import colour_ramp

BLACK_POINT, WHITE_POINT = 0.03, 0.96  # luminance drawn as the darkest tone, and as bare paper
GRAPHITE: Final = (0.12, 0.12, 0.135)
GRAPHITE_PAPER: Final = (0.975, 0.972, 0.96)
CHARCOAL: Final = (0.095, 0.09, 0.09)
CHARCOAL_PAPER: Final = (0.96, 0.95, 0.925)
SANGUINE_DEEP: Final = (0.30, 0.07, 0.045)
SANGUINE: Final = (0.74, 0.36, 0.245)
SANGUINE_PAPER: Final = (0.99, 0.965, 0.925)


def pencil(photo: Tensor) -> Tensor:
    """Graphite greys on white paper: clear lights and darks, and few middle tones."""
    tone = _levels(photo) ** 0.95
    tone = torch.lerp(tone, tone * tone * (3 - 2 * tone), 0.35)
    return _between(rgb(*GRAPHITE), rgb(*GRAPHITE_PAPER), tone)


def coloured_pencil(photo: Tensor) -> Tensor:
    """Pure pigments over white paper: saturated, lighter, and cool violet instead of black in the shade."""
    lighter = saturate(photo, 1.28) ** 0.78
    shade = (1 - luminance(photo) * 2.2).clamp(0, 1) ** 1.5
    return (0.05 + 0.94 * lighter + shade * rgb(0.025, 0.015, 0.04)).clamp(0, 1)


def charcoal(photo: Tensor) -> Tensor:
    """Blacks of compressed charcoal, and a strong contrast of the lights to the middle tones."""
    tone = _levels(photo)
    curved = torch.lerp(tone, tone * tone * (3 - 2 * tone), 0.35)
    return _between(rgb(*CHARCOAL), rgb(*CHARCOAL_PAPER), curved)


def red_chalk(photo: Tensor) -> Tensor:
    """One red-brown chalk from its deep accents to a warm paper."""
    tone = _levels(photo) ** 0.80
    return colour_ramp(tone, rgb(*SANGUINE_DEEP), rgb(*SANGUINE), rgb(*SANGUINE_PAPER)).clamp(0, 1)


def pastel(photo: Tensor) -> Tensor:
    """Powdery pigments: lighter and more saturated than the photo, warm lights, and blue-violet shade."""
    tone = luminance(photo)
    powdery = 0.07 + 0.90 * saturate(photo, 1.32) ** 0.80
    return (powdery + tone**2 * rgb(0.02, 0.01, -0.015) + (1 - tone) ** 2 * rgb(0.005, 0.0, 0.028)).clamp(
        0, 1
    )


def _levels(photo: Tensor) -> Tensor:
    """0 at the black point and 1 at the white point; saturated colours are drawn lighter than grey."""
    tone = torch.lerp(luminance(photo), photo.amax(1, keepdim=True), 0.15)
    return ((tone - BLACK_POINT) / (WHITE_POINT - BLACK_POINT)).clamp(0, 1)


def _between(dark: Tensor, light: Tensor, tone: Tensor) -> Tensor:
    return dark + (light - dark) * tone
