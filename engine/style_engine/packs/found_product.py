"""The product of a picture as packs need it: a mask at the picture's size, its box, lettering beside it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.nn import functional as F

from ..imaging import tensors
from ..imaging.flood_fill import Mask
from ..imaging.tensors import MASK_THRESHOLD
from ..regions.background import plain_background, transparent_background
from ..regions.finder import RegionFinder
from ..regions.lettering import lettering_beside

MASK_MAX_PIXELS: Final = 2_000_000  # of the copy on which the mask is computed
SOFT_MASK_RANGE: Final = (0.1, 0.9)  # of a pixel that is neither product nor background for certain
MAX_SOFT_SHARE: Final = (
    0.15  # of such pixels to those of the product, off a plain background: more is a guess
)
BOX_LINE_MIN_SHARE: Final = 0.004  # of a row or column that must be product, so that specks do not count

Plane = NDArray[np.float32]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom, px."""


@dataclass(frozen=True, eq=False)
class FoundProduct:
    """mask (H, W), 0..1, soft at edges; overlay (H, W): lettering beside the product.

    `found`: there is a mask; otherwise it is 1 everywhere. `certain`: it is a cut-out's own, on a plain
    background, or nowhere a guess.
    """

    mask: Plane
    overlay: Mask
    found: bool
    certain: bool

    @cached_property
    def box(self) -> Box | None:
        """The smallest box that holds the product; None without one."""
        solid = self.mask > MASK_THRESHOLD
        ends = []
        for axis in (0, 1):
            lines = np.flatnonzero(solid.mean(axis) >= BOX_LINE_MIN_SHARE)
            if not len(lines):
                return None
            ends.append((int(lines[0]), int(lines[-1]) + 1))
        (left, right), (top, bottom) = ends
        return left, top, right, bottom


def find_product(picture: Image.Image, finder: RegionFinder) -> FoundProduct:
    """The product of a picture, RGB or RGBA. A cut-out's product is what is not transparent.

    Where the network finds none on a plain background, everything else counts as product.
    """
    copy = tensors.to_working_size(picture, MASK_MAX_PIXELS)
    photo = tensors.to_tensor(tensors.over_white(copy))
    background = plain_background(photo)
    transparent = transparent_background(copy, *photo.shape[2:])
    regions = finder(photo, background if transparent is None else transparent)
    product, is_found = regions.product, regions.found
    certain = is_found and (bool(background.any()) or _soft_share(product) <= MAX_SOFT_SHARE)
    if transparent is not None:
        alpha = np.asarray(copy.getchannel("A"), np.float32) / 255
        product, is_found, certain = torch.from_numpy(alpha)[None, None], True, True
    elif not is_found and background.any():
        product, is_found, certain = 1 - background, True, True
    mask = _enlarge(product, picture)
    if not certain:
        return FoundProduct(mask, np.zeros(mask.shape, bool), is_found, certain)
    beside = lettering_beside(photo, regions.text, product)
    overlay = _enlarge(torch.from_numpy(beside)[None, None].float(), picture) > 0
    return FoundProduct(np.where(overlay, np.float32(0), mask), overlay, is_found, certain)


def _soft_share(product: torch.Tensor) -> float:
    low, high = SOFT_MASK_RANGE
    soft = ((product > low) & (product < high)).sum()
    return float(soft / (product > MASK_THRESHOLD).sum().clamp(min=1))


def _enlarge(plane: torch.Tensor, picture: Image.Image) -> Plane:
    size = (picture.height, picture.width)
    if plane.shape[2:] != size:
        plane = F.interpolate(plane, size=size, mode="bilinear", align_corners=False)
    result: Plane = plane[0, 0].numpy()
    return result
