"""Tiles: a photo painted at its full size, piece by piece, with no seam.

The statistics of every norm come from one pass over the photo at working size and stay fixed. The net is
then a local function, so a tile with enough photo round it comes out just as the whole frame would. Strokes
keep their size in pixels: on a large photo they are fine.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from . import pictures
from .canvas import Canvas
from .fields import half_fields
from .ground import plain_ground
from .guides import guides
from .highlights import PAPER, held
from .model import Model
from .modulation import Frozen, Noting, Statistics

Window = tuple[slice, slice]
Track = Callable[[Sequence[Window]], Iterable[Window]]

TILE: Final = 1024  # px
CONVOLUTIONS: Final = ((2, 2), (2, 4), (1, 4), (6, 8), (2, 4), (2, 2))
"""How many 3 × 3 convolutions the net has in a row, and the size of a pixel there: from half size (the one
that halves among them) to an eighth and back."""


def halo() -> int:
    """How far in px a result pixel can see: a whole number of the net's strides, rounded up."""
    reach = sum(count * scale for count, scale in CONVOLUTIONS)
    return -(-reach // pictures.STRIDE) * pictures.STRIDE


@dataclass(frozen=True)
class _Brush:
    """A style vector with the statistics it met on the whole photo."""

    model: Model
    by: Frozen

    @classmethod
    def of(cls, canvas: Canvas, vector: Tensor) -> "_Brush":
        seen = Statistics()
        style = canvas.model.net.modulation(vector)
        canvas.run(Noting(style, seen))
        return cls(canvas.model, Frozen(style, seen))

    def __call__(self, piece: Tensor, guide: Tensor) -> Tensor:
        painted: Tensor = self.model.net(piece, self.by, guide)
        return painted


class Tiled:
    """An RGB or RGBA picture of any size, painted in tiles; only a tile at a time is in memory as floats."""

    def __init__(self, model: Model, image: Image.Image, device: torch.device, tile: int = TILE) -> None:
        self.model, self.image, self.device = model, image, device
        self.tile = max(pictures.STRIDE, tile // pictures.STRIDE * pictures.STRIDE)
        self._pixels = np.asarray(pictures.over_white(image))

    def paint(self, goal: Tensor, strength: float, light: Tensor = PAPER, track: Track = iter) -> Image.Image:
        """The picture in the style of a vector (1, vector_size) at a strength in 0..1; its alpha stays.

        Highlights stay within a light (1, 3, 1, 1), which is white unless given.
        """
        if strength == 0:
            return self.image.copy()
        vector = goal if strength == 1 else torch.lerp(self._canvas.own, goal, strength)
        brush = _Brush.of(self._canvas, vector)
        painted = np.empty_like(self._pixels)
        for window in track(self._windows):
            change = self._change(window, brush, strength, light)
            painted[window] = _rounded(self._pixels[window], change)
        result = Image.fromarray(painted)
        if self.image.mode == "RGBA":
            result.putalpha(self.image.getchannel("A"))
        return result

    def _change(self, window: Window, brush: _Brush, strength: float, light: Tensor = PAPER) -> Tensor:
        """(3, h, w) what the style adds to the window."""
        piece, guide, inner = self._with_surroundings(window)
        styled = brush(piece, guide)
        if strength < 1:
            styled = styled + (1 - strength) * (piece - self._own_brush(piece, guide))
        return (held(styled, piece, light) - piece)[0][:, *inner] * (1 - self._ground_in(window))

    def _with_surroundings(self, window: Window) -> tuple[Tensor, Tensor, Window]:
        """The window and a halo as (1, 3, h, w), the guides of it, and where in it the window lies."""
        rows, columns = (_grown(part, len(axis)) for part, axis in zip(window, self._axes, strict=True))
        pixels = self._pixels[self._axes[0][rows]][:, self._axes[1][columns]]
        piece = torch.from_numpy(pixels).permute(2, 0, 1)[None].to(self.device).float() / 255
        height, width = piece.shape[2:]
        fields = half_fields(height, width, rows.start, columns.start).to(piece)
        inner = tuple(
            slice(part.start - grown.start, part.stop - grown.start)
            for part, grown in zip(window, (rows, columns), strict=True)
        )
        return piece, guides(piece, fields), (inner[0], inner[1])

    @cached_property
    def _axes(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Row and column numbers of the padded picture: mirrored on to multiples of the net's stride."""
        height, width = pictures.padded_size(*self._pixels.shape[:2])
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
    def _canvas(self) -> Canvas:
        working = pictures.to_working_size(pictures.over_white(self.image), *self.model.working_pixels)
        return Canvas(self.model, pictures.to_tensor(working).to(self.device))

    @cached_property
    def _own_brush(self) -> _Brush:
        return _Brush.of(self._canvas, self._canvas.own)

    def _ground_in(self, window: Window) -> Tensor:
        """(1, h, w) the plain ground of the working size, read at the window's pixels."""
        rows, columns = (
            (torch.arange(part.start, part.stop, device=self.device) + 0.5) / side * 2 - 1
            for part, side in zip(window, self._pixels.shape[:2], strict=True)
        )
        grid = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), -1)[None]
        return F.grid_sample(self._ground, grid, padding_mode="border", align_corners=False)[0]

    @cached_property
    def _ground(self) -> Tensor:
        return plain_ground(self._canvas.photo)


def _grown(part: slice, length: int) -> slice:
    """The part with a halo, ending where the padded axis ends, on whole strides."""
    stop = -(-part.stop // pictures.STRIDE) * pictures.STRIDE
    return slice(max(0, part.start - halo()), min(length, stop + halo()))


def _rounded(pixels: NDArray[np.uint8], change: Tensor) -> NDArray[np.uint8]:
    added = change.permute(1, 2, 0).cpu().numpy() * np.float32(255)
    rounded: NDArray[np.uint8] = np.clip(np.rint(pixels + added), 0, 255).astype(np.uint8)
    return rounded
