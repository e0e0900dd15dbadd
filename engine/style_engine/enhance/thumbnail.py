"""What a small copy of a photo shows: its pixels, which of them are seen, and its plain ground."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from ..regions.background import plain_ground

Plane = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

THUMBNAIL: Final = 192  # px, long side
SEEN: Final = 127  # opacity above which a pixel is seen
SURE: Final = 0.9  # share of ground above which a pixel is taken as ground
RIM: Final = 2  # px of a product's rim that are half ground


@dataclass(frozen=True)
class View:
    """A thumbnail (h, w): as a picture, as pixels (h, w, 3) in 0..1, and masks of what is seen and ground."""

    image: Image.Image
    pixels: Plane
    seen: Mask
    ground: Mask

    @property
    def product(self) -> Mask:
        """What is seen and is not the plain ground, nor its rim."""
        rim = [np.roll(self.ground, shift, axis) for axis in (0, 1) for shift in (-RIM, RIM)]
        return np.asarray(self.seen & ~self.ground & ~np.any(rim, 0))


def view(image: Image.Image) -> View:
    """A cut-out has no ground, and its hidden pixels show nothing."""
    scale = min(1.0, THUMBNAIL / max(image.size))
    size = (max(4, round(image.width * scale)), max(4, round(image.height * scale)))
    small = image.convert("RGB").resize(size, Image.Resampling.BOX, reducing_gap=1.0)
    pixels = np.asarray(small, dtype=np.float32) / 255
    if image.mode == "RGBA":
        seen = np.asarray(image.getchannel("A").resize(size, Image.Resampling.BOX)) > SEEN
        return View(small, pixels, seen if seen.any() else ~seen, np.zeros_like(seen))
    share = plain_ground(torch.from_numpy(pixels).permute(2, 0, 1)[None])[0, 0].numpy()
    return View(small, pixels, np.ones_like(share, bool), share > SURE)


def floats(image: Image.Image) -> Plane:
    return np.asarray(image, dtype=np.float32)
