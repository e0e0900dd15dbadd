"""Drawings: ink brush, pencil, charcoal, chalk and pen on paper."""

import torch
from torch import Tensor

from style_engine.imaging.filters import gaussian, luminance
from style_engine.network.conditioning import flat_posterize, outline

from ..brushes import (
    draw_lines,
    fine_detail,
    flatten_colours,
    hatch_ink,
    non_white,
    pattern,
    posterise,
    remove_texture,
    saturate,
    set_luminance,
    stretch_tone,
    tint,
)


def ink_wash(photo: Tensor, patterns: Tensor) -> Tensor:
    """Sumi-e: a few pale washes with darker edges, dry brush in the darks, and a strong soft line."""
    wash = gaussian(flat_posterize(photo, radius=4), 1.0)
    wash_edge = (wash - gaussian(wash, 2.5)).clamp(-0.25, 0.0) * 1.4
    blot = 0.10 * pattern(patterns, "wash") * (1 - wash)
    dry = 0.16 * pattern(patterns, "bristle_0") * (0.85 - wash).clamp(0, 1)
    tone = (
        0.34 + 0.68 * wash + wash_edge + blot + dry + 0.05 * pattern(patterns, "grain") * (1 - wash)
    ).clamp(0, 1)
    brush = gaussian(outline(photo, sigma=2.4, bold=75.0), 0.7)
    return tint(tone * (1 - 0.92 * brush), dark=(0.08, 0.08, 0.11))


def pencil(photo: Tensor, patterns: Tensor) -> Tensor:
    """Graphite: hatching that grows denser with darkness over a rubbed tone; light tones stay paper."""
    tone = stretch_tone(luminance(photo))
    soft = gaussian(tone, 1.0)
    first = hatch_ink(pattern(patterns, "hatch"), darkness=1.1 * (0.82 - soft))
    second = hatch_ink(pattern(patterns, "counter_hatch"), darkness=1.2 * (0.46 - soft))
    grain = 1 + 0.25 * pattern(patterns, "grain")
    rubbed = 0.55 * (0.85 - tone).clamp(0, 1)
    shade = (0.27 * first + 0.20 * second + rubbed) * grain
    lines = outline(photo, sigma=1.1, bold=38.0) * (0.9 + 0.1 * pattern(patterns, "grain"))
    return tint(1 - torch.maximum(shade, lines).clamp(0, 0.90), dark=(0.14, 0.14, 0.16))


def coloured_pencil(photo: Tensor, patterns: Tensor) -> Tensor:
    """The photo's colours in diagonal strokes, with paper between them."""
    colour = saturate(remove_texture(photo, rounds=2), 1.7) + 0.4 * fine_detail(photo)
    soft = gaussian(luminance(colour), 1.0)
    first = hatch_ink(pattern(patterns, "hatch"), darkness=0.30 + 0.8 * (0.92 - soft), crisp=3.0)
    covered = (0.50 + 0.45 * first) * (1 + 0.16 * pattern(patterns, "grain"))
    lines = 0.7 * outline(photo, sigma=1.3, bold=36.0)
    drawn = 1 - covered.clamp(0, 1) * (1 - 0.92 * colour)
    white = 1 - non_white(photo)
    return white * photo + (1 - white) * draw_lines(drawn.clamp(0, 1), lines, (0.22, 0.18, 0.24))


def charcoal(photo: Tensor, patterns: Tensor) -> Tensor:
    """Charcoal on rough paper: deep darks, smudged middle tones, paper grain, a broad line."""
    tone = stretch_tone(luminance(remove_texture(photo, rounds=1)))
    smudged = 0.6 * gaussian(tone, 1.6) + 0.4 * tone
    grain = 0.6 * pattern(patterns, "grain") + 0.5 * pattern(patterns, "bristle_135")
    not_black = (smudged - 0.08).clamp(0, 1)
    dark = (1 - smudged).clamp(0, 1) ** 1.1 * (1 + 0.45 * grain * not_black)
    line = 0.85 * gaussian(outline(photo, sigma=2.0, bold=45.0), 0.6) * (1 + 0.15 * grain)
    return tint(1 - torch.maximum(dark, line).clamp(0, 1), dark=(0.09, 0.085, 0.09))


def red_chalk(photo: Tensor, patterns: Tensor) -> Tensor:
    """Sanguine: one red-brown chalk, parallel strokes in the shade over a soft rubbed tone."""
    tone = stretch_tone(luminance(photo))
    soft = gaussian(tone, 1.0)
    shade = hatch_ink(pattern(patterns, "counter_hatch"), darkness=1.1 * (0.72 - soft), crisp=3.0)
    rubbed = 0.86 * (0.92 - 0.7 * tone - 0.3 * soft).clamp(0, 1)
    grain = 1 + 0.22 * pattern(patterns, "grain")
    lines = 0.9 * outline(photo, sigma=1.5, bold=32.0)
    ink = torch.maximum((rubbed + 0.20 * shade) * grain, lines).clamp(0, 0.95)
    return tint(1 - ink, dark=(0.45, 0.11, 0.05))


def line_and_wash(photo: Tensor, patterns: Tensor) -> Tensor:
    """Black pen lines and light transparent washes; light tones stay paper."""
    tone = posterise(photo)
    wash = set_luminance(saturate(flatten_colours(photo), 1.9), 0.30 + 0.72 * tone)
    blot = 1 + 0.22 * pattern(patterns, "wash")
    pale = 1 - 0.85 * (1 - wash) * blot
    pen = outline(photo, sigma=1.0, bold=75.0)
    hatching = 0.55 * hatch_ink(
        pattern(patterns, "hatch"), darkness=1.1 * (0.36 - gaussian(luminance(photo), 1.0))
    )
    return draw_lines(pale.clamp(0, 1), torch.maximum(pen, hatching), (0.09, 0.08, 0.10))
