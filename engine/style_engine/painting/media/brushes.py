"""Brush paintings: oil, impressionist, post-impressionist, old master, fauvist and gouache."""

from typing import Final

import torch
from torch import Tensor

from ...imaging.filters import luminance
from ..strokes.directions import wide_gaussian
from .brushwork import BrushLayer, BrushStyle, Contour, paint
from .focus import fine_focus
from .pencil_hatching import noise
from .planes import group_values, plain_surroundings
from .steps import kuwahara
from .subject import Subject, rgb, simplify

OIL: Final = BrushStyle(
    layers=(
        BrushLayer(0.0620, 4.0, 0.90, 0.190, 0.060, 0.50, 1.0, 0),
        BrushLayer(0.0380, 4.5, 1.10, 0.155, 0.065, 0.45, 0.45, 6),
        BrushLayer(0.0210, 4.5, 1.10, 0.120, 0.055, 0.40, 0.12, 7),
        BrushLayer(0.0110, 4.5, 1.10, 0.100, 0.035, 0.30, 0.0, 8),
        BrushLayer(0.0056, 4.5, 1.10, 0.080, 0.015, 0.20, 0.0, 10),
        BrushLayer(0.0034, 3.6, 1.15, 0.065, 0.010, 0.20, 0.0, 11),
    ),
    relief=2.6,
    streak=0.20,
)
IMPRESSIONIST: Final = BrushStyle(
    layers=(
        BrushLayer(0.0560, 3.4, 0.80, 0.200, 0.045, 0.70, 1.0, 0),
        BrushLayer(0.0340, 3.8, 1.05, 0.170, 0.065, 0.60, 0.70, 3),
        BrushLayer(0.0190, 3.8, 1.10, 0.130, 0.055, 0.45, 0.10, 9),
        BrushLayer(0.0090, 3.4, 1.10, 0.100, 0.025, 0.30, 0.0, 13),
        BrushLayer(0.0040, 2.8, 1.10, 0.075, 0.010, 0.20, 0.0, 18),
    ),
    shape="comma",
    warmth=4.2,
    relief=1.1,
    gloss=0.03,
    paint_load=(0.30, 0.40),
    streak=0.12,
    values=(6, 0.3),
    plane_share=1 / 70,
    pale_calm=0.75,
    least_width_px=2.2,
)
POST_IMPRESSIONIST: Final = BrushStyle(
    layers=(
        BrushLayer(0.0360, 6.5, 0.95, 0.190, 0.120, 0.15, 1.0, 0),
        BrushLayer(0.0230, 7.0, 1.20, 0.160, 0.150, 0.12, 0.6, 6),
        BrushLayer(0.0130, 6.0, 1.10, 0.125, 0.100, 0.12, 0.03, 8),
        BrushLayer(0.0070, 5.0, 1.10, 0.105, 0.040, 0.12, 0.0, 10),
        BrushLayer(0.0038, 3.5, 1.15, 0.075, 0.010, 0.15, 0.0, 12),
    ),
    warmth=1.3,
    relief=3.0,
    paint_load=(0.40, 0.45),
    streak=0.28,
    contour=Contour(0.0085, 140, (0.07, 0.11, 0.30), 0.9),
    flow_share=0.03,
)
OLD_MASTER: Final = BrushStyle(
    layers=(
        BrushLayer(0.0500, 3.6, 1.05, 0.120, 0.030, 0.60, 1.0, 0),
        BrushLayer(0.0260, 3.8, 1.15, 0.090, 0.030, 0.40, 0.5, 8),
        BrushLayer(0.0110, 3.2, 1.20, 0.075, 0.020, 0.30, 0.0, 10),
        BrushLayer(0.0050, 3.0, 1.20, 0.060, 0.010, 0.20, 0.0, 14),
    ),
    opacity=0.62,
    relief=1.4,
    gloss=0.04,
    streak=0.10,
    paint_load=(0.0, 1.0),
    plane_share=1 / 200,
    values=(5, 0.2),
    blend_share=0.0,
    form_contrast=0.45,
)
FAUVIST: Final = BrushStyle(
    layers=(
        BrushLayer(0.0700, 3.4, 1.05, 0.240, 0.080, 0.50, 1.0, 0),
        BrushLayer(0.0400, 3.6, 1.15, 0.200, 0.090, 0.45, 0.30, 5),
        BrushLayer(0.0200, 3.4, 1.15, 0.160, 0.070, 0.35, 0.0, 8),
        BrushLayer(0.0090, 3.2, 1.15, 0.120, 0.030, 0.30, 0.0, 10),
        BrushLayer(0.0040, 3.0, 1.15, 0.085, 0.010, 0.20, 0.0, 14),
    ),
    shape="dry",
    warmth=3.4,
    relief=0.8,
    gloss=0.02,
    streak=0.14,
    paint_load=(0.4, 0.5),
    plane_share=1 / 60,
    values=(4, 0.8),
    support=(0.95, 0.90, 0.78),
    support_share=0.8,
    contour=Contour(0.0080, 130, (0.09, 0.10, 0.36), 0.85, on_skin=0.12),
    pale_calm=0.4,
    least_width_px=2.2,
)
GOUACHE: Final = BrushStyle(
    layers=(
        BrushLayer(0.0700, 3.6, 1.00, 0.100, 0.022, 0.50, 1.0, 0),
        BrushLayer(0.0360, 3.4, 1.15, 0.090, 0.020, 0.35, 0.15, 5),
        BrushLayer(0.0110, 3.4, 1.15, 0.080, 0.015, 0.30, 0.0, 12),
        BrushLayer(0.0045, 4.0, 1.10, 0.075, 0.010, 0.15, 0.0, 18),
    ),
    shape="dry",
    values=(4, 0.95),
    relief=0.08,
    gloss=0.0,
    streak=0.06,
    paint_load=(0.5, 0.0),
    plane_share=1 / 64,
    blend_share=0.0,
)


BROWN: Final = (0.13, 0.075, 0.04)  # of an old master's darks and background
LIGHT_REACH_SHARE: Final = 0.16  # by which an old master's light falls off around the product
BACKGROUND_LIGHT: Final = (0.34, 0.88)  # far from the product and beside it
PRODUCT_LIGHT: Final = 1.32
SHADED_SIDE: Final = 0.30  # of the light that the side turned away from it lacks
COLD_PERIOD_SHARE: Final = 0.16  # over which fauvist shade turns between green blue and violet
EVEN_SHAPE_SHARE: Final = 0.0035  # radius of what gouache evens out
LETTER_GROUPING: Final = 0.5  # of the values in lettering and fine parts, relative to the shapes
GLARING: Final = 0.62  # range of the channels from which colours are less pure than in the photo
GLARING_SLOPE: Final = 0.45
MAX_CHROMA: Final = 0.6  # range of the channels to which colours are made purer


def oil(subject: Subject) -> Tensor:
    """Impasto: loaded bristle strokes along the forms, thick in the lights, thin in the darks."""
    return paint(subject, OIL)


def impressionist(subject: Subject) -> Tensor:
    """Broken colour in comma strokes, warm beside cool (Litwinowicz 1997); violet shade, no black."""
    tone = subject.tone
    shade, light = (1 - tone) ** 2, tone**2
    colours = subject.toned + shade * rgb(0.055, 0.045, 0.15) + light * rgb(0.03, 0.01, -0.03)
    return paint(subject.with_tones(colours.clamp(0, 1)), IMPRESSIONIST)


def post_impressionist(subject: Subject) -> Tensor:
    """Long, thick strokes that run with the forms, and dark blue contours."""
    tone = subject.tone
    shade, light = (1 - tone) ** 3, (tone * (1 - tone) * 4) * tone
    colours = _purer(subject.toned, 1.25) + shade * rgb(-0.01, 0.04, 0.14) + light * rgb(0.05, 0.035, -0.09)
    return paint(subject.with_tones(colours.clamp(0, 1)), POST_IMPRESSIONIST)


def old_master(subject: Subject) -> Tensor:
    """Glazes on a brown underpainting: one light on the product, smooth modelling, few impasto lights."""
    return paint(subject.with_tones(_chiaroscuro(subject)), OLD_MASTER)


def fauvist(subject: Subject) -> Tensor:
    """Broad, rough strokes of pure colour inside bold contours."""
    return paint(subject.with_tones(_pure_colours(subject)), FAUVIST)


def gouache(subject: Subject) -> Tensor:
    """Opaque, matt, flat shapes of few values, overlapping in dry strokes, with clean edges."""
    painting = paint(subject, GOUACHE)
    fine = simplify(subject.toned, subject.px(1 / 300, 1.5), 0.03, 2)
    # Nearly the values of the shapes around; a face would become a mask of steps.
    values, grouping = GOUACHE.values
    stepped = group_values(fine, values, LETTER_GROUPING * grouping)
    fine = torch.lerp(stepped, fine, subject.skin)
    near = (1.2 * fine_focus(subject, broad=True)).clamp(max=1)
    letters = torch.lerp(painting, fine, near)
    return torch.lerp(kuwahara(letters, subject.px(EVEN_SHAPE_SHARE, 1.5)), letters, near)


def _chiaroscuro(subject: Subject) -> Tensor:
    """The toned photo in one light from the upper left, its background falling into brown.

    A plain white background, and the shadow on it, stay as they are.
    """
    height, width = subject.tone.shape[2:]
    down, right = (torch.linspace(-1, 1, side) for side in (height, width))
    frame = ((1 - down.abs()[:, None] ** 3) * (1 - right.abs() ** 3)).clamp(min=0)
    near = wide_gaussian(subject.product * frame, subject.px(LIGHT_REACH_SHARE))
    near = (near / near.amax().clamp(min=1e-3)).sqrt()
    far_light, near_light = BACKGROUND_LIGHT
    light = torch.lerp(
        far_light + (near_light - far_light) * near, PRODUCT_LIGHT * near.clamp(min=0.85), subject.product
    )
    towards = (0.55 * right + 0.6 * down[:, None]).clamp(min=0)
    light = light * (1 - SHADED_SIDE * towards)
    plain = plain_surroundings(subject)
    toned = subject.toned * torch.lerp(light, torch.ones_like(light), plain)
    toned = toned / (1 + (toned.amax(1, keepdim=True) - 1).clamp(min=0))  # no hue is clipped
    shade = ((1 - luminance(toned)) ** 4).clamp(0, 1) * (1 - plain)
    return torch.lerp(toned, torch.maximum(toned, rgb(*BROWN)), 0.8 * shade)


def _pure_colours(subject: Subject) -> Tensor:
    """The product's own hues, pure: yellower in the lights, blue green to violet in the shade, which is open.

    Neutrals have tints of both kinds, the lightest hardly any; skin stays warm, and turns rose in the shade.
    """
    tone, skin = subject.tone, subject.skin
    neutral = (1 - _spread(subject.toned) / 0.35).clamp(0, 1) * (1 - skin)
    purer = torch.lerp(_purer(subject.toned, 1.45), _purer(subject.toned, 1.15), skin)
    shade = ((0.62 - tone) / 0.5).clamp(0, 1)
    light = ((tone - 0.45) / 0.3).clamp(0, 1) * ((1 - tone) / 0.06).clamp(0, 1)
    turn = (0.5 + 0.7 * noise(subject, COLD_PERIOD_SHARE, 61)).clamp(0, 1)
    cold = torch.lerp(rgb(-0.06, 0.12, 0.16), rgb(0.09, 0.0, 0.20), turn)
    cold = torch.lerp(cold * (0.35 + 0.65 * neutral), rgb(0.03, -0.02, 0.06), skin)
    coloured = purer + shade * cold
    coloured = coloured + light * (1 - neutral) * rgb(0.06, 0.055, -0.07)
    coloured = coloured + light * neutral * torch.lerp(rgb(0.06, 0.01, -0.09), rgb(-0.03, 0.0, 0.03), turn)
    middle = (1 - ((tone - 0.5) / 0.22).square()).clamp(0, 1) * neutral
    return _less_glaring((coloured + middle * rgb(-0.12, 0.06, 0.10)).clamp(0, 1)).clamp(0, 1)


def _less_glaring(picture: Tensor) -> Tensor:
    """The picture with the purest of its colours, as the blue of a screen, as pigments have them."""
    spread = _spread(picture)
    wanted = spread.clamp(max=GLARING) + GLARING_SLOPE * (spread - GLARING).clamp(min=0)
    tone = luminance(picture)
    return tone + (picture - tone) * (wanted / spread)


def _purer(picture: Tensor, factor: float) -> Tensor:
    """The picture with its chroma raised by the factor at most, and less where it is high already."""
    tone = luminance(picture)
    raised = (MAX_CHROMA / _spread(picture)).clamp(1, factor)
    return (tone + (picture - tone) * raised).clamp(0, 1)


def _spread(picture: Tensor) -> Tensor:
    return (picture.amax(1, keepdim=True) - picture.amin(1, keepdim=True)).clamp(min=1e-3)
