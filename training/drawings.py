"""Styles drawn by code: what each drawn catalogue style should look like on a given photo.

These are teachers, not products: the net learns to draw them, mixes them and dials them like any other style.
Every function takes photos (B, 3, H, W) in [0, 1] and drawn fields with the tile numbers
last (B, fields + 1, H, W), and returns pictures alike. White paper stays white in all of them.
"""

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

from style_engine.guides import flat_touches, gaussian, luminance, outline, streaks, tone_steps

from .craft import (
    calmed,
    contrasted,
    field,
    inked,
    nearest_pigment,
    retoned,
    saturated,
    smoothed,
    stretched,
    strokes,
    tiles,
    tinted,
    unwhite,
)

Drawing = Callable[[Tensor, Tensor], Tensor]
INK_BLUE: Final = (0.10, 0.13, 0.28)
INK_BLACK: Final = (0.07, 0.06, 0.07)


def cartoon(photo: Tensor, fields: Tensor) -> Tensor:
    """Flat, bright, saturated tones in a few steps with bold black outlines."""
    tone = tone_steps(photo, radius=4).clamp(min=0.004) ** 0.8
    flat = retoned(saturated(calmed(photo), 1.75), tone)
    return inked(flat, outline(smoothed(photo, rounds=2), sigma=2.0, bold=85.0), INK_BLACK)


def pencil(photo: Tensor, fields: Tensor) -> Tensor:
    """Graphite: darker tones get more and denser hatching, light ones stay paper."""
    tone = stretched(luminance(photo))
    soft = gaussian(tone, 1.0)
    first = strokes(field(fields, "hatch"), darkness=1.12 * (0.90 - soft))
    second = strokes(field(fields, "counter_hatch"), darkness=1.2 * (0.52 - soft))
    grain = 1 + 0.25 * field(fields, "grain")
    shade = (0.50 * first + 0.30 * second + 0.42 * (0.62 - soft).clamp(0, 1)) * grain
    lines = outline(photo, sigma=1.1, bold=34.0) * (0.85 + 0.15 * field(fields, "grain"))
    return tinted(1 - torch.maximum(shade, lines).clamp(0, 0.88), dark=(0.16, 0.16, 0.18))


def engraving(photo: Tensor, fields: Tensor) -> Tensor:
    """Copperplate: level lines that swell with the dark, crossed in the shadows."""
    tone = gaussian(stretched(luminance(photo)), 0.8)
    level = strokes(field(fields, "lines"), darkness=0.98 * (0.93 - tone), crisp=5.0)
    cross = strokes(field(fields, "hatch"), darkness=1.1 * (0.50 - tone), crisp=5.0)
    ink = torch.maximum(torch.maximum(level, cross), outline(photo, sigma=1.2, bold=40.0))
    return tinted(1 - ink, dark=(0.17, 0.10, 0.07))


def pop_art(photo: Tensor, fields: Tensor) -> Tensor:
    """Comic print: a few loud flat tones, a dot screen in the middle ones, thick black contour."""
    smooth = calmed(photo)
    tone = contrasted(tone_steps(photo, radius=4), 1.3)
    loud = retoned(saturated(contrasted(smooth, 1.35), 2.1), tone)
    soft = gaussian(stretched(luminance(smooth)), 1.5)
    dots = torch.sigmoid(9 * (field(fields, "dots") + 1.7 * (0.50 - soft)))
    middle = torch.sigmoid(14 * (soft - 0.20)) * torch.sigmoid(14 * (0.86 - soft))
    screened = dots * (loud * 0.92) + (1 - dots) * (1 - 0.55 * (1 - loud))
    return inked(middle * screened + (1 - middle) * loud, outline(photo, sigma=1.8, bold=60.0), INK_BLACK)


def mosaic(photo: Tensor, fields: Tensor) -> Tensor:
    """Small stone tiles of one colour each, joined by mortar: light round dark stones, dark round light."""
    stones = contrasted(saturated(tiles(photo, fields[:, -1:]), 1.55), 1.15)
    joint = torch.sigmoid(-7 * (field(fields, "cells") + 0.30))
    around = gaussian(luminance(photo), 5.0)
    mortar = torch.where(around > 0.22, 0.42 * stones, 0.60 * stones + 0.30)
    tiled = (joint * mortar + (1 - joint) * stones * (1 + 0.08 * field(fields, "grain"))).clamp(0, 1)
    laid = unwhite(photo)
    return (1 - laid) * photo + laid * tiled


def ink_wash(photo: Tensor, fields: Tensor) -> Tensor:
    """Sumi-e: few pale washes with pooled rims, a dry brush in the darks, and a strong soft line."""
    wash = gaussian(tone_steps(photo, radius=4), 1.0)
    pooled = (wash - gaussian(wash, 2.5)).clamp(-0.25, 0.0) * 1.4
    blot = 0.10 * field(fields, "wash") * (1 - wash)
    dry = 0.16 * field(fields, "bristle_0") * (0.85 - wash).clamp(0, 1)
    tone = (0.34 + 0.68 * wash + pooled + blot + dry + 0.05 * field(fields, "grain") * (1 - wash)).clamp(0, 1)
    brush = gaussian(outline(photo, sigma=2.4, bold=75.0), 0.7)
    return tinted(tone * (1 - 0.92 * brush), dark=(0.08, 0.08, 0.11))


def ukiyo_e(photo: Tensor, fields: Tensor) -> Tensor:
    """Woodblock print: flat mineral colours, wood grain in the darks, one firm indigo key line."""
    tone = tone_steps(photo, radius=4).clamp(min=0.004) ** 0.75
    flat = retoned(calmed(photo), tone)
    blocks = 0.08 * flat + 0.92 * nearest_pigment(flat)
    dark = 1 - luminance(blocks)
    wood = 1 + 0.12 * field(fields, "bristle_0") * dark + 0.05 * field(fields, "wash") * dark
    key = outline(smoothed(photo, rounds=1), sigma=1.7, bold=70.0)
    return inked((blocks * wood).clamp(0, 1), key, INK_BLUE)


def watercolour(photo: Tensor, fields: Tensor) -> Tensor:
    """Thin washes on white paper: pale, granulated, blotted, with dried rims, over a pencil line."""
    tone = gaussian(tone_steps(photo, radius=4), 0.8)
    washes = retoned(saturated(calmed(photo), 1.8), tone)
    blot = 1 + 0.30 * field(fields, "wash") + 0.16 * field(fields, "grain")
    pale = 1 - 0.72 * (1 - washes) * blot
    rim = (tone - gaussian(tone, 2.4)).clamp(-0.25, 0) * 1.6
    drawn_line = 0.55 * outline(photo, sigma=1.2, bold=40.0)
    return inked((pale + rim).clamp(0, 1), drawn_line, (0.30, 0.26, 0.30))


def oil(photo: Tensor, fields: Tensor) -> Tensor:
    """Impasto: flat touches of rich colour, bristle streaks that follow the forms, light on their ridges."""
    paint = flat_touches(flat_touches(saturated(contrasted(photo, 1.08), 1.35), 3), 3)
    streak = streaks(photo, fields, 1.5, 5.0)
    ridge = streak - torch.roll(streak, (1, 1), (2, 3))
    body = unwhite(photo)
    mixed = paint * (1 + 0.24 * streak * body) + 0.05 * streak * body + 0.26 * ridge * body
    warm = torch.tensor([0.05, 0.01, -0.05]).view(1, 3, 1, 1) * field(fields, "dab_warm")
    return (mixed + warm * body).clamp(0, 1)


def impressionist(photo: Tensor, fields: Tensor) -> Tensor:
    """Broken colour in full light: loose touches, warm beside cool, violet in the shade, no hard rim."""
    light = saturated(photo.clamp(min=0.004) ** 0.82, 1.5)
    local = gaussian(flat_touches(flat_touches(light, 3), 2), 0.6)
    shade = (1 - luminance(local)).square() * torch.tensor([0.06, 0.02, 0.13]).view(1, 3, 1, 1)
    touch = torch.tensor([0.15, 0.02, -0.15]).view(1, 3, 1, 1) * field(fields, "dab_warm")
    stroke = 0.17 * streaks(photo, fields, 1.5, 5.0) + 0.08 * field(fields, "dab_light")
    painted = unwhite(photo)
    return (local + painted * (shade + touch + stroke * (0.4 + local))).clamp(0, 1)


def pastel(photo: Tensor, fields: Tensor) -> Tensor:
    """Chalk on toothed paper: soft, light colour in slanting strokes that the paper breaks up."""
    chalk = 0.10 + 0.90 * saturated(smoothed(photo, rounds=4), 1.25)
    stroke = 0.8 * field(fields, "bristle_135") + 0.35 * streaks(photo, fields, 1.5, 5.0)
    tooth = field(fields, "grain")
    covered = torch.sigmoid(5 * (stroke + 0.9 * tooth + 0.70))
    paper = 0.5 * chalk + 0.5 * torch.tensor([0.97, 0.95, 0.91]).view(1, 3, 1, 1)
    layered = covered * chalk * (1 + 0.28 * stroke) + (1 - covered) * paper
    lines = 0.35 * gaussian(outline(photo, sigma=1.8, bold=20.0), 0.7) * (0.7 + 0.5 * tooth)
    white = 1 - unwhite(photo)
    return white * photo + (1 - white) * inked(layered.clamp(0, 1), lines, (0.20, 0.16, 0.20))


def pointillist(photo: Tensor, fields: Tensor) -> Tensor:
    """Separate round touches, each warmer or cooler, lighter or darker than the colour they add up to."""
    local = saturated(flat_touches(photo, 3), 1.5)
    axis = torch.tensor([0.26, 0.04, -0.28]).view(1, 3, 1, 1)
    touch = local + axis * field(fields, "dab_warm") + 0.13 * field(fields, "dab_light")
    between = 0.72 * local + 0.20
    round_touch = torch.sigmoid(5 * (field(fields, "dab") + 0.25))
    dotted = (round_touch * touch + (1 - round_touch) * between).clamp(0, 1)
    painted = unwhite(photo)
    return painted * dotted + (1 - painted) * photo


DRAWINGS: Final[dict[str, Drawing]] = {
    "cartoon": cartoon, "pencil": pencil, "engraving": engraving, "pop-art": pop_art, "mosaic": mosaic,
    "ink-wash": ink_wash, "ukiyo-e": ukiyo_e, "watercolour": watercolour, "oil": oil, "pastel": pastel,
    "pointillist": pointillist, "impressionist": impressionist,
}  # fmt: skip
