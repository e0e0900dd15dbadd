"""Regions of a photo: what is product and what is text, found by a small net, drawn along the photo's rims.

Read from top to bottom: the regions → the net → the finder → the guided filter that brings masks to size.
"""

import math
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ..artifacts import read_folder
from ..imaging.flood_fill import connected_to_border
from ..imaging.guided_filter import guided_upsample
from ..imaging.tensors import MASK_THRESHOLD
from ..imaging.windows import COLUMNS
from .segmentation_net import STRIDE, RegionNet, fold_batch_norms

FORMAT: Final = 1
LEAST_SHARE: Final = 0.004  # of the picture that a product must fill
SURE: Final = 0.95  # certainty from which one look is enough
MOST_SHARE: Final = 0.985  # and at most can
DENIED: Final = 0.25  # on a plain ground only what the net gives less than this is taken from the product
COLOURS: Final = 8  # steps a channel in which colours are told apart
COMMON: Final = 0.003  # of what lies outside the product; a colour that fills less is not of the ground


@dataclass(frozen=True)
class Regions:
    """product, text: (1, 1, H, W), 0..1, soft at rims; confidence: 0..1, the chance that product is right.

    Where no product is found, `found` is False and `product` is 1 everywhere: what is not known is protected.
    """

    product: Tensor
    text: Tensor
    found: bool
    confidence: float

    def smaller(self, height: int, width: int) -> "Regions":
        """The same of a smaller copy of the photo."""
        product, text = (smaller(mask, height, width) for mask in (self.product, self.text))
        return Regions(product, text, self.found, self.confidence)


@dataclass(frozen=True)
class ConfidenceModel:
    """Logistic model of the chance that a product mask is right, fitted on held-out photos.

    `certainty` weighs the network's mean certainty inside its mask, `plain_background` is added where there
    is one, and `agreement` weighs the IoU of the mask with everything that is not plain background.
    """

    bias: float
    certainty: float
    plain_background: float
    agreement: float

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "ConfidenceModel":
        """From a model folder's config, which may use the names of the first release."""
        values = config.get("confidence", config.get("trust"))
        first_names = {"sure": "certainty", "ground": "plain_background"}
        return cls(**{first_names.get(name, name): value for name, value in values.items()})

    def __call__(self, certainty: float, agreement: float | None) -> float:
        total = self.bias + self.certainty * certainty
        if agreement is not None:
            total += self.plain_background + self.agreement * agreement
        return 1 / (1 + math.exp(-total))


@dataclass(frozen=True)
class RegionFinder:
    """A region net with the settings of its release; `version` names these very weights and settings."""

    name: str
    version: str
    long_side: int
    least_confidence: float
    net: RegionNet = field(repr=False)
    confidence_model: ConfidenceModel = field(repr=False)

    @classmethod
    def load(cls, folder: Path) -> "RegionFinder":
        """Raises ModelRefused when a file is missing, altered, unlisted, or a pickle."""
        stored = read_folder(folder, FORMAT)
        config = stored.config
        net = RegionNet(tuple(config["widths"]))
        net.load_state_dict(stored.tensors)
        fold_batch_norms(net.eval().to(memory_format=torch.channels_last))  # type: ignore[call-overload]  # its stubs know no format
        return cls(
            name=str(config["name"]),
            version=stored.version,
            long_side=int(config["long_side"]),
            least_confidence=float(config["least_confidence"]),
            net=net.requires_grad_(False),
            confidence_model=ConfidenceModel.from_config(config),
        )

    def on(self, device: torch.device) -> "RegionFinder":
        """A copy on a device."""
        return replace(self, net=deepcopy(self.net).to(device))

    @torch.inference_mode()
    def __call__(self, photo: Tensor, background: Tensor) -> Regions:
        """Regions of a photo (1, 3, H, W) whose plain ground (1, 1, H, W) is known."""
        small, seen = self.predict(photo)
        product = refine_mask(photo, small, seen[:, :1], background)
        text = F.interpolate(seen[:, 1:], size=photo.shape[2:], mode="bilinear")
        confidence = self.confidence_model(certainty(seen[:, :1]), agreement(seen[:, :1], background))
        found = LEAST_SHARE < float(product.mean()) < MOST_SHARE and confidence >= self.least_confidence
        return Regions(product if found else torch.ones_like(product), text, found, confidence)

    @torch.inference_mode()
    def predict(self, photo: Tensor) -> tuple[Tensor, Tensor]:
        """A small copy of the photo (1, 3, h, w); how likely product and text are in it (1, 2, h, w).

        Where the net is not sure, it looks once more, in a mirror.
        """
        small = _for_net(photo, self.long_side)
        seen = self._run(small)
        if certainty(seen[:, :1]) < SURE:
            seen = (seen + self._run(small.flip(COLUMNS)).flip(COLUMNS)) / 2
        return F.avg_pool2d(small, 2), seen

    def _run(self, small: Tensor) -> Tensor:
        seen: Tensor = self.net(small.contiguous(memory_format=torch.channels_last)).sigmoid()
        return seen.contiguous()


def smaller(mask: Tensor, height: int, width: int) -> Tensor:
    """A mask (1, 1, H, W) brought down to a size."""
    return F.interpolate(mask, size=(height, width), mode="area")


def certainty(product: Tensor) -> float:
    """0..1 how sure the net is, on average, of what it takes for product."""
    return float(product.square().sum() / product.sum().clamp(min=1e-6))


def agreement(product: Tensor, background: Tensor) -> float | None:
    """Overlap (IoU) of a product mask with what is not plain ground, 0..1; None without a plain ground."""
    if not background.any():
        return None
    other = F.interpolate(1 - background, size=product.shape[2:], mode="area")
    return float(torch.minimum(product, other).sum() / torch.maximum(product, other).sum().clamp(min=1e-6))


def refine_mask(photo: Tensor, small: Tensor, product: Tensor, background: Tensor) -> Tensor:
    """The net's product (1, 1, h, w) as it is used: closed, along the photo's rims, settled."""
    return apply_background(guided_upsample(photo, small, fill_holes(product, small)), background)


def fill_holes(product: Tensor, small: Tensor) -> Tensor:
    """A mask (1, 1, h, w) of a picture (1, 3, h, w) without gaps through which no ground shows.

    What is enclosed and has no colour that is seen outside is goods that the net has missed.
    """
    gap = product[0, 0].cpu().numpy() < MASK_THRESHOLD
    outside = connected_to_border(gap)
    if not outside.any() or np.array_equal(gap, outside):
        return product
    steps = (small[0] * (COLOURS - 0.01)).long()
    colour = (steps[0] * COLOURS + steps[1]) * COLOURS + steps[2]
    beyond = torch.from_numpy(outside).to(product.device)
    count = torch.bincount(colour[beyond], minlength=COLOURS**3).view(1, COLOURS, COLOURS, COLOURS)
    common = (count >= COMMON * count.sum()).float()
    shown = F.max_pool3d(common, 3, 1, 1).flatten()[colour] > 0
    missed = torch.from_numpy(gap & ~outside).to(product.device) & ~shown
    return torch.where(missed, 1.0, product)


def apply_background(product: Tensor, background: Tensor) -> Tensor:
    """Where a plain ground is known, product is all that is not ground, less what the net surely denies.

    What the net denies are shadows, and holes through which the ground shows.
    """
    if not background.any():
        return product
    return (1 - background) * (product / DENIED).clamp(max=1)


def _for_net(photo: Tensor, long_side: int) -> Tensor:
    """The photo at the net's size, each side brought to the nearest multiple of 32."""
    scale = long_side / max(photo.shape[2:])
    size = [max(STRIDE, round(side * scale / STRIDE) * STRIDE) for side in photo.shape[2:]]
    return F.interpolate(photo, size=size, mode="bilinear", antialias=True)
