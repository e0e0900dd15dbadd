"""Tones of the styles of pieces: mosaic and stained glass."""

from torch import Tensor

from style_engine.imaging.filters import luminance
from style_engine.painting.media.subject import rgb, saturate

from .basics import contrast, set_luminance


def mosaic(photo: Tensor) -> Tensor:
    """Stone and glass paste: strong local colours between a warm black and a warm white."""
    vivid = saturate(contrast(photo, 1.10), 1.42)
    return rgb(0.075, 0.070, 0.075) + vivid * rgb(0.875, 0.855, 0.815)


def stained_glass(photo: Tensor) -> Tensor:
    """Pot-metal glass with light behind it: saturated colours, light middle tones, blue for neutral darks."""
    tone = luminance(photo).clamp(min=0.004) ** 0.78
    chroma = photo.amax(1, keepdim=True) - photo.amin(1, keepdim=True)
    grey, neutral = luminance(photo), 1 - (6 * chroma).clamp(0, 1)
    # Pale colours gain most: vivid ones would turn into others.
    vivid = set_luminance(grey + (photo - grey) * (2.5 - 1.6 * chroma), tone)
    tinted = vivid + neutral * (tone * (1 - tone) * rgb(-0.32, -0.02, 0.42))
    return (rgb(0.125, 0.115, 0.165) + tinted * rgb(0.875, 0.875, 0.815)).clamp(0, 1)
