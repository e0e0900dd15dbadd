"""Key lines: the lines of a brush along the edges of an abstracted photo, and the whole contour of a product.

Flow-based differences of Gaussians (Kang, Lee and Chui 2009), thresholded (Winnemöller 2011) with hysteresis.
"""

import math
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging.tensors import area_resize
from ..strokes.directions import gradients, wide_gaussian
from .abstraction import copy_of, flesh_of
from .outlines import flow_lines, swelling
from .shapes import Shapes, boundary, rise
from .subject import Subject

THICK, THIN = 0.0062, 0.0036  # widths in shares of the size
LEVELS: Final = (0.026, 0.016)  # difference of Gaussians from which each is drawn
BACKGROUND: Final = 0.55  # share of the contrast that counts behind the product
SKIN: Final = 0.6  # and in skin
CONTOUR_SHARE: Final = 0.0060  # width of the product's contour
CONTOUR_ROUNDING_SHARE: Final = 0.005  # sigma by which its wobbles are smoothed
CROWDED: Final = 0.24  # share of ink in lines that run together


def key_lines(shapes: Shapes, weight: float = 1.0) -> Tensor:
    """(1, 1, H, W) ink: thick at strong edges, thin at weak ones; none over lettering, few in small print."""
    subject, copy = shapes.subject, copy_of(shapes.subject)
    plane = area_resize(shapes.plane, copy.photo) if copy is not subject else shapes.plane
    plane = plane.clamp(min=0).sqrt()
    flesh = flesh_of(copy)
    gains = BACKGROUND + (1.3 - BACKGROUND) * copy.product
    gains = swelling(copy, plane) * torch.lerp(gains, torch.full_like(gains, SKIN), flesh)
    lines = flow_lines(copy, plane, (weight * THICK, weight * THIN), LEVELS, gains=gains, short=flesh)
    parts = area_resize(shapes.detail, copy.photo) if copy is not subject else shapes.detail
    ink = torch.maximum(lines[0] * (1 - parts), lines[1])
    crowd = wide_gaussian(ink * copy.product, copy.px(0.014, 2.0))
    ink = ink * (1 - copy.product * rise(crowd, CROWDED, 1.6 * CROWDED)) * rise(copy.text, 0.3, 0.08)
    if copy is not subject:
        ink = boundary(F.interpolate(ink, size=subject.photo.shape[2:], mode="bicubic"), 0.5)
    return torch.maximum(ink, missing_contour(shapes, ink, weight))


def contour(subject: Subject, width_px: float) -> Tensor:
    """(1, 1, H, W) ink of a whole line round the product, heavier on its lower right, with no wobbles."""
    sigma = subject.px(CONTOUR_ROUNDING_SHARE, 1.5)
    soft = wide_gaussian(subject.product, sigma)
    right, down = gradients(soft)
    slope = (right.square() + down.square()).sqrt()
    side = -(0.6 * right + 0.8 * down) / slope.clamp(min=1e-4)
    # The distance from the edge of a step that a Gaussian has blurred.
    distance = (soft - 0.5).abs() * (sigma * math.sqrt(2 * math.pi))
    ink = (0.5 * width_px * (0.95 + 0.35 * side) - distance + 0.5).clamp(0, 1)
    # A mask that fades slowly has no edge there, and no line.
    return ink * rise(slope * sigma, 0.10, 0.25)


def missing_contour(shapes: Shapes, ink: Tensor, weight: float) -> Tensor:
    """The product's contour where no line is near: a pale product keeps its shape."""
    subject = shapes.subject
    bare = rise(wide_gaussian(ink, subject.px(0.004, 1.2)), 0.50, 0.20)
    return bare * contour(subject, subject.px(CONTOUR_SHARE * weight, 2.0))
