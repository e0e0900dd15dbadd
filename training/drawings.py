"""Styles drawn by code: what each drawn catalogue style should look like on a given photo.

These are teachers, not products: the net learns to draw them, mixes them and dials them like any other style.
Every function takes photos (B, 3, H, W) in [0, 1] and drawn fields (B, fields, H, W), and returns
pictures alike.
White paper stays white in all of them.
"""

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

from style_engine import fields as drawn
from style_engine.guides import flat_touches, gaussian, luminance, outline, streaks, tone_steps

Drawing = Callable[[Tensor, Tensor], Tensor]
INK_BLUE: Final = (0.10, 0.13, 0.28)
INK_BLACK: Final = (0.07, 0.06, 0.07)


def cartoon(photo: Tensor, fields: Tensor) -> Tensor:
    """Flat, bright, saturated tones in a few steps with bold black outlines."""
    tone = tone_steps(photo, radius=4).clamp(min=0.004) ** 0.8
    flat = _retoned(_saturate(_calm(photo), 1.75), tone)
    return _inked(flat, outline(_smooth(photo, rounds=2), sigma=2.0, bold=85.0), INK_BLACK)


def pencil(photo: Tensor, fields: Tensor) -> Tensor:
    """Graphite: darker tones get more and denser hatching, light ones stay paper."""
    tone = _stretch(luminance(photo))
    soft = gaussian(tone, 1.0)
    first = _stroke(_field(fields, "hatch"), darkness=1.12 * (0.90 - soft))
    second = _stroke(_field(fields, "counter_hatch"), darkness=1.2 * (0.52 - soft))
    grain = 1 + 0.25 * _field(fields, "grain")
    shade = (0.50 * first + 0.30 * second + 0.42 * (0.62 - soft).clamp(0, 1)) * grain
    lines = outline(photo, sigma=1.1, bold=34.0) * (0.85 + 0.15 * _field(fields, "grain"))
    return _tint(1 - torch.maximum(shade, lines).clamp(0, 0.88), dark=(0.16, 0.16, 0.18))


def engraving(photo: Tensor, fields: Tensor) -> Tensor:
    """Copperplate: level lines that swell with the dark, crossed in the shadows."""
    tone = gaussian(_stretch(luminance(photo)), 0.8)
    level = _stroke(_field(fields, "lines"), darkness=0.98 * (0.93 - tone), crisp=5.0)
    cross = _stroke(_field(fields, "hatch"), darkness=1.1 * (0.50 - tone), crisp=5.0)
    ink = torch.maximum(torch.maximum(level, cross), outline(photo, sigma=1.2, bold=40.0))
    return _tint(1 - ink, dark=(0.17, 0.10, 0.07))


def pop_art(photo: Tensor, fields: Tensor) -> Tensor:
    """Comic print: a few loud flat tones, a dot screen in the middle ones, thick black contour."""
    smooth = _calm(photo)
    tone = _contrast(tone_steps(photo, radius=4), 1.3)
    loud = _retoned(_saturate(_contrast(smooth, 1.35), 2.1), tone)
    soft = gaussian(_stretch(luminance(smooth)), 1.5)
    dots = torch.sigmoid(9 * (_field(fields, "dots") + 1.7 * (0.50 - soft)))
    middle = torch.sigmoid(14 * (soft - 0.20)) * torch.sigmoid(14 * (0.86 - soft))
    screened = dots * (loud * 0.92) + (1 - dots) * (1 - 0.55 * (1 - loud))
    return _inked(middle * screened + (1 - middle) * loud, outline(photo, sigma=1.8, bold=60.0), INK_BLACK)


def mosaic(photo: Tensor, fields: Tensor) -> Tensor:
    """Small stone tiles of one colour each, joined by mortar: light round dark stones, dark round light."""
    stones = _contrast(_saturate(_tiles(photo, fields), 1.55), 1.15)
    joint = torch.sigmoid(-7 * (_field(fields, "cells") + 0.30))
    around = gaussian(luminance(photo), 5.0)
    mortar = torch.where(around > 0.22, 0.42 * stones, 0.60 * stones + 0.30)
    tiled = (joint * mortar + (1 - joint) * stones * (1 + 0.08 * _field(fields, "grain"))).clamp(0, 1)
    laid = _unwhite(photo)
    return (1 - laid) * photo + laid * tiled


def ink_wash(photo: Tensor, fields: Tensor) -> Tensor:
    """Sumi-e: few pale washes with pooled rims, a dry brush in the darks, and a strong soft line."""
    wash = gaussian(tone_steps(photo, radius=4), 1.0)
    pooled = (wash - gaussian(wash, 2.5)).clamp(-0.25, 0.0) * 1.4
    blot = 0.10 * _field(fields, "wash") * (1 - wash)
    dry = 0.16 * _field(fields, "bristle_0") * (0.85 - wash).clamp(0, 1)
    tone = (0.34 + 0.68 * wash + pooled + blot + dry + 0.05 * _field(fields, "grain") * (1 - wash)).clamp(
        0, 1
    )
    brush = gaussian(outline(photo, sigma=2.4, bold=75.0), 0.7)
    return _tint(tone * (1 - 0.92 * brush), dark=(0.08, 0.08, 0.11))


def ukiyo_e(photo: Tensor, fields: Tensor) -> Tensor:
    """Woodblock print: flat mineral colours, wood grain in the darks, one firm indigo key line."""
    tone = tone_steps(photo, radius=4).clamp(min=0.004) ** 0.75
    flat = _retoned(_calm(photo), tone)
    blocks = 0.08 * flat + 0.92 * _nearest_pigment(flat)
    dark = 1 - luminance(blocks)
    wood = 1 + 0.12 * _field(fields, "bristle_0") * dark + 0.05 * _field(fields, "wash") * dark
    key = outline(_smooth(photo, rounds=1), sigma=1.7, bold=70.0)
    return _inked((blocks * wood).clamp(0, 1), key, INK_BLUE)


def watercolour(photo: Tensor, fields: Tensor) -> Tensor:
    """Thin washes on white paper: pale, granulated, blotted, with dried rims, over a pencil line."""
    tone = gaussian(tone_steps(photo, radius=4), 0.8)
    washes = _retoned(_saturate(_calm(photo), 1.8), tone)
    blot = 1 + 0.30 * _field(fields, "wash") + 0.16 * _field(fields, "grain")
    pale = 1 - 0.72 * (1 - washes) * blot
    rim = (tone - gaussian(tone, 2.4)).clamp(-0.25, 0) * 1.6
    drawn_line = 0.55 * outline(photo, sigma=1.2, bold=40.0)
    return _inked((pale + rim).clamp(0, 1), drawn_line, (0.30, 0.26, 0.30))


def oil(photo: Tensor, fields: Tensor) -> Tensor:
    """Impasto: flat touches of rich colour, bristle streaks that follow the forms, light on their ridges."""
    paint = flat_touches(flat_touches(_saturate(_contrast(photo, 1.08), 1.35), 3), 3)
    streak = streaks(photo, fields, 1.5, 5.0)
    ridge = streak - torch.roll(streak, (1, 1), (2, 3))
    body = _unwhite(photo)
    mixed = paint * (1 + 0.24 * streak * body) + 0.05 * streak * body + 0.26 * ridge * body
    warm = torch.tensor([0.05, 0.01, -0.05]).view(1, 3, 1, 1) * _field(fields, "dab_warm")
    return (mixed + warm * body).clamp(0, 1)


def impressionist(photo: Tensor, fields: Tensor) -> Tensor:
    """Broken colour in full light: loose touches, warm beside cool, violet in the shade, no hard rim."""
    light = _saturate(photo.clamp(min=0.004) ** 0.82, 1.5)
    local = gaussian(flat_touches(flat_touches(light, 3), 2), 0.6)
    shade = (1 - luminance(local)).square() * torch.tensor([0.06, 0.02, 0.13]).view(1, 3, 1, 1)
    touch = torch.tensor([0.15, 0.02, -0.15]).view(1, 3, 1, 1) * _field(fields, "dab_warm")
    stroke = 0.17 * streaks(photo, fields, 1.5, 5.0) + 0.08 * _field(fields, "dab_light")
    painted = _unwhite(photo)
    return (local + painted * (shade + touch + stroke * (0.4 + local))).clamp(0, 1)


def pastel(photo: Tensor, fields: Tensor) -> Tensor:
    """Chalk on toothed paper: soft, light colour in slanting strokes that the paper breaks up."""
    chalk = 0.10 + 0.90 * _saturate(_smooth(photo, rounds=4), 1.25)
    stroke = 0.8 * _field(fields, "bristle_135") + 0.35 * streaks(photo, fields, 1.5, 5.0)
    tooth = _field(fields, "grain")
    covered = torch.sigmoid(5 * (stroke + 0.9 * tooth + 0.70))
    paper = 0.5 * chalk + 0.5 * torch.tensor([0.97, 0.95, 0.91]).view(1, 3, 1, 1)
    layered = covered * chalk * (1 + 0.28 * stroke) + (1 - covered) * paper
    lines = 0.35 * gaussian(outline(photo, sigma=1.8, bold=20.0), 0.7) * (0.7 + 0.5 * tooth)
    white = 1 - _unwhite(photo)
    return white * photo + (1 - white) * _inked(layered.clamp(0, 1), lines, (0.20, 0.16, 0.20))


def pointillist(photo: Tensor, fields: Tensor) -> Tensor:
    """Separate round touches, each warmer or cooler, lighter or darker than the colour they add up to."""
    local = _saturate(flat_touches(photo, 3), 1.5)
    axis = torch.tensor([0.26, 0.04, -0.28]).view(1, 3, 1, 1)
    touch = local + axis * _field(fields, "dab_warm") + 0.13 * _field(fields, "dab_light")
    between = 0.72 * local + 0.20
    round_touch = torch.sigmoid(5 * (_field(fields, "dab") + 0.25))
    dotted = (round_touch * touch + (1 - round_touch) * between).clamp(0, 1)
    painted = _unwhite(photo)
    return painted * dotted + (1 - painted) * photo


DRAWINGS: Final[dict[str, Drawing]] = {
    "cartoon": cartoon, "pencil": pencil, "engraving": engraving, "pop-art": pop_art, "mosaic": mosaic,
    "ink-wash": ink_wash, "ukiyo-e": ukiyo_e, "watercolour": watercolour, "oil": oil, "pastel": pastel,
    "pointillist": pointillist, "impressionist": impressionist,
}  # fmt: skip

PIGMENTS: Final = (
    (0.99, 0.97, 0.93), (0.91, 0.82, 0.64), (0.87, 0.66, 0.36), (0.78, 0.33, 0.20), (0.56, 0.16, 0.15),
    (0.93, 0.70, 0.62), (0.55, 0.62, 0.38), (0.29, 0.42, 0.30), (0.62, 0.76, 0.80), (0.24, 0.44, 0.62),
    (0.12, 0.20, 0.40), (0.55, 0.50, 0.47), (0.78, 0.76, 0.72), (0.20, 0.18, 0.20), (0.45, 0.30, 0.20),
    (0.50, 0.36, 0.55),
)  # fmt: skip


def _field(fields: Tensor, name: str) -> Tensor:
    return fields[:, drawn.NAMES.index(name)].unsqueeze(1)


def _darkest(photo: Tensor) -> Tensor:
    return photo.amin(1, keepdim=True)


def _unwhite(photo: Tensor) -> Tensor:
    """(B, 1, H, W) 0 on white paper, 1 elsewhere."""
    return torch.sigmoid(-60 * (gaussian(_darkest(photo), 2.0) - 0.92))


def _smooth(photo: Tensor, rounds: int) -> Tensor:
    """Edge-keeping smoothing: a guided filter, applied a few times (He, Sun, Tang 2013)."""
    out = photo
    for _ in range(rounds):
        guide = luminance(out)
        mean, variance = gaussian(guide, 2.5), gaussian(guide**2, 2.5) - gaussian(guide, 2.5) ** 2
        covariance = gaussian(guide * out, 2.5) - mean * gaussian(out, 2.5)
        slope = covariance / (variance + 6e-3)
        out = gaussian(slope, 1.5) * guide + gaussian(gaussian(out, 2.5) - slope * mean, 1.5)
    return out.clamp(0, 1)


def _calm(photo: Tensor) -> Tensor:
    """The photo in flat touches, no colour crossing a rim."""
    return flat_touches(flat_touches(photo, 4), 4)


def _retoned(photo: Tensor, tone: Tensor) -> Tensor:
    """The photo's colours at another luminance (B, 1, H, W)."""
    return (photo + tone - luminance(photo)).clamp(0, 1)


def _saturate(photo: Tensor, amount: float) -> Tensor:
    tone = luminance(photo)
    return (tone + amount * (photo - tone)).clamp(0, 1)


def _contrast(photo: Tensor, amount: float) -> Tensor:
    return (0.5 + amount * (photo - 0.5)).clamp(0, 1)


def _stretch(tone: Tensor) -> Tensor:
    """Lift the whites and open the shadows a little."""
    return ((tone - 0.04) / 0.92).clamp(0, 1) ** 0.85


def _stroke(field: Tensor, darkness: Tensor, crisp: float = 3.5) -> Tensor:
    """Ink of one set of lines: none where darkness <= 0, nearly full where it reaches 1."""
    covered = torch.sigmoid(crisp * (field - 1.1 + 2.2 * darkness))
    return covered * torch.sigmoid(30 * (darkness - 0.06))


def _inked(colour: Tensor, line: Tensor, ink: tuple[float, float, float]) -> Tensor:
    return colour * (1 - line) + torch.tensor(ink).view(1, 3, 1, 1) * line


def _tint(tone: Tensor, dark: tuple[float, float, float]) -> Tensor:
    shade = torch.tensor(dark).view(1, 3, 1, 1)
    return shade + (1 - shade) * tone.clamp(0, 1)


def _nearest_pigment(photo: Tensor) -> Tensor:
    """Softly the closest pigment of a print shop, hue counting more than lightness."""
    pigments = torch.tensor(PIGMENTS)
    distance = (
        (_opponent(photo).unsqueeze(1) - _opponent(pigments.view(-1, 3, 1, 1)).unsqueeze(0)).square().sum(2)
    )
    share = torch.softmax(-220 * distance, 1)
    return torch.einsum("bphw,pc->bchw", share, pigments)


def _opponent(colour: Tensor) -> Tensor:
    tone = luminance(colour)
    chroma = torch.cat([colour[:, :1] - tone, colour[:, 2:] - tone], 1)
    return torch.cat([0.9 * tone, 1.3 * chroma], 1)


def _tiles(photo: Tensor, fields: Tensor) -> Tensor:
    """Mean colour of a neighbourhood about the size of one tile, held constant inside the tile."""
    numbers = fields[:, -1].long() if fields.shape[1] > len(drawn.NAMES) else None
    if numbers is None:
        return gaussian(photo, 3.5)
    return torch.stack([_tile_means(one, owner) for one, owner in zip(photo, numbers, strict=True)])


def _tile_means(photo: Tensor, owner: Tensor) -> Tensor:
    """Average of the photo (3, H, W) over each connected tile; owners repeat, so the block counts."""
    height, width = owner.shape
    block = (torch.arange(height) // 128).unsqueeze(1) * 64 + torch.arange(width) // 128
    _, flat = torch.unique((owner + 4096 * block).flatten(), return_inverse=True)
    count = torch.zeros(int(flat.max()) + 1).index_add_(0, flat, torch.ones(flat.numel()))
    total = torch.zeros(3, len(count)).index_add_(1, flat, photo.flatten(1))
    return (total / count)[:, flat].view(3, height, width)
