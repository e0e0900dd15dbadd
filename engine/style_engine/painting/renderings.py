"""Renderings: a look of a subject at any strength up to the one asked for, at working size or finished."""

from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..grade.lut import Grader, apply_table
from ..imaging import tensors
from ..looks import Look, Protection
from ..network.styles import Goal
from ..safety.protection import MODES, guarded, with_white
from .painter import Coat
from .photo_context import Subject


class Rendering(Protocol):
    def at(self, strength: float) -> Tensor:
        """(1, 3, H, W) at working size."""

    def finished(self, strength: float) -> Image.Image:
        """A picture of the photo's size and mode."""


class Painting:
    """A style put on by the net; lower strengths than asked for take less of the same change."""

    def __init__(self, subject: Subject, look: Look, goal: Goal) -> None:
        self._subject, self._look = subject, look
        # Where a mode keeps the photo the guard does; the net paints there too, for its norms see all.
        mode = MODES[look.protection]
        inside, outside = (look.strength * (share or 1.0) for share in (mode.inside, mode.outside))
        self._coat = Coat(goal, subject.scene.regions.product, look.levels, inside, outside)
        if look.strength > 0:
            subject.canvas.plan(self._coat)

    def at(self, strength: float) -> Tensor:
        return (self._subject.scene.photo + self._share(strength)).clamp_(0, 1)

    def finished(self, strength: float) -> Image.Image:
        if strength == 0:
            return self._subject.image.copy()
        image = self._subject.image
        return with_white(image, tensors.apply_change(image, self._share(strength)), self._subject.scene)

    def _share(self, strength: float) -> Tensor:
        if strength == 0:
            return torch.zeros_like(self._subject.scene.photo)
        share = strength / self._look.strength
        return self._change if share == 1 else share * self._change

    @cached_property
    def _change(self) -> Tensor:
        scene = self._subject.scene
        change = self._subject.canvas.paint(self._coat) - scene.photo
        return guarded(scene, change, self._look.protection)


class Grading:
    """A campaign look: every colour through one table, so that no edge can move."""

    def __init__(self, subject: Subject, look: Look, grader: Grader) -> None:
        self._subject, self._look, self._grader = subject, look, grader

    def at(self, strength: float) -> Tensor:
        graded = self._grade(self._subject.working, strength)
        return tensors.to_tensor(graded).to(self._subject.scene.photo)

    def finished(self, strength: float) -> Image.Image:
        return self._grade(self._subject.image, strength)

    def _grade(self, image: Image.Image, strength: float) -> Image.Image:
        table = self._grader.table(self._subject.image, str(self._look.only), strength)
        graded = apply_table(image, table) if strength > 0 else image
        kept = self._kept
        return graded if kept is None else Image.composite(image, graded, kept.resize(image.size))

    @cached_property
    def _kept(self) -> Image.Image | None:
        """What the protection leaves as it is, as a mask of working size."""
        product = self._subject.scene.regions.product
        keep = {Protection.BACKGROUND_ONLY: product, Protection.PRODUCT_ONLY: 1 - product}
        mask = keep.get(self._look.protection)
        if mask is None:
            return None
        return Image.fromarray(np.rint(mask[0, 0].cpu().numpy() * 255).astype(np.uint8))


class Lifting:
    """The photo towards its lifted self, and no style."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    def at(self, strength: float) -> Tensor:
        opaque = tensors.over_white(self.finished(strength)).resize(self._subject.working.size)
        return tensors.to_tensor(opaque).to(self._subject.scene.photo)

    def finished(self, strength: float) -> Image.Image:
        if strength == 1:
            return self._subject.image.copy()
        return Image.blend(self._subject.original, self._subject.image, strength)
