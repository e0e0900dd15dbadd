"""A picture with its background made exactly white: a light backdrop lightened, any other one replaced.

A light backdrop is lightened by what it lacks of white, in proportion to how little of a pixel is product. So
the product's pixels are unchanged, its outline stays blended as it was, and shadows and reflections remain.
"""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from ..imaging import windows
from ..imaging.flood_fill import dilate
from .backdrop import Backdrop, backdrop_seen_through, fit_backdrop
from .found_product import FoundProduct
from .white_background import WHITE_8BIT

Plane = NDArray[np.float32]
Pixels = NDArray[np.float32]
NOISE_STDS: Final = 2.5  # of the backdrop, below which a darker tone is noise and becomes white
MIN_NOISE_LIMIT_8BIT: Final = 2.0
SHADOW_WINDOW_RADIUS_PX: Final = 2  # within which tones are averaged to tell shadows from noise
PRODUCT_FROM_MASK: Final = 0.3  # from which a pixel is left as it is, however pale
CUT_OUT_RANGE: Final = (0.2, 0.8)  # of the mask, between which a replaced background is blended
CERTAIN_PRODUCT_MASK: Final = 0.9
EDGE_COLOUR_RADIUS_PX: Final = 4  # within which the product's outline takes its colour from the product
OVERLAY_GROWTH_PX: Final = 3
NO_WEIGHT: Final = 1e-3  # of the certain product within a window


def whiten(picture: Image.Image, found: FoundProduct) -> Pixels:
    """(H, W, 3) 0..255 the RGB picture on white, lettering beside the product removed."""
    pixels = np.asarray(picture, np.float32)
    backdrop = fit_backdrop(picture, found.mask)
    if backdrop is None:
        on_white = _replaced(pixels, found.mask)
    else:
        seen_through = backdrop_seen_through(picture, backdrop, found.mask)
        on_white = _lightened(pixels, found.mask * (1 - seen_through), backdrop)
    overlay = found.overlay
    for _ in range(OVERLAY_GROWTH_PX):
        overlay = dilate(overlay)
    on_white[overlay & (found.mask < PRODUCT_FROM_MASK)] = WHITE_8BIT
    return on_white


def _lightened(pixels: Pixels, product: Plane, backdrop: Backdrop) -> Pixels:
    lacks = (WHITE_8BIT - backdrop.at(*product.shape)) * (1 - product)[..., None]
    darker = np.clip(WHITE_8BIT - pixels - lacks, 0, WHITE_8BIT)
    limit = max(MIN_NOISE_LIMIT_8BIT, NOISE_STDS * backdrop.noise_8bit)
    kept = _smooth_step(_window_mean(darker.max(-1), SHADOW_WINDOW_RADIUS_PX), limit, 2 * limit)
    kept = np.maximum(kept, _smooth_step(product, 0, PRODUCT_FROM_MASK))
    return np.asarray(WHITE_8BIT - darker * kept[..., None], np.float32)


def _replaced(pixels: Pixels, product: Plane) -> Pixels:
    """Cut out along the mask; the outline has the colours of the product beside it."""
    certain = (product > CERTAIN_PRODUCT_MASK).astype(np.float32)
    weight = _window_mean(certain, EDGE_COLOUR_RADIUS_PX)
    planes = [_window_mean(pixels[..., channel] * certain, EDGE_COLOUR_RADIUS_PX) for channel in range(3)]
    beside = np.stack(planes, -1) / np.maximum(weight, NO_WEIGHT)[..., None]
    own = np.maximum(certain, (weight < NO_WEIGHT).astype(np.float32))[..., None]
    colour = own * pixels + (1 - own) * beside
    alpha = _smooth_step(product, *CUT_OUT_RANGE)[..., None]
    return np.asarray(alpha * colour + (1 - alpha) * WHITE_8BIT, np.float32)


def _window_mean(plane: Plane, radius_px: int) -> Plane:
    result: Plane = windows.mean(torch.from_numpy(np.ascontiguousarray(plane))[None, None], radius_px)[
        0, 0
    ].numpy()
    return result


def _smooth_step(values: Plane, start: float, end: float) -> Plane:
    """0 up to `start`, 1 from `end` on, smooth between."""
    x = np.clip((values - start) / (end - start), 0, 1)
    return np.asarray(x * x * (3 - 2 * x), np.float32)
