"""Tiled painting: a photo painted at its full size, tile by tile, without seams.

The statistics of every norm come from one pass over the photo at working size and stay fixed. The network is
then a local function, so a tile with a margin as wide as the receptive field gives the same pixels as the
whole frame. Strokes have a fixed size in pixels: on a large photo they look fine.
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
from .network_pass import NetworkPass
from .painter import paint_unprotected

Window = tuple[slice, slice]
Track = Callable[[Sequence[Window]], Iterable[Window]]

TILE_SIDE_PX: Final = 1024
CONVOLUTION_STAGES: Final = ((2, 2), (2, 4), (1, 4), (6, 8), (2, 4), (2, 2))
"""(count of 3 × 3 convolutions, photo px per feature px) in order, from 1/2 resolution to 1/8 and back; a
strided convolution counts at its input resolution."""


def receptive_margin_px() -> int:
    """Greatest distance at which a photo pixel affects a result pixel, rounded up to the network's stride."""
    distance = sum(count * scale for count, scale in CONVOLUTION_STAGES)
    return -(-distance // tensors.PAINTING_STRIDE_PX) * tensors.PAINTING_STRIDE_PX


@dataclass(frozen=True)
class _FixedStatisticsPainter:
    """The network with a style vector and the norm statistics of the whole photo."""

    model: Model
    modulation: FrozenModulation

    @classmethod
    def of(cls, painter: NetworkPass, vector: Tensor) -> "_FixedStatisticsPainter":
        statistics = Statistics()
        style = painter.model.net.modulation(vector)
        painter.run(RecordingModulation(style, statistics))
        return cls(painter.model, FrozenModulation(style, statistics))

    def __call__(self, piece: Tensor, conditioning: Tensor) -> Tensor:
        painted: Tensor = self.model.net(piece, self.modulation, conditioning)
        return painted


class TiledPainter:
    """Paints an RGB or RGBA picture of any size in tiles; only one tile at a time is held as floats."""

    def __init__(
        self, model: Model, image: Image.Image, device: torch.device, tile_side: int = TILE_SIDE_PX
    ) -> None:
        self.model, self.image, self.device = model, image, device
        stride = tensors.PAINTING_STRIDE_PX
        self.tile_side = max(stride, tile_side // stride * stride)
        self._pixels = np.asarray(tensors.over_white(image))

    def paint(self, target: StyleTarget, strength: float, track: Track = iter) -> Image.Image:
        """The picture at a strength of the target, 0..1; alpha is kept."""
        if strength == 0:
            return self.image.copy()
        change_of = self._change_function(target, strength)
        painted = np.empty_like(self._pixels)
        for window in track(self._windows):
            painted[window] = _add_rounded(self._pixels[window], change_of(window))
        result = Image.fromarray(painted)
        if self.image.mode == "RGBA":
            result.putalpha(self.image.getchannel("A"))
        return result

    def _change_function(self, target: StyleTarget, strength: float) -> Callable[[Window], Tensor]:
        """A function from a window to the change (3, h, w) to add there."""
        vector = target.vector
        if strength < 1:
            vector = torch.lerp(self._working_painter.photo_style, vector, strength)
        painter = _FixedStatisticsPainter.of(self._working_painter, vector)
        tone_correction = self._tone_correction(target, strength)

        def change(window: Window) -> Tensor:
            piece, conditioning, inner = self._with_margin(window)
            painted = painter(piece, conditioning)
            if strength < 1:
                painted = painted + (1 - strength) * (piece - self._reconstruct(piece, conditioning))
            style_change = (limit_highlights(painted, piece, target.light) - piece)[0][:, *inner]
            total = style_change + self._upsample(tone_correction, window)
            return total * (1 - self._upsample(self._background, window))

        return change

    def _tone_correction(self, target: StyleTarget, strength: float) -> Tensor:
        """(1, 3, h, w), one value per cell: the tone correction of the photo painted at working size."""
        photo = self._working_painter.photo
        if target.learned == 0:
            return torch.zeros_like(photo[:, :, :1, :1])
        painted = paint_unprotected(self.model, replace(target, learned=0.0), photo, strength)
        return target.learned * tone_fit.tone_residual(painted, photo)

    def _with_margin(self, window: Window) -> tuple[Tensor, Tensor, Window]:
        """Window plus margin as (1, 3, h, w), its conditioning maps, and the window's position in it."""
        rows, columns = (_add_margin(part, len(axis)) for part, axis in zip(window, self._axes, strict=True))
        pixels = self._pixels[self._axes[0][rows]][:, self._axes[1][columns]]
        piece = torch.from_numpy(pixels).permute(2, 0, 1)[None].to(self.device).float() / 255
        height, width = piece.shape[2:]
        patterns = half_size_patterns(height, width, rows.start, columns.start).to(piece)
        inner = tuple(
            slice(part.start - outer.start, part.stop - outer.start)
            for part, outer in zip(window, (rows, columns), strict=True)
        )
        return piece, conditioning_maps(piece, patterns), (inner[0], inner[1])

    @cached_property
    def _axes(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Row and column indices of the picture reflect-padded to multiples of the network's stride."""
        height, width = tensors.padded_size(*self._pixels.shape[:2])
        rows, columns = (np.arange(side) for side in self._pixels.shape[:2])
        return (
            np.pad(rows, (0, height - len(rows)), "reflect"),
            np.pad(columns, (0, width - len(columns)), "reflect"),
        )

    @cached_property
    def _windows(self) -> list[Window]:
        height, width = self._pixels.shape[:2]
        return [(rows, columns) for rows in self._slices(height) for columns in self._slices(width)]

    def _slices(self, side: int) -> Iterator[slice]:
        return (slice(start, min(start + self.tile_side, side)) for start in range(0, side, self.tile_side))

    @cached_property
    def _working_painter(self) -> NetworkPass:
        """Paints the photo at working size."""
        working = tensors.to_working_size(tensors.over_white(self.image), *self.model.working_pixels)
        return NetworkPass(self.model, tensors.to_tensor(working).to(self.device))

    @cached_property
    def _reconstruct(self) -> _FixedStatisticsPainter:
        """Paints with the photo's own style vector."""
        return _FixedStatisticsPainter.of(self._working_painter, self._working_painter.photo_style)

    def _upsample(self, plane: Tensor, window: Window) -> Tensor:
        """(C, h, w) the plane (1, C, H, W) of a small copy, bilinearly sampled at the window's pixels."""
        rows, columns = (
            (torch.arange(part.start, part.stop, device=self.device) + 0.5) / side * 2 - 1
            for part, side in zip(window, self._pixels.shape[:2], strict=True)
        )
        grid = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), -1)[None]
        return F.grid_sample(plane, grid, padding_mode="border", align_corners=False)[0]

    @cached_property
    def _background(self) -> Tensor:
        return plain_background(self._working_painter.photo)


def _add_margin(part: slice, length: int) -> slice:
    """The slice plus the margin on both sides, in whole strides, within the padded axis."""
    stop = -(-part.stop // tensors.PAINTING_STRIDE_PX) * tensors.PAINTING_STRIDE_PX
    return slice(max(0, part.start - receptive_margin_px()), min(length, stop + receptive_margin_px()))


def _add_rounded(pixels: NDArray[np.uint8], change: Tensor) -> NDArray[np.uint8]:
    total = pixels + change.permute(1, 2, 0).cpu().numpy() * np.float32(255)
    rounded: NDArray[np.uint8] = np.clip(np.rint(total), 0, 255).astype(np.uint8)
    return rounded
