"""The grade engine: a look as one 3D table of colours, so that nothing in the picture can bend.

A small net sees a thumbnail and mixes eight learned tables into one that corrects the photo's light and
colour (image-adaptive 3D LUTs, Zeng et al. 2020); a campaign look follows; both are applied as one table.
Colours are sRGB in 0..1; a table is (3, S, S, S) with axes out, blue, green, red.
"""

from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch import Tensor, nn
from torch.nn import functional as F

from ..artifacts import read_folder
from ..errors import InvalidLook, UnknownStyle
from ..imaging.tensors import over_white, require_supported, to_tensor
from .presets import PRESETS

FORMAT: Final = 1
SIDE: Final = 17  # colours along each axis of a learned table
BASES: Final = 8
FINE_SIDE: Final = 33  # along each axis of the table that is applied: looks bend more than corrections
THUMBNAIL: Final = 64  # px
DROPPED: Final = 0.2  # of what the net sees, while it learns
WHITE_FROM: Final = 0.90  # from here to 1 in its least channel, a colour is left more and more as it is


class TablePredictor(nn.Module):
    """Thumbnails (B, 3, 64, 64) to tables (B, 3, 17, 17, 17): 20 k weights that mix 118 k of tables."""

    def __init__(self) -> None:
        super().__init__()
        widths = (3, 12, 24, 32, 32)
        layers = (nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(widths))
        self.convolutions = nn.ModuleList(layers)
        self.mix = nn.Linear(2 * widths[-1], BASES)
        self.bases = nn.Parameter(torch.zeros(BASES, 3, SIDE, SIDE, SIDE))

    def forward(self, thumbnails: Tensor) -> Tensor:
        weights = self.weights(thumbnails)
        return identity(SIDE).to(thumbnails) + torch.einsum("bk,kcxyz->bcxyz", weights, self.bases)

    def weights(self, thumbnails: Tensor) -> Tensor:
        """(B, BASES); no norms, because light and colour are what is to be seen."""
        x = 2 * thumbnails - 1
        for convolution in self.convolutions:
            x = F.leaky_relu(convolution(x), 0.1)
        seen = torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)
        mixed: Tensor = self.mix(F.dropout(seen, DROPPED, self.training))
        return mixed


class Grader:
    """Campaign looks on any photo; the same photo and look give the same bytes."""

    def __init__(self, predictor: TablePredictor, version: str) -> None:
        self.predictor, self.version = predictor, version

    @classmethod
    def load(cls, folder: Path) -> "Grader":
        """Raises ModelRefused when a file is missing, altered, unlisted, or a pickle."""
        stored = read_folder(folder, FORMAT)
        predictor = TablePredictor()
        predictor.load_state_dict(stored.tensors)
        return cls(predictor.eval().requires_grad_(False), stored.version)

    def grade(self, image: Image.Image, look: str, strength: float = 1.0) -> Image.Image:
        """The picture (RGB or RGBA, upright sRGB) in a campaign look; at strength 0 its very bytes.

        Raises UnknownStyle, InvalidLook, UnsupportedPicture.
        """
        require_supported(image)
        if look not in PRESETS:
            raise UnknownStyle(look, PRESETS)
        if not 0 <= strength <= 1:
            raise InvalidLook(f"strength is {strength}; allowed: 0 to 1")
        if strength == 0:
            return image.copy()
        return apply_table(image, self.table(image, look, strength))

    @torch.inference_mode()
    def table(self, image: Image.Image, look: str, strength: float) -> Tensor:
        """(3, 33, 33, 33) correction, then look, then as much of both as the strength says."""
        colours = identity(FINE_SIDE)
        points = self.correction(image).flatten(1).T.double().numpy()
        styled = torch.from_numpy(PRESETS[look](points)).float().T.view_as(colours)
        return torch.lerp(colours, styled, strength).clamp(0, 1)

    @torch.inference_mode()
    def correction(self, image: Image.Image) -> Tensor:
        """(3, 33, 33, 33) what the net would do to the photo's light and colour; white paper stays."""
        small = over_white(image).resize((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)
        colours = identity(FINE_SIDE)
        return keep_white(colours, look_up(self.predictor(to_tensor(small))[0], colours)).clamp(0, 1)


def identity(side: int) -> Tensor:
    """(3, side, side, side): every colour as itself."""
    axis = torch.linspace(0, 1, side)
    blue, green, red = torch.meshgrid(axis, axis, axis, indexing="ij")
    return torch.stack([red, green, blue])


def look_up(table: Tensor, colours: Tensor) -> Tensor:
    """Colours (3, …) through a table (3, S, S, S), trilinear between its entries."""
    points = 2 * colours.reshape(3, -1).T - 1
    found = F.grid_sample(table[None], points.view(1, 1, 1, -1, 3), align_corners=True, padding_mode="border")
    return found.reshape(colours.shape)


def keep_white(before: Tensor, after: Tensor) -> Tensor:
    """`after`, going over to `before` where a colour (3, …) nears white: clean paper is no cast."""
    near = ((before.amin(0) - WHITE_FROM) / (1 - WHITE_FROM)).clamp(0, 1)
    return torch.lerp(after, before, near * near * (3 - 2 * near))


def apply_table(image: Image.Image, table: Tensor) -> Image.Image:
    """Every pixel through the table (3, S, S, S), trilinear; alpha stays."""
    flat = table.permute(1, 2, 3, 0).reshape(-1).numpy().astype(np.float32)
    result = image.convert("RGB").filter(ImageFilter.Color3DLUT(table.shape[-1], flat))
    if image.mode == "RGBA":
        result.putalpha(image.getchannel("A"))
    return result
