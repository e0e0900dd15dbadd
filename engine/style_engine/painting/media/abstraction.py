"""Abstraction: a photo without texture, whose edges are clean curves, and whose drawing is kept.

Coherence-enhancing filtering after Kyprianidis and Kang (2011): smoothing along the tangents of edges in turn
with a shock filter across them (Osher and Rudin 1990). On a copy of fixed size, so that every resolution has
the same; lettering and the features of faces are the photo's own, at its full resolution.
"""

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging.filters import gaussian, luminance
from ...imaging.tensors import area_resize
from ..strokes.directions import gradients, wide_gaussian
from .lines import flow_mean
from .shapes import Shapes, clean_silhouette, edge_angle, lettering, plain_background
from .steps import boundary, kuwahara, rise
from .subject import Subject
from .swelling_lines import small_parts

COPY_PX: Final = 540.0  # size of the subject on the copy on which it is filtered
ROUNDS: Final = 3  # of smoothing and shock
SMOOTHING_SHARE: Final = 0.022  # length of the streamline over which is smoothed
SHOCK_SIGMA_PX: Final = 1.4  # on the copy: of the tone whose second derivative decides
SHOCK_REACH_PX: Final = 1.2
SHOCK_FROM: Final = (0.0012, 0.004)  # second derivative: below the first nothing is sharpened
SHORT: Final = (0.03, 0.09)  # change by smoothing from which a form is shorter than a streamline
SHARPENING: Final = 0.8  # by which lettering and features are sharpened
SMALL_PARTS: Final = 0.6  # share of the photo's own detail in small parts
WHITE_RANGE: Final = (0.90, 0.96)  # least channel of a white background
STUDIO_SHARE: Final = (0.25, 0.5)  # of white behind the product, from which a photo is no scene
SKIN_FEATURE_SHARE: Final = 0.010  # sigma of the mean tone around a feature of a face
FACE_WINDOW_SHARE: Final = 0.025  # sigma of a window that a face fills
SKIN_FEATURE_DEPTH: Final = (0.02, 0.06)


@dataclass(frozen=True, eq=False)
class Abstraction(Shapes):
    """Shapes with the `copy` of the subject on which they were found."""

    copy: Subject


def abstracted(subject: Subject, radius_share: float) -> Abstraction:
    """The toned photo in areas without texture, rounded by `radius_share` of the product's size."""
    copy = copy_of(subject)
    planes = torch.cat([copy.toned, line_plane(copy)], 1)
    planes = kuwahara(planes, copy.px(0.5 * radius_share, 1.2))
    angle = edge_angle(copy, planes[:, 3:])
    fine = coherent(copy, planes, angle)
    broad = kuwahara(fine, copy.px(radius_share, 1.5))
    broad = flow_mean(broad, angle, torch.zeros_like(angle), copy.px(2 * SMOOTHING_SHARE, 3.0), 5)
    parts = small_parts(copy.tone, copy)
    kept = rise((fine - broad).abs().amax(1, keepdim=True), 0.03, 0.10)
    mixed = torch.lerp(broad, fine, torch.maximum(parts, wide_gaussian(kept, copy.px(0.004, 1.0))))
    size = subject.photo.shape[2:]
    mixed = F.interpolate(mixed, size=size, mode="bicubic").clamp(0, 1)
    plain = plain_background(subject)
    mixed = clean_silhouette(subject, mixed, plain)
    detail = F.interpolate(parts, size=size, mode="bilinear")
    own = torch.maximum(SMALL_PARTS * detail, torch.maximum(lettering(subject)[1], features(subject)))
    colours = torch.lerp(mixed[:, :3], crisp(subject), own)
    return Abstraction(subject, colours.clamp(0, 1), mixed[:, 3:], detail, subject.skin, plain, copy)


def copy_of(subject: Subject) -> Subject:
    """The subject reduced so that its size is COPY_PX; never enlarged."""
    share = min(1.0, COPY_PX / subject.size_px)
    if share == 1:
        return subject
    size = (max(4, round(subject.photo.shape[2] * share)), max(4, round(subject.photo.shape[3] * share)))
    skin = None if subject.found_skin is None else area_resize(subject.found_skin, size)
    photo, toned, product, text = (
        area_resize(plane, size) for plane in (subject.photo, subject.toned, subject.product, subject.text)
    )
    return Subject(photo, toned, product, text, skin)


def line_plane(subject: Subject) -> Tensor:
    """(1, 1, H, W) tone of which edges are drawn: a colour differs from a white of like luminance."""
    return 0.6 * luminance(subject.photo) + 0.4 * subject.photo.amin(1, keepdim=True)


def coherent(subject: Subject, planes: Tensor, angle: Tensor) -> Tensor:
    """Planes (1, C, H, W), colours first, smoothed along their edges and sharpened across them."""
    straight, length = torch.zeros_like(angle), subject.px(SMOOTHING_SHARE, 3.0)
    for _ in range(ROUNDS):
        along = flow_mean(planes, angle, straight, length, 5)
        change = wide_gaussian((planes - along).abs().amax(1, keepdim=True), subject.px(0.003, 1.0))
        planes = shocked(torch.lerp(along, planes, rise(change, *SHORT)), angle)
    return planes


def shocked(planes: Tensor, angle: Tensor) -> Tensor:
    """Each pixel takes its darker neighbour across the edge on the dark side, else its lighter one."""
    tone = luminance(planes[:, :3])
    right, down = gradients(gaussian(tone, SHOCK_SIGMA_PX))
    (xx, xy), (_, yy) = gradients(right), gradients(down)
    across = angle + math.pi / 2
    cosine, sine = across.cos(), across.sin()
    second = cosine.square() * xx + 2 * cosine * sine * xy + sine.square() * yy
    ahead, behind = (
        _sampled(planes, sign * cosine, sign * sine) for sign in (SHOCK_REACH_PX, -SHOCK_REACH_PX)
    )
    ahead_tone, behind_tone = luminance(ahead[:, :3]), luminance(behind[:, :3])
    darker = torch.where(ahead_tone < behind_tone, ahead, behind)
    lighter = torch.where(ahead_tone < behind_tone, behind, ahead)
    darker = torch.where(torch.minimum(ahead_tone, behind_tone) < tone, darker, planes)
    lighter = torch.where(torch.maximum(ahead_tone, behind_tone) > tone, lighter, planes)
    target = torch.where(second > 0, darker, lighter)
    return torch.lerp(planes, target, rise(second.abs(), *SHOCK_FROM))


def _sampled(planes: Tensor, right: Tensor, down: Tensor) -> Tensor:
    """Planes at a displacement in px from each pixel."""
    height, width = planes.shape[2:]
    x = (torch.arange(width) + 0.5 + right[0, 0]) * (2 / width) - 1
    y = (torch.arange(height)[:, None] + 0.5 + down[0, 0]) * (2 / height) - 1
    grid = torch.stack([x, y], -1)[None]
    return F.grid_sample(planes, grid, padding_mode="border", align_corners=False)


def crisp(subject: Subject) -> Tensor:
    """(1, 3, H, W) the toned photo, sharpened."""
    toned = subject.toned
    return (toned + SHARPENING * (toned - gaussian(toned, subject.px(0.0016, 0.8)))).clamp(0, 1)


def features(subject: Subject) -> Tensor:
    """(1, 1, H, W) 0..1 eyes, brows, nostrils and mouths: narrow darks in skin."""
    tone = line_plane(subject)
    flesh = flesh_of(subject)
    # The mean of skin alone: an arm before a white background is no feature.
    weighted = torch.cat([tone * flesh, flesh], 1)
    sums = wide_gaussian(weighted, subject.px(SKIN_FEATURE_SHARE, 1.5))
    narrow = sums[:, :1] / sums[:, 1:].clamp(min=1e-3) - gaussian(tone, 0.6)
    # An arm is too narrow for a face.
    broad = rise(wide_gaussian(flesh, subject.px(FACE_WINDOW_SHARE, 2.0)), 0.62, 0.80)
    return rise(narrow, *SKIN_FEATURE_DEPTH) * flesh * rise(sums[:, 1:], 0.5, 0.8) * broad


def flesh_of(subject: Subject) -> Tensor:
    """(1, 1, H, W) skin with the small features in it: brows, lips."""
    return rise(wide_gaussian(subject.skin, subject.px(0.012, 1.5)), 0.1, 0.6)


def scene_behind(subject: Subject) -> Tensor:
    """(1, 1, H, W) 0..1: what is behind the product of a scene, with a crisp edge; 0 in studio photos.

    Before a white background, what was not found as product is a hole in its mask.
    """
    outside = 1 - subject.product
    white = rise(subject.photo.amin(1, keepdim=True), *WHITE_RANGE)
    share = (white * outside).sum() / outside.sum().clamp(min=1)
    studio = rise(share, *STUDIO_SHARE)
    return (1 - studio) * boundary(gaussian(outside, subject.px(0.004, 1.0)), 0.5)
