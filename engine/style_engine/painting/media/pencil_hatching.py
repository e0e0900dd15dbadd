"""Hatching: layers of parallel strokes in patches of one direction each, whose pressure carries a density."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ...imaging.filters import luminance
from ..strokes.directions import gradients, wide_gaussian
from ..strokes.layers import cell_numbers
from .materials import fractal_noise
from .plane_lines import across_long_forms
from .subject import Subject


class Hatching(NamedTuple):
    """Sizes in shares of the subject's size; `turn`: radians from the direction of the form.

    `until`: density up to which this layer adds, from where the layer before ends; `rubbed`: share of it that
    lies evenly under the strokes; `bend`: of the lines over lights and darks, in shares of the size.
    """

    spacing: float
    length: float
    turn: float
    until: float = math.inf
    rubbed: float = 0.0
    bend: float = 0.02


DIRECTIONS: Final = 6  # of hatching, evenly over half a turn
BLEND: Final = 3.0  # 1 / width of the zone in which two directions overlap, in steps between directions
FLAT_ANGLE: Final = math.pi / 2  # of the form where nothing shows it: strokes then rise to the right
FLAT_ENERGY: Final = 2.0  # gradient of lightness per size at which the form and the flat angle weigh alike
FORM_REACH_SHARE: Final = 0.08  # sigma of the window of those gradients
LETTERS_QUIET: Final = 0.85  # share of the contrast of strokes that lettering lacks
TABLE_LINES, TABLE_STROKES = 251, 61  # lines of random strokes, before they repeat
AROUND_FORMS: Final = (
    math.pi / 2 - 0.45
)  # from the longer axis of a form to its direction: strokes are oblique
FULL_HATCH: Final = 0.39  # pressure at a layer's density; above the mean, so that open strokes are lighter
FINE_SEED: Final = 7


def hatched(
    subject: Subject, density: Tensor, focus: Tensor, layers: Sequence[Hatching], fine: Hatching
) -> list[Tensor]:
    """The density (1, 1, H, W) that each layer of hatching adds; about the given density in all.

    Where the focus (0..1) is 1, `fine` strokes take the place of the layers' own.
    """
    angle = plane_angle(subject)
    slow = wide_gaussian(luminance(subject.photo), subject.px(0.07)) + 0.08 * noise(subject, 0.15, 5)
    small = pressure(subject, fine, angle, slow, FINE_SEED)
    uneven = 0.08 * noise(subject, 0.25, 23)
    # Faces have the highest focus besides lettering; open strokes across them would be scars.
    quiet = (1 - 0.75 * ((focus - 0.7) / 0.25).clamp(0, 1)) * (1 - LETTERS_QUIET * subject.text)
    quiet = quiet * (0.55 + 0.45 * subject.product)
    parts, before = [], 0.0
    for seed, layer in enumerate(layers):
        part = (density - before).clamp(0, layer.until - before)
        strokes = torch.lerp(pressure(subject, layer, angle, slow, seed), small, focus) / FULL_HATCH
        open_share = (1 - (layer.rubbed * (1 - 0.4 * focus) + uneven).clamp(0.15, 0.85)) * quiet
        parts.append(part * (1 + (strokes - 1) * open_share))
        before = layer.until
    return parts


def pressure(subject: Subject, layer: Hatching, angle: Tensor, slow: Tensor, seed: int) -> Tensor:
    """(1, 1, H, W) 0..1 of strokes in patches of one direction each, which overlap at their borders.

    `slow`: lightness of the form, over which strokes bend.
    """
    step = math.pi / DIRECTIONS
    position = (angle + layer.turn) / step
    below = position.floor()
    blend = ((position - below - 0.5) * BLEND + 0.5).clamp(0, 1)
    spacing, length = subject.px(layer.spacing, 3.0), subject.px(layer.length, 12.0)
    bent_px = subject.px(layer.bend) * slow
    angles = ((index % DIRECTIONS) * step for index in (below, below + 1))
    first, second = (_hatch(angle, bent_px, spacing, length, seed) for angle in angles)
    return torch.lerp(first, second, blend)


def plane_angle(subject: Subject) -> Tensor:
    """(1, 1, H, W) radians, the direction of the planes of the form, which drifts little on flat parts.

    Strokes that are turned from it by `Hatching.turn` run round long forms, such as an arm or a bottle.
    """
    tone = wide_gaussian(luminance(subject.photo), subject.px(0.012, 1.0))
    right, down = (subject.px(1) * slope for slope in gradients(tone))
    # Not squared: else the outline alone would decide.
    energy = (right.square() + down.square() + 0.1).sqrt()
    tensor = torch.cat([right.square() - down.square(), 2 * right * down], 1) / energy
    flat = torch.tensor([math.cos(2 * FLAT_ANGLE), math.sin(2 * FLAT_ANGLE)]).view(1, 2, 1, 1)
    across = across_long_forms(subject, AROUND_FORMS)
    plain = 1 - across.square().sum(1, keepdim=True).sqrt().clamp(max=1)
    total = FLAT_ENERGY * (across + plain * flat) - wide_gaussian(tensor, subject.px(FORM_REACH_SHARE))
    return torch.atan2(total[:, 1:], total[:, :1]) / 2


def noise(subject: Subject, period: float, seed: int, octaves: int = 1) -> Tensor:
    """(1, 1, H, W) smooth noise of mean 0 and std 1, of a period in shares of the size."""
    height, width = subject.tone.shape[2:]
    return fractal_noise(height, width, subject.px(period, 1.7), seed, octaves)


def _hatch(angle: Tensor, bent_px: Tensor, spacing_px: float, length_px: float, seed: int) -> Tensor:
    """(1, 1, H, W) pressure of parallel strokes, at an angle that is constant in each patch."""
    y = torch.arange(angle.shape[2], device=angle.device)[:, None] + 0.5
    x = torch.arange(angle.shape[3], device=angle.device) + 0.5
    cosine, sine = angle.cos(), angle.sin()
    across = (y * cosine - x * sine + bent_px) / spacing_px
    line = across.floor()
    table = _stroke_table(seed).to(angle.device)
    row = (line % TABLE_LINES).long() * TABLE_STROKES
    along = (x * cosine + y * sine) / length_px + 7 * table[2].index_select(0, row.flatten()).view_as(angle)
    number = along.floor()
    index = (row + (number % TABLE_STROKES).long()).flatten()
    shift, weight, start = (plane.index_select(0, index).view_as(angle) for plane in table)
    since, left = (along - number) - 0.08 * start, 1 - 0.15 * shift - (along - number)
    taper = torch.minimum(10 * since, 3.2 * left).clamp(0, 1)
    profile = (1 - ((across - line - 0.5 - 0.30 * (shift - 0.5)) * 2.5).square()).clamp(min=0)
    stroke: Tensor = profile * taper * (0.78 + 0.22 * weight)
    return stroke


@lru_cache(maxsize=8)
def _stroke_table(seed: int) -> Tensor:
    """(3, TABLE_LINES * TABLE_STROKES) shift across, weight and start of each stroke, uniform in 0..1."""
    lines, strokes = np.divmod(np.arange(TABLE_LINES * TABLE_STROKES), TABLE_STROKES)
    return torch.from_numpy(cell_numbers(lines, strokes, seed)[:3].copy())
