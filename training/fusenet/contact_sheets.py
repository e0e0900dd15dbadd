"""Contact sheets of a run: held-out photos in all catalogue styles."""

from pathlib import Path
from typing import Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from style_engine.network.conditioning import conditioning_maps
from style_engine.network.patterns import half_size_patterns

from ..shared.data import read_picture
from ..shared.files import picture_files
from ..styles.recipes import RECIPES
from .networks import StyleNetworks
from .objective import ENCODER_SIDE_PX

CELL_SIDE_PX: Final = 256
ROWS_PER_PHOTO: Final = 3
SHEET_PRODUCTS, SHEET_SCENES = 5, 2  # photos


def held_out_photos(data: Path, products: int, scenes: int) -> list[Tensor]:
    """Centre squares (1, 3, 256, 256) of held-out photos."""
    files = picture_files(data / "products", held_out=True)[3 :: max(1, 35 // products)][:products]
    files += picture_files(data / "scenes", held_out=True)[:scenes]
    return [_centre_square(read_picture(path)) for path in files]


def write(networks: StyleNetworks, data: Path, path: Path) -> None:
    """For each photo: the photo, every style at full strength, and the photo in its own style."""
    rows = [render(networks, photo) for photo in held_out_photos(data, SHEET_PRODUCTS, SHEET_SCENES)]
    sheet = torch.cat(rows, 2)[0].permute(1, 2, 0)
    Image.fromarray((sheet.clamp(0, 1) * 255).byte().numpy().astype(np.uint8)).save(path)


@torch.inference_mode()
def render(networks: StyleNetworks, photo: Tensor) -> Tensor:
    """(1, 3, 256 · ROWS_PER_PHOTO, W) the photo (1, 3, 256, 256) and its pictures, in rows."""
    code = networks.encoder(F.interpolate(photo, size=(ENCODER_SIDE_PX, ENCODER_SIDE_PX), mode="area"))
    photo_style = networks.head.vector(code, networks.encoder.injection)
    vectors = torch.cat([networks.vectors[: len(RECIPES)], photo_style])
    conditioning = conditioning_maps(photo, half_size_patterns(CELL_SIDE_PX, CELL_SIDE_PX))
    pictures = [networks.net(photo, vector.unsqueeze(0), conditioning) for vector in vectors]
    return _wrap_strip(torch.cat([photo, *pictures], 3), len(pictures) + 1)


def _wrap_strip(strip: Tensor, count: int) -> Tensor:
    """A strip of `count` cells in ROWS_PER_PHOTO rows; the last is filled with white."""
    columns = -(-count // ROWS_PER_PHOTO)
    strip = F.pad(strip, (0, (columns * ROWS_PER_PHOTO - count) * CELL_SIDE_PX), value=1.0)
    return torch.cat(strip.split(columns * CELL_SIDE_PX, 3), 2)


def _centre_square(photo: Tensor) -> Tensor:
    side = min(photo.shape[2:])
    top, left = (photo.shape[2] - side) // 2, (photo.shape[3] - side) // 2
    square = photo[:, :, top : top + side, left : left + side]
    size = (CELL_SIDE_PX, CELL_SIDE_PX)
    return F.interpolate(square, size=size, mode="bilinear", antialias=True).clamp(0, 1)
