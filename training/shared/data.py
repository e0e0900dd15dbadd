"""Training pictures: folders given by the caller, decoded once, cropped at random from a given generator."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from style_engine.network import patterns as drawn
from style_engine.regions.background import plain_background

HELD_OUT: Final = 20  # every 20th picture of a folder is never trained on
SUFFIXES: Final = frozenset({".webp", ".jpg", ".jpeg", ".png"})


@dataclass(frozen=True)
class Crop:
    """A photo (3, S, S) in [0, 1] and its plain-ground mask (1, S, S)."""

    photo: Tensor
    background: Tensor


@dataclass(frozen=True)
class Picture:
    """A decoded picture (3, H, W) in bytes, with its mask when it is a product photo."""

    pixels: Tensor
    background: Tensor | None


def read_picture(path: Path) -> Tensor:
    """(1, 3, H, W) in [0, 1]."""
    return _bytes(path).unsqueeze(0).float() / 255


def short_side(picture: Tensor, size: int) -> Tensor:
    """The picture (1, 3, H, W) with its shorter side `size` px long."""
    scale = size / min(picture.shape[2:])
    shape = [round(side * scale) for side in picture.shape[2:]]
    return F.interpolate(picture, size=shape, mode="bilinear", antialias=True).clamp(0, 1)


def picture_files(folder: Path, held_out: bool = False) -> list[Path]:
    """Files of a folder in name order, without the held-out ones (or only those)."""
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    return [path for index, path in enumerate(files) if (index % HELD_OUT == HELD_OUT - 1) == held_out]


def load_pictures(files: Sequence[Path], with_background: bool) -> list[Picture]:
    return [_picture(path, with_background) for path in files]


def random_crop(picture: Picture, size: int, rng: np.random.Generator) -> Crop:
    """A square of `size` px from the picture at a random scale, mirrored half of the time."""
    height, width = picture.pixels.shape[1:]
    short = size * rng.uniform(1.0, 1.9) if min(height, width) > size else size
    side = min(height, width, round(min(height, width) * size / short))
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


def random_patterns(size: int, rng: np.random.Generator | None) -> Tensor:
    """(1, fields + 1, size, size): the fields and the number of each mosaic tile, from a random even corner.

    Without a generator the corner is (0, 0), as in the engine.
    """
    top, left = (int(2 * rng.integers(drawn.PATTERN_PERIOD_PX // 2)) if rng else 0 for _ in range(2))
    rows = torch.arange(top, top + size) % drawn.PATTERN_PERIOD_PX
    columns = torch.arange(left, left + size) % drawn.PATTERN_PERIOD_PX
    numbers = torch.from_numpy(drawn.cell_numbers())[rows][:, columns]
    return torch.cat([drawn.patterns_at(size, size, top, left), numbers[None, None].float()], 1)


def _picture(path: Path, with_background: bool) -> Picture:
    pixels = _bytes(path)
    if not with_background:
        return Picture(pixels, None)
    mask = plain_background(pixels.unsqueeze(0).float() / 255)[0]
    return Picture(pixels, (mask * 255).byte() if mask.any() else None)


def _bytes(path: Path) -> Tensor:
    with Image.open(path) as image:
        return torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1).contiguous()


def _resize(picture: Tensor, size: int) -> Tensor:
    if picture.shape[1] == size:
        return picture
    return F.interpolate(picture.unsqueeze(0), size=(size, size), mode="bilinear", antialias=True)[0]
