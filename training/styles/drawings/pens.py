"""Drawings: what a brush with ink, a pencil, charcoal, chalk or a pen leaves on paper."""

import torch
from torch import Tensor

from style_engine.imaging.filters import gaussian, luminance
from style_engine.network.conditioning import flat_posterize, outline

from ..brushes import (
    calmed,
    detail,
    field,
    inked,
    posterised,
    retoned,
    saturated,
    smoothed,
    stretched,
    strokes,
    tinted,
    unwhite,
)


def ink_wash(photo: Tensor, fields: Tensor) -> Tensor:
    """Sumi-e: few pale washes with pooled rims, a dry brush in the darks, and a strong soft line."""
    wash = gaussian(flat_posterize(photo, radius=4), 1.0)
    pooled = (wash - gaussian(wash, 2.5)).clamp(-0.25, 0.0) * 1.4
    blot = 0.10 * field(fields, "wash") * (1 - wash)
    dry = 0.16 * field(fields, "bristle_0") * (0.85 - wash).clamp(0, 1)
    tone = (0.34 + 0.68 * wash + pooled + blot + dry + 0.05 * field(fields, "grain") * (1 - wash)).clamp(0, 1)
    brush = gaussian(outline(photo, sigma=2.4, bold=75.0), 0.7)
    return tinted(tone * (1 - 0.92 * brush), dark=(0.08, 0.08, 0.11))


def pencil(photo: Tensor, fields: Tensor) -> Tensor:
    """Graphite: darker tones get more and denser hatching over a rubbed tone, light ones stay paper."""
    tone = stretched(luminance(photo))
    soft = gaussian(tone, 1.0)
    first = strokes(field(fields, "hatch"), darkness=1.1 * (0.82 - soft))
    second = strokes(field(fields, "counter_hatch"), darkness=1.2 * (0.46 - soft))
    grain = 1 + 0.25 * field(fields, "grain")
    rubbed = 0.55 * (0.85 - tone).clamp(0, 1)
    shade = (0.27 * first + 0.20 * second + rubbed) * grain
    lines = outline(photo, sigma=1.1, bold=38.0) * (0.9 + 0.1 * field(fields, "grain"))
    return tinted(1 - torch.maximum(shade, lines).clamp(0, 0.90), dark=(0.14, 0.14, 0.16))


def coloured_pencil(photo: Tensor, fields: Tensor) -> Tensor:
    """Wax crayon and coloured pencil: the product's colours in slanting strokes, the paper between them."""
    colour = saturated(smoothed(photo, rounds=2), 1.7) + 0.4 * detail(photo)
    soft = gaussian(luminance(colour), 1.0)
    first = strokes(field(fields, "hatch"), darkness=0.30 + 0.8 * (0.92 - soft), crisp=3.0)
    covered = (0.50 + 0.45 * first) * (1 + 0.16 * field(fields, "grain"))
    lines = 0.7 * outline(photo, sigma=1.3, bold=36.0)
    drawn = 1 - covered.clamp(0, 1) * (1 - 0.92 * colour)
    white = 1 - unwhite(photo)
    return white * photo + (1 - white) * inked(drawn.clamp(0, 1), lines, (0.22, 0.18, 0.24))


def charcoal(photo: Tensor, fields: Tensor) -> Tensor:
    """Charcoal on rough paper: velvety darks, smudged middle tones, the tooth of the paper, a broad line."""
    tone = stretched(luminance(smoothed(photo, rounds=1)))
    smudged = 0.6 * gaussian(tone, 1.6) + 0.4 * tone
    tooth = 0.6 * field(fields, "grain") + 0.5 * field(fields, "bristle_135")
    paint_unprotected = (smudged - 0.08).clamp(0, 1)
    dark = (1 - smudged).clamp(0, 1) ** 1.1 * (1 + 0.45 * tooth * paint_unprotected)
    line = 0.85 * gaussian(outline(photo, sigma=2.0, bold=45.0), 0.6) * (1 + 0.15 * tooth)
    return tinted(1 - torch.maximum(dark, line).clamp(0, 1), dark=(0.09, 0.085, 0.09))


def red_chalk(photo: Tensor, fields: Tensor) -> Tensor:
    """Sanguine: one red-brown chalk, parallel strokes in the shade, a soft tone rubbed underneath."""
    tone = stretched(luminance(photo))
    soft = gaussian(tone, 1.0)
    shade = strokes(field(fields, "counter_hatch"), darkness=1.1 * (0.72 - soft), crisp=3.0)
    rubbed = 0.86 * (0.92 - 0.7 * tone - 0.3 * soft).clamp(0, 1)
    grain = 1 + 0.22 * field(fields, "grain")
    lines = 0.9 * outline(photo, sigma=1.5, bold=32.0)
    ink = torch.maximum((rubbed + 0.20 * shade) * grain, lines).clamp(0, 0.95)
    return tinted(1 - ink, dark=(0.45, 0.11, 0.05))


def line_and_wash(photo: Tensor, fields: Tensor) -> Tensor:
    """A sketchbook page: a lively black pen line, light transparent washes that leave the lights open."""
    tone = posterised(photo)
    wash = retoned(saturated(calmed(photo), 1.9), 0.30 + 0.72 * tone)
    blot = 1 + 0.22 * field(fields, "wash")
    pale = 1 - 0.85 * (1 - wash) * blot
    pen = outline(photo, sigma=1.0, bold=75.0)
    hatch = 0.55 * strokes(field(fields, "hatch"), darkness=1.1 * (0.36 - gaussian(luminance(photo), 1.0)))
    return inked(pale.clamp(0, 1), torch.maximum(pen, hatch), (0.09, 0.08, 0.10))
