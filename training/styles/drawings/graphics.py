"""Graphics: flat tones, bold lines, dot screens, mosaic tiles, glass panes."""

import torch
from torch import Tensor

from style_engine.imaging.filters import gaussian, luminance
from style_engine.network.conditioning import kuwahara, outline

from ..brushes import (
    colour_ramp,
    draw_lines,
    fine_detail,
    flatten_colours,
    hatch_ink,
    non_white,
    pattern,
    posterise,
    remove_texture,
    rgb,
    saturate,
    scale_contrast,
    set_luminance,
    stretch_tone,
    tile_means,
    tint,
)

INK_BLACK = (0.07, 0.06, 0.07)


def cartoon(photo: Tensor, patterns: Tensor) -> Tensor:
    """Flat, bright, saturated tones in a few steps with bold black outlines."""
    tone = posterise(photo).clamp(min=0.004) ** 0.85
    flat = set_luminance(saturate(flatten_colours(photo), 2.1), tone)
    return draw_lines(flat, outline(remove_texture(photo, rounds=2), sigma=2.3, bold=110.0), INK_BLACK)


def comic_ink(photo: Tensor, patterns: Tensor) -> Tensor:
    """Black-and-white comic: solid blacks, hatching at their edges, a bold brush line."""
    soft = gaussian(luminance(flatten_colours(photo)), 1.0)
    black = torch.sigmoid(-28 * (soft - 0.26))
    hatching = hatch_ink(pattern(patterns, "hatch"), darkness=1.3 * (0.50 - soft), crisp=4.0)
    grey = 0.26 * torch.sigmoid(-18 * (soft - 0.68))
    line = outline(remove_texture(photo, rounds=1), sigma=1.8, bold=90.0)
    ink = torch.maximum(torch.maximum(black, line), torch.maximum(0.75 * hatching, grey))
    highlights = (4 * fine_detail(luminance(photo).expand(-1, 3, -1, -1))[:, :1]).clamp(0, 0.5) * black
    return tint(1 - ink + highlights, dark=(0.06, 0.06, 0.07))


def pop_art(photo: Tensor, patterns: Tensor) -> Tensor:
    """Comic print: a few flat saturated tones, a dot screen in the middle tones, thick black contours."""
    flat_photo = flatten_colours(photo)
    tone = scale_contrast(posterise(photo), 1.25)
    vivid = set_luminance(saturate(scale_contrast(flat_photo, 1.3), 2.2), tone)
    soft = gaussian(stretch_tone(luminance(flat_photo)), 1.5)
    dots = torch.sigmoid(7 * (pattern(patterns, "dots") + 1.7 * (0.50 - soft)))
    middle = torch.sigmoid(14 * (soft - 0.20)) * torch.sigmoid(14 * (0.86 - soft))
    screened = dots * (vivid * 0.92) + (1 - dots) * (1 - 0.55 * (1 - vivid))
    return draw_lines(
        middle * screened + (1 - middle) * vivid, outline(photo, sigma=1.8, bold=60.0), INK_BLACK
    )


def flat(photo: Tensor, patterns: Tensor) -> Tensor:
    """Flat illustration: clean shapes of one colour each, no line, no grain."""
    colour = saturate(kuwahara(flatten_colours(photo), 4), 1.9)
    tone = posterise(photo)
    shape = set_luminance(colour, 0.75 * tone + 0.25 * luminance(colour))
    return (0.05 + 0.95 * shape + 0.15 * fine_detail(photo)).clamp(0, 1)


def art_deco(photo: Tensor, patterns: Tensor) -> Tensor:
    """Travel poster of 1930: dark blue, teal, gold and cream in flat steps, grain in the shade."""
    tone = 0.75 * posterise(photo) + 0.25 * luminance(remove_texture(photo, rounds=1))
    tone = (tone + 0.035 * pattern(patterns, "grain") * (1 - tone)).clamp(0, 1)
    warm = torch.sigmoid(9 * (flatten_colours(photo)[:, :1] - flatten_colours(photo)[:, 2:] - 0.08))
    cold = colour_ramp(tone, rgb(0.05, 0.09, 0.20), rgb(0.10, 0.42, 0.46), rgb(0.97, 0.95, 0.88))
    gold = colour_ramp(tone, rgb(0.14, 0.07, 0.12), rgb(0.82, 0.50, 0.16), rgb(1.0, 0.95, 0.82))
    printed = (1 - warm) * cold + warm * gold
    white = 1 - non_white(photo)
    line = 0.8 * outline(remove_texture(photo, rounds=2), sigma=1.8, bold=60.0)
    return white * photo + (1 - white) * draw_lines(printed, line, (0.05, 0.07, 0.15))


def mosaic(photo: Tensor, patterns: Tensor) -> Tensor:
    """Small stone tiles of one colour each in mortar: light around dark stones, dark around light ones."""
    stones = scale_contrast(saturate(tile_means(photo, patterns[:, -1:]), 1.55), 1.15) + 0.5 * fine_detail(
        photo
    )
    joint = torch.sigmoid(-7 * (pattern(patterns, "cells") + 0.30))
    around = gaussian(luminance(photo), 5.0)
    mortar = torch.where(around > 0.22, 0.50 * stones, 0.65 * stones + 0.17)
    tiled = (joint * mortar + (1 - joint) * stones * (1 + 0.08 * pattern(patterns, "grain"))).clamp(0, 1)
    covered = non_white(photo)
    return (1 - covered) * photo + covered * tiled


def stained_glass(photo: Tensor, patterns: Tensor) -> Tensor:
    """Bright glass panes between black leads: thick ones along contours, thin ones between the panes."""
    panes = saturate(0.5 * tile_means(photo, patterns[:, -1:]) + 0.5 * flatten_colours(photo), 2.4)
    lit = (0.10 + 1.02 * set_luminance(panes, posterise(photo))) * (1 + 0.10 * pattern(patterns, "wash"))
    thin = 0.80 * torch.sigmoid(-9 * (pattern(patterns, "cells") + 0.45))
    thick = outline(remove_texture(photo, rounds=2), sigma=2.8, bold=130.0)
    lead = torch.maximum(thin * non_white(photo) ** 2, thick)
    return draw_lines(lit.clamp(0, 1), lead, (0.05, 0.05, 0.07))
