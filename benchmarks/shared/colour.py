"""Colour differences by scikit-image, which the engine does not use."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

from style_engine.imaging import tensors


def delta_e2000(photo: Image.Image, result: Image.Image) -> NDArray[np.floating[Any]]:
    """(H, W) CIEDE2000 of each pixel of two pictures of equal size; transparent pixels are over white."""
    return np.asarray(deltaE_ciede2000(*(_lab(image) for image in (photo, result))))


def _lab(image: Image.Image) -> NDArray[np.floating[Any]]:
    opaque = tensors.over_white(image) if image.mode == "RGBA" else image.convert("RGB")
    return np.asarray(rgb2lab(np.asarray(opaque)))
