"""Woodblock: the colour print of Edo, and what other prints share with it: streaks, edges without fringes."""

import math
from dataclasses import replace
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging.filters import gaussian, luminance
from ..strokes.directions import wide_gaussian
from .graphics import flow_lines, shaded, soft_skin, swelling
from .materials import value_noise
from .outlines import uncrowded
from .shapes import Shapes, crisp_lettering, find_shapes, rise
from .subject import Subject, rgb, saturate
from .swelling_lines import silhouette

KEY_INK: Final = (0.085, 0.095, 0.155)
BOKASHI: Final = (0.36, 0.47, 0.60)
PIGMENT_LEVELS: Final = (0.13, 0.27, 0.42, 0.58, 0.74, 0.89)
PIGMENT_TONES: Final = (0.09, 0.23, 0.375, 0.53, 0.68, 0.83, 0.97)
PRINT_SKIN_SOFTNESS: Final = 0.9  # share of continuous tone in skin
PALE: Final = (0.93, 0.89, 0.80)
PALE_INDIGO: Final = (0.58, 0.70, 0.76)
BACKGROUND_PALE: Final = 0.18  # share of it in the colours behind the product
DARK_BACKGROUND_PALE: Final = 0.45  # what is added to it in black
SATURATION: Final = 1.05
OWN_HUE: Final = 0.4  # share of the photo's colour where it is saturated
RESERVED: Final = (0.50, 0.51, 0.56)  # lines that are left out of black shapes
KEY_LINE_SHARES: Final = (0.0072, 0.0034)  # width of thick and of thin lines
KEY_LINE_LEVELS: Final = (0.018, 0.0090)  # difference of Gaussians from which each is drawn


def ukiyo_e(subject: Subject) -> Tensor:
    """Woodblock print: flat pigments with bokashi, one key block of brush lines, wood grain on washi."""
    subject = truer(subject)
    shapes = find_shapes(subject, 0.010, 0.85, 0.2)
    stepped = shapes.tone_steps(PIGMENT_LEVELS, PIGMENT_TONES, 0.010, 0.12)
    stepped = stepped * shapes.shading((0.90, 1.14), (0.87, 1.0, 1.08), 0.013)
    flat = shaded(shapes, stepped, PRINT_SKIN_SOFTNESS)
    behind = 1 - silhouette_side(subject)
    # A dark room is printed in pale pigments, or it would outweigh the product.
    pale = BACKGROUND_PALE + DARK_BACKGROUND_PALE * (1 - luminance(flat)).square()
    pigment = torch.lerp(rgb(*PALE_INDIGO), rgb(*PALE), luminance(flat))
    flat = torch.lerp(saturate(flat, SATURATION), saturate(flat, 1.1) + pale * (pigment - flat), behind)
    flat = _with_letters(_bokashi(flat.clamp(0, 1), behind, subject), shapes)
    height, width = flat.shape[2:]
    dark = 1 - luminance(flat)
    washi = value_noise(height, width, subject.px(0.003, 1.6), 31)
    flat = flat * (1 + (0.007 + 0.014 * dark) * wood_grain(height, width, subject) + 0.008 * washi)
    printed = torch.lerp(flat, rgb(*KEY_INK), _key_block(shapes))
    return torch.lerp(printed, rgb(*RESERVED), _reserved_lines(shapes)).clamp(0, 1)


def truer(subject: Subject) -> Subject:
    """The subject with the photo's own hue in part: pigments must not change a loud product's colour."""
    photo = subject.photo
    chroma = photo.amax(1, keepdim=True) - photo.amin(1, keepdim=True)
    toned = torch.lerp(subject.toned, photo, OWN_HUE * rise(chroma, 0.25, 0.55))
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


def _bokashi(flat: Tensor, behind: Tensor, subject: Subject) -> Tensor:
    """A graded band of indigo at the top of what is behind the product."""
    height = flat.shape[2]
    rows = torch.arange(height, dtype=flat.dtype).view(1, 1, -1, 1) / height
    band = (1 - rows / 0.30).clamp(0, 1) ** 1.6 * behind
    return flat * (1 - 0.75 * band * (1 - rgb(*BOKASHI)))


def _key_block(shapes: Shapes) -> Tensor:
    """Lines that swell and run out like those of a brush, finer in small parts, whole round the product."""
    subject, detail = shapes.subject, shapes.detail
    height, width = detail.shape[2:]
    pressure = value_noise(height, width, subject.px(0.07, 8.0), 41)
    flesh = soft_skin(shapes)
    # A highlight is left out of the colour, not drawn round.
    small = gaussian(subject.tone, subject.px(0.006, 1.0)) - wide_gaussian(
        subject.tone, subject.px(0.04, 3.0)
    )
    highlight = rise(wide_gaussian(rise(small, 0.12, 0.28), subject.px(0.014, 2.0)), 0.15, 0.5)
    gains = swelling(subject, shapes.plane) * (1 + 0.25 * pressure).clamp(0.5, 1.6)
    gains = gains * (0.35 + 1.05 * subject.product) * (1 - 0.6 * flesh) * (1 - 0.75 * highlight)
    # The silhouette has a line of its own: two would make it heavy.
    soft = wide_gaussian(subject.product, subject.px(0.006, 1.5))
    gains = gains * torch.lerp(1 - 2.6 * soft * (1 - soft), rise(soft, 0.85, 0.99), subject.product)
    fine = gaussian(0.6 * luminance(subject.photo) + 0.4 * subject.photo.amin(1, keepdim=True), 0.9)
    plane = torch.lerp(shapes.plane, fine, 0.4 * subject.product)
    thick, thin = flow_lines(subject, plane, KEY_LINE_SHARES, KEY_LINE_LEVELS, gains=gains, short=flesh)
    line = torch.maximum(thick * (1 - detail), thin)
    support = wide_gaussian(line, subject.px(0.018, 3.0))
    line = line * torch.maximum(rise(support, 0.04, 0.08), flesh)
    line = uncrowded(subject, line, 0.17) * rise(subject.text * (1 - flesh), 0.3, 0.08)
    shade = 0.5 - wide_gaussian(subject.tone, subject.px(0.01, 2.0))
    return torch.maximum(line, silhouette(subject, subject.px(0.0034, 1.6), 0.3 + 0.4 * pressure + shade))


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


def _reserved_lines(shapes: Shapes) -> Tensor:
    """Thin pale lines along the forms within black shapes of the product."""
    subject = shapes.subject
    black = rise(wide_gaussian(shapes.tone, subject.px(0.012, 1.5)), 0.26, 0.16)
    inside = rise(wide_gaussian(subject.product, subject.px(0.006, 1.0)), 0.8, 0.95)
    black = black * inside * (1 - subject.text)
    if black.max() == 0:
        return black
    dark = gaussian(luminance(subject.photo), subject.px(0.0018, 0.7)).clamp(min=1e-3).sqrt()
    (line,) = flow_lines(subject, -dark, KEY_LINE_SHARES[1:], (0.016,))
    return 0.8 * line * black


def wood_grain(height: int, width: int, subject: Subject) -> Tensor:
    """(1, 1, height, width) fine streaks along rows, which waver slowly; mean 0, std about 1."""
    streaks = streak_noise(height, width, subject.px(0.0035, 1.6), 24.0, 1.6, 51)
    broad = streak_noise(height, width, subject.px(0.020, 6.0), 12.0, 1.6, 52)
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
