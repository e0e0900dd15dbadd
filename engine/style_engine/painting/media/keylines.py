"""Key lines: the whole contour of a product, smooth where its mask is not."""

import math
from typing import Final

from torch import Tensor

from ..strokes.directions import gradients, wide_gaussian
from .steps import rise
from .subject import Subject

CONTOUR_ROUNDING_SHARE: Final = 0.005  # sigma by which its wobbles are smoothed


def contour(subject: Subject, width_px: float, pressure: Tensor | float = 1.0) -> Tensor:
    """(1, 1, H, W) ink of a whole line round the product, heavier on its lower right, with no wobbles.

    `pressure` is a factor of its width.
    """
    sigma = subject.px(CONTOUR_ROUNDING_SHARE, 1.5)
    soft = wide_gaussian(subject.product, sigma)
    right, down = gradients(soft)
    slope = (right.square() + down.square()).sqrt()
    side = -(0.6 * right + 0.8 * down) / slope.clamp(min=1e-4)
    # The distance from the edge of a step that a Gaussian has blurred.
    distance = (soft - 0.5).abs() * (sigma * math.sqrt(2 * math.pi))
    ink = (0.5 * width_px * pressure * (0.95 + 0.35 * side) - distance + 0.5).clamp(0, 1)
    # A mask that fades slowly has no edge there, and no line.
    return ink * rise(slope * sigma, 0.10, 0.25)
