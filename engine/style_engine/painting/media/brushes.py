"""Brush paintings: oil, impressionist, post-impressionist, old master, fauvist and gouache."""

from typing import Final

from torch import Tensor

from .brushwork import BrushLayer, BrushStyle, Contour, paint
from .subject import Subject

OIL: Final = BrushStyle(
    layers=(
        BrushLayer(0.0620, 4.0, 0.90, 0.240, 0.060, 0.50, 1.0, 0),
        BrushLayer(0.0380, 4.5, 1.10, 0.180, 0.065, 0.45, 0.45, 6),
        BrushLayer(0.0210, 4.5, 1.10, 0.130, 0.055, 0.40, 0.12, 7),
        BrushLayer(0.0110, 4.5, 1.10, 0.100, 0.035, 0.30, 0.0, 8),
        BrushLayer(0.0056, 4.5, 1.10, 0.080, 0.015, 0.20, 0.0, 10),
        BrushLayer(0.0034, 3.6, 1.15, 0.065, 0.010, 0.20, 0.0, 11),
    ),
    relief=2.6,
    streak=0.20,
)
IMPRESSIONIST: Final = BrushStyle(
    layers=(
        BrushLayer(0.0420, 2.6, 0.80, 0.260, 0.090, 0.90, 1.0, 0),
        BrushLayer(0.0270, 2.7, 1.05, 0.210, 0.100, 0.80, 0.75, 0),
        BrushLayer(0.0150, 2.8, 1.10, 0.150, 0.080, 0.60, 0.15, 9),
        BrushLayer(0.0080, 2.8, 1.10, 0.110, 0.040, 0.40, 0.0, 10),
        BrushLayer(0.0040, 2.8, 1.15, 0.075, 0.010, 0.20, 0.0, 13),
    ),
    shape="comma",
    warmth=2.2,
    relief=1.6,
    paint_load=(0.35, 0.45),
    streak=0.15,
    values=(6, 0.3),
)
POST_IMPRESSIONIST: Final = BrushStyle(
    layers=(
        BrushLayer(0.0330, 6.0, 0.95, 0.240, 0.110, 0.20, 1.0, 0),
        BrushLayer(0.0210, 6.0, 1.05, 0.180, 0.120, 0.15, 0.5, 8),
        BrushLayer(0.0120, 5.0, 1.05, 0.130, 0.090, 0.15, 0.06, 9),
        BrushLayer(0.0066, 4.5, 1.10, 0.100, 0.040, 0.15, 0.0, 11),
        BrushLayer(0.0038, 3.5, 1.15, 0.075, 0.010, 0.15, 0.0, 13),
    ),
    warmth=1.4,
    relief=2.6,
    paint_load=(0.35, 0.55),
    streak=0.26,
    contour=Contour(0.0070, 140, (0.08, 0.12, 0.30), 0.8),
    flow_share=0.02,
)
OLD_MASTER: Final = BrushStyle(
    layers=(
        BrushLayer(0.0500, 3.6, 1.10, 0.120, 0.020, 0.60, 1.0, 0),
        BrushLayer(0.0240, 3.4, 1.20, 0.090, 0.020, 0.40, 0.3, 8),
        BrushLayer(0.0110, 3.2, 1.20, 0.075, 0.020, 0.30, 0.0, 10),
        BrushLayer(0.0050, 3.0, 1.20, 0.060, 0.010, 0.20, 0.0, 14),
    ),
    opacity=0.5,
    relief=0.9,
    gloss=0.04,
    streak=0.10,
    paint_load=(0.0, 1.0),
    plane_share=1 / 200,
    values=(5, 0.2),
    blend_share=0.0,
    form_contrast=0.35,
)
FAUVIST: Final = BrushStyle(
    layers=(
        BrushLayer(0.0640, 3.2, 1.05, 0.300, 0.070, 0.60, 1.0, 0),
        BrushLayer(0.0380, 3.2, 1.15, 0.220, 0.080, 0.50, 0.25, 6),
        BrushLayer(0.0190, 3.0, 1.15, 0.160, 0.060, 0.40, 0.0, 8),
        BrushLayer(0.0090, 3.2, 1.15, 0.120, 0.030, 0.30, 0.0, 9),
        BrushLayer(0.0040, 3.0, 1.15, 0.085, 0.010, 0.20, 0.0, 13),
    ),
    shape="dry",
    warmth=1.8,
    relief=0.6,
    gloss=0.02,
    streak=0.12,
    paint_load=(0.4, 0.5),
    plane_share=1 / 50,
    values=(4, 0.9),
    support=(0.95, 0.90, 0.78),
    support_share=0.8,
    contour=Contour(0.0105, 130, (0.09, 0.10, 0.36), 0.9),
)
GOUACHE: Final = BrushStyle(
    layers=(
        BrushLayer(0.0700, 3.6, 1.00, 0.100, 0.022, 0.50, 1.0, 0),
        BrushLayer(0.0360, 3.4, 1.15, 0.090, 0.020, 0.35, 0.15, 5),
        BrushLayer(0.0110, 3.4, 1.20, 0.080, 0.015, 0.30, 0.0, 7),
        BrushLayer(0.0045, 4.0, 1.10, 0.075, 0.010, 0.15, 0.0, 12),
    ),
    shape="dry",
    values=(4, 0.95),
    relief=0.08,
    gloss=0.0,
    streak=0.06,
    paint_load=(0.5, 0.0),
    plane_share=1 / 50,
    blend_share=0.0,
)


def oil(subject: Subject) -> Tensor:
    """Impasto: loaded bristle strokes along the forms, thick in the lights, thin in the darks."""
    return paint(subject, OIL)


def impressionist(subject: Subject) -> Tensor:
    """Broken colour in short touches, warm beside cool (Litwinowicz 1997)."""
    return paint(subject, IMPRESSIONIST)


def post_impressionist(subject: Subject) -> Tensor:
    """Long, thick strokes that run with the forms, and dark blue contours."""
    return paint(subject, POST_IMPRESSIONIST)


def old_master(subject: Subject) -> Tensor:
    """Smooth modelling on a dark brown underpainting: thin darks, thicker lights, fine brushes."""
    return paint(subject, OLD_MASTER)


def fauvist(subject: Subject) -> Tensor:
    """Broad, rough strokes of pure colour inside bold contours."""
    return paint(subject, FAUVIST)


def gouache(subject: Subject) -> Tensor:
    """Opaque, matt, broad flat strokes."""
    return paint(subject, GOUACHE)
