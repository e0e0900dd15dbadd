"""Graphics: flat tones, bold lines, screens, stones and panes."""

import torch
from torch import Tensor

from style_engine.imaging.filters import gaussian, luminance
from style_engine.network.conditioning import kuwahara, outline

from ..brushes import (
    axis,
    calmed,
    contrasted,
    detail,
    field,
    inked,
    posterised,
    ramp,
    retoned,
    saturated,
    smoothed,
    stretched,
    strokes,
    tiles,
    tinted,
    unwhite,
)

INK_BLACK = (0.07, 0.06, 0.07)


def cartoon(photo: Tensor, fields: Tensor) -> Tensor:
    """Flat, bright, saturated tones in a few steps with bold black outlines."""
    tone = posterised(photo).clamp(min=0.004) ** 0.85
    flat = retoned(saturated(calmed(photo), 2.1), tone)
    return inked(flat, outline(smoothed(photo, rounds=2), sigma=2.3, bold=110.0), INK_BLACK)


def comic_ink(photo: Tensor, fields: Tensor) -> Tensor:
    """Black-and-white comic: spotted blacks, feathered hatching at their rims, a bold brush line."""
    soft = gaussian(luminance(calmed(photo)), 1.0)
    spotted = torch.sigmoid(-28 * (soft - 0.26))
    feather = strokes(field(fields, "hatch"), darkness=1.3 * (0.50 - soft), crisp=4.0)
    grey = 0.26 * torch.sigmoid(-18 * (soft - 0.68))
    line = outline(smoothed(photo, rounds=1), sigma=1.8, bold=90.0)
    ink = torch.maximum(torch.maximum(spotted, line), torch.maximum(0.75 * feather, grey))
    extractors = (4 * detail(luminance(photo).expand(-1, 3, -1, -1))[:, :1]).clamp(0, 0.5) * spotted
    return tinted(1 - ink + extractors, dark=(0.06, 0.06, 0.07))


def pop_art(photo: Tensor, fields: Tensor) -> Tensor:
    """Comic print: a few loud flat tones, a dot screen in the middle ones, thick black contour."""
    smooth = calmed(photo)
    tone = contrasted(posterised(photo), 1.25)
    loud = retoned(saturated(contrasted(smooth, 1.3), 2.2), tone)
    soft = gaussian(stretched(luminance(smooth)), 1.5)
    dots = torch.sigmoid(7 * (field(fields, "dots") + 1.7 * (0.50 - soft)))
    middle = torch.sigmoid(14 * (soft - 0.20)) * torch.sigmoid(14 * (0.86 - soft))
    screened = dots * (loud * 0.92) + (1 - dots) * (1 - 0.55 * (1 - loud))
    return inked(middle * screened + (1 - middle) * loud, outline(photo, sigma=1.8, bold=60.0), INK_BLACK)


def flat(photo: Tensor, fields: Tensor) -> Tensor:
    """Flat illustration: clean shapes of one colour each, no line, no grain."""
    colour = saturated(kuwahara(calmed(photo), 4), 1.9)
    tone = posterised(photo)
    shape = retoned(colour, 0.75 * tone + 0.25 * luminance(colour))
    return (0.05 + 0.95 * shape + 0.15 * detail(photo)).clamp(0, 1)


def art_deco(photo: Tensor, fields: Tensor) -> Tensor:
    """Travel poster of 1930: night blue, teal, gold and cream in clean steps, grain in the shade."""
    tone = 0.75 * posterised(photo) + 0.25 * luminance(smoothed(photo, rounds=1))
    tone = (tone + 0.035 * field(fields, "grain") * (1 - tone)).clamp(0, 1)
    warm = torch.sigmoid(9 * (calmed(photo)[:, :1] - calmed(photo)[:, 2:] - 0.08))
    cold = ramp(tone, axis(0.05, 0.09, 0.20), axis(0.10, 0.42, 0.46), axis(0.97, 0.95, 0.88))
    gold = ramp(tone, axis(0.14, 0.07, 0.12), axis(0.82, 0.50, 0.16), axis(1.0, 0.95, 0.82))
    printed = (1 - warm) * cold + warm * gold
    white = 1 - unwhite(photo)
    line = 0.8 * outline(smoothed(photo, rounds=2), sigma=1.8, bold=60.0)
    return white * photo + (1 - white) * inked(printed, line, (0.05, 0.07, 0.15))


def mosaic(photo: Tensor, fields: Tensor) -> Tensor:
    """Small stone tiles of one colour each, joined by mortar: light round dark stones, dark round light."""
    stones = contrasted(saturated(tiles(photo, fields[:, -1:]), 1.55), 1.15) + 0.5 * detail(photo)
    joint = torch.sigmoid(-7 * (field(fields, "cells") + 0.30))
    around = gaussian(luminance(photo), 5.0)
    mortar = torch.where(around > 0.22, 0.50 * stones, 0.65 * stones + 0.17)
    tiled = (joint * mortar + (1 - joint) * stones * (1 + 0.08 * field(fields, "grain"))).clamp(0, 1)
    laid = unwhite(photo)
    return (1 - laid) * photo + laid * tiled


def stained_glass(photo: Tensor, fields: Tensor) -> Tensor:
    """Glowing panes held by black leads: thick ones round the forms, thin ones between the panes."""
    panes = saturated(0.5 * tiles(photo, fields[:, -1:]) + 0.5 * calmed(photo), 2.4)
    lit = (0.10 + 1.02 * retoned(panes, posterised(photo))) * (1 + 0.10 * field(fields, "wash"))
    thin = 0.80 * torch.sigmoid(-9 * (field(fields, "cells") + 0.45))
    thick = outline(smoothed(photo, rounds=2), sigma=2.8, bold=130.0)
    lead = torch.maximum(thin * unwhite(photo) ** 2, thick)
    return inked(lit.clamp(0, 1), lead, (0.05, 0.05, 0.07))
