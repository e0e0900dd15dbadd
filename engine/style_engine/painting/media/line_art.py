"""Line art that engraving and relief print share: letters, features of faces, folds, contours."""

from dataclasses import replace
from typing import Final

import torch
from torch import Tensor

from ...imaging.filters import gaussian, luminance
from ..strokes.directions import wide_gaussian
from .focus import face_area, legible_tone
from .outlines import flow_lines
from .shapes import lettering, rise
from .subject import Subject
from .swelling_lines import silhouette

PALE_SHADOW_GAIN: Final = 1.1  # of shadow within pale parts, relative to that within dark ones
LEAST_PRESSURE: Final = 0.25  # of the line round the product, on its lit side
FEATURES: Final = 0.55  # of lettering, that the features of a face count
FEATURE_SHARE: Final = 0.010  # sigma of the mean tone around a feature of a face
FEATURE_DEPTH: Final = (0.035, 0.075)  # below that mean: from the first a feature is drawn
LETTER_MEAN_SHARE: Final = 0.007  # sigma of the mean tone around a letter
LETTER_LEVEL: Final = 0.42  # lightness within lettering, below which a letter is inked
LETTER_EDGE: Final = 2.6  # steepness of its edge
LETTER_CLEARING: Final = 0.6  # weight of the difference from it


def with_letters(ink: Tensor, subject: Subject, detail: Tensor, lines: float = 0.0) -> Tensor:
    """Letters and what they stand on as ink and paper; `lines`: their share that stays behind dark ones.

    Letters are what is darker than the middle and the mean of the tones around: the counters of small print
    stay open. Their edges are as soft as the photo's, so that blurred print can still be read.
    """
    legible = legible_tone(subject)
    around = legible - wide_gaussian(legible, subject.px(LETTER_MEAN_SHARE, 1.5))
    plane = (legible + LETTER_CLEARING * around).clamp(0, 1)
    # Strands of hair are no lettering; eyes and mouth are drawn as letters are.
    person = rise(wide_gaussian(subject.skin, subject.px(0.012, 1.5)), 0.1, 0.35)
    features = face(subject, detail) * detail
    drawn = torch.maximum(subject.text * (1 - person), FEATURES * features)
    light, weight = lettering(replace(subject, toned=plane.expand(-1, 3, -1, -1), text=drawn))
    letters = (LETTER_EDGE * (LETTER_LEVEL - light) + 0.5).clamp(0, 1)
    wide, mostly_light = wide_gaussian(torch.cat([legible, light], 1), subject.px(0.02, 2.0)).split(1, 1)
    middle = rise(wide, 0.80, 0.62) * rise(mostly_light, 0.5, 0.65)
    letters = torch.maximum(letters, lines * middle * ink)
    letters = torch.lerp(letters, narrow_darks(subject), rise(features, 0.0, 0.2))
    return torch.lerp(ink, letters, rise(weight, 0.1, 0.5))


def narrow_darks(subject: Subject) -> Tensor:
    """(1, 1, H, W) 0..1: features of a face. A shadow on a cheek is wider than they are."""
    tone = legible_tone(subject)
    return rise(wide_gaussian(tone, subject.px(FEATURE_SHARE, 1.5)) - gaussian(tone, 0.6), *FEATURE_DEPTH)


def face(subject: Subject, detail: Tensor) -> Tensor:
    """(1, 1, H, W) 0..1: skin round facial features."""
    flesh = subject.skin * subject.product * (1 - subject.text)
    near = wide_gaussian(flesh, subject.px(0.03, 2.0))
    features = wide_gaussian(flesh * detail, subject.px(0.10, 3.0))
    return torch.maximum(rise(near, 0.3, 0.6) * rise(features, 0.04, 0.09), face_area(subject))


def folds(tone: Tensor, subject: Subject) -> Tensor:
    """Light and shadow of folds and seams within dark parts of the product, and shadow within pale ones."""
    inside = rise(wide_gaussian(subject.product, subject.px(0.01, 1.5)), 0.8, 0.98)
    plain = luminance(subject.photo)
    planes = torch.cat([plain.clamp(min=2e-3) ** 0.4, plain], 1)
    near, wide = (wide_gaussian(planes, subject.px(share, 1.0)) for share in (0.005, 0.045))
    around = wide_gaussian(tone, subject.px(0.03, 2.0))
    relief, shadow = (near - wide).split(1, 1)
    dark = (relief + 0.02).clamp(-0.12, 0.15) * rise(around, 0.36, 0.14)
    pale = PALE_SHADOW_GAIN * shadow.clamp(-0.08, 0) * rise(around, 0.70, 0.88)
    shading: Tensor = (dark + pale) * inside
    return shading


def outline(
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
    around = silhouette(subject, 0.8 * width_px, (1.6 * shade).clamp(min=LEAST_PRESSURE))
    return torch.maximum(inner, around)
