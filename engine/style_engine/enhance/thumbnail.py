"""A thumbnail of a photo with a mask of its plain background."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from ..imaging.flood_fill import Mask
from ..regions.background import plain_background

Plane = NDArray[np.floating[Any]]

THUMBNAIL_LONG_SIDE_PX: Final = 192
BACKGROUND_ABOVE_MASK: Final = 0.9
PRODUCT_EDGE_PX: Final = 2  # a band around the background whose pixels mix product and background


@dataclass(frozen=True)
class Thumbnail:
    """A thumbnail: as a picture; as pixels (h, w, 3), 0..1; a mask (h, w) of background pixels."""

    image: Image.Image
    pixels: Plane
    background: Mask

    @property
    def product(self) -> Mask:
        """The pixels outside the plain background and its edge band."""
        shifts = (-PRODUCT_EDGE_PX, PRODUCT_EDGE_PX)
        edge = [np.roll(self.background, shift, axis) for axis in (0, 1) for shift in shifts]
        return np.asarray(~self.background & ~np.any(edge, 0))


def make_thumbnail(image: Image.Image) -> Thumbnail:
    """The thumbnail of a photo; its transparency, if any, is ignored."""
    scale = min(1.0, THUMBNAIL_LONG_SIDE_PX / max(image.size))
    size = (max(4, round(image.width * scale)), max(4, round(image.height * scale)))
    small = image.convert("RGB").resize(size, Image.Resampling.BOX, reducing_gap=1.0)
    pixels = np.asarray(small, dtype=np.float32) / 255
    mask = plain_background(torch.from_numpy(pixels).permute(2, 0, 1)[None])[0, 0].numpy()
    return Thumbnail(small, pixels, mask > BACKGROUND_ABOVE_MASK)


def to_floats(image: Image.Image) -> Plane:
    return np.asarray(image, dtype=np.float32)
