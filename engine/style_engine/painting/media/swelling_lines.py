"""Swelling lines: tone from the width of lines alone, and what engravings and relief prints share besides."""

import math
from dataclasses import replace
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging import windows
from ...imaging.filters import gaussian, luminance
from ..strokes.directions import gradients, wide_gaussian
from .steps import rise
from .subject import Subject, rgb, simplify

RELIEF_SCALES: Final = (0.018, 0.045, 0.11)  # of the height field, in shares of the size
SIDE_LIGHT: Final = 0.6  # tone added to the upper left side of a dark product, so that it is a body
RELIEF_OF_TONE: Final = 0.9  # shift of lines per scale and unit of height
RELIEF_OF_PRODUCT: Final = 1.0
TALL: Final = 3.0  # width of the blur of the height field across the lines, relative to along them
WHITE_BEHIND: Final = 0.6  # share of pure white behind a product, from which white within it is a hole
HOLE_SHARE: Final = 0.010  # sigma of the window of which most is white in a hole
REDUCED_SIGMA_PX: Final = 1.5  # of a wide blur, on the reduced copy on which it is computed


def ink_tone(toned: Tensor, ink: tuple[float, ...], paper: tuple[float, ...]) -> Tensor:
    dark, light = (float(luminance(rgb(*colour))) for colour in (ink, paper))
    return ((luminance(toned) - dark) / (light - dark)).clamp(0, 1)


def without_tone_fringe(tone: Tensor, subject: Subject) -> Tensor:
    """The tone without the pale fringe that a bright background leaves inside a dark silhouette."""
    radius = max(1, round(subject.px(0.0035)))
    darkest = -windows.maximum(-tone, radius)
    soft = gaussian(subject.product, subject.px(0.0035, 1.0))
    return torch.lerp(tone, darkest, (4 * soft * (1 - soft)).clamp(0, 1))


def white_paper(subject: Subject) -> Tensor:
    """(1, 1, H, W) 0..1: where the photo is pure white."""
    return rise(gaussian(subject.photo.amin(1, keepdim=True), subject.px(0.002, 0.7)), 0.975, 0.992)


def holes(subject: Subject) -> Tensor:
    """(1, 1, H, W) 0..1: pure white within the product, wider than a highlight, if it is white behind it."""
    white, outside = white_paper(subject), 1 - subject.product
    if (white * outside).sum() < WHITE_BEHIND * outside.sum() + 1:
        return torch.zeros_like(white)
    return white * rise(wide_gaussian(white, subject.px(HOLE_SHARE, 1.0)), 0.6, 0.85)


def solid(subject: Subject) -> Subject:
    """The subject without holes through which a white background shows, and without ragged pale edges."""
    product = subject.product * (1 - holes(subject))
    right, down = gradients(gaussian(luminance(subject.photo), subject.px(0.004, 1.0)))
    slope = (right.square() + down.square()).sqrt() * subject.px(0.01)
    clear = rise(wide_gaussian(slope, subject.px(0.012)), 0.02, 0.06)
    smooth = (wide_gaussian(product, subject.px(0.012, 1.5)) * 6 - 3.7).clamp(0, 1)
    return replace(subject, product=torch.lerp(smooth, product, clear))


def simple(tone: Tensor, radius_px: float, std: float) -> Tensor:
    return simplify(tone.expand(-1, 3, -1, -1), radius_px, std, 2)[:, :1]


def small_parts(tone: Tensor, subject: Subject) -> Tensor:
    """Where a picture has small parts: lettering, faces, fittings."""
    fine = (gaussian(tone, subject.px(0.0015, 0.7)) - wide_gaussian(tone, subject.px(0.008, 2.0))).abs()
    soft = wide_gaussian(subject.product, subject.px(0.008, 2.0))
    silhouette = (6 * soft * (1 - soft)).clamp(0, 1)
    dense = wide_gaussian((fine - 0.02).clamp(0, 0.15) * (1 - silhouette), subject.px(0.016, 2.0))
    near_text = (7 * wide_gaussian(subject.text, subject.px(0.045, 3.0))).clamp(0, 1)
    return torch.maximum(torch.maximum(subject.text, near_text), ((dense - 0.010) * 45).clamp(0, 1))


def modelled(tone: Tensor, subject: Subject, gain: float) -> Tensor:
    """The tone with more local contrast, most of all in the darks: both media exaggerate modelling."""
    weights = torch.cat([tone * subject.product, subject.product], 1) + 1e-3
    around = wide_gaussian(weights, subject.px(0.09, 3.0))
    difference = tone - around[:, :1] / around[:, 1:]
    added = gain * difference.clamp(-0.25, 0.25) * (1 + 1.5 * (0.35 - tone).clamp(0, 0.35) / 0.35)
    modelled = tone + added * (0.4 + 0.6 * subject.product)
    right, down = gradients(wide_gaussian(subject.product, subject.px(0.028, 2.0)))
    lit_side = (subject.px(0.028, 2.0) * (1.6 * right + 1.2 * down)).clamp(0, 0.6)
    return (modelled + gain * SIDE_LIGHT * lit_side * (1 - tone) ** 3).clamp(0, 1)


def silhouette(subject: Subject, width_px: float, pressure: Tensor) -> Tensor:
    """Ink of a line along the edge of the product; `pressure` around 0 widens or narrows it."""
    inside = wide_gaussian(subject.product, max(1.0, width_px))
    inner = ((0.74 + 0.2 * pressure).clamp(0.4, 0.93) - inside) * 2.2 * width_px
    outer = (inside - 0.30) * 2.2 * width_px
    # A mask that fades slowly has no edge there, and no line.
    right, down = gradients(inside)
    sharp = (6 * (max(1.0, width_px) * (right.square() + down.square()).sqrt() - 0.10)).clamp(0, 1)
    return torch.minimum(inner, outer).clamp(0, 1) * sharp


def relief(tone: Tensor, subject: Subject) -> Tensor:
    """Height in px by which lines are shifted, so that they bulge round light forms and the product.

    It varies slowly across the lines, or they would fold.
    """
    planes = torch.cat([tone, subject.product], 1)
    total = torch.zeros_like(tone)
    for share in RELIEF_SCALES:
        sigma = subject.px(share, 2.0)
        smooth = _tall_gaussian(planes, sigma)
        total = total + sigma * (RELIEF_OF_TONE * smooth[:, :1] + RELIEF_OF_PRODUCT * smooth[:, 1:])
    return total


def round_relief(tone: Tensor, subject: Subject) -> Tensor:
    """As `relief`, for lines in any direction."""
    planes = torch.cat([tone, subject.product], 1)
    total = torch.zeros_like(tone)
    for share in RELIEF_SCALES:
        sigma = subject.px(share, 2.0)
        smooth = wide_gaussian(planes, sigma)
        total = total + sigma * (RELIEF_OF_TONE * smooth[:, :1] + RELIEF_OF_PRODUCT * smooth[:, 1:])
    return total


def _tall_gaussian(planes: Tensor, sigma_px: float) -> Tensor:
    """A blur several times as wide along columns as along rows, on a reduced copy."""
    height, width = planes.shape[2:]
    factor = sigma_px / REDUCED_SIGMA_PX
    size = [max(2, math.ceil(height / (TALL * factor))), max(2, math.ceil(width / max(1.0, factor)))]
    blurred = gaussian(F.interpolate(planes, size=size, mode="area"), REDUCED_SIGMA_PX)
    return F.interpolate(blurred, size=(height, width), mode="bicubic", antialias=True)


def phase_and_slope(angle_degrees: float, spacing_px: float, height: Tensor) -> tuple[Tensor, Tensor]:
    rows, columns = (torch.arange(side, dtype=height.dtype) for side in height.shape[2:])
    angle = math.radians(angle_degrees)
    straight = rows[:, None] * math.cos(angle) - columns * math.sin(angle)
    phase = (straight[None, None] + height) / spacing_px
    right, down = gradients(phase)
    return phase, (right.square() + down.square()).sqrt().clamp(min=1e-4)


def swelling_lines(phase: Tensor, slope: Tensor, share: Tensor) -> Tensor:
    """Lines with a period of 1 in phase that take a share of the surface."""
    distance = 2 * (phase - phase.floor() - 0.5).abs()
    return ((share - distance) / (4 * slope) + 0.5).clamp(0, 1)


def small_marks(tone: Tensor, subject: Subject, detail: Tensor) -> tuple[Tensor, Tensor]:
    """Solid ink and bare paper of small parts that are darker or lighter than around them."""
    fine = gaussian(tone, subject.px(0.0008, 0.5))
    around = wide_gaussian(tone, subject.px(0.011, 2.2))
    difference = fine - around
    weight = 0.7 * detail * (1 - subject.text)
    solid = ((-difference - 0.11) * 9).clamp(0, 1) * weight
    bare = ((difference - 0.08) * 9).clamp(0, 1) * weight
    return solid, bare
