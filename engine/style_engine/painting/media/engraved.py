"""Engraving: one black ink on paper, tone from the width of lines alone."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import torch
from torch import Tensor

from ...imaging.filters import gaussian
from ..strokes.directions import wide_gaussian
from .inking import stripes
from .line_art import face, folds, outline, with_letters
from .plane_lines import BASE_ANGLE, planes_by_angle
from .shapes import doubled, rise
from .subject import Subject, rgb
from .swelling_lines import (
    ink_tone,
    modelled,
    phase_and_slope,
    relief,
    round_relief,
    simple,
    small_marks,
    small_parts,
    swelling_lines,
    without_tone_fringe,
)

ENGRAVING_INK: Final = (0.09, 0.08, 0.10)
ENGRAVING_PAPER: Final = (0.996, 0.992, 0.980)
LINE_SPACING_SHARE: Final = 0.0082
FINE_SPACING_SHARE: Final = 0.0063  # on small parts: faces, lettering
ENGRAVED_FOLDS: Final = 2.0  # gain of light and shadow within dark parts
LEAST_BACKGROUND_INK: Final = 0.02  # mean ink behind the product from which it is drawn
BACKGROUND_INK: Final = 0.72  # of the coverage behind the product
TURNED_RELIEF: Final = 0.45  # of the bulge of lines, where they do not run level
FLESH_SPACING_SHARE: Final = 0.0075
FLESH_DIRECTION: Final = (0.45, -0.30)  # cosine and sine of twice the angle of flicks on flat skin
FLESH_INK: Final = 0.85  # of flicks relative to the coverage of other forms
MOST_INK: Final = 0.92  # coverage of the darkest cloth, so that lines remain in it
NO_INK: Final = 0.01  # share of ink that no line is thin enough for
LINES_BEHIND: Final = 0.8  # share of the lines between letters on a middle tone
LIGHTEST_LINE: Final = 0.045  # share of ink below which flicks end
CROSSING: Final = ((0.0, 0.86), (-58.0, 0.50), (62.0, 0.25))  # degrees from a plane's lines; the most ink


class Family(NamedTuple):
    """Parallel lines: their angle in degrees, and the share of the surface that they cover at most."""

    angle: float
    most: float


BACKGROUND_FAMILIES: Final = (Family(-4, 0.70), Family(52, 0.60), Family(-62, 0.40))


def engraving(subject: Subject) -> Tensor:
    """Copperplate: swelling lines along the forms, crossed in the shadows (Ostromoukhov 1999)."""
    tone = without_tone_fringe(ink_tone(subject.toned, ENGRAVING_INK, ENGRAVING_PAPER), subject)
    detail = small_parts(tone, subject)
    broad = modelled(simple(tone, subject.px(0.006, 2.0), 0.06), subject, 0.9)
    broad = broad + ENGRAVED_FOLDS * folds(tone, subject)
    fine = gaussian(tone, subject.px(0.0016, 0.7))
    fine = fine + 1.2 * (fine - wide_gaussian(tone, subject.px(0.016, 2.0))).clamp(-0.15, 0.15)
    coverage = (1 - torch.lerp(broad, fine, 0.85 * detail)).clamp(0, 1)
    # A light label is bare paper round its lettering.
    label = rise(wide_gaussian(subject.text, subject.px(0.05, 3.0)), 0.05, 0.20) * rise(broad, 0.55, 0.70)
    coverage = coverage * (1 - label * (1 - detail * (1 - subject.text)))
    dots, bare = small_marks(tone, subject, detail)
    coverage = coverage.minimum(
        torch.lerp(torch.full_like(detail, MOST_INK), torch.ones_like(detail), detail)
    )
    ink = _hatched(coverage, tone, subject, detail) * (1 - bare)
    ink = torch.maximum(torch.maximum(ink, outline(tone, subject, detail, subject.px(0.0034, 1.8))), dots)
    ink = with_letters(ink, subject, detail, LINES_BEHIND)
    dark, light = rgb(*ENGRAVING_INK), rgb(*ENGRAVING_PAPER)
    return light + (dark - light) * ink.clamp(0, 1)


def _hatched(coverage: Tensor, tone: Tensor, subject: Subject, detail: Tensor) -> Tensor:
    """Broad lines that turn plane by plane, finer ones on small parts, straighter ones behind the product."""
    height = relief(tone, subject)
    gentle = TURNED_RELIEF * round_relief(tone, subject)
    spacing, fine_spacing = subject.px(LINE_SPACING_SHARE, 5.2), subject.px(FINE_SPACING_SHARE, 4.2)
    small = ((detail - 0.45) * 6).clamp(0, 1)
    ink = torch.zeros_like(coverage)
    for angle, window, mask in planes_by_angle(subject):
        at = (..., *window)
        bulge = height if angle == BASE_ANGLE else gentle
        families = [Family(angle + turn, most) for turn, most in CROSSING]
        lines = hatching(coverage[at], bulge[at], spacing, families)
        if (small[at] * mask).max() > 0:
            lines = torch.lerp(lines, hatching(coverage[at], bulge[at], fine_spacing, families), small[at])
        ink[at] = torch.lerp(ink[at], lines, mask)
    flesh = face(subject, detail)
    if flesh.max() > 0:
        ink = torch.lerp(ink, _flesh(coverage, subject), flesh)
    inside = ((subject.product - 0.5) * subject.px(0.01, 4.0) + 0.5).clamp(0, 1)
    if (coverage * (1 - inside)).mean() > LEAST_BACKGROUND_INK:
        # Shadows end in thinner and thinner lines, not at an edge of the photo's.
        soft = wide_gaussian(coverage, subject.px(0.035, 3.0))
        faded = BACKGROUND_INK * coverage * ((soft - 0.02) / 0.16).clamp(0, 1)
        ink = torch.lerp(hatching(faded, 0.5 * height, spacing, BACKGROUND_FAMILIES), ink, inside)
    return ink


def _flesh(coverage: Tensor, subject: Subject) -> Tensor:
    """Short flicks along the forms, dots where it is lighter, bare paper in the lights."""
    # The constant part decides where no form gives a direction.
    base = torch.tensor(FLESH_DIRECTION).view(1, 2, 1, 1)
    cosine_sine = wide_gaussian(doubled(subject.directions)[0], subject.px(0.045, 3.0)) + base
    angle = torch.atan2(cosine_sine[:, 1:], cosine_sine[:, :1]) / 2
    spacing = subject.px(FLESH_SPACING_SHARE, 4.4)
    across = 1 - stripes(angle + math.pi / 2, spacing)
    along = 1 - stripes(angle, 2.2 * spacing)
    share = (FLESH_INK * (coverage - 0.16)).clamp(0, 0.62)
    width = 1.25 * share - 0.55 * (1 - 1.4 * share).clamp(0, 1) * (1 - along)
    return ((width - (1 - across)) * (0.5 * spacing) + 0.5).clamp(0, 1) * (share > NO_INK)


def hatching(coverage: Tensor, height: Tensor, spacing_px: float, families: Sequence[Family]) -> Tensor:
    """Ink (1, 1, H, W) of crossed families of lines whose widths make up the coverage together."""
    bare = torch.ones_like(coverage)
    missing = coverage
    for index, family in enumerate(families):
        phase, slope = phase_and_slope(family.angle, spacing_px, height)
        share = missing.clamp(max=family.most)
        width = _flicks(share, phase, family.angle, spacing_px) if index == 0 else share
        bare = bare * (1 - swelling_lines(phase, slope, width) * (share > NO_INK))
        missing = (1 - (1 - missing) / (1 - share)).clamp(0, 1)
    return 1 - bare


def _flicks(share: Tensor, phase: Tensor, angle_degrees: float, spacing_px: float) -> Tensor:
    """Shares of light tones that break the lines into tapered flicks, offset from line to line, then end."""
    along, _ = phase_and_slope(angle_degrees + 90, 1.6 * spacing_px, torch.zeros_like(phase))
    flick = 2 * ((along + 0.5 * phase.floor()) % 1.0 - 0.5).abs()
    broken = share + ((0.17 - share) * 8).clamp(0, 1) * 0.30 * (0.55 - flick)
    return broken - 20 * (LIGHTEST_LINE - share).clamp(min=0)
