"""Pencil, coloured pencil, charcoal and red chalk: drawn lines, hatching and the tooth of the paper.

Tones are optical densities, which a layer of pigment adds to the paper below it (Beer-Lambert, as in the tone
layer of Lu, Xu and Jia 2012); hatching and tooth spread the density of each place over strokes and grain.
"""

from typing import Final

import torch
from torch import Tensor

from ...imaging.filters import gaussian, luminance
from .drawing import (
    densities,
    drawn_lines,
    drawn_values,
    erased_lines,
    on_tooth,
    presence,
    with_lines,
)
from .focus import fine_focus
from .lines import flow_mean
from .pencil_hatching import Hatching, hatched, noise, plane_angle, pressure
from .subject import Subject, rgb

WHITE_PAPER: Final = (0.975, 0.972, 0.96)
CHARCOAL_PAPER: Final = (0.96, 0.95, 0.925)
SANGUINE_PAPER: Final = (0.99, 0.965, 0.925)
GRAPHITE: Final = (0.08, 0.08, 0.095)
CHARCOAL: Final = (0.045, 0.04, 0.04)
SANGUINE_ABSORPTION: Final = (0.36, 0.97, 1.27)  # of red, green and blue by one layer of density 1

PENCIL_HATCHING: Final = (
    Hatching(1 / 135, 0.17, 0.70, 0.42, 0.30),
    Hatching(1 / 150, 0.13, 1.40, 0.95, 0.30),
    Hatching(1 / 160, 0.10, 0.15, rubbed=0.40),
)
PENCIL_FINE: Final = Hatching(1 / 195, 0.05, 0.70, bend=0.0)
COLOURED_HATCHING: Final = (
    Hatching(1 / 115, 0.17, 0.70, 0.45, 0.42),
    Hatching(1 / 130, 0.13, 1.40, 1.0, 0.45),
    Hatching(1 / 140, 0.10, 0.15, rubbed=0.70),
)
COLOURED_FINE: Final = Hatching(1 / 185, 0.05, 0.70, bend=0.0)
# Changes of absorption of the layers: warm lights, cool middle tones, and less green in the shade.
COLOURED_SHIFTS: Final = ((-0.10, 0.0, 0.10), (0.10, 0.0, -0.10), (-0.05, 0.05, -0.02))
CHARCOAL_STROKES: Final = (Hatching(1 / 52, 0.20, 0.70), Hatching(1 / 83, 0.13, 0.76))
SANGUINE_HATCHING: Final = (
    Hatching(1 / 105, 0.22, 0.70, 0.5, 0.36, bend=0.05),
    Hatching(1 / 115, 0.16, 1.40, 1.1, 0.35, bend=0.05),
    Hatching(1 / 120, 0.12, 0.15, rubbed=0.65, bend=0.05),
)
SANGUINE_FINE: Final = Hatching(1 / 180, 0.05, 0.70, bend=0.0)


def pencil(subject: Subject) -> Tensor:
    """Graphite: contours of varied pressure over layers of hatching (Lu, Xu and Jia 2012)."""
    focus = fine_focus(subject)
    tone = luminance(drawn_values(subject, focus, form=1.0))
    density = densities(subject, tone, luminance(rgb(*WHITE_PAPER)), 0.09)
    density = density * presence(subject, 0.45, 0.18)
    total = torch.stack(hatched(subject, density, focus, PENCIL_HATCHING, PENCIL_FINE)).sum(0)
    tooth = noise(subject, 1 / 330, 31, octaves=2)
    total = total * on_tooth(tooth, total, 0.25 - 0.1 * focus)
    line = 1.5 * drawn_lines(subject, 1 / 230, 110, 0.15 * tooth)
    return torch.lerp(
        rgb(*GRAPHITE),
        rgb(*WHITE_PAPER),
        (-with_lines(total, line) * (1 - 0.4 * erased_lines(subject))).exp(),
    )


def coloured_pencil(subject: Subject) -> Tensor:
    """Coloured pencils: transparent pigments in layers, warm below and cool above, on white paper."""
    focus = fine_focus(subject)
    density = densities(subject, drawn_values(subject, focus, form=0.7), rgb(*WHITE_PAPER), 0.05)
    density = density * presence(subject, 0.75, 0.3)
    mean = density.mean(1, keepdim=True)
    hue = density / (mean + 0.02)
    parts = hatched(subject, mean, focus, COLOURED_HATCHING, COLOURED_FINE)
    total = torch.zeros_like(density)
    for part, shift in zip(parts, COLOURED_SHIFTS, strict=True):
        total = total + part * (hue + rgb(*shift))
    tooth = noise(subject, 1 / 280, 31, octaves=2)
    total = (total * on_tooth(tooth, mean, 0.28 - 0.15 * focus)).clamp(min=0)
    line = drawn_lines(subject, 1 / 220, 60, 0.15 * tooth) * (1.0 * density + rgb(0.22, 0.24, 0.20))
    total = with_lines(total, line) * (1 - 0.4 * erased_lines(subject))
    return rgb(*WHITE_PAPER) * (-total).exp()


def charcoal(subject: Subject) -> Tensor:
    """Vine and compressed charcoal on rough paper: rubbed tones, velvety darks, erased edges."""
    focus = fine_focus(subject, broad=True)
    tone = luminance(drawn_values(subject, focus, form=1.0))
    smudged = flow_mean(tone, *subject.directions, subject.px(0.05)).lerp(tone, 0.35 + 0.6 * focus)
    density = densities(subject, smudged, luminance(rgb(*CHARCOAL_PAPER)), 0.10).clamp(max=2)
    density = density * presence(subject, 0.7, 0.25)
    # Two hatchings that coincide in some places only: single strokes instead of even stripes.
    angle, slow = plane_angle(subject), torch.zeros_like(density)
    first, second = (
        pressure(subject, layer, angle, slow, seed) for seed, layer in enumerate(CHARCOAL_STROKES)
    )
    smears = gaussian(6 * first * second, subject.px(1 / 160, 1.0))
    open_share = 0.28 * (1 - focus) * (0.2 + density).clamp(0, 1) * (1.7 - density).clamp(0, 1)
    total = density * (1 + open_share * (0.4 + 0.6 * subject.product) * (smears - 0.6))
    total = total * (1 + 0.06 * noise(subject, 0.10, 29, octaves=2))
    tooth = noise(subject, 1 / 240, 31, octaves=2)
    total = total * on_tooth(tooth, total, 0.20 * (1 - 0.6 * focus))
    line = 1.6 * drawn_lines(subject, 1 / 130, 45, 0.15 * tooth)
    total = with_lines(total, line) * (1 - 0.5 * erased_lines(subject))
    return torch.lerp(rgb(*CHARCOAL), rgb(*CHARCOAL_PAPER), (-total).exp())


def red_chalk(subject: Subject) -> Tensor:
    """Sanguine after Watteau and Leonardo: curved parallel hatching of one chalk, with deep accents."""
    focus = fine_focus(subject)
    tone = luminance(drawn_values(subject, focus, form=0.9))
    density = densities(subject, tone, luminance(rgb(*SANGUINE_PAPER)), 0.10)
    density = density * presence(subject, 0.5, 0.18)
    total = torch.stack(hatched(subject, density, focus, SANGUINE_HATCHING, SANGUINE_FINE)).sum(0)
    tooth = noise(subject, 1 / 230, 31, octaves=2)
    total = total * on_tooth(tooth, total, 0.27 - 0.1 * focus)
    total = with_lines(total, 1.4 * drawn_lines(subject, 1 / 180, 70, 0.25 * tooth)) * (
        1 - 0.4 * erased_lines(subject)
    )
    # Pressed hard, the chalk turns from orange-red to brown.
    return rgb(*SANGUINE_PAPER) * (-total * (rgb(*SANGUINE_ABSORPTION) + rgb(0.04, 0, 0) * total)).exp()
