"""Brush paintings: oil, impressionist, post-impressionist, old master, fauvist and gouache."""

from typing import Final

from torch import Tensor

from .brushwork import BrushLayer, BrushStyle, Contour, paint
from .subject import Subject

OIL: Final = BrushStyle(
    layers=(
        BrushLayer(0.0520, 0.200, 0.0600, 0.220, 0.10, 0.55, 0, 11),
        BrushLayer(0.0290, 0.110, 0.0330, 0.160, 0.10, 0.45, 9, 12),
        BrushLayer(0.0150, 0.056, 0.0170, 0.110, 0.07, 0.35, 10, 14),
        BrushLayer(0.0068, 0.026, 0.0078, 0.085, 0.03, 0.30, 11, 18),
        BrushLayer(0.0036, 0.013, 0.0044, 0.070, 0.01, 0.20, 16, 0),
    ),
    relief=1.7,
    streak=0.14,
    drawn_share=0.018,
)
IMPRESSIONIST: Final = BrushStyle(
    layers=(
        BrushLayer(0.0300, 0.076, 0.0340, 0.260, 0.17, 0.90, 0, 10),
        BrushLayer(0.0175, 0.044, 0.0195, 0.200, 0.17, 0.80, 0, 11),
        BrushLayer(0.0105, 0.026, 0.0115, 0.130, 0.10, 0.60, 12, 14),
        BrushLayer(0.0058, 0.015, 0.0066, 0.090, 0.05, 0.40, 14, 18),
        BrushLayer(0.0036, 0.010, 0.0044, 0.070, 0.01, 0.20, 16, 0),
    ),
    relief=1.3,
    streak=0.15,
    simplify_radius_share=1 / 110,
    drawn_share=0.009,
)
POST_IMPRESSIONIST: Final = BrushStyle(
    layers=(
        BrushLayer(0.0280, 0.160, 0.0290, 0.240, 0.16, 0.25, 0, 9),
        BrushLayer(0.0175, 0.090, 0.0185, 0.170, 0.15, 0.20, 14, 10),
        BrushLayer(0.0098, 0.046, 0.0102, 0.120, 0.09, 0.20, 11, 13),
        BrushLayer(0.0054, 0.023, 0.0062, 0.090, 0.04, 0.20, 13, 18),
        BrushLayer(0.0036, 0.012, 0.0044, 0.070, 0.01, 0.20, 16, 0),
    ),
    relief=2.6,
    paint_load=(0.35, 0.65),
    streak=0.26,
    contour=Contour(0.0060, 140, (0.08, 0.12, 0.30), 0.75),
    drawn_share=0.028,
)
OLD_MASTER: Final = BrushStyle(
    layers=(
        BrushLayer(0.0400, 0.130, 0.0520, 0.180, 0.04, 0.50, 0, 18),
        BrushLayer(0.0210, 0.066, 0.0260, 0.120, 0.04, 0.40, 11, 20),
        BrushLayer(0.0110, 0.032, 0.0130, 0.085, 0.03, 0.30, 12, 18),
        BrushLayer(0.0054, 0.016, 0.0064, 0.065, 0.02, 0.30, 15, 0),
        BrushLayer(0.0034, 0.011, 0.0042, 0.055, 0.01, 0.20, 20, 0),
    ),
    relief=0.9,
    gloss=0.04,
    streak=0.14,
    paint_load=(0.10, 0.9),
    simplify_radius_share=1 / 110,
    simplify_std=0.055,
    support=(0.20, 0.13, 0.08),
    support_share=0.5,
    weave=0.05,
    drawn_share=0.012,
)
FAUVIST: Final = BrushStyle(
    layers=(
        BrushLayer(0.0560, 0.180, 0.0800, 0.300, 0.12, 0.60, 0, 6),
        BrushLayer(0.0310, 0.095, 0.0440, 0.200, 0.12, 0.50, 7, 7),
        BrushLayer(0.0150, 0.045, 0.0210, 0.140, 0.06, 0.40, 9, 9),
        BrushLayer(0.0066, 0.022, 0.0084, 0.100, 0.03, 0.30, 10, 14),
        BrushLayer(0.0036, 0.011, 0.0044, 0.080, 0.01, 0.20, 16, 0),
    ),
    relief=0.9,
    gloss=0.02,
    streak=0.18,
    paint_load=(0.4, 0.5),
    simplify_radius_share=1 / 55,
    simplify_std=0.09,
    contour=Contour(0.0090, 130, (0.10, 0.10, 0.34), 0.85),
    drawn_share=0.024,
)
GOUACHE: Final = BrushStyle(
    layers=(
        BrushLayer(0.0600, 0.220, 0.0900, 0.260, 0.03, 0.40, 0, 11),
        BrushLayer(0.0310, 0.110, 0.0460, 0.170, 0.03, 0.35, 8, 12),
        BrushLayer(0.0150, 0.050, 0.0210, 0.110, 0.02, 0.30, 9, 10),
        BrushLayer(0.0068, 0.024, 0.0088, 0.085, 0.01, 0.30, 10, 14),
        BrushLayer(0.0036, 0.011, 0.0044, 0.070, 0.01, 0.20, 16, 0),
    ),
    relief=0.1,
    gloss=0.0,
    streak=0.08,
    paint_load=(0.5, 0.0),
    simplify_radius_share=1 / 55,
    simplify_std=0.08,
    drawn_share=0.024,
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
