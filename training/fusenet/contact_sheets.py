"""Contact sheets of a run: held-out photos down, catalogue styles across."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from style_engine.network.conditioning import conditioning_maps
from style_engine.network.patterns import half_size_patterns

from ..shared.data import picture_files, read_picture
from ..styles.recipes import RECIPES
from .checkpoint import Trainee

SIDE = 256
ROWS = 3


def held_out_photos(data: Path, products: int, scenes: int) -> list[Tensor]:
    """Centre squares (1, 3, 256, 256) of pictures that are never trained on."""
    files = picture_files(data / "products", held_out=True)[3 :: max(1, 35 // products)][:products]
    files += picture_files(data / "scenes", held_out=True)[:scenes]
    return [_square(read_picture(path)) for path in files]


def write(trainee: Trainee, data: Path, path: Path) -> None:
    """Photo, every style at full strength, and the photo through its own code."""
    rows = [render(trainee, photo) for photo in held_out_photos(data, 5, 2)]
    sheet = torch.cat(rows, 2)[0].permute(1, 2, 0)
    Image.fromarray((sheet.clamp(0, 1) * 255).byte().numpy().astype(np.uint8)).save(path)


@torch.inference_mode()
def render(trainee: Trainee, photo: Tensor) -> Tensor:
    """(1, 3, 256 · ROWS, …) the photo and its looks, folded into rows."""
    code = trainee.encoder(F.interpolate(photo, size=(128, 128), mode="area"))
    photo_style = trainee.head.vector(code, trainee.encoder.injection)
    vectors = torch.cat([trainee.vectors[: len(RECIPES)], photo_style])
    conditioning = conditioning_maps(photo, half_size_patterns(SIDE, SIDE))
    pictures = [trainee.net(photo, vector.unsqueeze(0), conditioning) for vector in vectors]
    return _folded(torch.cat([photo, *pictures], 3), len(pictures) + 1)


def _folded(strip: Tensor, count: int) -> Tensor:
    """A strip of squares in ROWS rows, the last filled up with white."""
    across = -(-count // ROWS)
    strip = F.pad(strip, (0, (across * ROWS - count) * SIDE), value=1.0)
    return torch.cat(strip.split(across * SIDE, 3), 2)


def _square(photo: Tensor) -> Tensor:
    side = min(photo.shape[2:])
    top, left = (photo.shape[2] - side) // 2, (photo.shape[3] - side) // 2
    square = photo[:, :, top : top + side, left : left + side]
    return F.interpolate(square, size=(SIDE, SIDE), mode="bilinear", antialias=True).clamp(0, 1)
