"""Comics: brush and ink with mechanical tints, and the comic print of the 1960s in Ben-Day dots."""

from typing import Final

import torch
from torch import Tensor

from ...imaging.filters import gaussian, luminance
from ..strokes.directions import wide_gaussian
from .abstraction import Abstraction, abstracted, features, flesh_of, line_plane, scene_behind
from .cels import CARTOON, GRAPHIC_INK, brighter_behind, celled
from .inking import benday, rounded_light
from .keylines import key_lines, seams
from .shapes import crisp_lettering
from .shapes import lettering as lettering_of
from .steps import boundary, rise
from .subject import Subject, rgb, saturate

BLACK_BELOW: Final = 0.22
TINTS: Final = ((0.44, 0.22), (0.80, 0.17))  # tone below which a tint is laid, and what it adds to cover
TINT_PITCH_SHARE: Final = 0.0080
DOT_PITCH_SHARE: Final = 0.0105
BEHIND: Final = (0.34, 0.62)  # least tone behind the product, and range: no black competes with it
LIT_BLACK: Final = 0.16  # cover of white dots where folds of black cloth are lit
FEATURE_LEVEL: Final = 0.85  # of a feature of a face, from which it is inked
RIM_LIGHT: Final = 0.6  # light on the product as a rounded solid, in lit darks
POP_SATURATION: Final = 1.25


def comic_ink(subject: Subject) -> Tensor:
    """Brush and Indian ink on white: spotted blacks, a line of swelling weight, mechanical tints of dots."""
    shapes = abstracted(subject, 0.008)
    flesh = flesh_of(subject)
    tone = inker_tone(shapes)
    local = tone + 2.5 * (tone - wide_gaussian(tone, subject.px(0.012, 1.5))) * (0.3 + 0.7 * shapes.detail)
    local = torch.maximum(local, (BLACK_BELOW + 0.10) * flesh)
    black = shapes.steps(local, (BLACK_BELOW,), (1.0, 0.0), 0.004)
    dots = screen(subject, tints(shapes, tone) * (1 - flesh))
    outside_text = 1 - rise(gaussian(subject.text, subject.px(0.004, 1.0)), 0.05, 0.3)
    drawn = torch.maximum(key_lines(shapes, 1.35), boundary(features(subject), FEATURE_LEVEL))
    ink = torch.stack([black, dots * outside_text, drawn]).amax(0) * (1 - lit_folds(shapes))
    lettered = boundary(lettering_of(subject)[1] * (1 - flesh), 0.5)
    ink = torch.lerp(ink, letters(subject, dots), lettered)
    return torch.lerp(rgb(1.0, 1.0, 1.0), rgb(*GRAPHIC_INK), ink)


def screen(subject: Subject, cover: Tensor) -> Tensor:
    """Dots of a mechanical tint; none where there is hardly any cover."""
    return benday(cover, subject.px(TINT_PITCH_SHARE, 4.0)) * rise(cover, 0.04, 0.10)


def lit_folds(shapes: Abstraction) -> Tensor:
    """(1, 1, H, W) white in black cloth: lines along its seams, a light tint where its folds are lit."""
    return torch.maximum(seams(shapes, 0.010), screen(shapes.subject, LIT_BLACK * lit_darks(shapes)))


def lit_darks(shapes: Abstraction) -> Tensor:
    """(1, 1, H, W) 0..1: dark parts of the product where they are lighter than around."""
    subject = shapes.subject
    tone = luminance(subject.photo)
    weighted = torch.cat([tone * subject.product, subject.product], 1) + 1e-4
    sums = wide_gaussian(weighted, subject.px(0.06, 3.0))
    mean = sums[:, :1] / sums[:, 1:]
    light = (wide_gaussian(tone, subject.px(0.007, 1.5)) + 0.015) / (mean + 0.015)
    dark = rise(mean, 0.22, 0.12) * subject.product * (1 - subject.text) * (1 - subject.skin)
    light = light + RIM_LIGHT * rounded_light(subject)
    return shapes.steps(light, (1.10,), (0.0, 1.0), 0.006) * dark * (1 - shapes.detail)


def inker_tone(shapes: Abstraction) -> Tensor:
    """Tone by which an inker spots blacks: vivid colours are light; behind the product is no black."""
    subject, wide = shapes.subject, shapes.mean_of_like_tones(2)
    value = torch.lerp(shapes.tone, torch.maximum(shapes.tone, subject.photo.amax(1, keepdim=True)), 0.6)
    tone = value * ((shapes.tone + 0.03) / (wide + 0.03)).clamp(0.2, 2.0) ** 0.6
    return torch.lerp(tone, BEHIND[0] + BEHIND[1] * tone, scene_behind(subject)).clamp(0, 1)


def tints(shapes: Abstraction, tone: Tensor) -> Tensor:
    """(1, 1, H, W) cover of mechanical tints, flat in areas of one value; vivid colours have one."""
    photo = shapes.subject.photo
    chroma = photo.amax(1, keepdim=True) - photo.amin(1, keepdim=True)
    even = torch.lerp(tone, torch.minimum(shapes.form_mean, tone + 0.2), 0.5)
    value = wide_gaussian(even - 0.5 * (chroma - 0.05).clamp(0, 0.6), shapes.subject.px(0.004, 1.0))
    levels, covers = [level for level, _ in TINTS], [cover for _, cover in TINTS]
    return shapes.steps(value, levels, (sum(covers), covers[1], 0.0), 0.008)


def letters(subject: Subject, dots: Tensor) -> Tensor:
    """Ink of lettering: dark letters solid, light ones outlined on a tint, as sharp as the photo's."""
    tone = line_plane(subject)
    around = tone - wide_gaussian(tone, subject.px(0.006, 1.2))
    dark = 1 - boundary(tone + 3.5 * around, 0.44)
    light = lettering_of(subject)[0]
    light_on_dark = rise(wide_gaussian(light, subject.px(0.02, 2.0)), 0.60, 0.45)
    return torch.maximum(dark, dots * light_on_dark * (1 - light))


def pop_art(subject: Subject) -> Tensor:
    """Comic print of the 1960s after Lichtenstein: pure inks, Ben-Day dots in middle tones, black lines."""
    shapes = abstracted(subject, 0.011)
    flesh = flesh_of(subject)
    text = rise(gaussian(subject.text, subject.px(0.004, 1.0)), 0.05, 0.3)
    cel = celled(shapes, CARTOON)
    loud = torch.lerp(saturate(cel, POP_SATURATION), cel, flesh)
    painted = brighter_behind(shapes, loud)
    painted = torch.lerp(painted, dotted(shapes, painted), (1 - flesh) * (1 - text))
    painted = torch.lerp(painted, 1.3 * painted + 0.13, seams(shapes)).clamp(0, 1)
    painted = torch.lerp(painted, rgb(*GRAPHIC_INK), key_lines(shapes, 1.35))
    return crisp_lettering(subject, painted, 1 - flesh).clamp(0, 1)


def dotted(shapes: Abstraction, painted: Tensor) -> Tensor:
    """Large areas of middle tone in dots on paper, lit parts of dark ones in light dots."""
    subject = shapes.subject
    pitch = subject.px(DOT_PITCH_SHARE, 4.0)
    small = rise(wide_gaussian(shapes.detail, subject.px(0.006, 1.5)), 0.2, 0.5) * subject.product
    tone = luminance(painted)
    middle = shapes.steps(shapes.form_mean, (0.28, 0.88), (0.0, 1.0, 0.0), 0.014)
    middle = middle * (1 - small) * rise(tone, 0.92, 0.86)
    high = painted.amax(1, keepdim=True)
    paper, ink = 1 - 0.55 * (1 - painted), (high - 1.35 * (high - painted)) * 0.70
    light = luminance(paper)
    cover = ((light - tone) / (light - luminance(ink)).clamp(min=0.05)).clamp(0.1, 0.55)
    printed = torch.lerp(painted, torch.lerp(paper, ink, benday(cover, pitch)), middle)
    lit = lit_darks(shapes)
    return torch.lerp(printed, 1.5 * painted + 0.16, benday(0.34 * lit, pitch) * rise(lit, 0.1, 0.3))
