"""The backdrop of a studio photo: a light colour, even or shading off slowly, behind the product.

It is a quadratic surface for each channel, fitted to the pixels outside the product; shadows and whatever
else differs from it are left out in steps.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..imaging.flood_fill import Mask, dilate, flood
from ..imaging.tensors import MASK_THRESHOLD

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]
FITTED_LONG_SIDE_PX: Final = 160  # of the copy that is fitted
NOT_PRODUCT_MAX_MASK: Final = 0.02
INLIER_MAX_DARKER_8BIT, INLIER_MAX_LIGHTER_8BIT = 5.0, 7.0  # of a pixel than the surface, in every channel
FIRST_INLIERS_FROM_PERCENTILE: Final = 50.0  # of luminance; shadows are below
FIT_STEPS: Final = 8
MIN_FITTED_SHARE: Final = 0.05  # of the picture that is outside the product
MIN_INLIER_SHARE: Final = 0.45  # of what is outside the product
LIGHT_MIN_LEVEL_8BIT: Final = 150  # of the surface, in every channel: a darker one is replaced, not lightened
MIN_NOISE_8BIT: Final = 1.0  # std
HOLES_LONG_SIDE_PX: Final = 400  # of the copy on which holes are looked for
MAX_HOLES: Final = 24
HOLE_MIN_SHARE: Final = 0.0004  # of the picture
HOLE_EDGE_8BIT: Final = 24.0  # difference from the backdrop of the product around a hole
HOLE_MIN_EDGE_SHARE: Final = 0.85  # of what is around it


@dataclass(frozen=True, eq=False)
class Backdrop:
    """`coefficients` (6, 3) of 1, x, y, x², xy, y² with x and y from -1 to 1; values 0..255."""

    coefficients: Plane
    noise_8bit: float

    def at(self, height: int, width: int) -> NDArray[np.float32]:
        """(H, W, 3) the backdrop behind a picture of a size."""
        x, y = (np.linspace(-1, 1, side, dtype=np.float32) for side in (width, height))
        surface = _terms(x[None, :], y[:, None]) @ self.coefficients
        return np.asarray(np.clip(surface, 0, 255), np.float32)


def fit_backdrop(picture: Image.Image, product: Plane) -> Backdrop | None:
    """The backdrop of an RGB picture with its product mask (H, W); None where there is no light one."""
    scale = min(1.0, FITTED_LONG_SIDE_PX / max(picture.size))
    size = (max(2, round(picture.width * scale)), max(2, round(picture.height * scale)))
    small = np.asarray(picture.resize(size, Image.Resampling.BOX), np.float32)
    mask = np.asarray(Image.fromarray(product).resize(size, Image.Resampling.BOX))
    outside = mask < NOT_PRODUCT_MAX_MASK
    if outside.mean() < MIN_FITTED_SHARE:
        return None
    x, y = (np.linspace(-1, 1, side, dtype=np.float32) for side in size)
    terms = _terms(x[None, :], y[:, None])[outside]
    colours = small[outside]
    luminance = colours.mean(-1)
    inliers = luminance >= np.percentile(luminance, FIRST_INLIERS_FROM_PERCENTILE)
    for _ in range(FIT_STEPS):
        coefficients = np.linalg.lstsq(terms[inliers], colours[inliers], rcond=None)[0]
        residual = colours - terms @ coefficients
        fits = (residual > -INLIER_MAX_DARKER_8BIT) & (residual < INLIER_MAX_LIGHTER_8BIT)
        inliers = fits.all(-1)
        if inliers.mean() < MIN_INLIER_SHARE / 2:
            return None
    backdrop = Backdrop(coefficients.astype(np.float32), max(MIN_NOISE_8BIT, float(residual[inliers].std())))
    is_light = backdrop.at(*small.shape[:2]).min() >= LIGHT_MIN_LEVEL_8BIT
    return backdrop if is_light and inliers.mean() >= MIN_INLIER_SHARE else None


def backdrop_seen_through(picture: Image.Image, backdrop: Backdrop, product: Plane) -> Plane:
    """(H, W) 0..1 where the backdrop shows inside the product's mask, as through a ring or a handle.

    Such a place has the backdrop's colour, and the product around it has not; a pale surface shades into it.
    """
    scale = min(1.0, HOLES_LONG_SIDE_PX / max(picture.size))
    size = (max(2, round(picture.width * scale)), max(2, round(picture.height * scale)))
    small = np.asarray(picture.resize(size, Image.Resampling.BOX), np.float32)
    distance = np.abs(small - backdrop.at(*small.shape[:2])).max(-1)
    mask = np.asarray(Image.fromarray(product).resize(size, Image.Resampling.BOX))
    left = (distance <= INLIER_MAX_DARKER_8BIT) & (mask > MASK_THRESHOLD)
    holes: Mask = np.zeros_like(left)
    for _ in range(MAX_HOLES):
        if not left.any():
            break
        seed = np.zeros_like(left)
        seed[np.unravel_index(np.argmax(left), left.shape)] = True
        hole = flood(left, seed)
        left &= ~hole
        grown = dilate(dilate(dilate(hole)))
        around = distance[dilate(grown) & ~grown]
        if hole.mean() >= HOLE_MIN_SHARE and (around > HOLE_EDGE_8BIT).mean() >= HOLE_MIN_EDGE_SHARE:
            holes |= grown
    near = np.asarray(Image.fromarray(holes).resize(picture.size, Image.Resampling.NEAREST))
    full = np.abs(np.asarray(picture, np.float32) - backdrop.at(*product.shape)).max(-1)
    similar = np.clip((HOLE_EDGE_8BIT - full) / (HOLE_EDGE_8BIT - INLIER_MAX_DARKER_8BIT), 0, 1)
    return np.asarray(similar * near, np.float32)


def _terms(x: Plane, y: Plane) -> NDArray[np.float32]:
    """(H, W, 6)"""
    one = np.ones_like(x * y)
    return np.stack([one, x * one, y * one, x * x * one, x * y, y * y * one], -1)
