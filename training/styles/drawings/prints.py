"""Prints: engraving, linocut, woodblock, risograph, cyanotype."""

import torch
from torch import Tensor

from style_engine.imaging.filters import gaussian, luminance
from style_engine.network.conditioning import outline, streaks

from ..brushes import (
    draw_lines,
    fine_detail,
    flatten_colours,
    hatch_ink,
    non_white,
    pattern,
    posterise,
    remove_texture,
    rgb,
    scale_contrast,
    set_luminance,
    snap_to_pigments,
    stretch_tone,
    tint,
)

INK_BLUE = (0.10, 0.13, 0.28)


def engraving(photo: Tensor, patterns: Tensor) -> Tensor:
    """Copperplate: horizontal lines that widen with darkness over a light tone, crossed in the shadows."""
    tone = stretch_tone(luminance(photo))
    soft = gaussian(tone, 0.8)
    horizontal = hatch_ink(pattern(patterns, "lines"), darkness=0.98 * (0.84 - soft), crisp=4.0)
    cross = hatch_ink(pattern(patterns, "hatch"), darkness=1.1 * (0.42 - soft), crisp=4.0)
    lines = 0.62 * torch.maximum(horizontal, cross) + 0.30 * (1 - tone)
    ink = torch.maximum(lines, outline(photo, sigma=1.2, bold=45.0))
    return tint(1 - ink.clamp(0, 1), dark=(0.15, 0.09, 0.06))


def linocut(photo: Tensor, patterns: Tensor) -> Tensor:
    """Black ink and bare paper, with gouge marks along the forms between them."""
    tone = luminance(scale_contrast(remove_texture(photo, rounds=2), 1.2)).clamp(0, 1)
    carved = torch.sigmoid(9 * (tone - 0.47 + 0.30 * non_white(photo) * streaks(photo, patterns, 1.5, 5.0)))
    cut = carved * (1 - outline(remove_texture(photo, rounds=1), sigma=2.2, bold=70.0))
    lit = (gaussian(luminance(photo), 1.0) - gaussian(luminance(photo), 4.0)).clamp(0, 0.3) * 2.0
    return tint((cut + lit * (1 - cut)).clamp(0, 1), dark=(0.09, 0.08, 0.09))


def ukiyo_e(photo: Tensor, patterns: Tensor) -> Tensor:
    """Woodblock print: flat pigments on warm paper, wood grain in the darks, indigo contours."""
    tone = posterise(photo).clamp(min=0.004) ** 0.8
    flat = set_luminance(flatten_colours(photo), tone)
    blocks = 0.08 * flat + 0.92 * snap_to_pigments(flat)
    dark = 1 - luminance(blocks)
    wood = 1 + 0.14 * pattern(patterns, "bristle_0") * dark + 0.06 * pattern(patterns, "wash") * dark
    paper = 1 - non_white(photo) * (1 - rgb(0.98, 0.94, 0.84))
    key = outline(remove_texture(photo, rounds=1), sigma=1.7, bold=70.0)
    return draw_lines((blocks * wood * paper).clamp(0, 1), key, INK_BLUE)


def risograph(photo: Tensor, patterns: Tensor) -> Tensor:
    """Two spot inks, coral and teal, overprinted through a grain screen, slightly misregistered."""
    soft = remove_texture(photo, rounds=1) + 0.5 * fine_detail(photo)
    grain = 0.07 * pattern(patterns, "grain")
    warm = (soft[:, :1] - soft[:, 2:]).clamp(-1, 1)
    tone = luminance(soft)
    teal = (1.15 * (0.92 - tone) - 0.55 * warm + grain).clamp(0, 1)
    coral = (0.85 * (0.80 - tone).clamp(0, 1) + 0.95 * warm.clamp(min=0) + grain).clamp(0, 1)
    coral = torch.roll(coral, (1, 2), (2, 3))
    paper = non_white(photo)
    first = 1 - paper * coral * (1 - rgb(1.0, 0.42, 0.36))
    return (first * (1 - paper * teal * (1 - rgb(0.05, 0.42, 0.50)))).clamp(0, 1)


def cyanotype(photo: Tensor, patterns: Tensor) -> Tensor:
    """Prussian blue, from dark to pale, on brushed paper."""
    tone = stretch_tone(luminance(photo))
    deep = (tone + 0.12 * torch.sin(6.283 * (tone - 0.5)) / 3.1416).clamp(0, 1)
    brushed = 1 + (0.07 * pattern(patterns, "wash") + 0.05 * pattern(patterns, "grain")) * (1 - deep)
    blue = tint((deep * brushed).clamp(0, 1), dark=(0.02, 0.12, 0.34))
    middle_tones = 4 * deep * (1 - deep)
    return (blue + middle_tones * rgb(-0.14, -0.01, 0.12)).clamp(0, 1)
