"""Colour prints: woodblock, risograph, cyanotype."""

import math
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging.filters import gaussian, luminance
from ..strokes.directions import gradients, wide_gaussian
from .materials import fractal_noise, value_noise
from .subject import Subject, rgb, simplify
from .swelling_lines import silhouette, small_parts
from .woodblock import streak_noise, tone_around, ukiyo_e, without_fringe

__all__ = ["cyanotype", "risograph", "ukiyo_e"]

RISO_PAPER: Final = (0.985, 0.975, 0.945)
RISO_INKS: Final = ((0.0, 0.45, 0.72), (0.985, 0.275, 0.470), (1.0, 0.87, 0.12))  # blue, pink, yellow
RISO_GREY: Final = (0.155, 0.20, 0.25)
SCREEN_ANGLES: Final = (75.0, 15.0, 0.0, 45.0)  # degrees, of the inks' dots, the grey's last
SCREEN_SHARE: Final = 0.0050  # spacing of dots
INK_LEVELS: Final = 4
CYANOTYPE: Final = (
    (0.020, 0.075, 0.220),
    (0.050, 0.215, 0.445),
    (0.330, 0.560, 0.740),
    (0.955, 0.965, 0.950),
)
BARE_PAPER: Final = (0.955, 0.960, 0.945)
COATING_MARGIN_SHARE: Final = 0.022  # of bare paper round a cyanotype
YELLOW, GREY = 2, 3  # numbers of inks
DOT_GAIN: Final = (1.15, 1.15, 1.10, 1.25)  # contrast of the inks' coverage, and what is taken off it
DOT_CUT: Final = (0.03, 0.03, 0.02, 0.03)
BEHIND_CUT: Final = (0.22, 0.32, 0.35, 0.30)  # of the inks behind the product, so that its colours lead
SHIFTS: Final = ((0.0, 0.0), (0.0020, -0.0015), (-0.0014, 0.0017), (0.0, 0.0))  # in shares of the size
EDGE_LINE: Final = 0.75  # coverage of the grey line round the product


def _stepped(plane: Tensor, levels: int, widest_px: float) -> Tensor:
    """Flat steps with sharp edges, which are up to `widest_px` wide where the plane changes slowly."""
    scaled = plane * levels - 0.5
    step = scaled.floor()
    right, down = gradients(scaled)
    slope = (right.square() + down.square()).sqrt().clamp(min=1 / widest_px)
    return (step + ((scaled - step - 0.5) / slope + 0.5).clamp(0, 1) + 0.5) / levels


def risograph(subject: Subject) -> Tensor:
    """Stencil duplicator: three spot inks and a grey in dot screens, overprinted slightly out of register."""
    detail = small_parts(subject.tone, subject)
    toned = without_fringe(subject.toned, subject)
    flat = simplify(toned, subject.px(0.009, 2.0), 0.09, 2)
    fine = toned + 0.5 * (toned - gaussian(toned, subject.px(0.004, 1.5)))
    local = (subject.tone - tone_around(subject.tone, subject, 0.09)).clamp(-0.25, 0.25) * subject.product
    dark = 1 - luminance(flat)
    core = ((wide_gaussian(subject.product, subject.px(0.010, 1.5)) - 0.75) * 6).clamp(0, 1)
    modelled = torch.lerp(flat, fine, detail) + (0.25 + dark**3) * core * local * (1 - 0.5 * detail)
    coverage = separate(modelled.clamp(0, 1))
    stepped = _stepped(coverage, INK_LEVELS, subject.px(0.010, 3.0))
    stepped = 0.5 + (stepped - 0.5) * INK_LEVELS / (INK_LEVELS - 1)  # from none to solid ink
    coverage = torch.lerp(stepped, coverage, 0.75 + 0.25 * detail)
    coverage = (_per_ink(DOT_GAIN) * coverage - _per_ink(DOT_CUT)).clamp(0, 1)
    behind = 1 - wide_gaussian(subject.product, subject.px(0.004, 1.0))
    coverage = coverage * (1 - behind * _per_ink(BEHIND_CUT))
    # No coarse screen in a face or along the silhouette.
    calm = torch.maximum(0.5 * detail, (3.6 * behind * (1 - behind)).clamp(0, 0.85))
    edge_line = EDGE_LINE * silhouette(subject, subject.px(0.0030, 1.4), 0.5 - subject.tone)
    height, width = coverage.shape[2:]
    speckle = value_noise(height, width, subject.px(0.0022, 1.3), 61)
    film = fractal_noise(height, width, subject.px(0.06, 6.0), 62)
    printed = rgb(*RISO_PAPER).expand_as(subject.toned)
    spacing = subject.px(SCREEN_SHARE, 3.7)
    for index, ink in enumerate((*RISO_INKS, RISO_GREY)):
        down, right = (round(share * subject.size_px) for share in SHIFTS[index])
        share = _shifted(coverage[:, index : index + 1], down, right)
        if index == YELLOW:  # its dots would be invisible: a solid film with grain
            dots = (share + 0.06 * speckle * (1 - share) * share * 4).clamp(0, 1)
        else:
            dots = dot_screen(share, SCREEN_ANGLES[index], spacing)
            dots = torch.lerp(dots, share, _shifted(calm, down, right))
        line_art = (share + 0.5 * (share - 0.45).clamp(min=0)).clamp(0, 1)
        sharp = torch.lerp(dots, line_art, 0.85 * _shifted(subject.text, down, right))
        if index == GREY:
            sharp = torch.maximum(sharp, edge_line)
        laid = (sharp * (1 - 0.015 * film - 0.22 * (speckle - 1.1).clamp(0, 1))).clamp(0, 1)
        printed = printed * (1 - laid * (1 - rgb(*ink)))
    return printed.clamp(0, 1)


def separate(colour: Tensor) -> Tensor:
    """(1, 4, H, W) coverage of the inks and of grey whose overprint gives a colour.

    Neutral darks are grey; what is left is solved by Newton steps on the model of overprint.
    """
    paper, inks = rgb(*RISO_PAPER), [rgb(*ink) for ink in RISO_INKS]
    high, low = (colour / paper).amax(1, keepdim=True), (colour / paper).amin(1, keepdim=True)
    neutrality = ((0.20 - (high - low)) / 0.15).clamp(0, 1)
    grey = (1.2 * (1 - high) * neutrality).clamp(0, 1)
    paper = paper * (1 - grey * (1 - rgb(*RISO_GREY)))
    absorbed = torch.cat([1 - ink for ink in inks], 0)[:, :, 0, 0]  # (ink, channel)
    inverse = torch.linalg.inv(absorbed.T)
    coverage = torch.einsum("ik,bkhw->bihw", inverse, 1 - colour / paper).clamp(0, 1)
    for _ in range(3):
        layers = [1 - coverage[:, i : i + 1] * (1 - ink) for i, ink in enumerate(inks)]
        missing = (paper * layers[0] * layers[1] * layers[2] - colour) / paper
        coverage = (coverage + 0.8 * torch.einsum("ik,bkhw->bihw", inverse, missing)).clamp(0, 1)
    return torch.cat([coverage, grey], 1)


def _per_ink(shares: tuple[float, ...]) -> Tensor:
    return torch.tensor(shares).view(1, -1, 1, 1)


def _shifted(plane: Tensor, down: int, right: int) -> Tensor:
    reach = max(abs(down), abs(right))
    if reach == 0:
        return plane
    padded = F.pad(plane, (reach, reach, reach, reach), "replicate")
    height, width = plane.shape[2:]
    return padded[:, :, reach - down : reach - down + height, reach - right : reach - right + width]


def dot_screen(share: Tensor, angle_degrees: float, spacing_px: float) -> Tensor:
    """Ink of round dots that cover a share of the surface, and of round holes where it is above a half."""
    rows, columns = (torch.arange(side, dtype=share.dtype) for side in share.shape[2:])
    angle = math.radians(angle_degrees)
    turns = 2 * math.pi / spacing_px
    first = torch.cos(turns * (columns * math.cos(angle) + rows[:, None] * math.sin(angle)))
    second = torch.cos(turns * (rows[:, None] * math.cos(angle) - columns * math.sin(angle)))
    # The mean of two cosines is near a triangular distribution; this makes it uniform.
    level = (first + second)[None, None] / 2
    rank = 0.5 + 0.5 * level.sign() * (1 - (1 - level.abs()).square())
    return ((share - (1 - rank)) * (0.42 * spacing_px) + 0.5).clamp(0, 1) * (share * 40).clamp(0, 1)


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
