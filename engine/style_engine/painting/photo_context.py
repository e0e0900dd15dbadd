"""PhotoContext: one photo to paint and what its looks share, computed on first use.

The photo is the seller's upload or an enhanced copy of it; the copy has the upload's regions.
"""

from dataclasses import replace
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from ..enhance.enhance import Step
from ..imaging import tensors
from ..imaging.compositing import FullSizePhoto
from ..network.model import Model
from ..regions.background import plain_background, transparent_background
from ..regions.finder import RegionFinder, downsample_mask
from ..safety.protection import white_to_restore
from ..safety.scene import Scene
from ..safety.skin import skin_pixels
from .painter import Painter


class PhotoContext:
    """An upright sRGB picture, RGB or RGBA, of any size.

    `steps`: the enhancement that it has beyond its `upload`, which is itself unless it is enhanced.
    """

    def __init__(self, image: Image.Image, model: Model, finder: RegionFinder, device: torch.device) -> None:
        self.image, self.model = image, model
        self._finder, self._device = finder, device
        self.upload, self.steps = self, tuple[Step, ...]()
        self._on_cpu: PhotoContext | None = None

    def on_cpu(self, model: Model, finder: RegionFinder) -> "PhotoContext":
        """The same photo with its scene in the processor's memory; itself if it is there.

        Marks, protection, gates and the steps at the photo's own size use no device.
        """
        if self._device.type == "cpu":
            return self
        if self._on_cpu is None:
            self._on_cpu = PhotoContext(self.image, model, finder, torch.device("cpu"))
            self._on_cpu.working, self._on_cpu.scene = self.working, self.scene.cpu()
            self._on_cpu.steps = self.steps
            if self.upload is not self:
                self._on_cpu.upload = self.upload.on_cpu(model, finder)
        return self._on_cpu

    def enhanced(self, image: Image.Image, steps: tuple[Step, ...]) -> "PhotoContext":
        """The context of an enhanced copy of the upload, which has the upload's size and mode."""
        context = PhotoContext(image, self.model, self._finder, self._device)
        context.upload, context.steps = self, steps
        return context

    @cached_property
    def working(self) -> Image.Image:
        """RGB, at the model's working size."""
        return tensors.to_working_size(tensors.over_white(self.image), *self.model.working_pixels)

    @cached_property
    def full_size(self) -> FullSizePhoto:
        """The photo at its own size, over which the changes of its looks are laid."""
        return FullSizePhoto.of(self.image, self.scene.photo)

    @cached_property
    def scene(self) -> Scene:
        photo = tensors.to_tensor(self.working).to(self._device)
        transparent = transparent_background(self.image, *photo.shape[2:])
        background = plain_background(photo) if transparent is None else transparent.to(photo)
        if self.upload is not self:
            return Scene(photo, background, self.upload.scene.regions, self.upload.scene.photo)
        regions = self._finder(photo, background)
        if transparent is not None:  # the seller has cut the product out
            regions = replace(regions, product=1 - background, found=True, confidence=1.0)
        return Scene(photo, background, regions)

    @cached_property
    def white_to_restore(self) -> Image.Image | None:
        """As `protection.white_to_restore`, for the photo at its own size."""
        return white_to_restore(self.image, self.scene)

    @cached_property
    def skin_pixels(self) -> NDArray[np.bool_] | None:
        """As `skin.skin_pixels`, at the photo's own size."""
        return skin_pixels(self.scene, self.image.size)

    @cached_property
    def painter(self) -> Painter:
        return Painter(self.model, self.scene.photo, self.scene.regions)

    def small(self, long_side: int) -> "PhotoContext":
        """A small copy that is cheap to paint; it reuses the enhancement, background and regions."""
        copy = self.working.copy()
        copy.thumbnail((long_side, long_side), Image.Resampling.LANCZOS)
        context = PhotoContext(copy, self.model, self._finder, self._device)
        context.working = copy
        photo = tensors.to_tensor(copy).to(self._device)
        height, width = photo.shape[2:]
        background = downsample_mask(self.scene.background, height, width)
        context.scene = Scene(photo, background, self.scene.regions.downsample(height, width))
        if self.upload is not self:
            upload = tensors.to_tensor(self.upload.working.resize(copy.size, Image.Resampling.LANCZOS))
            context.scene = replace(context.scene, upload=upload.to(self._device))
        return context
