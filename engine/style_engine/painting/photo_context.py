"""Subject: a photo as its looks find it, lifted or as it is; each part is worked out when first asked for."""

from functools import cached_property

import torch
from PIL import Image

from ..enhance.enhance import Step, beautify
from ..imaging import tensors
from ..network.model import Model
from ..regions.background import plain_ground
from ..regions.finder import RegionFinder, smaller
from ..safety.scene import Scene
from .painter import Canvas


class Subject:
    """An upright sRGB picture, RGB or RGBA, of any size."""

    def __init__(
        self, image: Image.Image, model: Model, finder: RegionFinder, device: torch.device, *, lifted: bool
    ) -> None:
        self.original, self.model = image, model
        self._finder, self._device, self._lifted = finder, device, lifted

    @property
    def image(self) -> Image.Image:
        """At its own size."""
        return self._lift[0]

    @property
    def steps(self) -> tuple[Step, ...]:
        """What lifted it."""
        return self._lift[1]

    @cached_property
    def working(self) -> Image.Image:
        """RGB, at the model's working size."""
        return tensors.to_working_size(tensors.over_white(self.image), *self.model.working_pixels)

    @cached_property
    def scene(self) -> Scene:
        photo = tensors.to_tensor(self.working).to(self._device)
        ground = plain_ground(photo)
        return Scene(photo, ground, self._finder(photo, ground))

    @cached_property
    def canvas(self) -> Canvas:
        return Canvas(self.model, self.scene.photo)

    def small(self, long_side: int) -> "Subject":
        """A copy that costs little to paint; nothing of it is lifted, or looked for, twice."""
        copy = self.working.copy()
        copy.thumbnail((long_side, long_side), Image.Resampling.LANCZOS)
        subject = Subject(copy, self.model, self._finder, self._device, lifted=False)
        subject.working = copy
        photo = tensors.to_tensor(copy).to(self._device)
        height, width = photo.shape[2:]
        ground = smaller(self.scene.ground, height, width)
        subject.scene = Scene(photo, ground, self.scene.regions.smaller(height, width))
        return subject

    @cached_property
    def _lift(self) -> tuple[Image.Image, tuple[Step, ...]]:
        return beautify(self.original) if self._lifted else (self.original, ())
