"""Renderings: a look of one photo at any strength up to the requested one.

A rendering gives the picture at working size, which the gates measure, and the final picture of the photo's
own size and mode. It is made in the processor's memory.
"""

from functools import cached_property
from typing import Protocol

import numpy as np
from PIL import Image
from torch import Tensor

from ..grade.lut import Grader, apply_table
from ..imaging import tensors
from ..looks import Look, Protection
from ..safety.skin import limit_skin_pixels
from .photo_context import PhotoContext


class Rendering(Protocol):
    def at_working_size(self, strength: float) -> Tensor:
        """(1, 3, H, W) at working size."""

    def at_full_size(self, strength: float) -> Image.Image:
        """A picture of the photo's size and mode."""


class PaintedRendering:
    """The photo plus the change (1, 3, H, W) that a style makes at `full_strength`, or a share of it.

    `marks` (1, 1, H, W): the share of the picture at `full_strength` that marks replace. `skin_max_delta_e`:
    how far a pixel of people's skin may move from the upload.
    """

    def __init__(
        self,
        context: PhotoContext,
        change: Tensor,
        full_strength: float,
        marks: Tensor | None = None,
        skin_max_delta_e: float | None = None,
    ) -> None:
        self._context, self._change, self._full_strength = context, change, full_strength
        self._marks, self._skin_max_delta_e = marks, skin_max_delta_e

    def at_working_size(self, strength: float) -> Tensor:
        photo = self._context.scene.photo
        return photo.clone() if strength == 0 else (photo + self._share(strength)).clamp_(0, 1)

    def at_full_size(self, strength: float) -> Image.Image:
        image = self._context.image
        if strength == 0:
            return image.copy()
        result = self._context.full_size.composited(self._share(strength), self._cover(strength))
        if (white := self._context.white_to_restore) is not None:
            result.paste(image, mask=white)
        if self._skin_max_delta_e is None or (skin := self._context.upload.skin_pixels) is None:
            return result
        return limit_skin_pixels(self._context.upload.image, result, skin, self._skin_max_delta_e)

    def _cover(self, strength: float) -> Tensor | None:
        """None at working size, where the change itself replaces the photo's detail."""
        if self._marks is None or self._context.image.size == self._context.working.size:
            return None
        return self._marks * (strength / self._full_strength)

    def _share(self, strength: float) -> Tensor:
        share = strength / self._full_strength
        return self._change if share == 1 else share * self._change


class GradedRendering:
    """A preset: one colour table applied to every pixel, so that no edge can move."""

    def __init__(self, context: PhotoContext, look: Look, grader: Grader) -> None:
        self._context, self._look, self._grader = context, look, grader

    def at_working_size(self, strength: float) -> Tensor:
        graded = self._grade(self._context.working, strength)
        return tensors.to_tensor(graded).to(self._context.scene.photo)

    def at_full_size(self, strength: float) -> Image.Image:
        return self._grade(self._context.image, strength)

    def _grade(self, image: Image.Image, strength: float) -> Image.Image:
        table = self._grader.table(self._context.image, str(self._look.only), strength)
        graded = apply_table(image, table) if strength > 0 else image
        mask = self._protected_mask
        return graded if mask is None else Image.composite(image, graded, mask.resize(image.size))

    @cached_property
    def _protected_mask(self) -> Image.Image | None:
        """The area that the protection leaves unchanged, as a mask of working size."""
        product = self._context.scene.regions.product
        protected = {Protection.BACKGROUND_ONLY: product, Protection.PRODUCT_ONLY: 1 - product}
        mask = protected.get(self._look.protection)
        if mask is None:
            return None
        return Image.fromarray(np.rint(mask[0, 0].cpu().numpy() * 255).astype(np.uint8))


class EnhancedRendering:
    """The enhanced photo without a style; a strength below 1 blends it with the upload."""

    def __init__(self, context: PhotoContext) -> None:
        self._context = context

    def at_working_size(self, strength: float) -> Tensor:
        opaque = tensors.over_white(self.at_full_size(strength)).resize(self._context.working.size)
        return tensors.to_tensor(opaque).to(self._context.scene.photo)

    def at_full_size(self, strength: float) -> Image.Image:
        if strength == 1:
            return self._context.image.copy()
        return Image.blend(self._context.upload.image, self._context.image, strength)
