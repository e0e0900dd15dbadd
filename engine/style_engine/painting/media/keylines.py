"""Key lines: lines at edges and the whole contour of a product, smooth where its mask is not."""

import math
from typing import Final

import torch
from torch import Tensor

from ...imaging.filters import gaussian
from ..strokes.directions import gradients, wide_gaussian
from .outlines import ink_lines
from .shapes import Shapes
from .steps import rise
from .subject import Subject

CONTOUR_ROUNDING_SHARE: Final = 0.005  # sigma by which its wobbles are smoothed
KEY_WIDTH_SHARE: Final = 0.0085  # of the product's contour
INWARD: Final = 0.22  # of its width, by which the contour lies within the product
NEAR_SHARE: Final = 0.0045  # sigma within which a line is near the contour
EDGE_EVIDENCE: Final = (0.015, 0.04)  # difference of tone across the silhouette, from which it is drawn


def key_lines(shapes: Shapes, weight: float = 1.0) -> Tensor:
    """(1, 1, H, W) ink: lines at edges, and the product's contour where none of them is near."""
    subject = shapes.subject
    lines = ink_lines(shapes, weight)
    ring = contour(subject, subject.px(weight * KEY_WIDTH_SHARE, 1.8)) * silhouette_evidence(shapes)
    bare = rise(wide_gaussian(lines, subject.px(NEAR_SHARE, 1.2)), 0.30, 0.12)
    return torch.maximum(lines, bare * ring)


def silhouette_evidence(shapes: Shapes) -> Tensor:
    """(1, 1, H, W) 0..1: where the photo has an edge, or a plain background, at the edge of the mask."""
    subject = shapes.subject
    plane = shapes.plane.clamp(min=0).sqrt()
    across = (gaussian(plane, subject.px(0.006, 1.5)) - gaussian(plane, subject.px(0.002, 0.7))).abs()
    near = wide_gaussian(across, subject.px(0.006, 1.5))
    return torch.maximum(shapes.plain, rise(near, *EDGE_EVIDENCE))


def contour(subject: Subject, width_px: float, pressure: Tensor | float = 1.0) -> Tensor:
    """(1, 1, H, W) ink of a whole line round the product, heavier on its lower right, with no wobbles.

    `pressure` is a factor of its width.
    """
    sigma = subject.px(CONTOUR_ROUNDING_SHARE, 1.5)
    soft = wide_gaussian(subject.product, sigma)
    right, down = gradients(soft)
    slope = (right.square() + down.square()).sqrt()
    side = -(0.6 * right + 0.8 * down) / slope.clamp(min=1e-4)
    # The distance from the edge of a step that a Gaussian has blurred; white paper outside stays bare.
    inside = (soft - 0.5) * (sigma * math.sqrt(2 * math.pi))
    distance = (inside - INWARD * width_px).abs()
    ink = (0.5 * width_px * pressure * (0.95 + 0.35 * side) - distance + 0.5).clamp(0, 1)
    # A mask that fades slowly has no edge there, and no line.
    return ink * rise(slope * sigma, 0.10, 0.25)
