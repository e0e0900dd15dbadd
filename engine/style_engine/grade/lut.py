"""Grading: a colour look applied as one 3D lookup table, so that no shape in the picture can change.

A small network mixes eight learned tables into one that corrects the photo's light and colour, from a
thumbnail (image-adaptive 3D LUTs, Zeng et al. 2020). A preset follows; both are applied as one table.
Colours are sRGB, 0..1; a table is (3, S, S, S) with axes output channel, blue, green, red.
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

GRADE_FORMAT: Final = 1  # of the model folder
BASIS_TABLE_SIDE: Final = 17  # entries along each axis of a learned table
BASIS_TABLES: Final = 8
APPLIED_TABLE_SIDE: Final = 33  # finer, because presets are less smooth than corrections
GRADE_THUMBNAIL_PX: Final = 64
DROPOUT: Final = 0.2
WHITE_BLEND_FROM_LEVEL: Final = 0.90  # of the least channel; from here to 1 colours go over to the original


class TablePredictor(nn.Module):
    """Thumbnails (B, 3, 64, 64) → tables (B, 3, 17, 17, 17): 20 k weights that mix 118 k table entries."""

    def __init__(self) -> None:
        super().__init__()
        widths = (3, 12, 24, 32, 32)
        layers = (nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(widths))
        self.convolutions = nn.ModuleList(layers)
        self.mix = nn.Linear(2 * widths[-1], BASIS_TABLES)
        self.bases = nn.Parameter(
            torch.zeros(BASIS_TABLES, 3, BASIS_TABLE_SIDE, BASIS_TABLE_SIDE, BASIS_TABLE_SIDE)
        )

    def forward(self, thumbnails: Tensor) -> Tensor:
        weights = self.weights(thumbnails)
        return identity_table(BASIS_TABLE_SIDE).to(thumbnails) + torch.einsum(
            "bk,kcxyz->bcxyz", weights, self.bases
        )

    def weights(self, thumbnails: Tensor) -> Tensor:
        """Mixing weights (B, 8); no norm layers, which would remove the light and colour to be corrected."""
        x = 2 * thumbnails - 1
        for convolution in self.convolutions:
            x = F.leaky_relu(convolution(x), 0.1)
        pooled = torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)
        weights: Tensor = self.mix(F.dropout(pooled, DROPOUT, self.training))
        return weights


class Grader:
    """Applies presets to photos; the same photo and preset give the same bytes."""

    def __init__(self, predictor: TablePredictor, version: str) -> None:
        self.predictor, self.version = predictor, version

    @classmethod
    def load(cls, folder: Path) -> "Grader":
        """Raises ModelRefused when a file is missing, altered, unlisted, or a pickle."""
        stored = read_folder(folder, GRADE_FORMAT)
        predictor = TablePredictor()
        predictor.load_state_dict(stored.tensors)
        return cls(predictor.eval().requires_grad_(False), stored.version)

    def grade(self, image: Image.Image, look: str, strength: float = 1.0) -> Image.Image:
        """The picture (RGB or RGBA, upright sRGB) in a preset; unchanged at strength 0.

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
        """(3, 33, 33, 33) correction followed by the preset, blended with the identity by strength."""
        colours = identity_table(APPLIED_TABLE_SIDE)
        points = self.correction(image).flatten(1).T.double().numpy()
        styled = torch.from_numpy(PRESETS[look](points)).float().T.view_as(colours)
        return torch.lerp(colours, styled, strength).clamp(0, 1)

    @torch.inference_mode()
    def correction(self, image: Image.Image) -> Tensor:
        """(3, 33, 33, 33) the correction of the photo's light and colour; white is kept."""
        small = over_white(image).resize((GRADE_THUMBNAIL_PX, GRADE_THUMBNAIL_PX), Image.Resampling.BOX)
        colours = identity_table(APPLIED_TABLE_SIDE)
        return keep_white(colours, look_up(self.predictor(to_tensor(small))[0], colours)).clamp(0, 1)


def identity_table(side: int) -> Tensor:
    """(3, side, side, side): the table that maps every colour to itself."""
    axis = torch.linspace(0, 1, side)
    blue, green, red = torch.meshgrid(axis, axis, axis, indexing="ij")
    return torch.stack([red, green, blue])


def look_up(table: Tensor, colours: Tensor) -> Tensor:
    """Map colours (3, …) through a table (3, S, S, S) with trilinear interpolation."""
    points = 2 * colours.reshape(3, -1).T - 1
    grid = points.view(1, 1, 1, -1, 3)
    mapped = F.grid_sample(table[None], grid, align_corners=True, padding_mode="border")
    return mapped.reshape(colours.shape)


def keep_white(before: Tensor, after: Tensor) -> Tensor:
    """`after`, blended towards `before` (3, …) near white: a clean white has no cast to correct."""
    start = WHITE_BLEND_FROM_LEVEL
    whiteness = ((before.amin(0) - start) / (1 - start)).clamp(0, 1)
    return torch.lerp(after, before, whiteness * whiteness * (3 - 2 * whiteness))


def apply_table(image: Image.Image, table: Tensor) -> Image.Image:
    """Map every pixel through the table (3, S, S, S), trilinear; alpha is kept."""
    flat = table.permute(1, 2, 3, 0).reshape(-1).numpy().astype(np.float32)
    result = image.convert("RGB").filter(ImageFilter.Color3DLUT(table.shape[-1], flat))
    if image.mode == "RGBA":
        result.putalpha(image.getchannel("A"))
    return result
