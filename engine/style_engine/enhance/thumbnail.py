"""What a small copy of a photo shows: its pixels, which of them are seen, and its plain ground."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from ..regions.background import plain_background

Plane = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

LONG_SIDE_PX: Final = 192  # px, long side
VISIBLE_FROM_ALPHA: Final = 127  # opacity above which a pixel is seen
BACKGROUND_FROM_SHARE: Final = 0.9  # share of ground above which a pixel is taken as ground
EDGE_PX: Final = 2  # px of a product's rim that are half ground


@dataclass(frozen=True)
class Thumbnail:
    """A thumbnail (h, w): as a picture, as pixels (h, w, 3) in 0..1, and masks of what is seen and ground."""

    image: Image.Image
    pixels: Plane
    visible: Mask
    background: Mask

    @property
    def product(self) -> Mask:
        """What is seen and is not the plain ground, nor its rim."""
        edge = [np.roll(self.background, shift, axis) for axis in (0, 1) for shift in (-EDGE_PX, EDGE_PX)]
        return np.asarray(self.visible & ~self.background & ~np.any(edge, 0))


def make_thumbnail(image: Image.Image) -> Thumbnail:
    """A cut-out has no ground, and its hidden pixels show nothing."""
    scale = min(1.0, LONG_SIDE_PX / max(image.size))
    size = (max(4, round(image.width * scale)), max(4, round(image.height * scale)))
    small = image.convert("RGB").resize(size, Image.Resampling.BOX, reducing_gap=1.0)
    pixels = np.asarray(small, dtype=np.float32) / 255
    if image.mode == "RGBA":
        visible = np.asarray(image.getchannel("A").resize(size, Image.Resampling.BOX)) > VISIBLE_FROM_ALPHA
        return Thumbnail(small, pixels, visible if visible.any() else ~visible, np.zeros_like(visible))
    share = plain_background(torch.from_numpy(pixels).permute(2, 0, 1)[None])[0, 0].numpy()
    return Thumbnail(small, pixels, np.ones_like(share, bool), share > BACKGROUND_FROM_SHARE)


def floats(image: Image.Image) -> Plane:
    return np.asarray(image, dtype=np.float32)
