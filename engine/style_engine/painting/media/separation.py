"""Separation: lettering and pale or transparent products set off from what they stand on.

Where a photo gives too little contrast for a medium's marks, a draughtsman adds it: what a white letter
stands on is darker, the form of a glass turns darker at its edge, and two colours of one luminance get
different greys.
"""

from dataclasses import replace
from typing import Final

import torch
from torch import Tensor

from ...imaging import windows
from ...imaging.filters import gaussian, luminance
from ..strokes.directions import wide_gaussian
from .focus import lettering_area
from .steps import at_tone, rise
from .subject import Subject

LETTER_SPAN_SHARE: Final = 0.014  # radius within which letters and what they stand on differ
LEAST_SPAN: Final = (0.14, 0.22)  # of tone: below the first no letter is set off, from the second on all
MAX_LETTER_GAIN: Final = 2.4
NOT_NOISE: Final = (0.15, 0.45)  # share of the contrast: what is nearer to the lighter tone is noise of paper
WEAK_EDGE: Final = (
    0.20,
    0.07,
)  # difference of colour across the silhouette: from the second on fully set off
EDGE_REACH_SHARE: Final = 0.014  # sigma within which the two sides of the silhouette are compared
TURNED_SHARE: Final = 0.012  # sigma of the shade with which a form turns away at its silhouette
TURNED_SHADE: Final = 0.20
CONTOUR_SHARE: Final = 0.0028  # sigma of the darker line at the silhouette itself
CONTOUR_SHADE: Final = 0.34
PALE_REACH_SHARE: Final = 0.09  # sigma by which a weak silhouette makes the product's own forms count more
PALE_FORMS: Final = 1.3  # contrast added to them
PALE_FORM_SHARE: Final = 0.02
LIGHT_BEHIND: Final = 0.35  # tone behind the product, from which its silhouette is darker, not lighter
MOST_SHIFT: Final = 0.35  # of tone
GREY_SHARE: Final = 0.06  # sigma of the mean saturation around each place
GREY_SHIFT: Final = 0.42  # tone per difference of saturation from that mean
MOST_GREY_SHIFT: Final = 0.13
LIKE_TONES: Final = (
    0.28,
    0.12,
)  # difference of tone from the mean, at which no shift is needed, and a full one


def set_off(subject: Subject, letter_span: float = 0.45) -> Subject:
    """The subject with its lettering and its silhouette set off, in the photo and in its tones.

    Its `text` is 1 throughout lettering, small print too.
    `letter_span`: contrast of tone, 0..1, between letters and what they stand on that the medium needs.
    """
    shade = silhouette_shade(subject)
    directed, pale = _directed(subject, shade), _pale_share(subject, shade)
    area = lettering_area(subject)
    photo, toned = (
        with_letter_span(subject, _shaded(subject, picture, directed, pale), area, letter_span)
        for picture in (subject.photo, subject.toned)
    )
    return _with_pictures(subject, photo, toned, area)


def in_greys(subject: Subject) -> Subject:
    """The subject for a medium of one ink: neighbouring colours of like luminance have different tones.

    More saturated ones are darker: such differences replace those that a grey picture has lost (Gooch et al.
    2005).
    """
    photo = subject.photo
    saturation = photo.amax(1, keepdim=True) - photo.amin(1, keepdim=True)
    saturation = gaussian(saturation, subject.px(0.003, 0.7))
    tone = luminance(photo)
    weight = subject.product + 0.02
    sums = wide_gaussian(
        torch.cat([saturation * weight, tone * weight, weight], 1), subject.px(GREY_SHARE, 2.0)
    )
    mean_saturation, mean_tone, _ = (sums / sums[:, 2:]).split(1, 1)
    alike = rise((tone - mean_tone).abs(), *LIKE_TONES) * (1 - subject.text) * subject.product
    shift = GREY_SHIFT * (mean_saturation - saturation)
    shift = alike * shift.clamp(-MOST_GREY_SHIFT, MOST_GREY_SHIFT)
    return _with_pictures(subject, *(_at(picture, shift) for picture in (photo, subject.toned)))


def silhouette_shade(subject: Subject) -> Tensor:
    """(1, 1, H, W) 0..1: how far the inner side of the silhouette is to differ more from what is behind it.

    0 where the product differs clearly; highest at the silhouette itself, falling off into the form.
    """
    product = certain_product(subject)
    weak = weak_silhouette(subject)
    turned = product * (2 - 2 * wide_gaussian(product, subject.px(TURNED_SHARE, 1.5))).clamp(0, 1)
    line = product * (2 - 2 * gaussian(product, subject.px(CONTOUR_SHARE, 0.9))).clamp(0, 1)
    return weak * (TURNED_SHADE * turned.square() + CONTOUR_SHADE * line.square())


def certain_product(subject: Subject) -> Tensor:
    """The product mask where it is certain: a mask that fades slowly has no silhouette there."""
    return rise(subject.product, 0.35, 0.65)


def weak_silhouette(subject: Subject) -> Tensor:
    """(1, 1, H, W) 0..1: where product and surroundings have nearly the same colour."""
    product = certain_product(subject)
    beside = 1 - product
    planes = torch.cat([subject.photo * product, product, subject.photo * beside, beside], 1)
    means = wide_gaussian(planes, subject.px(EDGE_REACH_SHARE, 1.5))
    inner, outer = (means[:, at : at + 3] / means[:, at + 3 : at + 4].clamp(min=1e-3) for at in (0, 4))
    near = rise(means[:, 7:], 0.0, 0.06) * rise(means[:, 3:4], 0.0, 0.06)
    return near * rise((inner - outer).abs().amax(1, keepdim=True), *WEAK_EDGE)


def with_letter_span(subject: Subject, picture: Tensor, area: Tensor, span_wanted: float) -> Tensor:
    """The picture with at least a wanted contrast between letters and what they stand on, within an area."""
    if float(area.max()) == 0:
        return picture
    tone = luminance(picture)
    radius = max(2, round(subject.px(LETTER_SPAN_SHARE)))
    high, low = (gaussian(windows.maximum(x, radius), max(1.0, radius / 4)) for x in (tone, -tone))
    span = high + low
    gain = (span_wanted / span.clamp(min=0.02)).clamp(1, MAX_LETTER_GAIN)
    # White letters stay white, as white paper does: what is darker becomes darker still, as far as it can.
    under = (gain * span - high).clamp(min=0)
    darker = (high - tone) / span.clamp(min=0.02)
    stretched = (tone - (gain - 1) * (high - tone) * rise(darker, *NOT_NOISE) + under).clamp(0, 1)
    share = area * rise(span, *LEAST_SPAN)
    return torch.lerp(picture, at_tone(picture, tone, stretched), share)


def _directed(subject: Subject, shade: Tensor) -> Tensor:
    """The shade, negative where what is behind the product is light: darker there, else lighter."""
    beside = 1 - subject.product
    sums = wide_gaussian(torch.cat([luminance(subject.photo) * beside, beside], 1), subject.px(0.03, 2.0))
    behind = sums[:, :1] / sums[:, 1:].clamp(min=1e-3)
    return torch.where(behind > LIGHT_BEHIND, -shade, shade)


def _pale_share(subject: Subject, shade: Tensor) -> Tensor:
    """(1, 1, H, W) 0..1: the product near a silhouette that is set off, whose own forms count more."""
    near = wide_gaussian(torch.cat([shade, subject.product], 1), subject.px(PALE_REACH_SHARE, 3.0))
    return rise(near[:, :1] / near[:, 1:].clamp(min=0.02), 0.0, 0.05) * subject.product


def _shaded(subject: Subject, picture: Tensor, directed: Tensor, pale: Tensor) -> Tensor:
    """The picture with its silhouette shaded and the forms of its pale parts in more contrast."""
    tone = luminance(picture)
    forms = tone - wide_gaussian(tone, subject.px(PALE_FORM_SHARE, 2.0))
    return _at(picture, (directed + PALE_FORMS * pale * forms).clamp(-MOST_SHIFT, MOST_SHIFT))


def _at(picture: Tensor, shift: Tensor) -> Tensor:
    """The picture with its luminance shifted."""
    tone = luminance(picture)
    return torch.where(shift == 0, picture, at_tone(picture, tone, (tone + shift).clamp(0, 1)))


def _with_pictures(subject: Subject, photo: Tensor, toned: Tensor, text: Tensor | None = None) -> Subject:
    """The subject with another photo of the same forms, whose directions and size are kept."""
    other = replace(subject, photo=photo, toned=toned, text=subject.text if text is None else text)
    vars(other).update(size_px=subject.size_px, directions=subject.directions)
    return other
