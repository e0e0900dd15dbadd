"""Style transfer by optimisation: the pixels of the photo are optimised to match the style's statistics.

Gatys et al. 2016 with later improvements: coarse-to-fine scales, Adam, an averaged iterate, losses scaled to
one magnitude (after K. Crowson's style-transfer-pytorch). The slow reference to evaluate the fast engine by.
No random numbers: the same input, machine and thread count give the same bytes.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image
from torch import Tensor

from ..errors import InvalidSettings
from ..imaging import tensors
from ..imaging.compositing import FullSizePhoto
from ..regions.background import plain_background
from . import checkpoint as checkpoints
from .checkpoint import Checkpoint
from .extractors import Extractor
from .iterate import Iterate, resize
from .objective import Objective
from .settings import Settings

SAVE_EVERY_STEPS: Final = 10
MIN_SIDE_AFTER_SCALING_PX: Final = 32  # five poolings must leave at least one pixel
DEFAULTS: Final = Settings()
Styles = Image.Image | Sequence[tuple[Image.Image, float]]


@dataclass(frozen=True)
class Progress:
    """After a step: `share` of all work, 0..1; the scale's longest side, px; the loss before the step."""

    share: float
    side: int
    step: int
    loss: float


OnStep = Callable[[Progress], None]


def optimise(
    photo: Image.Image,
    styles: Styles,
    extractor: Extractor,
    settings: Settings = DEFAULTS,
    *,
    checkpoint: Path | None = None,
    on_step: OnStep | None = None,
) -> Image.Image:
    """The photo, of its own size and mode (RGB or RGBA), in the style of a picture or a weighted mix.

    With `checkpoint`, the run is saved in that file and resumed from it. Raises UnsupportedPicture,
    InvalidSettings, CheckpointRefused.
    """
    tensors.require_supported(photo)
    if settings.strength == 0:
        return photo.copy()
    run = _Run(photo, _weighted(styles), extractor, settings)
    return FullSizePhoto.of(photo).composited(run.change(checkpoint, on_step))


class _Run:
    """One photo and its styles, over all scales."""

    def __init__(
        self,
        photo: Image.Image,
        styles: Sequence[tuple[Image.Image, float]],
        extractor: Extractor,
        settings: Settings,
    ) -> None:
        self.photo, self.styles = tensors.over_white(photo), styles
        self.extractor, self.settings = extractor, settings
        self.scales = settings.scales()
        self.sizes = [_size(self.photo, side) for side, _ in self.scales]
        self.id = self._digest()

    def change(self, path: Path | None, on_step: OnStep | None) -> Tensor:
        """(1, 3, h, w) the change to add to the photo."""
        saved = checkpoints.load(path, self.id) if path else None
        first = saved.scale if saved else 0
        picture = self._photo(max(0, first - 1))
        for index in range(first, len(self.scales)):
            iterate = self._iterate(index, picture)
            if saved and index == first:
                iterate.restore(saved.tensors, saved.steps)
            self._run_scale(index, iterate, path, on_step)
            picture = iterate.result()
        photo = self._photo(len(self.scales) - 1)
        return (1 - plain_background(photo)) * (picture - photo)

    def _run_scale(self, index: int, iterate: Iterate, path: Path | None, on_step: OnStep | None) -> None:
        """Run the remaining steps of a scale."""
        objective = self._objective(index)
        side, steps = self.scales[index]
        while iterate.steps < steps:
            loss = objective(iterate.picture())
            iterate.step(loss, pace=1 - 0.9 * iterate.steps / steps)  # linear decay to a tenth
            if path and (iterate.steps % SAVE_EVERY_STEPS == 0 or iterate.steps == steps):
                checkpoints.save(Checkpoint(self.id, index, iterate.steps, iterate.tensors()), path)
            if on_step:
                on_step(Progress(self._share(index, iterate.steps), side, iterate.steps, loss.item()))

    def _objective(self, index: int) -> Objective:
        photo = self._photo(index)
        styles = [(self._style(picture, index), weight) for picture, weight in self.styles]
        return Objective(self.extractor, photo, plain_background(photo), styles, self.settings)

    def _iterate(self, index: int, previous: Tensor) -> Iterate:
        """Start from the photo at this scale plus the upsampled change of the previous scale."""
        photo = self._photo(index)
        change = previous - self._photo(max(0, index - 1))
        start = (photo + resize(change, *photo.shape[2:])).clamp(0, 1)
        return Iterate(start, self.settings.step_size, self.settings.average_decay)

    def _photo(self, index: int) -> Tensor:
        return _tensor(self.photo, self.sizes[index])

    def _style(self, picture: Image.Image, index: int) -> Tensor:
        """The style picture with as many pixels as the photo has at this scale, times style_scale squared."""
        width, height = self.sizes[index]
        factor = self.settings.style_scale * (width * height / (picture.width * picture.height)) ** 0.5
        return _tensor(picture, (_side(picture.width * factor), _side(picture.height * factor)))

    def _share(self, index: int, steps_done: int) -> float:
        """Share of all work done, where work is pixels times steps."""
        pixels = [width * height for width, height in self.sizes]
        work = [area * steps for area, (_, steps) in zip(pixels, self.scales, strict=True)]
        return (sum(work[:index]) + pixels[index] * steps_done) / sum(work)

    def _digest(self) -> str:
        digest = hashlib.sha256(f"{self.extractor.description}; {self.settings}".encode())
        for picture, weight in [(self.photo, 1.0), *self.styles]:
            digest.update(f"{picture.size} {weight}".encode() + picture.tobytes())
        return digest.hexdigest()


def _weighted(styles: Styles) -> list[tuple[Image.Image, float]]:
    """Pictures in RGB with weights that sum to 1."""
    listed = [(styles, 1.0)] if isinstance(styles, Image.Image) else list(styles)
    if not listed or any(weight <= 0 for _, weight in listed):
        raise InvalidSettings("a mix needs at least one style picture, each with a weight above 0")
    total = sum(weight for _, weight in listed)
    for picture, _ in listed:
        tensors.require_supported(picture)
    return [(tensors.over_white(picture), weight / total) for picture, weight in listed]


def _size(picture: Image.Image, longest: int) -> tuple[int, int]:
    factor = min(1.0, longest / max(picture.size)) if longest > MIN_SIDE_AFTER_SCALING_PX else 1.0
    return _side(picture.width * factor), _side(picture.height * factor)


def _side(length: float) -> int:
    return max(MIN_SIDE_AFTER_SCALING_PX, round(length))


def _tensor(picture: Image.Image, size: tuple[int, int]) -> Tensor:
    return tensors.to_tensor(picture.resize(size, Image.Resampling.LANCZOS))
