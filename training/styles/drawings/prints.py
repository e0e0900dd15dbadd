"""Prints: lines cut in copper or lino, blocks of colour, spot inks, a sun print."""

import torch
from torch import Tensor

from style_engine.imaging.filters import gaussian, luminance
from style_engine.network.conditioning import outline, streaks

from ..brushes import (
    axis,
    calmed,
    contrasted,
    detail,
    field,
    inked,
    nearest_pigment,
    posterised,
    retoned,
    smoothed,
    stretched,
    strokes,
    tinted,
    unwhite,
)

INK_BLUE = (0.10, 0.13, 0.28)


def engraving(photo: Tensor, fields: Tensor) -> Tensor:
    """Copperplate: level lines that swell with the dark over a light plate tone, crossed in the shadows."""
    tone = stretched(luminance(photo))
    soft = gaussian(tone, 0.8)
    level = strokes(field(fields, "lines"), darkness=0.98 * (0.84 - soft), crisp=4.0)
    cross = strokes(field(fields, "hatch"), darkness=1.1 * (0.42 - soft), crisp=4.0)
    lines = 0.62 * torch.maximum(level, cross) + 0.30 * (1 - tone)
    ink = torch.maximum(lines, outline(photo, sigma=1.2, bold=45.0))
    return tinted(1 - ink.clamp(0, 1), dark=(0.15, 0.09, 0.06))


def linocut(photo: Tensor, fields: Tensor) -> Tensor:
    """Carved block: black ink and bare paper, the gouge's strokes along the forms between them."""
    tone = luminance(contrasted(smoothed(photo, rounds=2), 1.2)).clamp(0, 1)
    carved = torch.sigmoid(9 * (tone - 0.47 + 0.30 * unwhite(photo) * streaks(photo, fields, 1.5, 5.0)))
    cut = carved * (1 - outline(smoothed(photo, rounds=1), sigma=2.2, bold=70.0))
    lit = (gaussian(luminance(photo), 1.0) - gaussian(luminance(photo), 4.0)).clamp(0, 0.3) * 2.0
    return tinted((cut + lit * (1 - cut)).clamp(0, 1), dark=(0.09, 0.08, 0.09))


def ukiyo_e(photo: Tensor, fields: Tensor) -> Tensor:
    """Woodblock print: flat mineral colours on warm paper, wood grain in the darks, an indigo key line."""
    tone = posterised(photo).clamp(min=0.004) ** 0.8
    flat = retoned(calmed(photo), tone)
    blocks = 0.08 * flat + 0.92 * nearest_pigment(flat)
    dark = 1 - luminance(blocks)
    wood = 1 + 0.14 * field(fields, "bristle_0") * dark + 0.06 * field(fields, "wash") * dark
    paper = 1 - unwhite(photo) * (1 - axis(0.98, 0.94, 0.84))
    key = outline(smoothed(photo, rounds=1), sigma=1.7, bold=70.0)
    return inked((blocks * wood * paper).clamp(0, 1), key, INK_BLUE)


def risograph(photo: Tensor, fields: Tensor) -> Tensor:
    """Two spot inks, coral and teal, one over the other through a grain screen, a little off register."""
    soft = smoothed(photo, rounds=1) + 0.5 * detail(photo)
    grain = 0.07 * field(fields, "grain")
    warm = (soft[:, :1] - soft[:, 2:]).clamp(-1, 1)
    tone = luminance(soft)
    teal = (1.15 * (0.92 - tone) - 0.55 * warm + grain).clamp(0, 1)
    coral = (0.85 * (0.80 - tone).clamp(0, 1) + 0.95 * warm.clamp(min=0) + grain).clamp(0, 1)
    coral = torch.roll(coral, (1, 2), (2, 3))
    paper = unwhite(photo)
    first = 1 - paper * coral * (1 - axis(1.0, 0.42, 0.36))
    return (first * (1 - paper * teal * (1 - axis(0.05, 0.42, 0.50)))).clamp(0, 1)


def cyanotype(photo: Tensor, fields: Tensor) -> Tensor:
    """Sun print: Prussian blue from deep to pale on brushed paper."""
    tone = stretched(luminance(photo))
    deep = (tone + 0.12 * torch.sin(6.283 * (tone - 0.5)) / 3.1416).clamp(0, 1)
    brushed = 1 + (0.07 * field(fields, "wash") + 0.05 * field(fields, "grain")) * (1 - deep)
    blue = tinted((deep * brushed).clamp(0, 1), dark=(0.02, 0.12, 0.34))
    tint = 4 * deep * (1 - deep)
    return (blue + tint * axis(-0.14, -0.01, 0.12)).clamp(0, 1)
