"""What a draughtsman makes of a photo: the focus, a few clear values, a quiet background, and contours."""

import math
from typing import Final

import torch
from torch import Tensor

from ...imaging.filters import gaussian, luminance
from ..strokes.directions import wide_gaussian
from .lines import contours
from .pencil_hatching import noise
from .subject import Subject, simplify

VALUES: Final = 5  # into which tones are grouped
GROUPING: Final = 0.75  # 1: steps between flat values


def drawn_values(subject: Subject, focus: Tensor, form: float) -> Tensor:
    """(1, 3, H, W) the toned photo in simple shapes of few values, in more detail at the focus.

    `form`: contrast added between each place and its surroundings, as draughtsmen model a form.
    """
    broad = simplify(subject.toned, subject.px(1 / 120, 2.0), 0.045, 3)
    fine = simplify(subject.toned, subject.px(1 / 450, 1.0), 0.035, 2)
    fine = fine + (0.4 + 0.6 * subject.text) * (fine - wide_gaussian(fine, subject.px(1 / 250, 1.0)))
    drawn = torch.lerp(broad, fine, (1.3 * focus).clamp(max=1))
    drawn = torch.lerp(wide_gaussian(drawn, subject.px(0.012)), drawn, 0.6 + 0.4 * subject.product)
    tone = luminance(drawn)
    near, far = (wide_gaussian(tone, subject.px(share)) for share in (0.03, 0.11))
    # Smaller differences are visible in the darks.
    relative = ((2.0 * tone - 1.1 * near - 0.9 * far) / (0.055 + 0.12 * tone)).tanh()
    reach = (0.55 + 1.3 * tone).clamp(max=1) * torch.where(relative > 0, 0.08, 0.17)
    sides = 0.15 * ((near - _product_mean(subject, tone)) / 0.15).tanh() * (0.3 + tone).clamp(max=1)
    modelled = form * subject.product * ((1 - 0.4 * focus) * reach * relative + sides * (1 - focus))
    # Lights keep a tone, which divides them from the paper.
    modelled = torch.where(modelled > 0, modelled * ((0.92 - tone) * 3).clamp(0, 1), modelled)
    frequency = VALUES * 2 * math.pi
    grouped = -GROUPING / frequency * (frequency * (tone + modelled)).sin() * (1 - 0.6 * focus)
    return (drawn + modelled + grouped).clamp(0.02, 0.985)


def _product_mean(subject: Subject, tone: Tensor) -> Tensor:
    """Mean tone of the product in wide surroundings: its lit and its shaded sides differ from it."""
    weighted = wide_gaussian(torch.cat([tone * subject.product, subject.product], 1), subject.px(0.2))
    return weighted[:, :1] / weighted[:, 1:].clamp(min=0.02)


def presence(subject: Subject, near: float, far: float) -> Tensor:
    """(1, 1, H, W) 1 in the product; its background fades out from `near` to `far` away from it."""
    close = (2 * wide_gaussian(subject.product, subject.px(0.10))).clamp(0, 1)
    return torch.lerp(far + (near - far) * close, torch.ones_like(close), subject.product)


def densities(subject: Subject, drawn: Tensor, paper: Tensor, least: float) -> Tensor:
    """Optical densities over the paper; even the palest part of the product has the `least` one."""
    density = -(drawn / paper).clamp(0.02, 1).log()
    return density + least * subject.product * (-density / least).exp()


def drawn_lines(subject: Subject, width: float, contrast: float, roughness: Tensor) -> Tensor:
    """(1, 1, H, W) contour ink, 0..1, of varied pressure; letters have none, which their tone draws."""
    planes = simplify(subject.photo, subject.px(1 / 260, 1.0), 0.028, 1)
    # Shapes of equal luminance, such as a hand before a grey wall, differ in warmth.
    tone = luminance(planes) + 0.35 * (planes[:, :1] - planes[:, 2:])
    width_px = subject.px(width, 1.6)
    ink = contours(tone, *subject.directions, width_px, contrast) * (0.6 + 0.4 * subject.product)
    silhouette = wide_gaussian(subject.product, max(1.2, 0.8 * width_px))
    silhouette = (3.5 * (silhouette - 0.5) + 0.5).clamp(0, 1)
    inside = gaussian(silhouette, max(1.0, 0.5 * width_px))
    outline = (6 * (silhouette - inside)).clamp(0, 1)
    beside = wide_gaussian(ink, 1.5 * width_px)
    ink = torch.maximum(ink, 0.8 * outline * (1 - 5 * beside).clamp(0, 1))
    pressure = (0.80 + 0.2 * noise(subject, 0.08, 9)).clamp(0.3, 1.2)
    return ink * pressure * (1 - 0.85 * subject.text) * (1 + roughness).clamp(0, 1)


def erased_lines(subject: Subject) -> Tensor:
    """(1, 1, H, W) 0..1 light lines of an eraser on edges in the darks, which keep dark parts apart."""
    tone = gaussian(luminance(subject.photo), subject.px(1 / 400, 0.7))
    relative = (tone + 0.04).log() / math.log(25)
    dark = ((0.36 - wide_gaussian(tone, subject.px(0.02))) * 6).clamp(0, 1)
    return dark * contours(-relative, *subject.directions, subject.px(1 / 150, 1.6), 140)


def with_lines(density: Tensor, line: Tensor) -> Tensor:
    """A line is hardly visible on a dark tone."""
    return density + line * (-0.7 * density).exp()


def on_tooth(tooth: Tensor, density: Tensor, depth: Tensor) -> Tensor:
    """Factor of a density on the tooth of the paper, which a dense layer fills."""
    return (1 + depth * tooth * (1 - 0.35 * density).clamp(0.15, 1)).clamp(min=0.08)
