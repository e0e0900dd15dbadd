"""Paintings: oil, pastel, watercolour, gouache, and painters' techniques."""

import torch
from torch import Tensor

from style_engine.imaging.filters import gaussian, luminance
from style_engine.network.conditioning import kuwahara, outline, streaks

from ..brushes import (
    draw_lines,
    fine_detail,
    flatten_colours,
    non_white,
    pattern,
    posterise,
    remove_texture,
    rgb,
    saturate,
    scale_contrast,
    set_luminance,
)


def oil(photo: Tensor, patterns: Tensor) -> Tensor:
    """Impasto: flat touches of saturated colour, bristle streaks along the forms, lit ridges."""
    paint = kuwahara(kuwahara(saturate(scale_contrast(photo, 1.08), 1.35), 3), 3)
    streak = streaks(photo, patterns, 1.5, 5.0)
    ridge = streak - torch.roll(streak, (1, 1), (2, 3))
    body = non_white(photo)
    mixed = paint * (1 + 0.20 * streak * body) + 0.05 * streak * body + 0.20 * ridge * body
    warm = rgb(0.05, 0.01, -0.05) * pattern(patterns, "dab_warm")
    return (mixed + warm * body + 0.6 * fine_detail(photo)).clamp(0, 1)


def impressionist(photo: Tensor, patterns: Tensor) -> Tensor:
    """Broken colour in bright light: loose warm and cool touches, violet shade, no hard edges."""
    light = saturate(photo.clamp(min=0.004) ** 0.86, 1.5)
    local = gaussian(kuwahara(kuwahara(light, 3), 2), 0.6)
    shade = (1 - luminance(local)).square() * rgb(0.06, 0.02, 0.13)
    touch = rgb(0.12, 0.02, -0.12) * pattern(patterns, "dab_warm")
    stroke = 0.17 * streaks(photo, patterns, 1.5, 5.0) + 0.08 * pattern(patterns, "dab_light")
    painted = non_white(photo)
    body = local + 0.4 * fine_detail(photo)
    return (body + painted * (shade + touch + stroke * (0.4 + local))).clamp(0, 1)


def post_impressionist(photo: Tensor, patterns: Tensor) -> Tensor:
    """Long thick strokes along the forms, blue beside yellow, dark blue contours."""
    local = saturate(kuwahara(kuwahara(photo, 3), 3), 1.6)
    flow = streaks(photo, patterns, 2.5, 9.0)
    painted = non_white(photo)
    blue_yellow = rgb(0.14, 0.09, -0.18) * flow * (0.35 + luminance(local))
    stroke = 0.10 * flow + 0.19 * (flow - torch.roll(flow, (1, 1), (2, 3)))
    body = local + painted * (blue_yellow + stroke) + 0.4 * fine_detail(photo)
    return draw_lines(
        body.clamp(0, 1), 0.8 * outline(remove_texture(photo, rounds=2), 2.0, 45.0), (0.08, 0.12, 0.34)
    )


def pointillist(photo: Tensor, patterns: Tensor) -> Tensor:
    """Separate round dots, warmer or cooler, lighter or darker than the local colour that they average to."""
    local = saturate(kuwahara(photo, 3), 1.5)
    touch = (
        local + rgb(0.26, 0.04, -0.28) * pattern(patterns, "dab_warm") + 0.13 * pattern(patterns, "dab_light")
    )
    between = 0.72 * local + 0.20
    round_touch = torch.sigmoid(5 * (pattern(patterns, "dab") + 0.25))
    dotted = (round_touch * touch + (1 - round_touch) * between).clamp(0, 1)
    painted = non_white(photo)
    return painted * dotted + (1 - painted) * photo


def old_master(photo: Tensor, patterns: Tensor) -> Tensor:
    """Chiaroscuro: umber shadows, warm glazes over the lights, soft shading, canvas texture."""
    soft = kuwahara(photo, 2) + 0.5 * fine_detail(photo)
    tone = luminance(soft).clamp(0, 1)
    deep = (tone + 0.28 * torch.sin(6.283 * (tone - 0.5)) / 3.1416).clamp(0, 1) ** 1.45
    glazed = saturate(set_luminance(soft, deep), 0.72) * rgb(1.0, 0.94, 0.79)
    umber = rgb(0.13, 0.075, 0.04) * (1 - deep) ** 2
    canvas = 1 + 0.05 * pattern(patterns, "grain") + 0.05 * streaks(photo, patterns, 1.5, 5.0)
    painted = non_white(photo)
    return painted * ((glazed + umber) * canvas).clamp(0, 1) + (1 - painted) * photo


def fauvist(photo: Tensor, patterns: Tensor) -> Tensor:
    """Flat, saturated colour: cobalt and violet in the darks, orange in the middle tones, rough strokes."""
    flat = saturate(flatten_colours(photo), 2.3)
    tone = luminance(flatten_colours(photo))
    cold = rgb(0.02, -0.06, 0.42) * (1 - tone).clamp(0, 1) ** 2
    hot = rgb(0.12, 0.04, -0.18) * (4 * tone * (1 - tone))
    stroke = 0.10 * streaks(photo, patterns, 1.5, 5.0)
    painted = non_white(photo)
    body = flat + painted * (cold + hot + stroke)
    return draw_lines(
        body.clamp(0, 1), 0.7 * outline(remove_texture(photo, rounds=1), 1.8, 40.0), (0.06, 0.14, 0.30)
    )


def pastel(photo: Tensor, patterns: Tensor) -> Tensor:
    """Chalk on rough paper: soft, light colour in diagonal strokes, broken by the paper."""
    chalk = 0.10 + 0.90 * saturate(remove_texture(photo, rounds=4), 1.35) + 0.4 * fine_detail(photo)
    stroke = 0.8 * pattern(patterns, "bristle_135") + 0.35 * streaks(photo, patterns, 1.5, 5.0)
    grain = pattern(patterns, "grain")
    covered = torch.sigmoid(4 * (stroke + 0.6 * grain + 0.70))
    paper = chalk + (0.10 + 0.35 * luminance(chalk)) * (rgb(0.97, 0.95, 0.91) - chalk)
    layered = covered * chalk * (1 + 0.20 * stroke) + (1 - covered) * paper
    lines = 0.35 * gaussian(outline(photo, sigma=1.8, bold=20.0), 0.7) * (0.7 + 0.5 * grain)
    white = 1 - non_white(photo)
    return white * photo + (1 - white) * draw_lines(layered.clamp(0, 1), lines, (0.20, 0.16, 0.20))


def watercolour(photo: Tensor, patterns: Tensor) -> Tensor:
    """Thin, pale washes on white paper: granulated, blotted, with dark dried edges, over a pencil line."""
    tone = gaussian(posterise(photo), 0.8)
    washes = set_luminance(saturate(flatten_colours(photo), 1.8), tone)
    blot = 1 + 0.30 * pattern(patterns, "wash") + 0.16 * pattern(patterns, "grain")
    pale = 1 - 0.74 * (1 - washes) * blot
    edge = (tone - gaussian(tone, 2.4)).clamp(-0.25, 0) * 1.6
    drawn_line = 0.55 * outline(photo, sigma=1.2, bold=40.0)
    return draw_lines((pale + edge).clamp(0, 1), drawn_line, (0.30, 0.26, 0.30))


def gouache(photo: Tensor, patterns: Tensor) -> Tensor:
    """Opaque matt colour: broad flat shapes, chalky lights, softened darks, some dry brush."""
    flat = saturate(kuwahara(flatten_colours(photo), 4), 1.25)
    tone = 0.6 * posterise(photo) + 0.4 * luminance(flat)
    matt = 0.13 + 0.83 * set_luminance(flat, tone)
    dry = 0.07 * streaks(photo, patterns, 1.5, 5.0) + 0.025 * pattern(patterns, "grain")
    painted = non_white(photo)
    return (painted * (matt + dry + 0.3 * fine_detail(photo)) + (1 - painted) * photo).clamp(0, 1)
