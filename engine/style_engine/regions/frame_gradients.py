"""Gradients of frames: a colour that changes evenly over the picture, fitted to the picture's border.

Linear gradients of any direction, and radial ones about the picture's middle. Without its gradient a frame
has one colour, like any other. Pixels are (H, W, C), 0..255.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

GRADIENT_MAX_DEVIATION_8BIT: Final = 6  # of a channel of a border pixel from the fitted gradient
GRADIENT_MIN_SHARE: Final = 0.98  # of the border's pixels that follow the gradient
GRADIENT_MIN_RANGE_8BIT: Final = 4.0  # of the fitted colours along the border; less is one colour
FITTED_PIXELS_PER_SIDE: Final = 256
LEVEL_STRIP_ROWS: Final = 256  # of a picture whose gradient is removed at once

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]
Side = tuple[NDArray[np.uint8] | Plane, Plane, Plane]
"""Pixels (N, C) of a side of a picture, and their x and y."""
Terms = Callable[[Plane, Plane], Sequence[Plane]]


def _terms_of_ring(x: Plane, y: Plane) -> Sequence[Plane]:
    return np.ones_like(x * y), x, y, x * y, x * x, y * y, np.hypot(x, y)


def _terms_of_columns(x: Plane, y: Plane) -> Sequence[Plane]:
    """Along the left and right columns: between two colours of them alone, anything would be a gradient."""
    return np.ones_like(x * y), y, y * y


def _terms_of_rows(x: Plane, y: Plane) -> Sequence[Plane]:
    """Along the first and last rows."""
    return np.ones_like(x * y), x, x * x


@dataclass(frozen=True, eq=False)
class Gradient:
    """A colour for each position; `coefficients` (terms, C) of terms of x and y from `_positions`."""

    terms: Terms
    coefficients: Plane

    def at(self, x: Plane, y: Plane) -> Plane:
        """(..., C) the colours at positions that are broadcast against each other."""
        total: Plane = sum(
            (term[..., None] * row for term, row in zip(self.terms(x, y), self.coefficients, strict=True)),
            np.zeros(1, np.float32),
        )
        return total


def fit_gradient(left: Pixels, top: Pixels, right: Pixels, bottom: Pixels) -> Gradient | None:
    """The gradient that a picture's outermost lines of pixels (N, C) follow; None if they follow none.

    All four do, or two opposite ones.
    """
    x, y = _positions(len(top), len(left))
    columns = [(left, np.full_like(y, x[0]), y), (right, np.full_like(y, x[-1]), y)]
    rows = [(top, x, np.full_like(x, y[0])), (bottom, x, np.full_like(x, y[-1]))]
    for terms, sides in (
        (_terms_of_ring, columns + rows), (_terms_of_columns, columns), (_terms_of_rows, rows)
    ):  # fmt: skip
        gradient = _fit(terms, *(np.concatenate(each) for each in zip(*map(_some, sides), strict=True)))
        if gradient is not None:
            return gradient
    return None


def without_gradient(pixels: Pixels, gradient: Gradient) -> Pixels:
    """The pixels (H, W, C) with the gradient replaced by its colour in the middle of the left side."""
    x, y = _positions(pixels.shape[1], pixels.shape[0])
    level = gradient.at(x[:1], np.zeros(1, np.float32))
    result = np.empty_like(pixels)
    for top in range(0, len(y), LEVEL_STRIP_ROWS):
        rows = slice(top, top + LEVEL_STRIP_ROWS)
        change = level - gradient.at(x[None], y[rows, None])
        result[rows] = np.clip(np.rint(pixels[rows] + change), 0, 255).astype(np.uint8)
    return result


def _fit(terms: Terms, colours: Plane, x: Plane, y: Plane) -> Gradient | None:
    """Least squares over the border's pixels; None where too many of them are off the gradient."""
    coefficients = np.linalg.lstsq(np.stack(terms(x, y), 1), colours, rcond=None)[0]
    gradient = Gradient(terms, coefficients.astype(np.float32))
    fitted = gradient.at(x, y)
    follows = np.abs(fitted - colours).max(1) <= GRADIENT_MAX_DEVIATION_8BIT
    is_even = np.ptp(fitted, axis=0).max() < GRADIENT_MIN_RANGE_8BIT
    return None if is_even or follows.mean() < GRADIENT_MIN_SHARE else gradient


def _positions(width: int, height: int) -> tuple[Plane, Plane]:
    """x (W,) and y (H,) of pixels from the middle, 1 at the ends of the longer side."""
    x, y = (np.linspace(-side, side, side) / max(height, width) for side in (width, height))
    return x.astype(np.float32), y.astype(np.float32)


def _some(side: Side) -> Side:
    step = -(-len(side[0]) // FITTED_PIXELS_PER_SIDE)
    colours, x, y = side
    return colours[::step].astype(np.float32), x[::step], y[::step]
