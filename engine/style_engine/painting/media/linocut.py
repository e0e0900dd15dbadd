"""Linocut: black shapes of a block, opened by cuts."""

from typing import Final

import torch
from torch import Tensor

from ...imaging.filters import gaussian
from ..strokes.directions import gradients, wide_gaussian
from .engraved import LEAST_BACKGROUND_INK
from .line_art import face, folds, outline, with_letters
from .lines import contours
from .materials import fractal_noise, value_noise
from .shapes import rise
from .subject import Subject, rgb
from .swelling_lines import (
    ink_tone,
    modelled,
    phase_and_slope,
    relief,
    silhouette,
    simple,
    small_marks,
    small_parts,
    solid,
    swelling_lines,
    without_tone_fringe,
)

LINO_INK: Final = (0.075, 0.07, 0.075)
LINO_PAPER: Final = (0.996, 0.991, 0.976)
CUTS_FROM: Final = 0.20  # tone from which a block is cut, and from which it is bare
BARE_FROM: Final = 0.93
CUT_SPACING_SHARE: Final = 0.0145
CUT_ANGLE: Final = 24.0
FACE_LIGHT: Final = 0.32  # tone of a face above the middle, whatever its own
FACE_CUT: Final = (0.36, 0.50)  # of a face: what is darker is left standing, the rest is cut away
FOLDS: Final = 4.5  # gain of light and shadow within dark parts
CONTOUR: Final = 0.8  # width of the line round the product, relative to other lines
CHATTER: Final = 0.55  # of a light background that is carved away: its share of the tone
LIGHTS_CUT: Final = 0.62  # tone taken from lights that turn away from the light
BACKGROUND_CUT_ANGLE: Final = -8.0


def linocut(subject: Subject) -> Tensor:
    """Relief print: black shapes of a two-tone abstraction (XDoG, Winnemöller 2012), opened by cuts."""
    subject = solid(subject)
    tone = without_tone_fringe(ink_tone(subject.toned, LINO_INK, LINO_PAPER), subject)
    detail = small_parts(tone, subject) * (0.25 + 0.75 * torch.maximum(subject.product, subject.text))
    shapes = modelled(simple(tone, subject.px(0.010, 2.0), 0.09), subject, 1.5)
    shapes = shapes + FOLDS * folds(tone, subject) * (1 - detail)
    flesh = face(subject, detail)
    around = wide_gaussian(tone, subject.px(0.028, 2.5))
    own = torch.lerp(1.3 * (around - 0.38), torch.full_like(around, FACE_LIGHT), flesh)
    features = 0.5 + 2.4 * (gaussian(tone, subject.px(0.0020, 0.8)) - around) + own
    shapes = torch.lerp(shapes, features, 0.9 * detail)
    open_lights = rise(shapes, 0.55, 0.85) * (1 - 0.85 * flesh)
    shapes = shapes - LIGHTS_CUT * _turned_away(tone, subject) * open_lights
    white = torch.lerp(_cuts(shapes, tone, subject, detail), rise(features, *FACE_CUT), flesh)
    angle, curvature = subject.directions
    line_px = subject.px(0.0060, 2.2)
    brightened = gaussian(tone, 0.8).clamp(min=1e-3).sqrt()
    in_black = (4 * (0.6 - shapes)).clamp(0, 1) * (0.35 + 0.65 * subject.product)
    white_line = contours(1 - brightened, angle, curvature, line_px, 160, 0.012) * in_black
    white = torch.maximum(white, white_line)
    black_line = outline(tone, subject, detail, 0.85 * line_px, 0.3)
    solid_ink, bare = small_marks(tone, subject, detail)
    black = torch.maximum(black_line, solid_ink)
    white = torch.maximum(white * (1 - black), bare)
    # The knife leaves an even line of the block round the product, across which no cut runs.
    white = white * (1 - silhouette(subject, CONTOUR * line_px, torch.full_like(tone, 0.35)))
    return _inked(1 - with_letters(1 - _crisp(white), subject, detail), subject)


def _turned_away(tone: Tensor, subject: Subject) -> Tensor:
    """0..1 in the lights of the product: where a form turns away from a light at the upper left."""
    inside = wide_gaussian(subject.product, subject.px(0.045, 3.0))
    planes = torch.cat([inside, wide_gaussian(tone, subject.px(0.030, 3.0))], 1)
    right, down = gradients(planes)
    slope = -(1.2 * right + 1.5 * down) * subject.px(0.045, 3.0)
    away = slope[:, :1] + 1.2 * slope[:, 1:]
    return ((away - 0.02) / 0.36).clamp(0, 1) * subject.product


def _cuts(shapes: Tensor, tone: Tensor, subject: Subject, detail: Tensor) -> Tensor:
    """White of the cut block: paper in the lights, tapered cuts along the forms in the middle tones."""
    light = ((shapes - CUTS_FROM) / (BARE_FROM - CUTS_FROM)).clamp(-0.2, 1.2)
    height = relief(tone, subject)
    wobble = value_noise(tone.shape[2], tone.shape[3], subject.px(0.03, 6.0), 3)
    spacing = subject.px(CUT_SPACING_SHARE, 6.0)
    broad = _tapered_cuts(light, height + 0.10 * spacing * wobble, CUT_ANGLE, spacing)
    finer = _tapered_cuts(light, height, CUT_ANGLE, 0.62 * spacing)
    white = torch.lerp(broad, finer, ((detail - 0.45) * 6).clamp(0, 1))
    inside = ((subject.product - 0.5) * subject.px(0.01, 4.0) + 0.5).clamp(0, 1)
    if ((1 - tone) * (1 - inside)).mean() > LEAST_BACKGROUND_INK:
        calm = wide_gaussian(light, subject.px(0.028, 2.0))
        # What is behind the product is carved away, but for its darks.
        calm = calm + CHATTER * (1 - calm) * rise(calm, 0.05, 0.45)
        behind = _tapered_cuts(
            1.2 * calm, 0.4 * height + 0.10 * spacing * wobble, BACKGROUND_CUT_ANGLE, 1.9 * spacing
        )
        white = torch.lerp(behind, white, inside)
    return white


def _tapered_cuts(light: Tensor, height: Tensor, angle_degrees: float, spacing_px: float) -> Tensor:
    phase, slope = phase_and_slope(angle_degrees, spacing_px, height)
    along, _ = phase_and_slope(angle_degrees + 90, 7.0 * spacing_px, torch.zeros_like(height))
    offset = 0.618 * phase.floor()
    taper = 2 * ((along + offset) % 1.0 - 0.5).abs()
    open_share = light.clamp(0, 1)
    return swelling_lines(phase, slope, 1.25 * light - 0.75 * taper * (1 - open_share) - 0.02)


def _crisp(plane: Tensor) -> Tensor:
    """Black and white with an antialiased edge."""
    return (3 * (plane - 0.5) + 0.5).clamp(0, 1)


def _inked(white: Tensor, subject: Subject) -> Tensor:
    """Paper and a slightly uneven film of ink with a few pinholes."""
    height, width = white.shape[2:]
    film = fractal_noise(height, width, subject.px(0.05, 6.0), 21)
    grain = value_noise(height, width, subject.px(0.0030, 1.6), 22)
    pinholes = (2.5 * (grain + 0.35 * film - 2.65)).clamp(0, 0.8)
    white = torch.maximum(white, pinholes)
    dark, light = rgb(*LINO_INK), rgb(*LINO_PAPER)
    ink = (dark * (1 + 0.15 * film.clamp(-2, 2))).clamp(0, 1)
    return ink + (light - ink) * white
