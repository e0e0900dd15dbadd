"""Shapes: a photo in few shapes of colour and tone with clean curved boundaries, as illustrators simplify.

Abstraction by Kuwahara filters and along streamlines (Kyprianidis and Kang 2011), soft quantisation of tones
(Winnemöller et al. 2006). Broad shapes are found on a copy of fixed size, so every resolution has the same.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging import windows
from ...imaging.filters import gaussian, luminance
from ..strokes.directions import gradients, wide_gaussian
from .lines import flow_mean
from .steps import EDGE_PX, at_tone, boundaries, boundary, kuwahara, rise, soft_steps
from .subject import Subject

__all__ = [
    "Shapes",
    "at_tone",
    "boundaries",
    "boundary",
    "crisp_lettering",
    "doubled",
    "edge_angle",
    "find_shapes",
    "kuwahara",
    "lettering",
    "reduced",
    "rise",
    "soft_steps",
    "with_lettering",
]

BROAD_PX: Final = 360.0  # size of the subject on the copy on which broad shapes are found
FINE_SHARE: Final = 0.0018  # radius of the filter where detail matters
BROAD_RATIO: Final = 2.2  # of the radius of the broadest shapes to that of the others
DETAIL_SHARE: Final = 0.0024  # sigma by which boundaries of fine shapes are rounded
COHERENCE_SHARE: Final = 0.022  # length over which fine shapes are smoothed along their edges
LOST_CONTRAST: Final = (0.040, 0.10)  # of what broad shapes lose: below the first nothing is kept as detail
PLACE_SHARE: Final = 0.08  # sigma of the means of places
WEAK_VARIATION: Final = (0.015, 0.045)  # of tone, from the mean of its place: below the first ignored
STEP_SOFTNESS: Final = 0.45  # share of the mean of a place: a step across a form is a weak one
OPENING: Final = 0.30  # by how much the exponent of the mean tone of dark places is lowered
DARK_CONTRAST: Final = 0.9  # by which contrast within dark places is raised
FOLD_CONTRAST: Final = 0.35  # and within other places of the product, so that folds count
LETTER_WINDOW_SHARE: Final = 0.014  # in which lettering and its background are distinguished
LETTER_CONTRAST: Final = (0.11, 0.24)  # below the first none is redrawn, from the second on all


@dataclass(frozen=True, eq=False)
class Shapes:
    """`colours` (1, 3, H, W) in broad shapes; `plane` (1, 1, H, W), whose edges are drawn as lines; `detail`
    (1, 1, H, W), 0..1 where fine shapes are kept: faces, print, laces; `skin`, 0..1; `plain`, 0..1 near a
    white background."""

    subject: Subject
    colours: Tensor
    plane: Tensor
    detail: Tensor
    skin: Tensor
    plain: Tensor

    @cached_property
    def tone(self) -> Tensor:
        return luminance(self.colours).clamp(0, 1)

    @cached_property
    def place_mean(self) -> Tensor:
        """Mean of the nearly equal tones around each pixel."""
        return self.mean_of_like_tones(9)

    @cached_property
    def form_mean(self) -> Tensor:
        """Mean of the tones around each pixel that a form of one colour has in light and shadow."""
        return self.mean_of_like_tones(3)

    def mean_of_like_tones(self, bins: int) -> Tensor:
        """(1, 1, H, W) mean around each pixel in its tone's bin, on its side of the product's silhouette.

        A coarse bilateral grid (Paris and Durand 2006).
        """
        small = reduced(self.subject, self.tone)
        inside = reduced(self.subject, self.subject.product).clamp(0.001, 0.999)
        centres = torch.linspace(0, 1, bins, device=small.device).view(1, -1, 1, 1)
        alike = (1 - (small - centres).abs() * (bins - 1)).clamp(min=0) + 1e-3
        weights = torch.cat([alike * inside, alike * (1 - inside)], 1)
        sigma = max(1.5, PLACE_SHARE * self.subject.size_px * small.shape[3] / self.tone.shape[3])
        sums = wide_gaussian(torch.cat([weights * small, weights], 1), sigma)
        means = sums[:, : 2 * bins] / sums[:, 2 * bins :].clamp(min=1e-6)
        mean = (means * weights).sum(1, keepdim=True) / weights.sum(1, keepdim=True)
        return F.interpolate(mean, size=self.tone.shape[2:], mode="bilinear")

    def tone_steps(
        self, levels: Sequence[float], values: Sequence[float], share: float, softness: float = STEP_SOFTNESS
    ) -> Tensor:
        """The tone in steps: `values` between the `levels`; boundaries are rounded by a share of the size.

        `softness` is the share of the mean of the place, by which large shapes keep their own tone.
        """
        # Weak variation around the mean of a place makes no step of its own.
        deviation = self.tone - self.place_mean
        calm = self.place_mean + deviation * rise(deviation.abs(), *WEAK_VARIATION)
        calm = torch.lerp(calm, self.tone, self.detail)
        smooth = wide_gaussian(calm, self.subject.px(share, 1.0))
        edge = rise((smooth - calm).abs(), 0.02, 0.06)
        stepped = soft_steps(torch.lerp(smooth, calm, torch.maximum(edge, self.detail)), levels, values)
        return torch.lerp(stepped, self.place_mean, softness * (1 - self.detail))

    def shading(self, levels: Sequence[float], values: Sequence[float], share: float) -> Tensor:
        """Steps of the ratio of the tone to the mean of its place: shadow and light of each form."""
        wide = self.form_mean
        clear = rise(wide, 0.14, 0.28) * rise(wide, 0.96, 0.80) * (1 - self.detail) * (1 - self.skin)
        ratio = clear * (self.tone / wide.clamp(min=0.05) - 1).clamp(-0.5, 0.5)
        small = reduced(self.subject, ratio)
        sigma = 2.5 * share * self.subject.size_px * small.shape[3] / ratio.shape[3]
        form = F.interpolate(wide_gaussian(small, max(1.5, sigma)), size=ratio.shape[2:], mode="bilinear")
        return soft_steps(1 + form, levels, values, 0.14)

    def steps(self, plane: Tensor, levels: Sequence[float], values: Sequence[float], share: float) -> Tensor:
        """Any smooth plane (1, 1, H, W) in steps without islands, with smooth boundaries.

        Threshold dynamics (Merriman 1992): broad on a small copy, finer where there is detail.
        """
        small = reduced(self.subject, plane)
        scale = small.shape[3] / plane.shape[3]
        sigma = max(1.0, share * self.subject.size_px * scale)
        masks = gaussian(boundaries(gaussian(boundaries(small, levels), sigma), (0.5,)), sigma)
        masks = F.interpolate(masks, size=plane.shape[2:], mode="bicubic")
        fine = gaussian(boundaries(plane, levels), self.subject.px(DETAIL_SHARE, 0.8))
        # The slope of a step that a Gaussian has blurred.
        fine_sigma = self.subject.px(DETAIL_SHARE, 0.8)
        slope = torch.lerp(torch.full_like(self.detail, scale / sigma), self.detail / fine_sigma, self.detail)
        slope = (slope / math.sqrt(2 * math.pi)).clamp(min=1e-3)
        masks = ((torch.lerp(masks, fine, self.detail) - 0.5) / (EDGE_PX * slope) + 0.5).clamp(0, 1)
        rises = torch.tensor(values, device=plane.device).diff().view(1, -1, 1, 1)
        return values[0] + (masks * rises).sum(1, keepdim=True)


def find_shapes(
    subject: Subject, radius_share: float, detail: float = 1.0, background_detail: float = 0.45
) -> Shapes:
    """The toned photo in shapes that are rounded by about `radius_share` of the product's size.

    `detail` is how much of what these lose counts, and `background_detail` that share outside the product.
    """
    # Edges between a colour and a white of like luminance are drawn, too.
    plane = 0.6 * luminance(subject.photo) + 0.4 * subject.photo.amin(1, keepdim=True)
    fine = kuwahara(opened(subject, torch.cat([subject.toned, plane], 1)), subject.px(FINE_SHARE, 1.0))
    angle = edge_angle(subject, fine[:, 3:])
    along = flow_mean(fine, angle, torch.zeros_like(angle), subject.px(COHERENCE_SHARE, 3.0), 5)
    # Dots and corners are shorter than the streamlines.
    short = wide_gaussian((fine - along).abs().amax(1, keepdim=True), subject.px(0.003, 1.0))
    fine = torch.lerp(along, fine, rise(short, 0.03, 0.08))
    medium = reduced(subject, fine)
    scale = medium.shape[3] / fine.shape[3]
    radius = max(1.5, scale * subject.px(radius_share))
    medium = kuwahara(medium, radius)
    broad = kuwahara(kuwahara(medium, BROAD_RATIO * radius), BROAD_RATIO * radius)
    kept = wide_gaussian((medium - broad).abs().amax(1, keepdim=True), radius)
    broad = torch.lerp(broad, medium, rise(kept, 0.03, 0.08))
    small_angle = reduced(subject, doubled((angle, angle))[0])
    small_angle = torch.atan2(small_angle[:, 1:], small_angle[:, :1]) / 2
    broad = flow_mean(broad, small_angle, torch.zeros_like(small_angle), max(4.0, 3 * radius), 7)
    broad = F.interpolate(broad, size=fine.shape[2:], mode="bilinear")
    flesh = subject.skin
    lost = wide_gaussian((fine - broad).abs().amax(1, keepdim=True), subject.px(0.005, 1.0))
    focus = (
        detail
        * (1 + 3.5 * flesh)
        * torch.lerp(torch.full_like(lost, background_detail), torch.ones_like(lost), subject.product)
    )
    kept = rise(torch.maximum(lost * focus, LOST_CONTRAST[1] * lettering(subject)[1]), *LOST_CONTRAST)
    mixed = torch.lerp(broad, fine, kept)
    plain = plain_background(subject)
    mixed = clean_silhouette(subject, mixed, plain)
    return Shapes(subject, mixed[:, :3], mixed[:, 3:], kept, flesh, plain)


def opened(subject: Subject, planes: Tensor) -> Tensor:
    """Planes, colours first, in which dark places of the product are lighter and richer in contrast."""
    tone = luminance(planes[:, :3]).clamp(0, 1)
    inside = subject.product + 1e-3
    # Saturated colours are not dark ones.
    value = torch.lerp(tone, planes[:, :3].amax(1, keepdim=True).clamp(0, 1), 0.7)
    small = reduced(subject, torch.cat([tone * inside, value * inside, inside], 1))
    sums = wide_gaussian(small, max(1.5, 0.035 * subject.size_px * small.shape[3] / tone.shape[3]))
    wide, wide_value = (
        F.interpolate(sums[:, :2] / sums[:, 2:], size=tone.shape[2:], mode="bilinear").clamp(0, 1).split(1, 1)
    )
    dark = rise(wide_value, 0.42, 0.18) * subject.product
    base = wide.clamp(min=1e-3) ** (1 - OPENING * dark)
    ratio = ((tone + 0.02) / (wide + 0.02)).clamp(0.3, 2.5)
    new_tone = torch.lerp(tone, (base * ratio ** (1 + DARK_CONTRAST * dark)).clamp(0, 0.75), dark)
    folds = FOLD_CONTRAST * (1 - dark) * (1 - subject.skin) * subject.product
    gain = (new_tone + 0.01) / (tone + 0.01) * (1 + folds * (ratio - 1).clamp(-0.25, 0.12))
    brighter: Tensor = planes * gain.clamp(0.4, 3.0)
    return brighter.clamp(0, 1)


def plain_background(subject: Subject) -> Tensor:
    """(1, 1, H, W), 0..1: where what is next to the product is white."""
    outside = rise(subject.product, 0.2, 0.0)
    low = subject.photo.amin(1, keepdim=True)
    weighted = reduced(subject, torch.cat([low * outside, outside], 1))
    # The wider mean continues the near one where no background is near: no edge arises within the product.
    size_px = subject.size_px * weighted.shape[3] / low.shape[3]
    sums = wide_gaussian(weighted, 0.03 * size_px) + 0.03 * wide_gaussian(weighted, 0.15 * size_px)
    mean = sums[:, :1] / sums[:, 1:].clamp(min=1e-6)
    plain = rise(mean, 0.84, 0.94) * rise(sums[:, 1:], 0, 1e-5)
    return F.interpolate(plain, size=low.shape[2:], mode="bilinear")


def clean_silhouette(subject: Subject, planes: Tensor, plain: Tensor) -> Tensor:
    """Planes without the mixed colours between a product and a plain background."""
    inside = gaussian(subject.product, subject.px(0.003, 0.8))
    core, outer = rise(inside, 0.75, 0.98), rise(inside, 0.25, 0.02)
    sigma = subject.px(0.006, 1.5)
    small = [reduced(subject, plane) for plane in (planes, core, outer)]
    sigma = sigma * small[0].shape[3] / planes.shape[3]
    inner, outer = (
        F.interpolate(_mean(small[0], weight, sigma), size=planes.shape[2:], mode="bilinear")
        for weight in small[1:]
    )
    clean = torch.lerp(outer, inner, boundary(inside, 0.5))
    band = rise(inside, 0.02, 0.2) * rise(inside, 0.995, 0.85) * plain
    return torch.lerp(planes, clean, band)


def edge_angle(subject: Subject, plane: Tensor, shares: Sequence[float] = (0.005, 0.02)) -> Tensor:
    """(1, 1, H, W) radians: the direction of the edges of a plane, from its smoothed structure tensor.

    `shares` of the size: sigmas of a near window and of a wide one, which decides where there is no edge.
    """
    right, down = gradients(gaussian(plane, subject.px(0.002, 0.8)))
    tensor = torch.cat([right.square() - down.square(), 2 * right * down], 1)
    near, wide = (wide_gaussian(tensor, subject.px(share, 1.0)) for share in shares)
    mean = near + 0.1 * wide
    return torch.atan2(mean[:, 1:], mean[:, :1]) / 2 + math.pi / 2


def reduced(subject: Subject, plane: Tensor) -> Tensor:
    """A plane on a copy on which the subject has BROAD_PX, never enlarged."""
    share = min(1.0, BROAD_PX / subject.size_px)
    size = [max(4, round(side * share)) for side in plane.shape[2:]]
    return F.interpolate(plane, size=size, mode="area") if share < 1 else plane


def doubled(directions: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Cosine and sine of twice the angle, of which means can be taken, and the curvature."""
    angle, curvature = directions
    return torch.cat([(2 * angle).cos(), (2 * angle).sin()], 1), curvature


def lettering(subject: Subject) -> tuple[Tensor, Tensor]:
    """(1, 1, H, W) each: 0 in dark and 1 in light parts of lettering; where lettering is redrawn."""
    tone = gaussian(subject.tone, 0.5)
    radius = max(2, round(subject.px(LETTER_WINDOW_SHARE)))
    high, low = (gaussian(windows.maximum(x, radius), radius / 2) for x in (tone, -tone))
    span = high + low
    share = rise((tone + low) / span.clamp(min=0.02), 0.25, 0.75)
    return share, rise(subject.text, 0.15, 0.6) * rise(span, *LETTER_CONTRAST)


def with_lettering(subject: Subject, painted: Tensor) -> Tensor:
    """Lettering in two flat colours of its place: that of the letters and that of their background."""
    share, weight = lettering(subject)
    sigma = subject.px(LETTER_WINDOW_SHARE / 2, 1.0)
    dark, light = (
        _mean(torch.cat([painted, subject.tone], 1), part, sigma) for part in ((1 - share) ** 4, share**4)
    )
    # A medium that compresses tones must not make lettering fainter than it was.
    missing = (light - dark)[:, 3:] - luminance(light[:, :3] - dark[:, :3])
    missing = missing * rise(wide_gaussian(share, sigma), 0.35, 0.55)  # only where the background is light
    dark_tone = luminance(dark[:, :3]).clamp(min=0.02)
    letters = dark[:, :3] * (1 - (missing / dark_tone).clamp(0, 0.35))
    return torch.lerp(painted, torch.lerp(letters, light[:, :3], share), weight)


def crisp_lettering(subject: Subject, painted: Tensor, weight: Tensor | float = 1.0) -> Tensor:
    """Lettering in the toned photo's own colours, lightly sharpened: no line or dot breaks it."""
    toned = subject.toned
    sharp = (toned + 0.7 * (toned - gaussian(toned, subject.px(0.0016, 0.8)))).clamp(0, 1)
    return torch.lerp(painted, sharp, lettering(subject)[1] * weight)


def _mean(planes: Tensor, weight: Tensor, sigma_px: float) -> Tensor:
    """Weighted Gaussian mean of planes around each pixel."""
    weight = weight + 1e-3
    sums = wide_gaussian(torch.cat([planes * weight, weight], 1), sigma_px)
    return sums[:, :-1] / sums[:, -1:]
