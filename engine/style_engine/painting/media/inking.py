"""Inking: spotted blacks, feathering and Ben-Day dots, as comics are inked and printed."""

import math
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging.filters import gaussian
from ..strokes.directions import gradients, wide_gaussian
from .cutouts import Cutouts
from .merging import Values
from .shapes import boundary, edge_angle
from .subject import PRODUCT_THRESHOLD, Subject

DARK_SURROUNDINGS: Final = 0.42  # tone of what is around an area, below which the product is a dark one
VIVID_LIGHT: Final = 0.30  # share of chroma that counts as light
BLACK_SKIN: Final = 0.14  # tone below which skin is black
STROKE_ROOM_PX: Final = 12.0  # mean width on the copy, from which an area has room for strokes
FORM_SHADOW: Final = 0.18  # of light on a rounded form, below 0
SHADOW_AREA_PX: Final = (8.0, 14.0)  # mean width on the copy, from which an area has a part in it
GRATINGS: Final = 12  # orientations of feathering over half a turn
FEATHER_PERIOD_SHARE: Final = 0.012
LEAST_FEATHERING: Final = 0.22
BEHIND_ANGLE: Final = math.radians(62)  # of strokes behind the product, whose form they do not follow
MOST_FEATHERING: Final = 0.78  # share of ink in it: it shades forms, and never closes up
DOT_ANGLE: Final = math.radians(22)
DOT_PITCH_SHARE: Final = 0.0140


def rounded_light(subject: Subject) -> Tensor:
    """(1, 1, H, W) -0.4..0.4: a product lit from the upper left as a rounded solid, from its mask."""
    sigma = subject.px(0.07, 2.0)
    right, down = gradients(wide_gaussian(subject.product, sigma))
    return ((0.6 * right + 0.8 * down) * sigma).clamp(-0.4, 0.4) * subject.product


def with_room(cutouts: Cutouts, widths_px: tuple[float, float]) -> Values:
    """(N,) 0..1: how far an area is as wide as the second of these."""
    least, most = widths_px
    result: Values = ((cutouts.widths - least) / (most - least)).clip(0, 1)
    return result


def form_shadow(cutouts: Cutouts) -> Tensor:
    """(1, 1, H, W) one crisp shape of shadow on the side of a rounded product that is away from the light."""
    form = wide_gaussian(rounded_light(cutouts.subject), cutouts.subject.px(0.025, 2.0))
    room = with_room(cutouts, SHADOW_AREA_PX) * cutouts.is_product * ~cutouts.is_skin
    return boundary(-form, FORM_SHADOW) * cutouts.areas.painted(room[:, None]) * cutouts.unlettered


def spotted(cutouts: Cutouts) -> Values:
    """(N,) 1 for areas that are black: those that are dark, or dark for their surroundings."""
    around = cutouts.surrounding_tones
    level = (0.19 + 0.22 * around).clip(0.2, 0.38)
    # A dark product is black altogether, with its lights left out.
    level = np.where(around < DARK_SURROUNDINGS, np.maximum(level, around + 0.07), level)
    level = np.where(cutouts.is_skin, BLACK_SKIN, level)
    # Vivid colours are bright to an inker.
    black: Values = (cutouts.tones + VIVID_LIGHT * cutouts.chroma < level).astype(float)
    return black


def hatched(cutouts: Cutouts, black: Values) -> Tensor:
    """(1, 1, H, W) ink of tapered strokes: in areas of a middle tone, and in the shadow of round forms."""
    subject = cutouts.subject
    tone = gaussian(cutouts.fine[:, 3:], subject.px(0.006, 1.0))
    wide = cutouts.widths > STROKE_ROOM_PX
    middle = ((0.60 - cutouts.tones) / 0.40).clip(0, 1)
    # Skin is shaded where it is darker than around, and only where there is room for strokes.
    shade = wide * ((cutouts.surrounding_tones - cutouts.tones - 0.02) / 0.25).clip(0, 0.6)
    middle = np.where(cutouts.is_skin, shade, middle) * (1 - black)
    # Strokes that would be dots are left out.
    middle = np.where(middle < LEAST_FEATHERING, 0, middle.clip(1.5 * LEAST_FEATHERING))
    share = cutouts.areas.painted(middle[:, None])
    share = share + 0.35 * (0.5 - tone) * (share > 0)
    open_area = cutouts.areas.painted(((1 - black) * wide * ~cutouts.is_skin)[:, None])
    share = torch.maximum(share, 1.6 * open_area * (-rounded_light(subject) - 0.10))
    share = share.clamp(0, MOST_FEATHERING) * cutouts.unlettered
    angle = edge_angle(subject, wide_gaussian(tone, subject.px(0.03, 2.0)), (0.03, 0.12))
    angle = torch.where(cutouts.inside > PRODUCT_THRESHOLD, angle, BEHIND_ANGLE)
    stripe = stripes(angle, subject.px(FEATHER_PERIOD_SHARE, 4.5))
    return boundary(1.25 * share - 0.25 - stripe, 0.03)


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
