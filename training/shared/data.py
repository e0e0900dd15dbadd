"""Training pictures: decoded once, cropped at random."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from style_engine.network import patterns
from style_engine.regions.background import plain_background


@dataclass(frozen=True)
class Crop:
    """A photo (3, S, S) in [0, 1] and its plain-background mask (1, S, S)."""

    photo: Tensor
    background: Tensor


@dataclass(frozen=True)
class TrainingPicture:
    """8-bit pixels (3, H, W) and, where a plain background was found, its 8-bit mask (1, H, W)."""

    pixels: Tensor
    background: Tensor | None


def read_picture(path: Path) -> Tensor:
    """(1, 3, H, W) in [0, 1]."""
    return _read_pixels(path).unsqueeze(0).float() / 255


def resize_short_side(picture: Tensor, size: int) -> Tensor:
    """The picture (1, 3, H, W), resized so that its shorter side has `size` px."""
    scale = size / min(picture.shape[2:])
    shape = [round(side * scale) for side in picture.shape[2:]]
    return F.interpolate(picture, size=shape, mode="bilinear", antialias=True).clamp(0, 1)


def load_pictures(files: Sequence[Path], with_background: bool) -> list[TrainingPicture]:
    """`with_background`: find the plain backgrounds of product photos."""
    return [_load_picture(path, with_background) for path in files]


def random_crop(picture: TrainingPicture, size: int, rng: np.random.Generator) -> Crop:
    """A square of `size` px at a random scale and position, mirrored with probability 0.5."""
    height, width = picture.pixels.shape[1:]
    short_side = size * rng.uniform(1.0, 1.9) if min(height, width) > size else size
    side = min(height, width, round(min(height, width) * size / short_side))
    top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
    window = (slice(None), slice(top, top + side), slice(left, left + side))
    photo = _resize(picture.pixels[window].float() / 255, size)
    background = torch.zeros(1, size, size)
    if picture.background is not None:
        background = _resize(picture.background[window].float() / 255, size)
    crop = torch.cat([photo, background]).clamp(0, 1)
    if rng.random() < 0.5:
        crop = crop.flip(2)
    return Crop(crop[:3], crop[3:])


def random_patterns(size: int, rng: np.random.Generator) -> Tensor:
    """(1, patterns, size, size): the patterns from a random even offset."""
    top, left = (int(2 * rng.integers(patterns.PATTERN_PERIOD_PX // 2)) for _ in range(2))
    return patterns.patterns_at(size, size, top, left)


def _load_picture(path: Path, with_background: bool) -> TrainingPicture:
    pixels = _read_pixels(path)
    if not with_background:
        return TrainingPicture(pixels, None)
    mask = plain_background(pixels.unsqueeze(0).float() / 255)[0]
    return TrainingPicture(pixels, (mask * 255).byte() if mask.any() else None)


def _read_pixels(path: Path) -> Tensor:
    with Image.open(path) as image:
        return torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1).contiguous()


def _resize(picture: Tensor, size: int) -> Tensor:
    if picture.shape[1] == size:
        return picture
    return F.interpolate(picture.unsqueeze(0), size=(size, size), mode="bilinear", antialias=True)[0]
