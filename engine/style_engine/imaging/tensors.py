"""PIL pictures to tensors and back: sizes, padding, transparency, and adding a change to the full photo."""

import math
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from ..errors import UnsupportedPicture

STRIDE: Final = 8  # the net halves three times
SMALLEST: Final = 32  # px; below this the norms have too few numbers to be calm
MODES: Final = ("RGB", "RGBA")


def require_supported(image: Image.Image) -> None:
    if image.mode not in MODES:
        raise UnsupportedPicture(f"picture mode {image.mode!r}; allowed: {', '.join(MODES)}")
    if min(image.size) < 1:
        raise UnsupportedPicture(f"picture of {image.width} x {image.height} px; allowed: at least 1 x 1")


def over_white(image: Image.Image) -> Image.Image:
    """The picture in RGB, what is transparent laid over white."""
    if image.mode == "RGB":
        return image
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image).convert("RGB")


def to_working_size(image: Image.Image, most: int, least: int = 0) -> Image.Image:
    """The picture with at most `most` pixels and, doubled if need be, nearer to `least`; its aspect kept."""
    pixels = image.width * image.height
    scale = min(math.sqrt(most / pixels), 2.0, max(1.0, math.sqrt(least / pixels)))
    if scale == 1:
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def to_tensor(image: Image.Image) -> Tensor:
    """(1, 3, H, W) in [0, 1]."""
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).unsqueeze(0).float() / 255


def to_image(picture: Tensor) -> Image.Image:
    """RGB, of (1, 3, H, W) in [0, 1]; what lies beyond is clipped."""
    pixels = (picture[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()
    return Image.fromarray(pixels)


def padded(photo: Tensor) -> Tensor:
    """The photo grown right and down by mirroring to multiples of 8 px, at least 32 px each way."""
    height, width = padded_size(*photo.shape[2:])
    while photo.shape[2:] != (height, width):
        photo = _mirror_on(photo, height, width)
    return photo


def padded_size(height: int, width: int) -> tuple[int, int]:
    """The next multiples of 8 px, at least 32."""
    return (max(SMALLEST, -(-height // STRIDE) * STRIDE), max(SMALLEST, -(-width // STRIDE) * STRIDE))


def thumbnail(photo: Tensor, side: int = 128) -> Tensor:
    """(1, 3, side, side): the whole photo squeezed into a square."""
    return F.interpolate(photo, size=(side, side), mode="bilinear", antialias=True)


def apply_change(image: Image.Image, change: Tensor) -> Image.Image:
    """Add a change (1, 3, h, w), in units of full scale, to a picture of any size; alpha stays."""
    bands = list(image.split())
    for index, plane in enumerate(change[0].cpu().numpy()):
        bands[index] = _add_plane(bands[index], plane)
    return Image.merge(image.mode, bands)


def _add_plane(band: Image.Image, plane: NDArray[np.float32]) -> Image.Image:
    offset = Image.fromarray(plane * np.float32(255))
    if offset.size != band.size:
        offset = offset.resize(band.size, Image.Resampling.BICUBIC)
    total = np.asarray(band, dtype=np.float32) + np.asarray(offset)
    return Image.fromarray(np.clip(np.rint(total), 0, 255).astype(np.uint8))


def _mirror_on(photo: Tensor, height: int, width: int) -> Tensor:
    """One mirroring: at most doubles each side; a side of one pixel can only be repeated."""
    have_height, have_width = photo.shape[2:]
    if 1 in (have_height, have_width):
        grow = (0, width - 1 if have_width == 1 else 0, 0, height - 1 if have_height == 1 else 0)
        return F.pad(photo, grow, "replicate")
    grow = (0, min(width - have_width, have_width - 1), 0, min(height - have_height, have_height - 1))
    return F.pad(photo, grow, "reflect")
