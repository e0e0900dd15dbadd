"""Planes: a photo simplified to shapes of a few values, as painters see it before they paint."""

import math
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging import windows
from ...imaging.filters import luminance
from ..strokes.directions import wide_gaussian
from .steps import at_tone, kuwahara, rise
from .subject import Subject, simplify

DARK_SENSITIVITY: Final = 0.35  # differences are relative to the luminance, from this share of white on
NEARLY_WHITE: Final = 0.95  # least channel
PALE_RANGE: Final = (
    0.82,
    0.92,
)  # least channel where surroundings begin to count as pale, and do wholly
VIVID: Final = 0.40  # range of the channels from which a colour is no grey
SURROUNDINGS_SHARE: Final = 0.06
WHITE_SIGMA_SHARE: Final = 0.006


def planes_of_colour(photo: Tensor, radius_px: float) -> Tensor:
    """Shapes of colour (1, 3, H, W) no smaller than the radius (Kuwahara filter), at half the size."""
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


def difference(wanted: Tensor, painting: Tensor, sigma_px: float) -> Tensor:
    """(1, 1, H, W) how far a painting is from what is wanted; relative to the luminance: darks count."""
    brightness = DARK_SENSITIVITY + (1 - DARK_SENSITIVITY) * luminance(wanted)
    missing = (wanted - painting).abs().mean(1, keepdim=True) / brightness
    return wide_gaussian(missing, max(1.0, sigma_px))


def small_lights(tone: Tensor, radius_px: float) -> Tensor:
    """(1, 1, H, W) 1 in lights smaller than the radius and close around them: gloss, not form."""
    factor = max(1, int(radius_px / 4))
    height, width = tone.shape[2:]
    small = F.interpolate(tone, size=[max(1, side // factor) for side in (height, width)], mode="area")
    radius = max(1, round(radius_px / factor))
    opened = windows.maximum(-windows.maximum(-small, radius), radius)
    light = windows.maximum(rise(small - opened, 0.12, 0.24), 1)
    return F.interpolate(light, size=(height, width), mode="bilinear")


def light_neutral(colours: Tensor) -> Tensor:
    """(1, 1, H, W), 0..1: light greys, in which marks of other colours would look like gravel."""
    vivid = ((colours.amax(1, keepdim=True) - colours.amin(1, keepdim=True)) / VIVID).clamp(0, 1)
    return (2.5 * luminance(colours) - 0.75).clamp(0, 1) * (1 - vivid)


def white_beside(subject: Subject) -> Tensor:
    """(1, 1, H, W) 1 in white beside the product, such as the background in a hole of the product."""
    white = rise(subject.photo.amin(1, keepdim=True), NEARLY_WHITE, 1)
    return wide_gaussian(white * (1 - subject.product), subject.px(WHITE_SIGMA_SHARE))


def plain_surroundings(subject: Subject) -> Tensor:
    """(1, 1, H, W) 1 beside the product where most of the surroundings are pale: also in a cast shadow."""
    beside = 1 - subject.product
    pale = rise(subject.photo.amin(1, keepdim=True), *PALE_RANGE)
    sums = wide_gaussian(torch.cat([pale * beside, beside], 1), subject.px(SURROUNDINGS_SHARE))
    share = sums[:, :1] / sums[:, 1:].clamp(min=1e-3)
    return rise(share, 0.3, 0.7) * wide_gaussian(beside, subject.px(WHITE_SIGMA_SHARE))
