"""Planes: a photo simplified to shapes of a few values, as painters see it before they paint."""

import math

from torch import Tensor
from torch.nn import functional as F

from ...imaging import windows
from ...imaging.filters import luminance
from .steps import at_tone, kuwahara, rise
from .subject import simplify


def planes_of_colour(photo: Tensor, radius_px: float) -> Tensor:
    """Shapes of colour (1, 3, H, W) no smaller than the radius (Kuwahara filter), computed at half the size."""
    height, width = photo.shape[2:]
    small = F.interpolate(photo, size=(max(1, height // 2), max(1, width // 2)), mode="area")
    shapes = kuwahara(simplify(small, radius_px / 2, 0.06, 2), radius_px / 2)
    return F.interpolate(shapes, size=(height, width), mode="bilinear")


def group_values(picture: Tensor, values: float, amount: float) -> Tensor:
    """The picture (1, 3, H, W) with its tones drawn towards `values` even steps.

    Steps are even in the square root of the luminance, as they are to the viewer; `amount`: 0 to leave the
    tones, 1 for steps between flat values.
    """
    tone = luminance(picture).clamp(min=1e-4)
    root, frequency = tone.sqrt(), 2 * math.pi * values
    stepped = root - amount / frequency * (frequency * root).sin()
    return at_tone(picture, tone, stepped.square())


def small_lights(tone: Tensor, radius_px: float) -> Tensor:
    """(1, 1, H, W) 1 in lights smaller than the radius and close around them: gloss, not form."""
    factor = max(1, int(radius_px / 4))
    height, width = tone.shape[2:]
    small = F.interpolate(tone, size=[max(1, side // factor) for side in (height, width)], mode="area")
    radius = max(1, round(radius_px / factor))
    opened = windows.maximum(-windows.maximum(-small, radius), radius)
    light = windows.maximum(rise(small - opened, 0.12, 0.24), 1)
    return F.interpolate(light, size=(height, width), mode="bilinear")
