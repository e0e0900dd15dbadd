"""Woodblock: the colour print of Edo, and what other prints share with it: streaks, edges without fringes."""

import math
from dataclasses import replace
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging.filters import luminance
from ..strokes.directions import wide_gaussian
from .keylines import contour
from .materials import value_noise
from .outlines import facial_features, soft_skin, uncrowded
from .penlines import Line, drawn_lines, joined
from .pigments import bokashi_shade, choose_pigments, flat_areas, snapped
from .shapes import Shapes, crisp_lettering, find_shapes, rise
from .steps import at_tone
from .subject import Subject, rgb, saturate
from .swelling_lines import solid, white_paper

KEY_INK: Final = (0.085, 0.095, 0.155)
BOKASHI: Final = (0.27, 0.41, 0.58)
BOKASHI_REACH: Final = 0.34  # of the height of the picture
ONE_TONE: Final = 0.4  # share of a form's mean in its tone
BROAD_SCENE: Final = 0.85  # share of broad areas in what is behind the product
SCENE_SHARE: Final = 0.022  # sigma over which it is simplified
BOKASHI_SHARE: Final = 0.035  # sigma of the gradation within an area
BOKASHI_STRENGTH: Final = 0.75
BOKASHI_RANGE: Final = (0.72, 1.22)
WIPED: Final = 0.15  # of the tone of a block, from its middle to its top and bottom
SUMI_WASH: Final = (0.10, 0.11, 0.15)
PRINT_SKIN_SOFTNESS: Final = 0.35  # share of continuous tone in skin
PALE: Final = (0.93, 0.89, 0.80)
PALE_INDIGO: Final = (0.58, 0.70, 0.76)
BACKGROUND_PALE: Final = 0.18  # share of it in the colours behind the product
DARK_BACKGROUND_PALE: Final = 0.45  # what is added to it in black
SATURATION: Final = 1.05
OWN_HUE: Final = 0.65  # share of the photo's colour where it is saturated
KEY_LINE: Final = Line(0.0066, 0.020, 0.20, 0.50, 0.08, 0.6)
FINE_LINE: Final = Line(0.0036, 0.06, 0.20, 0.35, 0.04, 0.7)
KEY_CONTOUR_SHARE: Final = 0.0072
BORDERS_SHARE: Final = 0.3  # of the borders of areas in what lines are drawn along


def ukiyo_e(subject: Subject) -> Tensor:
    """Woodblock print: flat pigments with bokashi, one key block of brush lines, wood grain on washi."""
    subject = truer(solid(subject))
    shapes = find_shapes(subject, 0.012, 0.9, 0.12)
    blocks = printable(shapes)
    pigments = choose_pigments(blocks)
    areas = flat_areas(blocks, pigments, snapped(pigments))
    flesh = soft_skin(shapes)
    shade = bokashi_shade(blocks, areas, BOKASHI_SHARE).clamp(*BOKASHI_RANGE)
    # White stays paper.
    coloured = rise(luminance(areas), 0.90, 0.65)
    flat = areas * (1 + BOKASHI_STRENGTH * (shade - 1)) * (1 + coloured * (graded(subject) - 1))
    # Blacks are a pale sumi wash, on which the key block stands.
    flat = flat + (1 - luminance(flat)) ** 4 * rgb(*SUMI_WASH)
    flat = torch.lerp(flat, shapes.colours, PRINT_SKIN_SOFTNESS * flesh)
    behind = 1 - silhouette_side(subject)
    # A dark room is printed in pale pigments, or it would outweigh the product.
    pale = BACKGROUND_PALE + DARK_BACKGROUND_PALE * (1 - luminance(flat)).square()
    pigment = torch.lerp(rgb(*PALE_INDIGO), rgb(*PALE), luminance(flat))
    flat = torch.lerp(saturate(flat, SATURATION), saturate(flat, 1.1) + pale * (pigment - flat), behind)
    flat = _bokashi(flat.clamp(0, 1), behind * (1 - flesh), subject)
    height, width = flat.shape[2:]
    dark = 1 - luminance(flat)
    washi = value_noise(height, width, subject.px(0.003, 1.6), 31)
    flat = flat * (1 + (0.006 + 0.016 * dark) * wood_grain(height, width, subject) + 0.008 * washi)
    printed = torch.lerp(flat, rgb(*KEY_INK), _key_block(shapes, areas))
    lettered = _with_letters(printed, shapes)
    return torch.lerp(lettered, subject.photo, behind * white_paper(subject)).clamp(0, 1)


def printable(shapes: Shapes) -> Shapes:
    """Shapes as a block can print them: forms of nearly one tone in light and shadow, few areas behind."""
    subject = shapes.subject
    share = ONE_TONE * (1 - shapes.detail) * (1 - shapes.skin) * rise(shapes.tone, 0.85, 0.65)
    tone = torch.lerp(shapes.tone, shapes.form_mean, share)
    colours = at_tone(shapes.colours, shapes.tone, tone)
    outside = 1 - subject.product + 1e-3
    sums = wide_gaussian(torch.cat([shapes.colours * outside, outside], 1), subject.px(SCENE_SHARE, 3.0))
    behind = (1 - silhouette_side(subject)) * (1 - soft_skin(shapes))
    colours = torch.lerp(colours, sums[:, :3] / sums[:, 3:], BROAD_SCENE * behind)
    return replace(shapes, colours=colours, detail=shapes.detail * (1 - behind))


def truer(subject: Subject) -> Subject:
    """The subject with the photo's own hue in part: pigments must not change a loud product's colour."""
    photo = subject.photo
    chroma = photo.amax(1, keepdim=True) - photo.amin(1, keepdim=True)
    toned = torch.lerp(subject.toned, photo, OWN_HUE * rise(chroma, 0.15, 0.45))
    return replace(subject, toned=toned)


def _with_letters(flat: Tensor, shapes: Shapes) -> Tensor:
    """Lettering in crisp colours of its own block."""
    subject = shapes.subject
    if subject.text.max() == 0:
        return flat
    return crisp_lettering(subject, flat, 1 - soft_skin(shapes))


def silhouette_side(subject: Subject) -> Tensor:
    """1 on the product, 0 behind it, with a crisp edge without the mask's small wobbles."""
    soft = wide_gaussian(subject.product, subject.px(0.004, 1.0))
    return ((soft - 0.5) * subject.px(0.004, 1.0) * 3.0 + 0.5).clamp(0, 1)


def graded(subject: Subject) -> Tensor:
    """(1, 1, H, W) factor of tone: each block is wiped from deeper colour above to paler colour below."""
    height = subject.product.shape[2]
    rows = torch.arange(height, dtype=subject.product.dtype).view(1, 1, -1, 1)
    weight = subject.product.sum(3, keepdim=True) + 1e-3
    middle = (weight * rows).sum() / weight.sum()
    place = ((rows - middle) / subject.px(0.5)).clamp(-1, 1)
    return 1 + WIPED * place


def _bokashi(flat: Tensor, behind: Tensor, subject: Subject) -> Tensor:
    """A graded band of indigo at the top of what is behind the product."""
    height = flat.shape[2]
    rows = torch.arange(height, dtype=flat.dtype).view(1, 1, -1, 1) / height
    band = (1 - rows / BOKASHI_REACH).clamp(0, 1) ** 1.4 * behind
    wiped = torch.minimum(rgb(*BOKASHI).expand_as(flat), 0.4 * flat + 0.6 * rgb(*BOKASHI))
    return torch.lerp(flat, wiped, 0.9 * band)


def _key_block(shapes: Shapes, areas: Tensor) -> Tensor:
    """Lines that swell and run out like those of a brush, along forms and areas, whole round the product."""
    subject = shapes.subject
    height, width = shapes.detail.shape[2:]
    pressure = value_noise(height, width, subject.px(0.07, 8.0), 41)
    flesh = soft_skin(shapes)
    # Areas have clean borders; the folds within them are those of the photo.
    # Roots, so that the darks keep their seams.
    drawn = torch.lerp(shapes.colours, areas, BORDERS_SHARE).clamp(min=1e-3) ** 0.6
    lines = [drawn_lines(subject, drawn, KEY_LINE, 41), drawn_lines(subject, drawn, FINE_LINE, 43)]
    line = joined(subject, lines, 0.0016)
    features = facial_features(shapes)
    line = torch.maximum(uncrowded(subject, line, 0.24) * (1 - 0.5 * flesh), features)
    line = line * rise(subject.text * (1 - flesh), 0.3, 0.08)
    shade = 0.5 - wide_gaussian(subject.tone, subject.px(0.01, 2.0))
    width_px = subject.px(KEY_CONTOUR_SHARE, 2.0)
    return torch.maximum(line, contour(subject, width_px, 1 + 0.25 * pressure.clamp(-1.5, 1.5) + 0.6 * shade))


def without_fringe(colour: Tensor, subject: Subject, share: float = 0.005) -> Tensor:
    """Colours without the pale fringe, a share of the size wide, that bright backgrounds leave."""
    soft = wide_gaussian(subject.product, subject.px(share, 1.5))
    core = ((soft - 0.80) * 8).clamp(0, 1)
    weighted = wide_gaussian(torch.cat([colour * core, core], 1), subject.px(1.4 * share, 1.5))
    inner = weighted[:, :3] / weighted[:, 3:].clamp(min=1e-3)
    fringe = (subject.product * 2 - 0.5).clamp(0, 1) * (1 - core) * (weighted[:, 3:] * 20).clamp(0, 1)
    return torch.lerp(colour, inner, fringe)


def tone_around(tone: Tensor, subject: Subject, share: float) -> Tensor:
    """Mean tone of the surroundings, of those on the product where there is one."""
    weight = subject.product + 0.02
    sums = wide_gaussian(torch.cat([tone * weight, weight], 1), subject.px(share, 3.0))
    return sums[:, :1] / sums[:, 1:]


def wood_grain(height: int, width: int, subject: Subject) -> Tensor:
    """(1, 1, height, width) fine streaks along rows, which waver slowly; mean 0, std about 1."""
    streaks = streak_noise(height, width, subject.px(0.0035, 1.6), 40.0, 0.7, 51)
    broad = streak_noise(height, width, subject.px(0.020, 6.0), 24.0, 0.7, 52)
    return 0.75 * streaks + 0.6 * broad


def streak_noise(  # noqa: PLR0917
    height: int, width: int, period_px: float, stretch: float, waver_share: float, seed: int
) -> Tensor:
    """Noise of a period across rows and of `stretch` periods along them, wavering by a share of a period."""
    short = max(4, math.ceil(width / stretch))
    noise = value_noise(height, short, period_px, seed)
    waver = waver_share * period_px * value_noise(height, width, 9 * period_px, seed + 1)[0, 0]
    y = (torch.arange(height)[:, None] + waver + 0.5) * (2 / height) - 1
    x = ((torch.arange(width) + 0.5) * (2 / width) - 1).expand(height, width)
    return F.grid_sample(noise, torch.stack([x, y], -1)[None], padding_mode="border", align_corners=False)
