"""Comic ink: brush and Indian ink on white, in black and white alone."""

from typing import Final

import torch
from torch import Tensor

from ...imaging import windows
from ...imaging.filters import gaussian, luminance
from ..strokes.directions import wide_gaussian
from .focus import face_area, legible_tone
from .inking import BLACK_BELOW, rounded_light, spotting_tone
from .keylines import contour
from .outlines import facial_features, ink_lines, object_parts, relief_lines, soft_skin
from .shapes import Shapes, boundary, find_shapes, lettering, rise
from .subject import Subject, rgb
from .swelling_lines import phase_and_slope, round_relief, swelling_lines

COMIC_INK: Final = (0.06, 0.055, 0.075)
LOCAL_CONTRAST: Final = 1.5  # exponent by which shadows of a form are deepened for brush and ink
PART_CONTRAST: Final = 2.4  # of small parts with their surroundings, added to their tone
HATCH_ANGLE: Final = -56.0  # degrees, of strokes on the product
BACKGROUND_HATCH_ANGLE: Final = 28.0
HATCH_SPACING_SHARE: Final = 0.0125
BACKGROUND_SPACING: Final = 1.3  # relative to that
HATCH_TONES: Final = (0.82, 0.26)  # tone from which strokes begin, and where they are broadest
MOST_HATCHING: Final = 0.52  # share of ink in it: it never closes up
BACKGROUND_MOST: Final = 0.42
HALO_SHARE: Final = 0.012  # of white between a product and the strokes behind it
BRUSH_CONTOUR_SHARE: Final = 0.0075
INKED_FEATURE_SHARE: Final = 0.008  # sigma of the mean tone around a feature of a face
INKED_FEATURE_DEPTH: Final = 0.075  # of a feature below that mean, from which it is inked
SPECK_DEPTH: Final = 1.6  # of the level of a feature, which its core reaches
CROWDED_FEATURES: Final = (0.20, 0.42)  # share of ink in a face from which less of it is inked
INKED_LETTER_EDGE: Final = 4.5  # steepness of letters, relative to the contrast of their place


def comic_ink(subject: Subject) -> Tensor:
    """Brush and Indian ink on white: spotted blacks, strokes that turn with the forms, a swelling line.

    Lines by the flow-based DoG of Kang et al. (2007), thresholded to pure ink after Winnemöller (2011).
    """
    shapes = find_shapes(subject, 0.008, 0.8, 0.1)
    flesh = soft_skin(shapes)
    parts = object_parts(shapes) * (1 - flesh)
    black, tone = spotted_blacks(shapes, parts, flesh)
    lines = ink_lines(shapes)
    line_share = subject.px(BRUSH_CONTOUR_SHARE, 2.2)
    lines = torch.maximum(lines, contour(subject, line_share) * (1 - rise(lines, 0.3, 0.7)))
    strokes = hatching(shapes, tone, black, parts) * (1 - flesh)
    inked = torch.stack([black, strokes, lines, face_features(shapes)]).amax(0)
    inked = inked * (1 - relief_lines(shapes, 0.011))
    drawn = boundary(gaussian(inked, 0.6), 0.5)
    drawn = torch.lerp(drawn, letters(subject), lettered(subject, flesh))
    return torch.lerp(rgb(1.0, 1.0, 1.0), rgb(*COMIC_INK), drawn)


def spotted_blacks(shapes: Shapes, parts: Tensor, flesh: Tensor) -> tuple[Tensor, Tensor]:
    """(1, 1, H, W) each: solid ink, and the tone that strokes are to give. No black in skin or behind."""
    subject = shapes.subject
    tone = spotting_tone(shapes, LOCAL_CONTRAST)
    # Saturated colours are bright to an inker.
    high, low = subject.photo.amax(1, keepdim=True), subject.photo.amin(1, keepdim=True)
    wide_value = wide_gaussian(high + 0.4 * (high - low), subject.px(0.03, 2.0))
    bright = torch.maximum(flesh, rise(wide_value, 0.46, 0.60))
    tone = torch.maximum(tone, (BLACK_BELOW + 0.14) * bright)
    own = luminance(subject.photo)
    local = own + PART_CONTRAST * (own - wide_gaussian(own, subject.px(0.012, 1.5)))
    tone = torch.lerp(tone, torch.minimum(tone, local.clamp(0, 1)), parts)
    black = shapes.steps(tone, (BLACK_BELOW,), (1.0, 0.0), 0.006)
    inside = boundary(gaussian(subject.product, subject.px(0.004, 1.0)), 0.5)
    return black * inside, tone


def hatching(shapes: Shapes, tone: Tensor, black: Tensor, parts: Tensor) -> Tensor:
    """Parallel tapered strokes in the middle tones, displaced by the relief of the forms."""
    subject = shapes.subject
    height = round_relief(shapes.tone, subject)
    spacing = subject.px(HATCH_SPACING_SHARE, 4.5)
    lit = tone * (1 + rounded_light(subject).clamp(max=0) * (1 - shapes.skin))
    soft = gaussian(lit, subject.px(0.007, 1.0))
    share = (rise(soft, *HATCH_TONES)).clamp(max=MOST_HATCHING) * (1 - 0.5 * parts)
    phase, slope = phase_and_slope(HATCH_ANGLE, spacing, height)
    on_product = swelling_lines(phase, slope, share)
    wide = wide_gaussian(shapes.tone, subject.px(0.014, 1.5))
    behind = BACKGROUND_MOST * rise(wide, 0.80, 0.15)
    phase, slope = phase_and_slope(BACKGROUND_HATCH_ANGLE, BACKGROUND_SPACING * spacing, 0.3 * height)
    on_background = swelling_lines(phase, slope, behind)
    inside = boundary(gaussian(subject.product, subject.px(0.004, 1.0)), 0.5)
    halo = rise(wide_gaussian(subject.product, subject.px(HALO_SHARE, 2.0)), 0.22, 0.16)
    return torch.lerp(on_background * halo, on_product, inside) * (1 - black)


def face_features(shapes: Shapes) -> Tensor:
    """Ink of eyes, brows, nostrils and lips: the narrow darks of a face, fewer where they would crowd."""
    subject = shapes.subject
    area = face_area(subject)
    if float(area.max()) == 0:
        return facial_features(shapes)
    tone = legible_tone(subject)
    flesh = soft_skin(shapes)
    weighted = torch.cat([tone * flesh, flesh], 1)
    sums = wide_gaussian(weighted, subject.px(INKED_FEATURE_SHARE, 1.5))
    mean = sums[:, :1] / sums[:, 1:].clamp(min=1e-3)
    depth = (mean - gaussian(tone, 0.6)) / (0.35 + 0.65 * mean)
    narrow = rise(depth, 0.6 * INKED_FEATURE_DEPTH, INKED_FEATURE_DEPTH)
    crowd = wide_gaussian(narrow * area, subject.px(0.02, 2.0))
    level = INKED_FEATURE_DEPTH * (1 + rise(crowd, *CROWDED_FEATURES))
    # Pores and spots are no features: those have a deep core.
    core = ((depth / level - 1) / (SPECK_DEPTH - 1)).clamp(0, 1)
    cored = rise(gaussian(core, subject.px(0.003, 1.0)), 0.06, 0.12)
    deep = boundary(depth / level, 1.0) * cored * area * rise(sums[:, 1:], 0.5, 0.8)
    return torch.maximum(deep, facial_features(shapes))


def lettered(subject: Subject, flesh: Tensor) -> Tensor:
    """(1, 1, H, W) with crisp borders: where lettering is drawn."""
    _, weight = lettering(subject)
    return boundary(gaussian(weight * (1 - flesh), subject.px(0.002, 0.8)), 0.4)


def letters(subject: Subject) -> Tensor:
    """Ink of lettering: what is darker than the middle of its place, whatever its colour."""
    tone = legible_tone(subject)
    share, _ = lettering(subject)
    wide, wide_share = wide_gaussian(torch.cat([tone, share], 1), subject.px(0.02, 2.0)).split(1, 1)
    radius = max(2, round(subject.px(0.014)))
    high, low = (gaussian(windows.maximum(x, radius), radius / 2) for x in (tone, -tone))
    middle, span = 0.5 * (high - low), (high + low).clamp(min=0.05)
    # Light letters on a bright colour are printed black on white.
    turned = boundary(rise(wide, 0.74, 0.80) * rise(wide_share, 0.56, 0.50), 0.5)
    sign = 1 - 2 * turned
    # As soft as the photo's: blurred small print can still be read.
    return (INKED_LETTER_EDGE * sign * (middle - tone) / span + 0.5).clamp(0, 1)
