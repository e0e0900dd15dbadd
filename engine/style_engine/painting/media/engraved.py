"""Engraving and linocut: one black ink on paper, tone from the width of lines alone."""

import math
from typing import Final, NamedTuple

import torch
from torch import Tensor

from ...imaging.filters import gaussian
from ..strokes.directions import gradients, wide_gaussian
from .graphics import flow_lines, stripes
from .lines import contours
from .materials import fractal_noise, value_noise
from .shapes import boundary, doubled, lettering, rise
from .subject import Subject, rgb
from .swelling_lines import (
    ink_tone,
    modelled,
    phase_and_slope,
    relief,
    silhouette,
    simple,
    small_marks,
    small_parts,
    swelling_lines,
    without_tone_fringe,
)

ENGRAVING_INK: Final = (0.09, 0.08, 0.10)
ENGRAVING_PAPER: Final = (0.996, 0.992, 0.980)
LINO_INK: Final = (0.075, 0.07, 0.075)
LINO_PAPER: Final = (0.996, 0.991, 0.976)
LINE_SPACING_SHARE: Final = 0.0082
FINE_SPACING_SHARE: Final = 0.0063  # on small parts: faces, lettering
CUTS_FROM: Final = 0.20  # tone from which a block is cut, and from which it is bare
BARE_FROM: Final = 0.93
CUT_SPACING_SHARE: Final = 0.0145
CUT_ANGLE: Final = 24.0
LIGHTS_CUT: Final = 0.62  # tone taken from lights that turn away from the light
BACKGROUND_CUT_ANGLE: Final = -8.0
LEAST_BACKGROUND_INK: Final = 0.02  # mean ink behind the product from which it is drawn
FLESH_SPACING_SHARE: Final = 0.0075
FLESH_DIRECTION: Final = (0.45, -0.30)  # cosine and sine of twice the angle of flicks on flat skin
FLESH_INK: Final = 0.85  # of flicks relative to the coverage of other forms
NO_INK: Final = 0.01  # share of ink that no line is thin enough for
LIGHTEST_LINE: Final = 0.045  # share of ink below which flicks end


class Family(NamedTuple):
    """Parallel lines: their angle in degrees, and the share of the surface that they cover at most."""

    angle: float
    most: float


LINE_FAMILIES: Final = (Family(14, 0.70), Family(-46, 0.60), Family(76, 0.40))
BACKGROUND_FAMILIES: Final = (Family(-4, 0.70), Family(52, 0.60), Family(-62, 0.40))


def engraving(subject: Subject) -> Tensor:
    """Copperplate: swelling lines along the forms, crossed in the shadows (Ostromoukhov 1999)."""
    tone = without_tone_fringe(ink_tone(subject.toned, ENGRAVING_INK, ENGRAVING_PAPER), subject)
    detail = small_parts(tone, subject)
    broad = modelled(simple(tone, subject.px(0.006, 2.0), 0.06), subject, 0.9)
    fine = gaussian(tone, subject.px(0.0016, 0.7))
    fine = fine + 1.2 * (fine - wide_gaussian(tone, subject.px(0.016, 2.0))).clamp(-0.15, 0.15)
    coverage = (1 - torch.lerp(broad, fine, 0.85 * detail)).clamp(0, 1)
    # A light label is bare paper round its lettering.
    label = rise(wide_gaussian(subject.text, subject.px(0.05, 3.0)), 0.05, 0.20) * rise(broad, 0.55, 0.70)
    coverage = coverage * (1 - label * (1 - detail * (1 - subject.text)))
    solid, bare = small_marks(tone, subject, detail)
    ink = _hatched(coverage, tone, subject, detail) * (1 - bare)
    ink = torch.maximum(torch.maximum(ink, _outline(tone, subject, detail, subject.px(0.0034, 1.8))), solid)
    ink = with_letters(ink, subject)
    dark, light = rgb(*ENGRAVING_INK), rgb(*ENGRAVING_PAPER)
    return light + (dark - light) * ink.clamp(0, 1)


def with_letters(ink: Tensor, subject: Subject) -> Tensor:
    """Letters and their background as solid ink and bare paper."""
    light, weight = lettering(subject)
    return torch.lerp(ink, boundary(1 - light, 0.5), weight)


def _hatched(coverage: Tensor, tone: Tensor, subject: Subject, detail: Tensor) -> Tensor:
    """Broad lines on the product, finer ones on small parts, straighter ones at another angle behind it."""
    height = relief(tone, subject)
    spacing = subject.px(LINE_SPACING_SHARE, 5.2)
    ink = hatching(coverage, height, spacing, LINE_FAMILIES)
    small = ((detail - 0.45) * 6).clamp(0, 1)
    if small.max() > 0:
        ink = torch.lerp(
            ink, hatching(coverage, height, subject.px(FINE_SPACING_SHARE, 4.2), LINE_FAMILIES), small
        )
    flesh = face(subject, detail)
    if flesh.max() > 0:
        ink = torch.lerp(ink, _flesh(coverage, subject), flesh)
    inside = ((subject.product - 0.5) * subject.px(0.01, 4.0) + 0.5).clamp(0, 1)
    if (coverage * (1 - inside)).mean() > LEAST_BACKGROUND_INK:
        # Shadows end in thinner and thinner lines, not at an edge of the photo's.
        soft = wide_gaussian(coverage, subject.px(0.035, 3.0))
        faded = coverage * ((soft - 0.02) / 0.16).clamp(0, 1)
        ink = torch.lerp(hatching(faded, 0.5 * height, spacing, BACKGROUND_FAMILIES), ink, inside)
    return ink


def face(subject: Subject, detail: Tensor) -> Tensor:
    """(1, 1, H, W) 0..1: skin round facial features."""
    flesh = subject.skin * subject.product * (1 - subject.text)
    near = wide_gaussian(flesh, subject.px(0.03, 2.0))
    features = wide_gaussian(flesh * detail, subject.px(0.10, 3.0))
    return rise(near, 0.3, 0.6) * rise(features, 0.04, 0.09)


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


def linocut(subject: Subject) -> Tensor:
    """Relief print: black shapes of a two-tone abstraction (XDoG, Winnemöller 2012), opened by cuts."""
    tone = without_tone_fringe(ink_tone(subject.toned, LINO_INK, LINO_PAPER), subject)
    detail = small_parts(tone, subject) * (0.25 + 0.75 * torch.maximum(subject.product, subject.text))
    shapes = modelled(simple(tone, subject.px(0.010, 2.0), 0.09), subject, 1.5)
    around = wide_gaussian(tone, subject.px(0.028, 2.5))
    features = 0.5 + 2.4 * (gaussian(tone, subject.px(0.0020, 0.8)) - around) + 1.3 * (around - 0.38)
    shapes = torch.lerp(shapes, features, 0.9 * detail)
    open_lights = rise(shapes, 0.55, 0.85) * (1 - 0.85 * face(subject, detail))
    shapes = shapes - LIGHTS_CUT * _turned_away(tone, subject) * open_lights
    white = _cuts(shapes, tone, subject, detail)
    angle, curvature = subject.directions
    line_px = subject.px(0.0060, 2.2)
    brightened = gaussian(tone, 0.8).clamp(min=1e-3).sqrt()
    in_black = (4 * (0.6 - shapes)).clamp(0, 1) * (0.35 + 0.65 * subject.product)
    white_line = contours(1 - brightened, angle, curvature, line_px, 160, 0.012) * in_black
    white = torch.maximum(white, white_line)
    black_line = _outline(tone, subject, detail, 0.85 * line_px, 0.3)
    solid, bare = small_marks(tone, subject, detail)
    black = torch.maximum(black_line, solid)
    white = torch.maximum(white * (1 - black), bare)
    return _inked(_crisp(1 - with_letters(1 - white, subject)), subject)


def _turned_away(tone: Tensor, subject: Subject) -> Tensor:
    """0..1 in the lights of the product: where a form turns away from a light at the upper left."""
    inside = wide_gaussian(subject.product, subject.px(0.045, 3.0))
    planes = torch.cat([inside, wide_gaussian(tone, subject.px(0.030, 3.0))], 1)
    right, down = gradients(planes)
    slope = -(1.2 * right + 1.5 * down) * subject.px(0.045, 3.0)
    away = slope[:, :1] + 1.2 * slope[:, 1:]
    return ((away - 0.02) / 0.36).clamp(0, 1) * subject.product


def _cuts(shapes: Tensor, tone: Tensor, subject: Subject, detail: Tensor) -> Tensor:
    """White of the cut block: paper in the lights, tapered cuts along the forms in the middle tones."""
    light = ((shapes - CUTS_FROM) / (BARE_FROM - CUTS_FROM)).clamp(-0.2, 1.2)
    height = relief(tone, subject)
    wobble = value_noise(tone.shape[2], tone.shape[3], subject.px(0.03, 6.0), 3)
    spacing = subject.px(CUT_SPACING_SHARE, 6.0)
    broad = _tapered_cuts(light, height + 0.10 * spacing * wobble, CUT_ANGLE, spacing)
    finer = _tapered_cuts(light, height, CUT_ANGLE, 0.62 * spacing)
    white = torch.lerp(broad, finer, ((detail - 0.45) * 6).clamp(0, 1))
    inside = ((subject.product - 0.5) * subject.px(0.01, 4.0) + 0.5).clamp(0, 1)
    if ((1 - tone) * (1 - inside)).mean() > LEAST_BACKGROUND_INK:
        calm = wide_gaussian(light, subject.px(0.020, 2.0))
        behind = _tapered_cuts(
            1.2 * calm, 0.4 * height + 0.10 * spacing * wobble, BACKGROUND_CUT_ANGLE, 1.9 * spacing
        )
        white = torch.lerp(behind, white, inside)
    return white


def _tapered_cuts(light: Tensor, height: Tensor, angle_degrees: float, spacing_px: float) -> Tensor:
    phase, slope = phase_and_slope(angle_degrees, spacing_px, height)
    along, _ = phase_and_slope(angle_degrees + 90, 7.0 * spacing_px, torch.zeros_like(height))
    offset = 0.618 * phase.floor()
    taper = 2 * ((along + offset) % 1.0 - 0.5).abs()
    open_share = light.clamp(0, 1)
    return swelling_lines(phase, slope, 1.25 * light - 0.75 * taper * (1 - open_share) - 0.02)


def _crisp(plane: Tensor) -> Tensor:
    """Black and white with an antialiased edge."""
    return (3 * (plane - 0.5) + 0.5).clamp(0, 1)


def _inked(white: Tensor, subject: Subject) -> Tensor:
    """Paper and a slightly uneven film of ink with a few pinholes."""
    height, width = white.shape[2:]
    film = fractal_noise(height, width, subject.px(0.05, 6.0), 21)
    grain = value_noise(height, width, subject.px(0.0030, 1.6), 22)
    pinholes = (2.5 * (grain + 0.35 * film - 2.65)).clamp(0, 0.8)
    white = torch.maximum(white, pinholes)
    dark, light = rgb(*LINO_INK), rgb(*LINO_PAPER)
    ink = (dark * (1 + 0.15 * film.clamp(-2, 2))).clamp(0, 1)
    return ink + (light - ink) * white


def _outline(
    tone: Tensor, subject: Subject, detail: Tensor, width_px: float, background: float = 0.7
) -> Tensor:
    """Tapered contours, finer in small parts, whole round the product and heavier on its shaded side.

    `background` is the share of the contrast that counts behind the product.
    """
    share = width_px / subject.size_px
    gains = background + (1.5 - background) * subject.product
    plane = gaussian(0.6 * tone + 0.4 * tone.clamp(min=1e-3).sqrt(), 0.7)
    thick, thin = flow_lines(subject, plane, (1.5 * share, 0.9 * share), (0.016, 0.011), gains=gains)
    inner = torch.maximum(thick * (1 - detail), thin)
    support = gaussian(inner, subject.px(0.008, 2.0))
    inner = inner * torch.maximum(rise(support, 0.05, 0.14), detail)
    shade = 0.63 - wide_gaussian(tone, subject.px(0.01, 2.0))
    around = silhouette(subject, 0.8 * width_px, 1.6 * shade)
    return torch.maximum(inner, around)


def hatching(coverage: Tensor, height: Tensor, spacing_px: float, families: tuple[Family, ...]) -> Tensor:
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
