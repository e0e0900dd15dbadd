"""Inking: spotted blacks, stripes and Ben-Day dots, as comics are inked and printed."""

import math
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ..strokes.directions import gradients, wide_gaussian
from .shapes import Shapes, rise
from .subject import Subject

BLACK_BELOW: Final = 0.34  # tone, in brush and ink
GRATINGS: Final = 12  # orientations of stripes over half a turn
DOT_ANGLE: Final = math.radians(22)
DOT_PITCH_SHARE: Final = 0.0115


def rounded_light(subject: Subject) -> Tensor:
    """(1, 1, H, W) -0.4..0.4: a product lit from the upper left as a rounded solid, from its mask."""
    sigma = subject.px(0.07, 2.0)
    right, down = gradients(wide_gaussian(subject.product, sigma))
    return ((0.6 * right + 0.8 * down) * sigma).clamp(-0.4, 0.4) * subject.product


def spotting_tone(shapes: Shapes, contrast: float) -> Tensor:
    """The tone by which an inker spots blacks: in the shadows of each form, and in dark cloth altogether."""
    wide = shapes.mean_of_like_tones(2)
    base = 0.62 * rise(wide, 0.06, 0.60) + 0.38 * wide
    ratio = (shapes.tone / wide.clamp(min=0.05)).clamp(0.2, 1.6)
    return (base * ratio**contrast).clamp(0, 1)


def stripes(angle: Tensor, period_px: float) -> Tensor:
    """(1, 1, H, W) 0..1, periodic along an angle, from gratings of the two nearest of a few orientations."""
    height, width = angle.shape[2:]
    rows, columns = torch.arange(height).view(-1, 1), torch.arange(width)
    place = angle * (GRATINGS / math.pi)
    lower = place.floor()
    real, imaginary = torch.zeros_like(angle), torch.zeros_like(angle)
    for index, weight in ((lower, 1 - (place - lower)), (lower + 1, place - lower)):
        turn = index * (math.pi / GRATINGS)
        phase = (columns * turn.cos() + rows * turn.sin()) * (2 * math.pi / period_px)
        real, imaginary = real + weight * phase.cos(), imaginary + weight * phase.sin()
    return torch.atan2(imaginary, real).abs() / math.pi


def printed_dots(shapes: Shapes, amount: Tensor) -> Tensor:
    """Dots of an amount of ink; an even tint instead over lettering, which dots would break."""
    dots = benday(amount, shapes.subject.px(DOT_PITCH_SHARE, 3.5))
    return torch.lerp(dots, amount.clamp(0, 1), rise(shapes.subject.text, 0.1, 0.4))


def benday(amount: Tensor, pitch_px: float) -> Tensor:
    """Regular round dots on a turned grid; each has one radius, from the amount of ink at its centre."""
    height, width = amount.shape[2:]
    rows, columns = torch.arange(height).view(-1, 1) + 0.5, torch.arange(width) + 0.5
    cosine, sine = math.cos(DOT_ANGLE), math.sin(DOT_ANGLE)
    along = (columns * cosine + rows * sine) / pitch_px
    across = (rows * cosine - columns * sine) / pitch_px
    centre_along, centre_across = along.floor() + 0.5, across.floor() + 0.5
    x = (centre_along * cosine - centre_across * sine) * pitch_px
    y = (centre_along * sine + centre_across * cosine) * pitch_px
    grid = torch.stack([2 * x / width - 1, 2 * y / height - 1], -1)[None]
    local = wide_gaussian(amount, pitch_px / 3)
    share = F.grid_sample(local, grid, padding_mode="border", align_corners=False).clamp(0.05, 0.70)
    distance = ((along - centre_along).square() + (across - centre_across).square()).sqrt()
    return ((share / math.pi).sqrt() * pitch_px - distance * pitch_px + 0.5).clamp(0, 1)
