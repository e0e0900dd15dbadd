"""Tones of graphics: cartoon, comic ink, pop art, flat illustration, Art Deco poster."""

import torch
from torch import Tensor

from style_engine.imaging.filters import luminance
from style_engine.painting.media.subject import rgb, saturate

from .basics import colour_ramp, contrast, set_luminance


def cartoon(photo: Tensor) -> Tensor:
    """Bright, saturated, true colours, brighter shadows."""
    return enrich(contrast(photo + 0.28 * photo * (1 - photo), 1.06), 1.14)


def enrich(photo: Tensor, factor: float) -> Tensor:
    """More saturated colours of the same brightest channel, so that no shading is clipped; whites cleaner.

    Greys and nearly white colours must not turn yellow or blue.
    """
    high, low = photo.amax(1, keepdim=True), photo.amin(1, keepdim=True)
    own = ((high - low - 0.06) / 0.22).clamp(0, 1)
    return (high - (high - photo) * (0.8 + (factor - 0.8) * own)).clamp(0, 1)


def comic_ink(photo: Tensor) -> Tensor:
    """Grey as an inker reads it: saturated colours lighter than their luminance, whites clean."""
    value = 0.8 * luminance(photo) + 0.2 * photo.amax(1, keepdim=True)
    return contrast(value, 1.15).expand(-1, 3, -1, -1)


def pop_art(photo: Tensor) -> Tensor:
    """Loud colours of a comic print, in the product's own hues."""
    return enrich(contrast(photo + 0.20 * photo * (1 - photo), 1.08), 1.25)


def flat(photo: Tensor) -> Tensor:
    """A harmonious palette: shadows towards indigo, lights towards warm cream, colours clear."""
    tone = luminance(photo)
    clear = enrich(0.02 + 0.98 * photo + 0.18 * photo * (1 - photo), 1.12)
    dark, light = (1 - tone).clamp(0, 1) ** 2, tone.clamp(0, 1) ** 2
    return (clear + dark * rgb(-0.005, 0.0, 0.055) + light * rgb(0.02, 0.005, -0.035)).clamp(0, 1)


def art_deco(photo: Tensor) -> Tensor:
    """Night blue, teal and cream, gold for warm colours; saturated colours stay as accents."""
    tone = contrast(luminance(photo) * (1.0 + 0.06 * luminance(photo)), 1.12)
    red, _, blue = photo.split(1, 1)
    warm = torch.sigmoid(14 * (red - blue - 0.13))
    cold = colour_ramp(tone, rgb(0.03, 0.07, 0.17), rgb(0.16, 0.45, 0.50), rgb(0.97, 0.93, 0.82))
    gold = colour_ramp(tone, rgb(0.08, 0.05, 0.13), rgb(0.77, 0.53, 0.24), rgb(0.98, 0.93, 0.80))
    palette = torch.lerp(cold, gold, warm)
    chroma = photo.amax(1, keepdim=True) - photo.amin(1, keepdim=True)
    accent = 0.25 + 0.65 * torch.sigmoid(20 * (chroma - 0.13 - 0.10 * warm))
    own = set_luminance(saturate(photo, 1.1), tone)
    return torch.lerp(palette, own, accent)
