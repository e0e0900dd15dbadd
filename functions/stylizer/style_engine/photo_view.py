"""What a small copy of a photo shows: its pixels, which of them are seen, and its plain ground."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from .ground import plain_ground

Plane = NDArray[np.floating[Any]]

THUMBNAIL: Final = 192  # px, long side
SEEN: Final = 127  # opacity above which a pixel is seen
SURE: Final = 0.9  # share of ground above which a pixel is taken as ground
LIGHT: Final = 0.70  # a plain ground whose channels are all above this was white paper,
TINT: Final = 0.08  # unless they differ by more than this: then it is meant to have a colour;
LAMP_TINT: Final = 0.17  # or by more than this, where they rise or fall from red to blue as lamplight does


@dataclass(frozen=True)
class View:
    """A thumbnail (h, w): as a picture, as pixels (h, w, 3) in 0..1, and masks of what is seen and ground."""

    image: Image.Image
    pixels: Plane
    seen: NDArray[np.bool_]
    ground: NDArray[np.bool_]

    @property
    def paper(self) -> Plane | None:
        """(3,) the colour of a plain, light, nearly neutral ground, if there is one."""
        if not self.ground.any():
            return None
        colour: Plane = np.median(self.pixels[self.ground], 0)
        steps = np.diff(colour)
        tint = LAMP_TINT if steps[0] * steps[1] > 0 else TINT
        return colour if colour.min() >= LIGHT and np.ptp(colour) <= tint else None


def view(image: Image.Image) -> View:
    """A cut-out has no ground, and its hidden pixels show nothing."""
    scale = min(1.0, THUMBNAIL / max(image.size))
    size = (max(4, round(image.width * scale)), max(4, round(image.height * scale)))
    small = image.convert("RGB").resize(size, Image.Resampling.BOX)
    pixels = np.asarray(small, dtype=np.float32) / 255
    if image.mode == "RGBA":
        seen = np.asarray(image.getchannel("A").resize(size, Image.Resampling.BOX)) > SEEN
        return View(small, pixels, seen if seen.any() else ~seen, np.zeros_like(seen))
    share = plain_ground(torch.from_numpy(pixels).permute(2, 0, 1)[None])[0, 0].numpy()
    return View(small, pixels, np.ones_like(share, bool), share > SURE)


def floats(image: Image.Image) -> Plane:
    return np.asarray(image, dtype=np.float32)
