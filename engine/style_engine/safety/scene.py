"""Scene: a photo at working size with its background and regions, and the masks that follow from them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import torch
from torch import Tensor

from ..regions.finder import Regions
from . import metrics
from .metrics import MeasuredImage

STEP, COLOUR_STEP = 4, 6  # px between the windows and between the colours that gates look at
FLAT_SHARE: Final = 0.7  # of what is not product is flat, in a studio
PRODUCT_ABSENT_BELOW: Final = 0.02  # a product mask below this


@dataclass(frozen=True, eq=False)
class Scene:
    """A photo (1, 3, H, W) at working size, with what its looks share: plain ground (1, 1, H, W), regions."""

    photo: Tensor
    background: Tensor
    regions: Regions

    @cached_property
    def measured(self) -> MeasuredImage:
        return measure(self.photo)

    @cached_property
    def on_plain_background(self) -> bool:
        return bool(self.background.any())

    @cached_property
    def outside(self) -> Tensor:
        """(1, 1, H, W) what stays clean: plain ground; where it goes on calmly, all that is not product."""
        if not self.on_plain_background:
            return self.background
        beyond = torch.maximum(1 - self.regions.product, self.background)
        flat = (self.measured.std < metrics.FLAT).float()
        flat_share = metrics.weighted_mean(
            flat, metrics.at_window_centres(beyond, metrics.NOISE_WINDOW, STEP)
        )
        return beyond if flat_share > FLAT_SHARE else self.background

    @cached_property
    def ring(self) -> Tensor:
        """Where halos would lie: on a plain ground, close round the product."""
        if not self.on_plain_background:
            return metrics.subsample(self.background, STEP)
        return metrics.halo_ring(1 - self.outside, STEP)

    @cached_property
    def white(self) -> Tensor:
        """(1, 1, H, W) the white of a plain ground."""
        if not self.on_plain_background:
            return self.background
        return self.outside * (self.photo.amin(1, keepdim=True) >= metrics.WHITE)

    @cached_property
    def confident_text(self) -> Tensor:
        """(1, 1, H, W) the text of which the net is more sure than not."""
        text = self.regions.text
        return text * (text > metrics.HALF)

    @cached_property
    def certain_background(self) -> Tensor:
        """(1, 1, H, W) what is certainly not product."""
        return (self.regions.product < PRODUCT_ABSENT_BELOW).float()

    @cached_property
    def paintable(self) -> Tensor:
        """(1, 1, H, W) all that need not stay clean."""
        return 1 - self.outside


def measure(picture: Tensor) -> MeasuredImage:
    return MeasuredImage(picture, STEP, COLOUR_STEP)
