"""Key lines: the lines of a brush along the edges of an abstracted photo, and the whole contour of a product.

Flow-based differences of Gaussians (Kang, Lee and Chui 2009), thresholded (Winnemöller 2011) with hysteresis.
"""

import math
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging.filters import gaussian
from ...imaging.tensors import area_resize
from ..strokes.directions import gradients, wide_gaussian
from .abstraction import Abstraction, flesh_of
from .outlines import flow_lines, swelling
from .shapes import Shapes, boundary, rise
from .subject import Subject

THICK, THIN = 0.0062, 0.0036  # widths of lines in shares of the size
SEAM: Final = 0.0036
LEVELS: Final = (0.026, 0.016)  # difference of Gaussians from which each is drawn
BACKGROUND: Final = 0.55  # share of the contrast that counts behind the product
LINES_IN_SKIN: Final = 0.6  # and in skin
CONTOUR_SHARE: Final = 0.0072  # width of the product's contour
CONTOUR_ROUNDING_SHARE: Final = 0.005  # sigma by which its wobbles are smoothed
CROWDED: Final = 0.24  # share of ink in lines that run together


def key_lines(shapes: Abstraction, weight: float = 1.0) -> Tensor:
    """(1, 1, H, W) ink: thick at strong edges, thin at weak ones; none over lettering, few in small print."""
    copy = shapes.copy
    plane, parts = _on_copy(shapes, torch.cat([shapes.plane, shapes.detail], 1)).split(1, 1)
    plane = plane.clamp(min=0).sqrt()
    flesh = flesh_of(copy)
    gains = BACKGROUND + (1.3 - BACKGROUND) * copy.product
    gains = swelling(copy, plane) * torch.lerp(gains, torch.full_like(gains, LINES_IN_SKIN), flesh)
    lines = flow_lines(copy, plane, (weight * THICK, weight * THIN), LEVELS, gains=gains, short=flesh)
    ink = torch.maximum(lines[0] * (1 - parts), lines[1])
    crowd = wide_gaussian(ink * copy.product, copy.px(0.014, 2.0))
    ink = ink * (1 - copy.product * rise(crowd, CROWDED, 1.6 * CROWDED)) * rise(copy.text, 0.3, 0.08)
    ink = _at_full_size(shapes, ink)
    return torch.maximum(ink, missing_contour(shapes, ink, weight))


def seams(shapes: Abstraction, level: float = 0.016) -> Tensor:
    """Fine lines along the light sides of edges within dark parts of the product: seams, zips, panels."""
    copy = shapes.copy
    inner = rise(gaussian(copy.product, copy.px(0.006, 1.0)), 0.85, 0.98)
    dark = rise(_on_copy(shapes, shapes.form_mean), 0.40, 0.26) * inner * (1 - copy.text) * (1 - copy.skin)
    if dark.max() == 0:
        return torch.zeros_like(shapes.plane)
    plane = _on_copy(shapes, shapes.plane).clamp(min=0).sqrt()
    (line,) = flow_lines(copy, -plane, (SEAM,), (level,))
    return _at_full_size(shapes, line * dark)


def _on_copy(shapes: Abstraction, planes: Tensor) -> Tensor:
    return planes if shapes.copy is shapes.subject else area_resize(planes, shapes.copy.photo)


def _at_full_size(shapes: Abstraction, ink: Tensor) -> Tensor:
    """Ink of the copy with crisp edges at the subject's own size."""
    if shapes.copy is shapes.subject:
        return ink
    return boundary(F.interpolate(ink, size=shapes.subject.photo.shape[2:], mode="bicubic"), 0.5)


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
    bare = rise(wide_gaussian(ink, subject.px(0.004, 1.2)), 0.75, 0.45)
    return bare * contour(subject, subject.px(CONTOUR_SHARE * weight, 2.0))
