"""Pastel: sides of soft sticks on the tooth of a toned paper, rubbed below and hatched above.

A stroke covers the tooth as far as its pressure reaches: dense in its middle, grainy at its weak side and its
ends. Textured strokes in layers after Hertzmann (1998) and Hays and Essa (2004).
"""

from typing import Final, NamedTuple

import torch
from torch import Tensor

from ...imaging.filters import gaussian, luminance
from ..strokes.directions import wide_gaussian
from ..strokes.layers import LayerSettings, paint_layer_reduced
from .drawing import drawn_lines
from .focus import fine_focus
from .lettering import drawn_letters
from .pencil_hatching import noise, plane_angle
from .planes import difference, group_values, planes_of_colour, white_beside
from .subject import Subject, rgb, simplify


class Sticks(NamedTuple):
    """A layer of strokes: `width` in shares of the subject's size, `length` and `spacing` in widths; `turn`:
    radians from the direction of the planes; `everywhere`: share of places with a stroke, `fine`: what full
    focus adds; `noise`: relative change of lightness between strokes; `level`: pressure that covers half of
    the tooth."""

    width: float
    length: float
    spacing: float
    turn: float
    everywhere: float
    fine: float
    noise: float
    level: float


PASTEL_PAPER: Final = (0.66, 0.58, 0.50)
STICKS: Final = (
    Sticks(1 / 20, 3.2, 1.00, 0.70, 1.00, 0.0, 0.060, 0.42),
    Sticks(1 / 34, 4.2, 1.25, 0.70, 0.55, 0.0, 0.075, 0.50),
    Sticks(1 / 90, 11.0, 2.40, 0.62, 0.50, 0.0, 0.080, 0.46),
    Sticks(1 / 110, 5.0, 1.20, 0.70, -0.25, 1.3, 0.030, 0.36),
    Sticks(1 / 220, 4.5, 1.15, 0.70, -0.50, 1.7, 0.015, 0.30),
)
FINE_STICK_SHARE: Final = 1 / 100  # of sticks that follow the details of the photo
STICK_WARMTH: Final = 1.4
TOLERATED_STICK_DIFFERENCE: Final = 0.13  # from the planes, from which fine strokes are added
GAIN: Final = 7.0  # probability of a fine stroke per difference beyond that
MAX_STICK_DIFFERENCE: Final = 0.13
ANGLE_NOISE: Final = 0.22
TOOTH_SHARE: Final = 1 / 210  # period of the tooth of the paper
TOOTH: Final = 0.13  # pressure by which hollows of the tooth differ from its hills
TOOTH_CONTRAST: Final = 7.0  # of the edges of grains
PAPER_OPEN: Final = 0.42  # share of the paper in the rubbed layer
DARK_PAPER: Final = 0.25  # of that share, in black
BROAD_SKIN_CALM: Final = 0.6  # share of broad strokes that skin lacks
SKIN_RUBBED: Final = 0.5  # by which skin is smoothed with a finger
RUBBED_SHARE: Final = 0.008
DRAWN_WITH_EDGE: Final = 0.75  # share of lettering that is drawn with the edge of a stick


def pastel(subject: Subject) -> Tensor:
    """Soft pastel after Degas and Chardin: rubbed planes under broad, grainy strokes and open hatching."""
    near = fine_focus(subject)
    focus = torch.maximum(near.square(), subject.text)
    fine = simplify(subject.toned, subject.px(1 / 380, 1.2), 0.03, 2)
    planes = group_values(planes_of_colour(fine, subject.px(1 / 85, 2.0)), 5, 0.6)
    bare = white_beside(subject)
    painting = _rubbed(subject, torch.lerp(planes, fine, focus), focus, bare)
    tooth, angle = noise(subject, TOOTH_SHARE, 31, octaves=2), plane_angle(subject)
    for seed, sticks in enumerate(STICKS, 41):
        source = fine if sticks.width < FINE_STICK_SHARE else planes
        painting = _add_strokes(subject, source, painting, sticks, angle, tooth, focus, seed)
    rubbed = torch.maximum(0.5 * ((near - 0.7) / 0.3).clamp(0, 1), SKIN_RUBBED * subject.skin)
    painting = torch.lerp(painting, fine, rubbed)
    painting = torch.lerp(painting, drawn_letters(subject), DRAWN_WITH_EDGE * subject.text)
    painting = torch.lerp(gaussian(painting, 0.5), subject.toned, bare)
    line = drawn_lines(subject, 1 / 150, 45, 0.25 * tooth) * (1 - bare)
    return (painting * (-0.42 * line).exp()).clamp(0, 1)


def _rubbed(subject: Subject, planes: Tensor, focus: Tensor, bare: Tensor) -> Tensor:
    """Planes rubbed into the paper; lights cover it, since it would soil them, and darks mostly."""
    blended = torch.lerp(wide_gaussian(planes, subject.px(RUBBED_SHARE)), planes, focus)
    tone = luminance(blended)
    share = (
        PAPER_OPEN * (DARK_PAPER + (1 - DARK_PAPER) * tone.sqrt()) * (1 - tone**3) * (1 - focus) * (1 - bare)
    )
    return torch.lerp(blended, rgb(*PASTEL_PAPER).to(planes), share)


def _add_strokes(  # noqa: PLR0917
    subject: Subject,
    source: Tensor,
    painting: Tensor,
    sticks: Sticks,
    angle: Tensor,
    tooth: Tensor,
    focus: Tensor,
    seed: int,
) -> Tensor:
    width = subject.px(sticks.width, 2.4)
    settings = LayerSettings(
        spacing_px=sticks.spacing * width,
        length_px=sticks.length * width,
        width_px=width,
        max_difference=MAX_STICK_DIFFERENCE,
        angle_noise=ANGLE_NOISE,
        colour_noise=sticks.noise,
        warmth=STICK_WARMTH,
        shape="stick",
    )
    broad = sticks.fine == 0
    if broad:
        density = sticks.everywhere * (1 - 0.8 * focus) * (1 - BROAD_SKIN_CALM * subject.skin)
    else:
        far = difference(source, painting, width / 3) - TOLERATED_STICK_DIFFERENCE
        density = (sticks.everywhere + sticks.fine * focus).clamp(min=0) + GAIN * far.clamp(min=0)
    layer = paint_layer_reduced(
        source, angle + sticks.turn, torch.zeros_like(angle), settings, density.clamp(0, 1), seed
    )
    pressed = layer.height - sticks.level + TOOTH * (1 - 0.7 * focus) * tooth
    covers = (TOOTH_CONTRAST * pressed + 0.5).clamp(0, 1)
    return torch.lerp(painting, layer.colour, layer.covered * covers)
