"""PhotoContext: one photo, enhanced or as uploaded, and what its looks share, computed on first use."""

from functools import cached_property

import torch
from PIL import Image

from ..enhance.enhance import Step, enhance
from ..imaging import tensors
from ..network.model import Model
from ..regions.background import plain_background
from ..regions.finder import RegionFinder, downsample_mask
from ..safety.scene import Scene
from .painter import Painter


class PhotoContext:
    """An upright sRGB picture, RGB or RGBA, of any size; `enhanced`: light, colour and noise corrected."""

    def __init__(
        self, image: Image.Image, model: Model, finder: RegionFinder, device: torch.device, *, enhanced: bool
    ) -> None:
        self.original, self.model = image, model
        self._finder, self._device, self._enhanced = finder, device, enhanced

    @property
    def image(self) -> Image.Image:
        """The photo at its own size, enhanced if requested."""
        return self._enhancement[0]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The enhancement steps that were applied."""
        return self._enhancement[1]

    @cached_property
    def working(self) -> Image.Image:
        """RGB, at the model's working size."""
        return tensors.to_working_size(tensors.over_white(self.image), *self.model.working_pixels)

    @cached_property
    def scene(self) -> Scene:
        photo = tensors.to_tensor(self.working).to(self._device)
        background = plain_background(photo)
        return Scene(photo, background, self._finder(photo, background))

    @cached_property
    def painter(self) -> Painter:
        return Painter(self.model, self.scene.photo, self.scene.regions)

    def small(self, long_side: int) -> "PhotoContext":
        """A small copy that is cheap to paint; it reuses the enhancement, background and regions."""
        copy = self.working.copy()
        copy.thumbnail((long_side, long_side), Image.Resampling.LANCZOS)
        context = PhotoContext(copy, self.model, self._finder, self._device, enhanced=False)
        context.working = copy
        photo = tensors.to_tensor(copy).to(self._device)
        height, width = photo.shape[2:]
        background = downsample_mask(self.scene.background, height, width)
        context.scene = Scene(photo, background, self.scene.regions.downsample(height, width))
        return context

    @cached_property
    def _enhancement(self) -> tuple[Image.Image, tuple[Step, ...]]:
        return enhance(self.original) if self._enhanced else (self.original, ())
