"""Washes of transparent colour: watercolour, ink wash, line and wash."""

from typing import Final

import torch
from torch import Tensor

from ...imaging.filters import gaussian, luminance
from ..strokes.directions import wide_gaussian
from .glazes import density_of, flat_shapes, noise_of, thinned, washed, wobbly
from .penlines import Line, drawn_lines, joined
from .steps import rise
from .subject import Subject, rgb
from .wash_settings import Glaze, Washes

WATERCOLOUR: Final = Washes(
    (
        Glaze(0.0075, 0.085, 0.92, 0.35, 0.15),
        Glaze(0.0042, 0.11, 0.92, 0.15, 0.5),
        Glaze(0.0016, 0.11, 0.95, 0.0, 0.4),
    ),
    paper=0.0, first=0.82, form=0.5, warmth=0.05, wobble=0.0030,
    flow=0.22, fade=0.2, fade_reach=0.12, background=0.85, tint=0.05, edge=0.35, steps=4.0, stepping=0.3,
)  # fmt: skip
INK_WASH: Final = Washes(
    (
        Glaze(0.0150, 0.08, 0.9, 0.5, 0.15),
        Glaze(0.0070, 0.10, 0.92, 0.3, 0.35),
        Glaze(0.0018, 0.085, 0.95, 0.0, 0.4),
    ),
    paper=0.02, first=0.86, form=1.1, warmth=0.0, wobble=0.0040,
    flow=0.38, fade=0.45, fade_reach=0.18, background=0.62, tint=0.07, edge=0.55, steps=2.2, stepping=0.65,
    fine=0.42,
)  # fmt: skip
LINE_AND_WASH: Final = Washes(
    (
        Glaze(0.0080, 0.10, 0.92, 0.4, 0.15),
        Glaze(0.0040, 0.13, 0.92, 0.1, 0.5),
        Glaze(0.0016, 0.13, 0.92, 0.0, 0.4),
    ),
    paper=0.02, first=0.82, form=0.6, warmth=0.05, wobble=0.0040,
    flow=0.14, fade=0.25, fade_reach=0.12, background=0.75, tint=0.05, edge=0.2, steps=3.4, stepping=0.35,
)  # fmt: skip
INK_STROKE: Final = Line(0.0062, 0.05, 0.30, 0.75, 0.10, 0.7)
INK_DETAIL: Final = Line(0.0036, 0.16, 0.25, 0.4, 0.04, 0.8)
PEN_LINE: Final = Line(0.0035, 0.04, 0.34, 0.40, 0.09, 0.75)
PEN_DETAIL: Final = Line(0.0022, 0.20, 0.25, 0.25, 0.03, 0.7)
BRUSH_INK: Final = rgb(0.10, 0.09, 0.095)
INK_HUE: Final = rgb(0.98, 1.0, 1.04)  # relative density of a warm black ink
PEN_INK: Final = rgb(0.11, 0.11, 0.13)
RICE_PAPER: Final = rgb(0.992, 0.981, 0.960)
WASH_LETTER_CONTRAST: Final = 0.08  # of tone, above which letters get two clear levels


def watercolour(subject: Subject) -> Tensor:
    """Transparent glazes on white paper, with dried edges, turbulent flow and granulation.

    Curtis et al. (1997), Bousseau et al. (2006), Montesdeoca et al. (2017).
    """
    painted = washed(subject, wobbly(subject, subject.toned, WATERCOLOUR.wobble), WATERCOLOUR)
    painted = _lettering(subject, painted, WATERCOLOUR.paper)
    return _on_paper(subject, painted)


def ink_wash(subject: Subject) -> Tensor:
    """Few tones of one ink from pale grey to deep black: bleeding washes under swelling contour strokes.

    Strassmann (1986), Way and Shih (2001).
    """
    painted = washed(subject, wobbly(subject, subject.toned / RICE_PAPER, INK_WASH.wobble), INK_WASH)
    simple = flat_shapes(subject.photo, subject.px(0.004, 1.0), 1)
    stroke = joined(
        subject,
        [
            thin_on_skin(subject, drawn_lines(subject, simple, INK_STROKE, 41)),
            drawn_lines(subject, simple, INK_DETAIL, 43),
        ],
        0.0022,
    )
    stroke = stroke * _brush_load(subject)
    painted = torch.maximum(painted, stroke * density_of(BRUSH_INK))
    painted = _lettering(subject, painted, INK_WASH.paper)
    # Pure white stays white: it is the background of product photos, which the paper's tint would frame.
    tinted = gaussian(((1 - subject.photo.amin(1, keepdim=True)) * 16).clamp(0, 1), subject.px(0.004, 0.7))
    paper = 1 - tinted * (1 - RICE_PAPER)
    return paper * _on_paper(subject, luminance(painted) * INK_HUE)


def thin_on_skin(subject: Subject, thick: Tensor) -> Tensor:
    """Thick lines without those in people's skin and along it, which the finer ones draw."""
    return thick * (1 - rise(wide_gaussian(subject.skin, subject.px(0.010, 1.5)), 0.05, 0.3))


def _brush_load(subject: Subject) -> Tensor:
    """(1, 1, H, W) ink in a stroke: full and wet, then paler, and broken by the paper of a dry brush."""
    load = 0.80 + 0.35 * noise_of(subject, 0.20, 47)
    tooth = noise_of(subject, 0.0036, 51)
    dry = ((0.58 - load) * 2.5).clamp(0, 0.7)
    return load.clamp(0.45, 1) * (1 - dry * (0.8 * tooth + 0.2).clamp(0, 0.75))


def line_and_wash(subject: Subject) -> Tensor:
    """A lively pen line over loose, light washes that leave the lights open, as in urban sketches."""
    painted = washed(subject, wobbly(subject, subject.toned, LINE_AND_WASH.wobble), LINE_AND_WASH)
    painted = _lettering(subject, painted, LINE_AND_WASH.paper)
    simple = flat_shapes(subject.photo, subject.px(0.003, 1.0), 1)
    pen = joined(
        subject,
        [
            thin_on_skin(subject, drawn_lines(subject, simple, PEN_LINE, 61)),
            drawn_lines(subject, simple, PEN_DETAIL, 67),
        ],
        0.0014,
    )
    return _on_paper(subject, torch.maximum(painted, pen * density_of(PEN_INK)))


def _lettering(subject: Subject, painted: Tensor, paper: float) -> Tensor:
    """Lettering in two levels, its own and that of what it stands on, with the point of a small brush."""
    tone = gaussian(subject.tone, subject.px(0.0010, 0.5))
    excess = tone - wide_gaussian(tone, subject.px(0.012, 1.5))
    near = subject.px(0.009, 1.2)
    light, dark = (
        _mean_where(subject.toned, (sign * excess + 0.01).clamp(min=1e-3).square(), near) for sign in (1, -1)
    )
    low, high = luminance(dark), luminance(light)
    contrast = (high - low).clamp(min=0)
    level = ((tone - (low + high) / 2) / (contrast + 0.04) * 3.0 + 0.5).clamp(0, 1)
    clear = (contrast / WASH_LETTER_CONTRAST - 0.5).clamp(0, 1)
    written = torch.lerp(subject.toned, torch.lerp(dark, light, level), 0.85 * clear)
    return torch.lerp(painted, thinned(density_of(written), paper), subject.text)


def _mean_where(picture: Tensor, weight: Tensor, sigma_px: float) -> Tensor:
    """Mean of a picture around each pixel, with weights."""
    means = wide_gaussian(torch.cat([picture * weight, weight], 1), sigma_px)
    return means[:, :3] / means[:, 3:]


def _on_paper(subject: Subject, density: Tensor) -> Tensor:
    """Light through the pigment, which gathers in the valleys of the paper."""
    valleys = noise_of(subject, 0.0035, 77).clamp(-2, 2)
    amount = luminance(density)
    grain = 0.06 * amount.clamp(0, 0.6) / (0.3 + amount)
    return torch.exp(-density * (1 + grain * valleys)).clamp(0, 1)
