"""Graphics: cartoon, pop art, flat illustration, Art Deco poster: shapes first, then a line."""

import math
from typing import Final

import torch
from torch import Tensor

from ...imaging.filters import gaussian, luminance
from ..strokes.directions import wide_gaussian
from .focus import lettering_area
from .inking import DOT_PITCH_SHARE, benday, printed_dots, rounded_light
from .keylines import key_lines
from .lettering import drawn_letters
from .materials import value_noise
from .outlines import ink_lines, near_skin, object_parts, relief_lines, soft_skin
from .pigments import choose_pigments, flat_areas
from .shapes import Shapes, at_tone, boundary, crisp_lettering, find_shapes, rise, soft_steps
from .subject import Subject, rgb, saturate

GRAPHIC_INK: Final = (0.06, 0.055, 0.075)
CEL_LEVELS: Final = (0.10, 0.22, 0.36, 0.51, 0.66, 0.80, 0.92)
CEL_TONES: Final = (0.05, 0.16, 0.29, 0.43, 0.58, 0.73, 0.87, 1.0)
FLAT_LEVELS: Final = (0.17, 0.30, 0.44, 0.60, 0.76, 0.90)
FLAT_TONES: Final = (0.08, 0.23, 0.37, 0.52, 0.68, 0.84, 1.0)
FLAT_COLOURS: Final = 12  # of an illustration, at most
FLAT_APART: Final = 0.0035  # least squared difference of two of them
FLAT_PARTS: Final = 0.35  # of the photo's own detail in small parts of an illustration
FLAT_SATURATION: Final = 1.14
FLATNESS: Final = 0.9  # share of areas of one colour
HAZE: Final = (0.93, 0.90, 0.92)
BACKGROUND_HAZE: Final = 0.15  # share of it in the colours behind the product of a flat illustration
SEAM: Final = 0.62  # of the colour of its place, in the lines of a flat illustration
CEL_SKIN_SOFTNESS: Final = 1.0  # share of continuous tone in skin: a face is too small for steps alone
SHADOW_COVER: Final = 0.40  # of dots in the shadows of solid colours
INK_STRENGTH: Final = 0.55  # of dots, relative to the colour that they have together with the paper
RAYS: Final = 12
PARTS_SHARE: Final = 0.6  # of the photo's own detail in small parts
ROUNDING: Final = 1.1  # by which a poster's product is lit from the upper left
FORM_LEVELS: Final = (0.86, 1.14)  # of light on a rounded form
FORM_TONES: Final = (0.84, 1.0, 1.13)
AIRBRUSH: Final = 0.6  # of a step of tone, by which the paint fades against the light
GRAIN: Final = 0.022  # std of the airbrush's spatter
NIGHT: Final = (0.04, 0.06, 0.13)
GOLD: Final = (0.83, 0.65, 0.32)
BANDS: Final = (  # colours behind the product of a poster, from dark to light
    (0.05, 0.09, 0.19),
    (0.07, 0.22, 0.30),
    (0.20, 0.46, 0.49),
    (0.66, 0.74, 0.66),
    (0.95, 0.89, 0.74),
)


def cartoon(subject: Subject) -> Tensor:
    """Animation cel: flat paint in light, base and shadow, and an ink line of varied weight.

    Abstraction and soft quantisation after Winnemöller et al. (2006), lines after Kang et al. (2007).
    """
    shapes = find_shapes(subject, 0.011)
    stepped = shapes.tone_steps(CEL_LEVELS, CEL_TONES, 0.009, 0.45)
    stepped = stepped * shapes.shading((0.90, 1.14), (0.84, 1.0, 1.10), 0.012)
    painted = brightened(shaded(shapes, stepped), relief_lines(shapes))
    painted = with_parts(shapes, painted)
    inked = torch.lerp(painted, 0.12 * painted + rgb(*GRAPHIC_INK), key_lines(shapes))
    return crisp_lettering(subject, inked, 1 - soft_skin(shapes))


def pop_art(subject: Subject) -> Tensor:
    """Comic print of the 1960s after Lichtenstein: pure inks, Ben-Day dots in middle tones, black lines."""
    shapes = find_shapes(subject, 0.011, 0.9, 0.2)
    colours = shaded(shapes, shapes.tone_steps(FLAT_LEVELS, FLAT_TONES, 0.012, 0.5))
    high, low = colours.amax(1, keepdim=True), colours.amin(1, keepdim=True)
    chroma = high - low
    face = shapes.skin * rise(shapes.tone, 0.25, 0.4)
    shadow = shapes.shading((0.90,), (1.0, 0.0), 0.012)
    light = shapes.shading((1.25,), (0.0, 1.0), 0.009)
    # Saturated colours are printed solid; for others, dots and paper together have the product's colour.
    paper = 1 - 0.66 * (1 - (1.25 * colours).clamp(max=1))
    ink = (high - 1.3 * (high - colours)).clamp(0, 1) * INK_STRENGTH
    cover = (luminance(paper) - luminance(colours)) / (luminance(paper) - luminance(ink)).clamp(min=0.05)
    # In skin, dots are as light as its own hue allows.
    paper = torch.lerp(paper, 1 - 0.45 * (1 - colours), face)
    ink = torch.lerp(ink, (high - 1.7 * (high - colours)).clamp(0, 1) * 0.86, face)
    solid = shapes.steps(chroma / high.clamp(min=0.05), (0.55,), (0.0, 1.0), 0.008) * (1 - face)
    amount = cover.clamp(0.10, 0.5) + 0.14 * shadow
    amount = torch.lerp(amount, 0.12 + 0.5 * (1 - shapes.tone), face)
    # White paper stays white, and so do the lights of forms.
    printed = shapes.steps(1 - low, (0.13,), (0.0, 1.0), 0.008) * (1 - 0.75 * light)
    dots = printed_dots(shapes, amount)
    painted = torch.lerp(torch.lerp(rgb(1.0, 1.0, 1.0), paper, printed), ink, dots * printed)
    flat_colour = colours * (1 - 0.75 * light) + 0.75 * light
    shadow_dots = benday(torch.full_like(chroma, SHADOW_COVER), subject.px(DOT_PITCH_SHARE, 3.5))
    flat_colour = flat_colour * (1 - 0.55 * shadow * (1 - shapes.detail) * shadow_dots)
    # A face is too small for dots.
    head = soft_skin(shapes)
    # So are small parts, and dots in the darks are mud.
    small = rise(wide_gaussian(shapes.detail, subject.px(0.008, 1.5)), 0.25, 0.6) * subject.product
    printed_near = rise(wide_gaussian(lettering_area(subject), subject.px(0.012, 2.0)), 0.04, 0.15)
    small = torch.stack([small, object_parts(shapes), printed_near]).amax(0)
    dark = rise(shapes.form_mean, 0.38, 0.28)
    undotted = torch.stack([solid, head, small, dark]).amax(0)
    painted = torch.lerp(painted, flat_colour, undotted)
    painted = with_parts(shapes, brightened(painted, relief_lines(shapes)))
    painted = torch.lerp(painted, rgb(*GRAPHIC_INK), key_lines(shapes))
    return crisp_lettering(subject, painted, 1 - soft_skin(shapes)).clamp(0, 1)


def flat(subject: Subject) -> Tensor:
    """Flat vector illustration: few clean shapes of one colour each, seams in a darker one."""
    shapes = find_shapes(subject, 0.018, 0.7, 0.1)
    stepped = shapes.tone_steps(FLAT_LEVELS, FLAT_TONES, 0.015, 0.4)
    stepped = stepped * shapes.shading((0.90, 1.14), (0.88, 1.0, 1.09), 0.016)
    soft = shaded(shapes, stepped)
    areas = flat_areas(shapes, choose_pigments(shapes, FLAT_COLOURS, FLAT_APART))
    # The mean of a colour in light and shadow is duller than the colour.
    vivid = torch.lerp(areas, saturate(areas, FLAT_SATURATION), rise(luminance(areas), 0.85, 0.65))
    # A white product keeps its own white.
    flatness = FLATNESS * rise(shapes.tone, 0.96, 0.80) * (1 - near_skin(shapes))
    painted = torch.lerp(soft, vivid, flatness)
    painted = brightened(painted, relief_lines(shapes), 0.8)
    # Silhouettes are drawn where a light product would not stand out from a white background.
    inner = rise(gaussian(subject.product, subject.px(0.004, 1.0)), 0.80, 0.98)
    drawn = torch.lerp(rise(shapes.tone, 0.66, 0.80) * subject.product, torch.ones_like(inner), inner)
    painted = painted * (1 - (1 - SEAM) * ink_lines(shapes, 0.6) * drawn)
    behind = boundary(gaussian(1 - subject.product, subject.px(0.004, 1.0)), 0.5)
    painted = torch.lerp(painted, rgb(*HAZE), BACKGROUND_HAZE * behind)
    painted = with_parts(shapes, painted, FLAT_PARTS)
    return crisp_lettering(subject, painted, 1 - soft_skin(shapes))


def art_deco(subject: Subject) -> Tensor:
    """Poster of about 1930 after Cassandre: hard-edged steps, airbrushed gradients, night blue and gold."""
    shapes = find_shapes(subject, 0.016, 0.8, 0.1)
    painted = shaded(shapes, airbrushed(shapes))
    painted = sunburst(shapes, painted)
    dark = rise(wide_gaussian(shapes.tone, subject.px(0.012, 1.0)), 0.34, 0.20)
    line = ink_lines(shapes, 0.75)
    inner = rise(gaussian(subject.product, subject.px(0.006, 1.0)), 0.8, 0.97)
    painted = torch.lerp(painted, torch.lerp(rgb(*NIGHT), rgb(*GOLD), dark * (1 - inner)), line)
    painted = torch.lerp(painted, rgb(*GOLD), 0.7 * relief_lines(shapes))
    return crisp_lettering(subject, painted, 1 - soft_skin(shapes)).clamp(0, 1)


def airbrushed(shapes: Shapes) -> Tensor:
    """Steps of tone with hard edges, each darkest where a lighter one begins, fading from there."""
    subject = shapes.subject
    calm = (1 - 0.8 * shapes.detail) * (1 - 0.8 * shapes.skin)
    # Facets follow the product's own rounding alone: folds and marks are no facets.
    form = 1 + ROUNDING * wide_gaussian(rounded_light(subject), subject.px(0.025, 2.0))
    steps = soft_steps(form, FORM_LEVELS, FORM_TONES, 0.2)
    fade = (wide_gaussian(form, subject.px(0.014, 1.0)) - steps).clamp(-0.2, 0.2)
    height, width = form.shape[2:]
    grain = value_noise(height, width, 1.4, 5) * GRAIN * (0.6 + 5 * fade.abs())
    local = shapes.tone_steps(FLAT_LEVELS, FLAT_TONES, 0.012, 0.3)
    facet = 1 + (1 - shapes.skin) * (steps - AIRBRUSH * fade - 1)
    return (local * facet + calm * grain).clamp(0, 1)


def sunburst(shapes: Shapes, painted: Tensor) -> Tensor:
    """Broad rays in bands of night blue, teal and cream with gold between, behind the product of a scene."""
    subject, (height, width) = shapes.subject, painted.shape[2:]
    behind = boundary(gaussian(1 - subject.product, subject.px(0.004, 1.0)), 0.5) * (1 - shapes.plain)
    tone = wide_gaussian(shapes.tone, subject.px(0.02, 1.0))
    place = shapes.steps(tone, (0.12, 0.34, 0.62), (0.0, 1.0, 2.0, 3.0), 0.03)
    ray, between = rays(subject)
    dark, light = band_colours(place), band_colours(place + 1)
    grain = value_noise(height, width, 1.4, 9) * GRAIN
    scene = torch.lerp(torch.lerp(dark, light, ray), rgb(*GOLD), between) + grain
    # What is as colourful as a product may be one that was not found.
    chroma = subject.photo.amax(1, keepdim=True) - subject.photo.amin(1, keepdim=True)
    plain = rise(wide_gaussian(chroma, subject.px(0.03, 2.0)), 0.30, 0.16)
    # So may be what has clear shapes of its own: legs, hands, props.
    coarse = wide_gaussian(shapes.tone, subject.px(0.06, 3.0))
    varied = wide_gaussian((shapes.tone - coarse).abs(), subject.px(0.035, 2.0))
    outside = rise(wide_gaussian(subject.product, subject.px(0.02, 2.0)), 0.25, 0.02)
    part = torch.maximum(torch.maximum(shapes.detail, shapes.skin), rise(varied, 0.03, 0.08)) * outside
    plain = plain * rise(wide_gaussian(part, subject.px(0.025, 2.0)), 0.60, 0.30)
    return torch.lerp(painted, scene, (0.05 + 0.83 * plain) * behind)


def band_colours(place: Tensor) -> Tensor:
    """(1, 3, H, W) colours of a place (1, 1, H, W) between the first of BANDS, 0, and the last."""
    shares = [(1 - (place - n).abs()).clamp(min=0) for n in range(len(BANDS))]
    return torch.stack([rgb(*band) * share for band, share in zip(BANDS, shares, strict=True)]).sum(0)


def with_parts(shapes: Shapes, painted: Tensor, share: float = PARTS_SHARE) -> Tensor:
    """Small hard parts of the product, as dials, buttons and print, nearly as sharp as in the photo."""
    subject = shapes.subject
    parts = object_parts(shapes) * (1 - soft_skin(shapes))
    return torch.lerp(painted, drawn_letters(subject), share * parts)


def brightened(painted: Tensor, line: Tensor, amount: float = 1.0) -> Tensor:
    """Lines in a lighter tone of the colour that they are on."""
    return torch.lerp(painted, 1.3 * painted + 0.13, amount * line).clamp(0, 1)


def shaded(shapes: Shapes, stepped: Tensor, skin_softness: float = CEL_SKIN_SOFTNESS) -> Tensor:
    """The shapes' colours in stepped tones, in softer ones where there is skin."""
    tone = torch.lerp(stepped, shapes.tone, skin_softness * soft_skin(shapes))
    return at_tone(shapes.colours, shapes.tone, tone)


def rays(subject: Subject) -> tuple[Tensor, Tensor]:
    """(1, 1, H, W) each, 0..1: every other ray from the lower middle of the product; lines between rays."""
    height, width = subject.product.shape[2:]
    rows, columns = torch.arange(height).view(-1, 1) + 0.5, torch.arange(width) + 0.5
    weights = subject.product[0, 0] + 1e-3
    middle = float((weights * columns).sum() / weights.sum())
    down, right = rows - 0.75 * height, columns - middle
    turn = torch.atan2(right, -down) * (RAYS / (2 * math.pi))
    across = (down.square() + right.square()).sqrt() * (2 * math.pi / RAYS)
    from_edge = (((turn % 1 - 0.5).abs() - 0.25) * across)[None, None]
    line = (subject.px(0.0022, 0.8) - from_edge.abs() + 0.5).clamp(0, 1)
    return (from_edge + 0.5).clamp(0, 1), line
