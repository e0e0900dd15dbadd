"""Conversion between PIL pictures and tensors: sizes, padding, transparency."""

import math
from typing import Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from ..errors import UnsupportedPicture

PAINTING_STRIDE_PX: Final = 8  # the painting network halves the resolution three times
PADDED_MIN_SIDE_PX: Final = 32  # below this instance norms average over too few pixels to be stable
MASK_THRESHOLD: Final = 0.5  # a pixel belongs to a soft mask where its value is above this
SUPPORTED_MODES: Final = ("RGB", "RGBA")


def require_supported(image: Image.Image) -> None:
    if image.mode not in SUPPORTED_MODES:
        raise UnsupportedPicture(f"picture mode {image.mode!r}; allowed: {', '.join(SUPPORTED_MODES)}")
    if min(image.size) < 1:
        raise UnsupportedPicture(f"picture of {image.width} x {image.height} px; allowed: at least 1 x 1")


def over_white(image: Image.Image) -> Image.Image:
    """The picture in RGB, transparent areas composited over white."""
    if image.mode == "RGB":
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def to_working_size(image: Image.Image, most: int, least: int = 0) -> Image.Image:
    """Resize to at most `most` pixels, or up to `least` by at most 2x each side; aspect is kept."""
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
    """RGB, from (1, 3, H, W); values outside [0, 1] are clipped."""
    pixels = (picture[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()
    return Image.fromarray(pixels)


def padded(photo: Tensor) -> Tensor:
    """Reflection padding at the right and bottom to multiples of 8 px, at least 32 px each side."""
    height, width = padded_size(*photo.shape[2:])
    while photo.shape[2:] != (height, width):
        photo = _reflect_pad(photo, height, width)
    return photo


def padded_size(height: int, width: int) -> tuple[int, int]:
    """Both sides rounded up to multiples of 8 px, at least 32."""
    return (
        max(PADDED_MIN_SIDE_PX, -(-height // PAINTING_STRIDE_PX) * PAINTING_STRIDE_PX),
        max(PADDED_MIN_SIDE_PX, -(-width // PAINTING_STRIDE_PX) * PAINTING_STRIDE_PX),
    )


def thumbnail(photo: Tensor, side: int = 128) -> Tensor:
    """(1, 3, side, side): the whole photo resized to a square, aspect not kept."""
    return F.interpolate(photo, size=(side, side), mode="bilinear", antialias=True)


def area_resize(planes: Tensor, size: tuple[int, int] | Tensor) -> Tensor:
    """Planes (B, C, H, W) reduced to a height and width, or to those of another tensor, by area means."""
    height_width = tuple(size.shape[2:]) if isinstance(size, Tensor) else size
    return F.interpolate(planes, size=height_width, mode="area")


def _reflect_pad(photo: Tensor, height: int, width: int) -> Tensor:
    """One reflection, which at most doubles each side; a side of one pixel is replicated instead."""
    photo_height, photo_width = photo.shape[2:]
    if 1 in (photo_height, photo_width):
        padding = (0, width - 1 if photo_width == 1 else 0, 0, height - 1 if photo_height == 1 else 0)
        return F.pad(photo, padding, "replicate")
    padding = (0, min(width - photo_width, photo_width - 1), 0, min(height - photo_height, photo_height - 1))
    return F.pad(photo, padding, "reflect")
