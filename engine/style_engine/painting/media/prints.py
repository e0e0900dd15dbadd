"""Prints: woodblock and cyanotype."""

from typing import Final

import torch
from torch import Tensor

from ...imaging.filters import luminance
from ..strokes.directions import wide_gaussian
from .materials import fractal_noise, value_noise
from .subject import Subject, rgb, simplify
from .swelling_lines import small_parts
from .woodblock import streak_noise, tone_around, ukiyo_e, without_fringe

__all__ = ["cyanotype", "ukiyo_e"]

CYANOTYPE: Final = (
    (0.020, 0.075, 0.220),
    (0.050, 0.215, 0.445),
    (0.330, 0.560, 0.740),
    (0.955, 0.965, 0.950),
)
BARE_PAPER: Final = (0.955, 0.960, 0.945)
COATING_MARGIN_SHARE: Final = 0.022  # of bare paper round a cyanotype


def cyanotype(subject: Subject) -> Tensor:
    """Sun print: Prussian blue of a long tonal scale on paper coated by brush (Herschel 1842)."""
    detail = small_parts(subject.tone, subject)
    toned = without_fringe(subject.toned, subject)
    smooth = simplify(toned, subject.px(0.003, 1.0), 0.03, 1)
    print_ = torch.lerp(smooth, toned, 0.8 * detail)
    glow = wide_gaussian((subject.toned - 0.6).clamp(min=0), subject.px(0.012, 2.0))
    print_ = 1 - (1 - print_) * (1 - 0.35 * glow)
    height, width = print_.shape[2:]
    tone = luminance(print_)
    local = (tone - tone_around(tone, subject, 0.09)) * (0.25 + 0.75 * subject.product)
    brush = streak_noise(height, width, subject.px(0.024, 3.0), 40.0, 0.25, 71)
    brush = brush + 0.8 * streak_noise(height, width, subject.px(0.07, 8.0), 12.0, 0.25, 72)
    cloud = fractal_noise(height, width, subject.px(0.20, 16.0), 73)
    tooth = fractal_noise(height, width, subject.px(0.0050, 2.2), 74, 2)
    exponent = torch.exp(
        0.045 * brush + 0.08 * cloud + 0.05 * tooth * (1 - 0.7 * detail) - 1.9 * local.clamp(-0.3, 0.3)
    )
    print_ = _prussian_blue(luminance(print_)).clamp(1e-3, 0.985) ** exponent
    return torch.lerp(rgb(*BARE_PAPER) * (1 + 0.012 * tooth), print_, _coating(subject)).clamp(0, 1)


def _prussian_blue(tone: Tensor) -> Tensor:
    """The colour of the ramp at each luminance (1, 1, H, W), so that every tone is one ink."""
    first, *others = (rgb(*colour) for colour in CYANOTYPE)
    result, before = first, first
    for colour in others:
        darker, lighter = float(luminance(before)), float(luminance(colour))
        result = result + (colour - before) * ((tone - darker) / (lighter - darker)).clamp(0, 1)
        before = colour
    return result


def _coating(subject: Subject) -> Tensor:
    """1 where the paper was coated: strokes of a wide brush run out near the frame, far from the product."""
    height, width = subject.tone.shape[2:]
    rows = torch.arange(height, dtype=torch.float32).view(1, 1, -1, 1).expand(1, 1, height, width)
    columns = torch.arange(width, dtype=torch.float32).view(1, 1, 1, -1).expand(1, 1, height, width)
    bristles = streak_noise(height, width, subject.px(0.005, 1.8), 60.0, 0.3, 81)
    stroke = value_noise(height, 4, subject.px(0.075, 10.0), 82).mean(3, keepdim=True)
    slow = value_noise(height, width, subject.px(0.30, 20.0), 83)
    margin = subject.px(COATING_MARGIN_SHARE, 2.0)
    # Ends of strokes along rows are dry and uneven; the sides of the first and the last are nearly straight.
    ends = margin * (0.8 + 0.5 * slow + 0.35 * stroke + 0.35 * bristles * (0.6 + 0.4 * slow))
    sides = margin * (0.8 + 0.35 * slow + 0.04 * bristles)
    across = torch.minimum(columns, width - 1 - columns) - ends
    along = torch.minimum(rows, height - 1 - rows) - sides
    coated = (torch.minimum(1.2 * across / margin + 0.4, 3.0 * along / margin) + 0.5).clamp(0, 1)
    near = wide_gaussian(subject.product, subject.px(0.05, 4.0))
    return torch.maximum(coated, ((near - 0.04) * 12).clamp(0, 1))
