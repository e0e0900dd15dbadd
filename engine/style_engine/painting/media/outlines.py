"""Outlines: continuous lines of swelling weight along the edges of shapes, as pen and brush draw them.

Flow-based differences of Gaussians (Kang et al. 2007, Winnemöller 2011) with hysteresis (Canny 1986).
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging import windows
from ...imaging.filters import gaussian
from ..strokes.directions import gradients, wide_gaussian
from .lines import DOG_RATIO, flow_mean
from .shapes import Shapes, edge_angle, reduced, rise
from .subject import Subject
from .swelling_lines import small_parts

LINE_SHARES: Final = (0.0080, 0.0040)  # width of thick and of thin lines
LINE_LEVELS: Final = (0.024, 0.015)  # difference of Gaussians from which each is drawn
LENGTH_SHARE: Final = 0.030  # over which lines are smoothed, twice
WEAK: Final = 0.55  # of a line's level: where it goes on from a strong part
STRONG: Final = 1.25  # of a line's level: where it may begin
LEAST_MASS: Final = 0.09  # of ink around a place, below which a line is a speck
REACH: Final = 16  # steps by which a line goes on from its strong parts
SILHOUETTE_CONTRAST: Final = 0.42  # least difference of a product from a plain background
FORM_LINES: Final = 0.5  # by which weak edges within the product count more than others
SKIN_LINES: Final = 0.35  # by which those in skin count less
HEAD_SHARE: Final = 0.030  # sigma by which what is near skin is painted as skin is
LINE_EDGE_PX: Final = 1.2  # width of an antialiased edge of a line


def ink_lines(shapes: Shapes, weight: float = 1.0) -> Tensor:
    """Thick lines at strong edges, thin ones at weak edges and in detail; none over lettering."""
    subject = shapes.subject
    flesh = soft_skin(shapes)
    inside = gaussian(subject.product, subject.px(0.0015, 0.8))
    # A pale product on a pale background is darkened as a whole, so that its silhouette is an edge.
    # Square roots, so that the darks keep their separations.
    plane = shapes.plane.clamp(min=0).sqrt() * (1 - SILHOUETTE_CONTRAST * shapes.plain * inside)
    gains = swelling(subject, plane) * (1 + FORM_LINES * subject.product) * (1 - SKIN_LINES * flesh)
    gains = gains * torch.lerp(0.55 + 0.45 * subject.product, torch.ones_like(flesh), flesh)
    shares = [weight * share for share in LINE_SHARES]
    thick, thin = flow_lines(subject, plane, shares, LINE_LEVELS, gains=gains, short=flesh)
    ink = torch.maximum(thick * (1 - shapes.detail), thin)
    return uncrowded(subject, ink) * rise(subject.text * (1 - flesh), 0.3, 0.08)


def uncrowded(subject: Subject, ink: Tensor, most: float = 0.26) -> Tensor:
    """Lines without those in print and pattern, which would run together: their colours are kept instead."""
    inner = rise(gaussian(subject.product, subject.px(0.006, 1.0)), 0.75, 0.97)
    crowd = wide_gaussian(ink * inner, subject.px(0.016, 2.0))
    return ink * (1 - inner * rise(crowd, most, 1.6 * most))


def relief_lines(shapes: Shapes, level: float = 0.016) -> Tensor:
    """Fine lines along the light sides of edges within dark parts of the product: seams, zips, panels."""
    subject = shapes.subject
    inner = rise(gaussian(subject.product, subject.px(0.006, 1.0)), 0.85, 0.98)
    dark = rise(shapes.form_mean, 0.40, 0.26) * inner * (1 - subject.text) * (1 - shapes.skin)
    if dark.max() == 0:
        return dark
    (line,) = flow_lines(subject, -shapes.plane.clamp(min=0).sqrt(), (0.0036,), (level,))
    return line * dark


def facial_features(shapes: Shapes) -> Tensor:
    """Short fine lines in skin: lids, nostrils, lips, which are too small for streamlines."""
    plane = shapes.plane.clamp(min=0).sqrt()
    sigma = shapes.subject.px(0.0016, 0.7)
    difference = gaussian(plane, 2 * sigma) - gaussian(plane, sigma)
    return rise(difference, 0.010, 0.020) * soft_skin(shapes) * shapes.detail


def object_parts(shapes: Shapes) -> Tensor:
    """(1, 1, H, W) 0..1: small hard parts of the product: dials, buttons, fittings, print."""
    return small_parts(shapes.tone, shapes.subject) * shapes.subject.product


def soft_skin(shapes: Shapes) -> Tensor:
    """Skin with the small features in it: brows, lips."""
    return rise(wide_gaussian(shapes.skin, shapes.subject.px(0.012, 1.5)), 0.1, 0.6)


def near_skin(shapes: Shapes) -> Tensor:
    """(1, 1, H, W) 0..1: faces, hands and the hair round them, in which flat areas would be blots."""
    near = wide_gaussian(shapes.skin, shapes.subject.px(HEAD_SHARE, 2.0))
    return torch.maximum(soft_skin(shapes), rise(near, 0.06, 0.25))


def flow_lines(
    subject: Subject,
    plane: Tensor,
    width_shares: Sequence[float],
    levels: Sequence[float],
    *,
    gains: Tensor | float = 1.0,
    short: Tensor | float = 0.0,
) -> Sequence[Tensor]:
    """Crisp lines of several weights on the dark side of edges, wider where the contrast is greater.

    `gains` of the edges' contrast; `short`, 0..1: how far lines are not smoothed along the edges.
    """
    widths = [subject.px(share, 1.5) for share in width_shares]
    differences = [gaussian(plane, DOG_RATIO * width / 2) - gaussian(plane, width / 2) for width in widths]
    heights = torch.tensor(levels, device=plane.device).view(1, -1, 1, 1)
    sharp = gains * torch.cat(differences, 1) / heights
    angle = edge_angle(subject, plane)
    straight = torch.zeros_like(angle)
    smooth = sharp
    for _ in range(2):
        smooth = flow_mean(smooth, angle, straight, subject.px(LENGTH_SHARE, 5.0), 5)
    # Facial features are shorter than the streamlines.
    smooth = torch.lerp(smooth, sharp, 0.8 * torch.as_tensor(short))
    lines = continuous(subject, smooth)
    return [lines[:, n : n + 1] for n in range(len(widths))]


def continuous(subject: Subject, strength: Tensor) -> Tensor:
    """Lines where a strength (1, C, H, W) is above 1, and on from there where it is a weak one; no specks."""
    small = reduced(subject, strength)
    weak = rise(small, WEAK * 0.8, WEAK)
    sigma = max(1.5, subject.px(0.012) * small.shape[3] / strength.shape[3])
    reached = (
        weak * rise(small, 0.9 * STRONG, STRONG) * rise(gaussian(weak, sigma), LEAST_MASS, 1.3 * LEAST_MASS)
    )
    for _ in range(REACH):
        reached = torch.minimum(windows.maximum(reached, 1), weak)
    kept = F.interpolate(windows.maximum(reached, 2), size=strength.shape[2:], mode="bilinear")
    right, down = gradients(strength)
    slope = (right.square() + down.square()).sqrt().clamp(min=0.06)
    level = torch.lerp(torch.full_like(kept, 1.6), torch.full_like(kept, 0.9 * WEAK + 0.1), kept)
    return ((strength - level) / (LINE_EDGE_PX * slope) + 0.5).clamp(0, 1) * rise(kept, 0.2, 0.6)


def swelling(subject: Subject, plane: Tensor) -> Tensor:
    """(1, 2, H, W) gains of thick and thin lines: thick away from a light at the upper left."""
    right, down = gradients(wide_gaussian(plane, subject.px(0.006, 1.5)))
    side = (0.6 * right + 0.8 * down) / (right.square() + down.square()).sqrt().clamp(min=1e-3)
    return torch.cat([0.78 + 0.34 * side, torch.ones_like(side)], 1)
