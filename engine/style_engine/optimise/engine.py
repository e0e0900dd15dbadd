"""Style by optimisation: the photo itself is changed, step by step, until a network sees the style in it.

Gatys et al. 2016 with what is usual since: scales from coarse to fine, Adam, an averaged iterate, losses of
one size (after K. Crowson's style-transfer-pytorch). The slow reference that the fast engine is held against.
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
from ..regions.background import plain_background
from . import checkpoint as checkpoints
from .checkpoint import Checkpoint
from .extractors import Extractor
from .iterate import Iterate, resize
from .objective import Objective
from .settings import Settings

SAVE_EVERY: Final = 10  # steps
SMALLEST: Final = 32  # px, each side: five poolings must leave something
DEFAULTS: Final = Settings()
Styles = Image.Image | Sequence[tuple[Image.Image, float]]


@dataclass(frozen=True)
class Progress:
    """After a step: `share` of all work done, 0..1; the scale's longest side, px; the loss it began with."""

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
    """The photo, of its own size and mode (RGB or RGBA), in a style picture's manner or a weighted mix's.

    With `checkpoint`, the run is kept in that file and goes on from it. Raises UnsupportedPicture,
    InvalidSettings, CheckpointRefused.
    """
    tensors.require_supported(photo)
    if settings.strength == 0:
        return photo.copy()
    run = _Run(photo, _weighted(styles), extractor, settings)
    return tensors.apply_change(photo, run.change(checkpoint, on_step))


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
        """(1, 3, h, w) what to add to the photo."""
        kept = checkpoints.load(path, self.id) if path else None
        first = kept.scale if kept else 0
        picture = self._photo(max(0, first - 1))
        for index in range(first, len(self.scales)):
            iterate = self._iterate(index, picture)
            if kept and index == first:
                iterate.restore(kept.tensors, kept.steps)
            self._descend(index, iterate, path, on_step)
            picture = iterate.result()
        photo = self._photo(len(self.scales) - 1)
        return (1 - plain_background(photo)) * (picture - photo)

    def _descend(self, index: int, iterate: Iterate, path: Path | None, on_step: OnStep | None) -> None:
        """All steps of a scale that are still to be taken."""
        objective = self._objective(index)
        side, steps = self.scales[index]
        while iterate.steps < steps:
            loss = objective(iterate.picture())
            iterate.step(loss, pace=1 - 0.9 * iterate.steps / steps)  # settles towards the end
            if path and (iterate.steps % SAVE_EVERY == 0 or iterate.steps == steps):
                checkpoints.save(Checkpoint(self.id, index, iterate.steps, iterate.tensors()), path)
            if on_step:
                on_step(Progress(self._share(index, iterate.steps), side, iterate.steps, loss.item()))

    def _objective(self, index: int) -> Objective:
        photo = self._photo(index)
        styles = [(self._style(picture, index), weight) for picture, weight in self.styles]
        return Objective(self.extractor, photo, plain_background(photo), styles, self.settings)

    def _iterate(self, index: int, before: Tensor) -> Iterate:
        """Starts from the scale before, enlarged, with the photo's detail that it had no room for."""
        photo = self._photo(index)
        change = before - self._photo(max(0, index - 1))
        start = (photo + resize(change, *photo.shape[2:])).clamp(0, 1)
        return Iterate(start, self.settings.step_size, self.settings.average_decay)

    def _photo(self, index: int) -> Tensor:
        return _tensor(self.photo, self.sizes[index])

    def _style(self, picture: Image.Image, index: int) -> Tensor:
        """The style picture with as many pixels as the photo has at this scale, times style_scale squared."""
        width, height = self.sizes[index]
        factor = self.settings.style_scale * (width * height / (picture.width * picture.height)) ** 0.5
        return _tensor(picture, (_side(picture.width * factor), _side(picture.height * factor)))

    def _share(self, index: int, done: int) -> float:
        """Work is pixels times steps."""
        pixels = [width * height for width, height in self.sizes]
        work = [area * steps for area, (_, steps) in zip(pixels, self.scales, strict=True)]
        return (sum(work[:index]) + pixels[index] * done) / sum(work)

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
    factor = min(1.0, longest / max(picture.size)) if longest > SMALLEST else 1.0
    return _side(picture.width * factor), _side(picture.height * factor)


def _side(length: float) -> int:
    return max(SMALLEST, round(length))


def _tensor(picture: Image.Image, size: tuple[int, int]) -> Tensor:
    return tensors.to_tensor(picture.resize(size, Image.Resampling.LANCZOS))
