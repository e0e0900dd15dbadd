"""Focus: where marks must be small or leave out, because lettering, a face or a small form would be lost."""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging import windows
from ...imaging.filters import gaussian, luminance
from ...imaging.tensors import area_resize
from ..strokes.directions import wide_gaussian
from .steps import rise
from .subject import Subject
from .tesserae import detail

LETTERING_FROM: Final = (0.20, 0.50)  # of the text mask, which is faint on small print
LETTERING_REACH_SHARE: Final = 0.0025
PRINTED: Final = 0.7  # of large print, which needs less help than small lettering
PRINT_COPY_PX: Final = 400.0
PRINT_WINDOW_SHARE: Final = 0.014  # in which print has both of its tones
PRINT_MIDDLE: Final = (0.36, 0.24)  # mean closeness to the middle tone: from the second on it is print
PRINT_SPAN: Final = (0.10, 0.18)  # of tone
PRINT_CORNERS: Final = (0.10, 0.14)  # detail per span: one straight edge, as a hem, is no print
FACE_REACH_SHARE: Final = 0.045  # sigma within which facial features make skin a face
FACE_FEATURES: Final = (
    0.020,
    0.040,
)  # mean difference of tone from the surroundings, of skin without and with them


def lettering_area(subject: Subject) -> Tensor:
    """(1, 1, H, W) 0..1: 1 throughout small lettering, PRINTED in large print, 0 in people's skin."""
    near = wide_gaussian(subject.text, subject.px(LETTERING_REACH_SHARE, 0.7))
    found = rise(torch.maximum(near, subject.text), *LETTERING_FROM)
    found = torch.maximum(found, PRINTED * printed_area(subject))
    person = wide_gaussian(subject.skin, subject.px(0.012, 1.5))
    return found * rise(person, 0.5, 0.2)


def printed_area(subject: Subject) -> Tensor:
    """(1, 1, H, W) 0..1: large lettering and marks in two flat tones with sharp edges, within the product.

    Ink and what it is printed on have few tones between them; folds, hair and fur have many. A hem has no
    corners. Found on a copy on which the product has PRINT_COPY_PX.
    """
    height, width = subject.photo.shape[2:]
    scale = min(1.0, PRINT_COPY_PX / subject.size_px)
    size = (max(8, round(height * scale)), max(8, round(width * scale)))
    planes = torch.cat([subject.photo, subject.product, subject.skin], 1)
    photo, product, skin = (area_resize(planes, size) if scale < 1 else planes).split((3, 1, 1), 1)
    found = _two_flat_tones(Subject(photo, photo, product, torch.zeros_like(product), skin))
    return F.interpolate(found, size=(height, width), mode="bilinear")


def _two_flat_tones(subject: Subject) -> Tensor:
    tone = legible_tone(subject)
    radius = max(2, round(subject.px(PRINT_WINDOW_SHARE)))
    high, low = (windows.maximum(gaussian(x, 0.7), radius) for x in (tone, -tone))
    span = high + low
    share = ((tone + low) / span.clamp(min=0.03)).clamp(0, 1)
    middle = (1 - (2 * share - 1).abs()).square()
    dark, light = rise(share, 0.35, 0.15), rise(share, 0.65, 0.85)
    sigma = subject.px(PRINT_WINDOW_SHARE, 2.0)
    means = wide_gaussian(torch.cat([middle, dark, light, span], 1), sigma)
    mean_middle, darks, lights, spans = means.split(1, 1)
    both = rise(torch.minimum(darks, lights), 0.10, 0.22)
    inside = rise(wide_gaussian(subject.product, subject.px(0.016, 2.0)), 0.90, 0.99)
    corners = wide_gaussian(detail(subject), subject.px(0.008)) / spans.clamp(min=0.05)
    found = both * rise(mean_middle, *PRINT_MIDDLE) * rise(spans, *PRINT_SPAN) * rise(corners, *PRINT_CORNERS)
    return rise(wide_gaussian(found * inside, sigma), 0.25, 0.6)


def legible_tone(subject: Subject) -> Tensor:
    """(1, 1, H, W) tone in which a red letter on white is as legible as a black one."""
    return 0.55 * luminance(subject.photo) + 0.45 * subject.photo.amin(1, keepdim=True)


def face_area(subject: Subject) -> Tensor:
    """(1, 1, H, W) 0..1: skin round facial features, and the features; a bare arm has none."""
    if float(subject.skin.max()) == 0:
        return torch.zeros_like(subject.skin)
    tone = luminance(subject.photo)
    flesh = rise(wide_gaussian(subject.skin, subject.px(0.010, 1.5)), 0.35, 0.8)
    inner = rise(flesh, 0.8, 1.0)
    # The mean is that of the skin around: the edge of an arm is no feature.
    around = wide_gaussian(torch.cat([tone * inner, inner], 1), subject.px(1 / 110, 1.5))
    fine = (tone - around[:, :1] / around[:, 1:].clamp(min=0.02)).abs() / (0.25 + tone)
    reach = subject.px(FACE_REACH_SHARE, 3.0)
    sums = wide_gaussian(torch.cat([fine * inner, inner], 1), reach)
    features = sums[:, :1] / sums[:, 1:].clamp(min=0.02)
    return flesh * rise(features, *FACE_FEATURES)


def fine_focus(subject: Subject, broad: bool = False) -> Tensor:
    """(1, 1, H, W) 0..1, 1 where marks must be fine: lettering, faces, and less so small forms."""
    tone = luminance(subject.photo)
    around = wide_gaussian(tone, subject.px(1 / 110, 1.5))
    fine = (tone - around).abs()
    # Smaller differences count in the darks.
    detailed = fine / (0.35 + around)
    dense = wide_gaussian(detailed, subject.px(1 / 50, 2.0))
    near = wide_gaussian(fine, subject.px(1 / 24, 2.0))
    detail = ((dense - 0.02) / 0.05).clamp(0, 0.7) * (0.2 + 0.8 * subject.product)
    # Skin around facial features is a face; a bare arm has none.
    face = subject.skin * ((near - 0.018) / 0.016).clamp(0, 1)
    focus = torch.maximum(detail, 0.96 * face)
    return torch.maximum(focus.square() if broad else focus, lettering_area(subject))
