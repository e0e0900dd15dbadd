"""A painted change laid over a photo at the photo's own size, strip by strip.

Only a few rows at a time exist as floats; the rest is 8 bits. Where marks replace the photo's detail:

    result = photo + cover * (enlarged small copy - photo) + change
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from .resampling import AxisWeights, widened

Pixels = NDArray[np.uint8]

STRIP_VALUES: Final = 2**18  # of a strip, so that it stays in the processor's cache
READ_ROWS: Final = 64
LEVEL_STEPS: Final = 8  # in which changes and colours are counted; one is rounded to 1/16 level
COVER_STEPS: Final = 2**11
MAX_CHANGE: Final = 2.0  # of full scale: beyond it any picture is clipped


@dataclass(frozen=True, eq=False)
class FullSizePhoto:
    """A photo (H, W, 3 or 4) over which changes are laid; `small` (1, 3, h, w) is a copy of it, 0..1.

    Several threads may lay changes over one of them.
    """

    pixels: Pixels
    small: Tensor | None = None

    @classmethod
    def of(cls, photo: Image.Image, small: Tensor | None = None) -> "FullSizePhoto":
        """Of an RGB or RGBA photo; read in strips, as Pillow needs a second copy of what it gives at once."""
        width, height = photo.size
        pixels = np.empty((height, width, len(photo.getbands())), np.uint8)
        for top in range(0, height, READ_ROWS):
            bottom = min(height, top + READ_ROWS)
            pixels[top:bottom] = np.asarray(photo.crop((0, top, width, bottom)))
        return cls(pixels, small)

    def composited(self, change: Tensor, cover: Tensor | None = None) -> Image.Image:
        """The photo with a change (1, 3, h, w), in units of full scale; alpha is kept.

        A share `cover` (1, 1, h, w), 0..1, of the photo is replaced by its enlarged small copy, so that
        nothing of its detail is left between the marks of the change.
        """
        if cover is not None and not cover.any():
            cover = None
        return _Composition(self, change, cover).picture()

    def widened(self, planes: Tensor, steps: int) -> Tensor:
        """(h, W * channels) of planes (1, 3, h, w), counted in steps; alpha gets 0."""
        counted = (planes[0].cpu().permute(1, 2, 0) * steps).round_()
        _, width, channels = self.pixels.shape
        if channels > counted.shape[2]:
            counted = torch.cat([counted, counted.new_zeros(*counted.shape[:2], 1)], 2)
        return widened(counted, width)

    @cached_property
    def widened_small(self) -> Tensor:
        """As `widened`, of the small copy in levels: the same for every look."""
        if self.small is None:
            raise ValueError("without a small copy there is nothing to replace detail with")
        return self.widened(255 * self.small, LEVEL_STEPS)


class _Composition:
    def __init__(self, full_size: FullSizePhoto, change: Tensor, cover: Tensor | None) -> None:
        self._full_size, self._photo = full_size, full_size.pixels
        self._rows = AxisWeights.of(change.shape[2], full_size.pixels.shape[0])
        levels = 255 * change.clamp(-MAX_CHANGE, MAX_CHANGE)
        self._is_changed = _rows_with_values(levels)
        # A half, so that cutting off the fraction rounds: weights sum to 1.
        self._change = full_size.widened(levels + 0.5, LEVEL_STEPS)
        self._cover = None
        if cover is not None:
            self._is_changed |= _rows_with_values(cover)
            self._cover = full_size.widened(cover.clamp(0, 1).expand(-1, 3, -1, -1), COVER_STEPS)

    def picture(self) -> Image.Image:
        height, width, channels = self._photo.shape
        picture = Image.new(("RGB", "RGBA")[channels - 3], (width, height))
        strip_rows = max(1, STRIP_VALUES // (width * channels))
        buffers = torch.empty(3, strip_rows, width * channels)
        for top in range(0, height, strip_rows):
            rows = slice(top, min(height, top + strip_rows))
            strip = self._photo[rows]
            if self._is_changed[self._rows.inputs_of(rows)].any():
                strip = self._composited(rows, buffers[:, : rows.stop - rows.start])
            picture.paste(Image.fromarray(strip), (0, top))
        return picture

    def _composited(self, rows: slice, buffers: Tensor) -> Pixels:
        """The rows of the picture; `buffers` (3, rows, W * channels) are used again for every strip."""
        needed, weights = self._rows.inputs_of(rows), torch.from_numpy(self._rows.matrix(rows))
        pixels, cover, detail = buffers
        photo = self._photo[rows]
        np.copyto(pixels.numpy(), photo.reshape(len(photo), -1))
        if self._cover is not None:
            torch.mm(weights / COVER_STEPS, self._cover[needed].float(), out=cover).clamp_(0, 1)
            small = self._full_size.widened_small[needed].float()
            torch.mm(weights / LEVEL_STEPS, small, out=detail).sub_(pixels)
            pixels.addcmul_(detail, cover).clamp_(0, 255)
        pixels.addmm_(weights / LEVEL_STEPS, self._change[needed].float()).clamp_(0, 255)
        composited: Pixels = pixels.numpy().astype(np.uint8).reshape(photo.shape)
        return composited


def _rows_with_values(planes: Tensor) -> Tensor:
    """(h,) whether a row of planes (1, C, h, w) has a value other than 0."""
    return planes.cpu().abs().amax((0, 1, 3)) > 0
