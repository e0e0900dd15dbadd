"""Planes: a photo simplified to shapes of a few values, as painters see it before they paint."""

import math

from torch import Tensor
from torch.nn import functional as F

from ...imaging.filters import luminance
from .steps import at_tone, kuwahara
from .subject import simplify


def grouped_planes(photo: Tensor, radius_px: float, values: float, amount: float) -> Tensor:
    """Shapes of colour (1, 3, H, W) no smaller than the radius, their tones drawn towards `values` even steps.

    Steps are even in the square root of the luminance, as they are to the viewer; `amount`: 0 to leave the
    tones, 1 for steps between flat values.
    """
    height, width = photo.shape[2:]
    small = F.interpolate(photo, size=(max(1, height // 2), max(1, width // 2)), mode="area")
    shapes = kuwahara(simplify(small, radius_px / 2, 0.06, 2), radius_px / 2)
    shapes = F.interpolate(shapes, size=(height, width), mode="bilinear")
    if amount == 0:
        return shapes
    tone = luminance(shapes).clamp(min=1e-4)
    root, frequency = tone.sqrt(), 2 * math.pi * values
    stepped = root - amount / frequency * (frequency * root).sin()
    return at_tone(shapes, tone, stepped.square())
