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
        BrushLayer(0.0300, 2.6, 0.90, 0.260, 0.120, 0.80, 1.0, 0),
        BrushLayer(0.0175, 2.8, 1.00, 0.200, 0.120, 0.70, 0.8, 0),
        BrushLayer(0.0105, 2.8, 1.05, 0.130, 0.090, 0.60, 0.2, 10),
        BrushLayer(0.0058, 2.8, 1.10, 0.090, 0.050, 0.40, 0.0, 12),
        BrushLayer(0.0036, 2.8, 1.15, 0.070, 0.010, 0.20, 0.0, 14),
    ),
    shape="comma",
    relief=1.3,
    streak=0.15,
)
POST_IMPRESSIONIST: Final = BrushStyle(
    layers=(
        BrushLayer(0.0260, 6.0, 0.95, 0.240, 0.120, 0.20, 1.0, 0),
        BrushLayer(0.0160, 6.0, 1.05, 0.170, 0.120, 0.15, 0.6, 9),
        BrushLayer(0.0098, 5.0, 1.05, 0.120, 0.090, 0.15, 0.1, 10),
        BrushLayer(0.0054, 4.5, 1.10, 0.090, 0.040, 0.15, 0.0, 12),
        BrushLayer(0.0036, 3.5, 1.15, 0.070, 0.010, 0.15, 0.0, 14),
    ),
    relief=2.2,
    paint_load=(0.35, 0.65),
    streak=0.26,
    contour=Contour(0.0060, 140, (0.08, 0.12, 0.30), 0.75),
    flow_share=0.02,
)
OLD_MASTER: Final = BrushStyle(
    layers=(
        BrushLayer(0.0400, 3.2, 1.10, 0.180, 0.020, 0.50, 1.0, 0),
        BrushLayer(0.0210, 3.2, 1.20, 0.120, 0.020, 0.40, 0.2, 11),
        BrushLayer(0.0110, 3.0, 1.20, 0.085, 0.020, 0.30, 0.0, 12),
        BrushLayer(0.0054, 3.0, 1.20, 0.065, 0.010, 0.30, 0.0, 15),
        BrushLayer(0.0034, 3.0, 1.20, 0.055, 0.010, 0.20, 0.0, 20),
    ),
    relief=0.9,
    gloss=0.04,
    streak=0.10,
    paint_load=(0.10, 0.9),
    support=(0.20, 0.13, 0.08),
    support_share=0.5,
)
FAUVIST: Final = BrushStyle(
    layers=(
        BrushLayer(0.0560, 3.2, 1.00, 0.300, 0.080, 0.60, 1.0, 0),
        BrushLayer(0.0310, 3.2, 1.10, 0.200, 0.080, 0.50, 0.2, 7),
        BrushLayer(0.0150, 3.0, 1.15, 0.140, 0.060, 0.40, 0.0, 9),
        BrushLayer(0.0066, 3.2, 1.15, 0.100, 0.030, 0.30, 0.0, 10),
        BrushLayer(0.0036, 3.0, 1.15, 0.080, 0.010, 0.20, 0.0, 16),
    ),
    shape="dry",
    relief=0.6,
    gloss=0.02,
    streak=0.12,
    paint_load=(0.4, 0.5),
    plane_share=1 / 55,
    contour=Contour(0.0090, 130, (0.10, 0.10, 0.34), 0.85),
)
GOUACHE: Final = BrushStyle(
    layers=(
        BrushLayer(0.0700, 3.6, 1.00, 0.240, 0.020, 0.50, 1.0, 0),
        BrushLayer(0.0360, 3.4, 1.15, 0.150, 0.020, 0.35, 0.1, 7),
        BrushLayer(0.0170, 3.2, 1.20, 0.110, 0.015, 0.30, 0.0, 9),
        BrushLayer(0.0076, 3.2, 1.20, 0.085, 0.010, 0.30, 0.0, 10),
        BrushLayer(0.0036, 3.0, 1.20, 0.070, 0.010, 0.20, 0.0, 16),
    ),
    shape="dry",
    values=(5, 0.95),
    relief=0.1,
    gloss=0.0,
    streak=0.08,
    paint_load=(0.5, 0.0),
    plane_share=1 / 55,
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
