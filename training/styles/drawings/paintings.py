"""Paintings, from oil to gouache: how each medium lays its colour on the forms of a photo."""

import torch
from torch import Tensor

from style_engine.imaging.filters import gaussian, luminance
from style_engine.network.conditioning import kuwahara, outline, streaks

from ..brushes import (
    axis,
    calmed,
    contrasted,
    detail,
    field,
    inked,
    posterised,
    retoned,
    saturated,
    smoothed,
    unwhite,
)


def oil(photo: Tensor, fields: Tensor) -> Tensor:
    """Impasto: flat touches of rich colour, bristle streaks that follow the forms, light on their ridges."""
    paint = kuwahara(kuwahara(saturated(contrasted(photo, 1.08), 1.35), 3), 3)
    streak = streaks(photo, fields, 1.5, 5.0)
    ridge = streak - torch.roll(streak, (1, 1), (2, 3))
    body = unwhite(photo)
    mixed = paint * (1 + 0.20 * streak * body) + 0.05 * streak * body + 0.20 * ridge * body
    warm = axis(0.05, 0.01, -0.05) * field(fields, "dab_warm")
    return (mixed + warm * body + 0.6 * detail(photo)).clamp(0, 1)


def impressionist(photo: Tensor, fields: Tensor) -> Tensor:
    """Broken colour in full light: loose touches, warm beside cool, violet in the shade, no hard rim."""
    light = saturated(photo.clamp(min=0.004) ** 0.86, 1.5)
    local = gaussian(kuwahara(kuwahara(light, 3), 2), 0.6)
    shade = (1 - luminance(local)).square() * axis(0.06, 0.02, 0.13)
    touch = axis(0.12, 0.02, -0.12) * field(fields, "dab_warm")
    stroke = 0.17 * streaks(photo, fields, 1.5, 5.0) + 0.08 * field(fields, "dab_light")
    painted = unwhite(photo)
    body = local + 0.4 * detail(photo)
    return (body + painted * (shade + touch + stroke * (0.4 + local))).clamp(0, 1)


def post_impressionist(photo: Tensor, fields: Tensor) -> Tensor:
    """Long loaded strokes that swirl along the forms, blue beside yellow, a dark blue contour round each."""
    local = saturated(kuwahara(kuwahara(photo, 3), 3), 1.6)
    flow = streaks(photo, fields, 2.5, 9.0)
    painted = unwhite(photo)
    beside = axis(0.14, 0.09, -0.18) * flow * (0.35 + luminance(local))
    stroke = 0.10 * flow + 0.19 * (flow - torch.roll(flow, (1, 1), (2, 3)))
    body = local + painted * (beside + stroke) + 0.4 * detail(photo)
    return inked(body.clamp(0, 1), 0.8 * outline(smoothed(photo, rounds=2), 2.0, 45.0), (0.08, 0.12, 0.34))


def pointillist(photo: Tensor, fields: Tensor) -> Tensor:
    """Separate round touches, each warmer or cooler, lighter or darker than the colour they add up to."""
    local = saturated(kuwahara(photo, 3), 1.5)
    touch = local + axis(0.26, 0.04, -0.28) * field(fields, "dab_warm") + 0.13 * field(fields, "dab_light")
    between = 0.72 * local + 0.20
    round_touch = torch.sigmoid(5 * (field(fields, "dab") + 0.25))
    dotted = (round_touch * touch + (1 - round_touch) * between).clamp(0, 1)
    painted = unwhite(photo)
    return painted * dotted + (1 - painted) * photo


def old_master(photo: Tensor, fields: Tensor) -> Tensor:
    """Chiaroscuro: umber shadows, honey glazes over the lights, soft modelling, the weave of the canvas."""
    soft = kuwahara(photo, 2) + 0.5 * detail(photo)
    tone = luminance(soft).clamp(0, 1)
    deep = (tone + 0.28 * torch.sin(6.283 * (tone - 0.5)) / 3.1416).clamp(0, 1) ** 1.45
    glazed = saturated(retoned(soft, deep), 0.72) * axis(1.0, 0.94, 0.79)
    umber = axis(0.13, 0.075, 0.04) * (1 - deep) ** 2
    painter = 1 + 0.05 * field(fields, "grain") + 0.05 * streaks(photo, fields, 1.5, 5.0)
    painted = unwhite(photo)
    return painted * ((glazed + umber) * painter).clamp(0, 1) + (1 - painted) * photo


def fauvist(photo: Tensor, fields: Tensor) -> Tensor:
    """Wild colour: pure and flat, cobalt and violet in the darks, orange in the lights, rough strokes."""
    flat = saturated(calmed(photo), 2.3)
    tone = luminance(calmed(photo))
    cold = axis(0.02, -0.06, 0.42) * (1 - tone).clamp(0, 1) ** 2
    hot = axis(0.12, 0.04, -0.18) * (4 * tone * (1 - tone))
    stroke = 0.10 * streaks(photo, fields, 1.5, 5.0)
    painted = unwhite(photo)
    body = flat + painted * (cold + hot + stroke)
    return inked(body.clamp(0, 1), 0.7 * outline(smoothed(photo, rounds=1), 1.8, 40.0), (0.06, 0.14, 0.30))


def pastel(photo: Tensor, fields: Tensor) -> Tensor:
    """Chalk on toothed paper: soft, light colour in slanting strokes that the paper breaks up."""
    chalk = 0.10 + 0.90 * saturated(smoothed(photo, rounds=4), 1.35) + 0.4 * detail(photo)
    stroke = 0.8 * field(fields, "bristle_135") + 0.35 * streaks(photo, fields, 1.5, 5.0)
    tooth = field(fields, "grain")
    covered = torch.sigmoid(4 * (stroke + 0.6 * tooth + 0.70))
    paper = chalk + (0.10 + 0.35 * luminance(chalk)) * (axis(0.97, 0.95, 0.91) - chalk)
    layered = covered * chalk * (1 + 0.20 * stroke) + (1 - covered) * paper
    lines = 0.35 * gaussian(outline(photo, sigma=1.8, bold=20.0), 0.7) * (0.7 + 0.5 * tooth)
    white = 1 - unwhite(photo)
    return white * photo + (1 - white) * inked(layered.clamp(0, 1), lines, (0.20, 0.16, 0.20))


def watercolour(photo: Tensor, fields: Tensor) -> Tensor:
    """Thin washes on white paper: pale, granulated, blotted, with dried rims, over a pencil line."""
    tone = gaussian(posterised(photo), 0.8)
    washes = retoned(saturated(calmed(photo), 1.8), tone)
    blot = 1 + 0.30 * field(fields, "wash") + 0.16 * field(fields, "grain")
    pale = 1 - 0.74 * (1 - washes) * blot
    edge = (tone - gaussian(tone, 2.4)).clamp(-0.25, 0) * 1.6
    drawn_line = 0.55 * outline(photo, sigma=1.2, bold=40.0)
    return inked((pale + edge).clamp(0, 1), drawn_line, (0.30, 0.26, 0.30))


def gouache(photo: Tensor, fields: Tensor) -> Tensor:
    """Opaque matt colour: broad flat shapes, chalky lights, softened darks, a dry brush here and there."""
    flat = saturated(kuwahara(calmed(photo), 4), 1.25)
    tone = 0.6 * posterised(photo) + 0.4 * luminance(flat)
    matt = 0.13 + 0.83 * retoned(flat, tone)
    dry = 0.07 * streaks(photo, fields, 1.5, 5.0) + 0.025 * field(fields, "grain")
    painted = unwhite(photo)
    return (painted * (matt + dry + 0.3 * detail(photo)) + (1 - painted) * photo).clamp(0, 1)
