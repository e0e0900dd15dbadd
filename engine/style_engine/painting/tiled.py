"""Tiles: a photo painted at its full size, piece by piece, with no seam.

The statistics of every norm come from one pass over the photo at working size and stay fixed. The net is
then a local function, so a tile with enough photo round it comes out just as the whole frame would. Strokes
keep their size in pixels: on a large photo they are fine.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from ..imaging import tensors
from ..network.conditioning import conditioning_maps
from ..network.model import Model
from ..network.modulation import FrozenModulation, RecordingModulation, Statistics
from ..network.patterns import half_size_patterns
from ..network.styles import StyleTarget
from ..regions.background import plain_background
from . import tone_fit
from .highlights import limit_highlights
from .painter import Painter, paint_unprotected

Window = tuple[slice, slice]
Track = Callable[[Sequence[Window]], Iterable[Window]]

TILE: Final = 1024  # px
CONVOLUTIONS: Final = ((2, 2), (2, 4), (1, 4), (6, 8), (2, 4), (2, 2))
"""How many 3 × 3 convolutions the net has in a row, and the size of a pixel there: from half size (the one
that halves among them) to an eighth and back."""


def halo() -> int:
    """How far in px a result pixel can see: a whole number of the net's strides, rounded up."""
    reach = sum(count * scale for count, scale in CONVOLUTIONS)
    return -(-reach // tensors.STRIDE_PX) * tensors.STRIDE_PX


@dataclass(frozen=True)
class _FixedStatisticsPainter:
    """A style vector with the statistics it met on the whole photo."""

    model: Model
    by: FrozenModulation

    @classmethod
    def of(cls, painter: Painter, vector: Tensor) -> "_FixedStatisticsPainter":
        seen = Statistics()
        style = painter.model.net.modulation(vector)
        painter.run(RecordingModulation(style, seen))
        return cls(painter.model, FrozenModulation(style, seen))

    def __call__(self, piece: Tensor, conditioning: Tensor) -> Tensor:
        painted: Tensor = self.model.net(piece, self.by, conditioning)
        return painted


class Tiled:
    """An RGB or RGBA picture of any size, painted in tiles; only a tile at a time is in memory as floats."""

    def __init__(self, model: Model, image: Image.Image, device: torch.device, tile: int = TILE) -> None:
        self.model, self.image, self.device = model, image, device
        self.tile = max(tensors.STRIDE_PX, tile // tensors.STRIDE_PX * tensors.STRIDE_PX)
        self._pixels = np.asarray(tensors.over_white(image))

    def paint(self, target: StyleTarget, strength: float, track: Track = iter) -> Image.Image:
        """The picture at a strength in 0..1 of the goal; its alpha stays."""
        if strength == 0:
            return self.image.copy()
        change_of = self._painter(target, strength)
        painted = np.empty_like(self._pixels)
        for window in track(self._windows):
            painted[window] = _rounded(self._pixels[window], change_of(window))
        result = Image.fromarray(painted)
        if self.image.mode == "RGBA":
            result.putalpha(self.image.getchannel("A"))
        return result

    def _painter(self, target: StyleTarget, strength: float) -> Callable[[Window], Tensor]:
        """What tells for a window what is to be added there (3, h, w)."""
        vector = (
            target.vector
            if strength == 1
            else torch.lerp(self._painter_of_thumbnail.photo_style, target.vector, strength)
        )
        brush, cells = (
            _FixedStatisticsPainter.of(self._painter_of_thumbnail, vector),
            self._tone_residual(target, strength),
        )

        def change(window: Window) -> Tensor:
            piece, conditioning, inner = self._with_surroundings(window)
            styled = brush(piece, conditioning)
            if strength < 1:
                styled = styled + (1 - strength) * (piece - self._own_brush(piece, conditioning))
            added = (limit_highlights(styled, piece, target.light) - piece)[0][:, *inner] + self._read(
                cells, window
            )
            return added * (1 - self._read(self._background, window))

        return change

    def _tone_residual(self, target: StyleTarget, strength: float) -> Tensor:
        """(1, 3, h, w) what evens the broad tones of the photo painted at working size."""
        photo = self._painter_of_thumbnail.photo
        if target.learned == 0:
            return torch.zeros_like(photo[:, :, :1, :1])
        painted = paint_unprotected(self.model, replace(target, learned=0.0), photo, strength)
        return target.learned * tone_fit.tone_residual(painted, photo)

    def _with_surroundings(self, window: Window) -> tuple[Tensor, Tensor, Window]:
        """The window and a halo as (1, 3, h, w), the guides of it, and where in it the window lies."""
        rows, columns = (_grown(part, len(axis)) for part, axis in zip(window, self._axes, strict=True))
        pixels = self._pixels[self._axes[0][rows]][:, self._axes[1][columns]]
        piece = torch.from_numpy(pixels).permute(2, 0, 1)[None].to(self.device).float() / 255
        height, width = piece.shape[2:]
        fields = half_size_patterns(height, width, rows.start, columns.start).to(piece)
        inner = tuple(
            slice(part.start - grown.start, part.stop - grown.start)
            for part, grown in zip(window, (rows, columns), strict=True)
        )
        return piece, conditioning_maps(piece, fields), (inner[0], inner[1])

    @cached_property
    def _axes(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Row and column numbers of the padded picture: mirrored on to multiples of the net's stride."""
        height, width = tensors.padded_size(*self._pixels.shape[:2])
        rows, columns = (np.arange(side) for side in self._pixels.shape[:2])
        return (
            np.pad(rows, (0, height - len(rows)), "reflect"),
            np.pad(columns, (0, width - len(columns)), "reflect"),
        )

    @cached_property
    def _windows(self) -> list[Window]:
        height, width = self._pixels.shape[:2]
        return [(rows, columns) for rows in self._steps(height) for columns in self._steps(width)]

    def _steps(self, side: int) -> Iterator[slice]:
        return (slice(start, min(start + self.tile, side)) for start in range(0, side, self.tile))

    @cached_property
    def _painter_of_thumbnail(self) -> Painter:
        working = tensors.to_working_size(tensors.over_white(self.image), *self.model.working_pixels)
        return Painter(self.model, tensors.to_tensor(working).to(self.device))

    @cached_property
    def _own_brush(self) -> _FixedStatisticsPainter:
        return _FixedStatisticsPainter.of(self._painter_of_thumbnail, self._painter_of_thumbnail.photo_style)

    def _read(self, plane: Tensor, window: Window) -> Tensor:
        """(C, h, w) a small copy's plane (1, C, H, W), read at the window's pixels."""
        rows, columns = (
            (torch.arange(part.start, part.stop, device=self.device) + 0.5) / side * 2 - 1
            for part, side in zip(window, self._pixels.shape[:2], strict=True)
        )
        grid = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), -1)[None]
        return F.grid_sample(plane, grid, padding_mode="border", align_corners=False)[0]

    @cached_property
    def _background(self) -> Tensor:
        return plain_background(self._painter_of_thumbnail.photo)


def _grown(part: slice, length: int) -> slice:
    """The part with a halo, ending where the padded axis ends, on whole strides."""
    stop = -(-part.stop // tensors.STRIDE_PX) * tensors.STRIDE_PX
    return slice(max(0, part.start - halo()), min(length, stop + halo()))


def _rounded(pixels: NDArray[np.uint8], change: Tensor) -> NDArray[np.uint8]:
    added = change.permute(1, 2, 0).cpu().numpy() * np.float32(255)
    rounded: NDArray[np.uint8] = np.clip(np.rint(pixels + added), 0, 255).astype(np.uint8)
    return rounded
