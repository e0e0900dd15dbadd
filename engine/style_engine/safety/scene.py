"""Scene: a photo at working size with its background and regions, and the masks that follow from them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import torch
from torch import Tensor

from ..regions.finder import Regions
from . import metrics
from .metrics import View

STEP, COLOUR_STEP = 4, 6  # px between the windows and between the colours that gates look at
CALM: Final = 0.7  # of what is not product is flat, in a studio
SURELY_GROUND: Final = 0.02  # a product mask below this


@dataclass(frozen=True, eq=False)
class Scene:
    """A photo (1, 3, H, W) at working size, with what its looks share: plain ground (1, 1, H, W), regions."""

    photo: Tensor
    ground: Tensor
    regions: Regions

    @cached_property
    def view(self) -> View:
        return seen(self.photo)

    @cached_property
    def on_plain_ground(self) -> bool:
        return bool(self.ground.any())

    @cached_property
    def outside(self) -> Tensor:
        """(1, 1, H, W) what stays clean: plain ground; where it goes on calmly, all that is not product."""
        if not self.on_plain_ground:
            return self.ground
        beyond = torch.maximum(1 - self.regions.product, self.ground)
        flat = (self.view.deviation < metrics.FLAT).float()
        calm = metrics.weighted_mean(flat, metrics.at_centres(beyond, metrics.NOISE_WINDOW, STEP))
        return beyond if calm > CALM else self.ground

    @cached_property
    def ring(self) -> Tensor:
        """Where halos would lie: on a plain ground, close round the product."""
        if not self.on_plain_ground:
            return metrics.at_pixels(self.ground, STEP)
        return metrics.rim_ring(1 - self.outside, STEP)

    @cached_property
    def white(self) -> Tensor:
        """(1, 1, H, W) the white of a plain ground."""
        if not self.on_plain_ground:
            return self.ground
        return self.outside * (self.photo.amin(1, keepdim=True) >= metrics.WHITE)

    @cached_property
    def written(self) -> Tensor:
        """(1, 1, H, W) the text of which the net is more sure than not."""
        text = self.regions.text
        return text * (text > metrics.HALF)

    @cached_property
    def untouched(self) -> Tensor:
        """(1, 1, H, W) what is certainly not product."""
        return (self.regions.product < SURELY_GROUND).float()

    @cached_property
    def paintable(self) -> Tensor:
        """(1, 1, H, W) all that need not stay clean."""
        return 1 - self.outside


def seen(picture: Tensor) -> View:
    return View(picture, STEP, COLOUR_STEP)
