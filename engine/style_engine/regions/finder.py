"""Regions of a photo: masks of product, text and skin from a network, refined along the photo's edges."""

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
from .segmentation_net import REGION_NET_STRIDE_PX, RegionNet, fold_batch_norms
from .skin import refine_skin

REGIONS_FORMAT: Final = 2  # of the model folder
MIN_PRODUCT_SHARE, MAX_PRODUCT_SHARE = 0.004, 0.985  # of the picture
MIRROR_BELOW_CERTAINTY: Final = 0.95  # below this the mirrored photo is segmented too and both are averaged
NOT_PRODUCT_BELOW: Final = 0.25  # probability below which a pixel off a plain background is not product
COLOUR_BINS: Final = 8  # per channel, of the colour histogram
BACKGROUND_COLOUR_MIN_SHARE: Final = 0.003  # of the area outside the product; rarer colours are ignored


@dataclass(frozen=True)
class Regions:
    """product, text: (1, 1, H, W), 0..1, soft at edges; confidence: 0..1, probability that product is right.

    Where no product is found, `found` is False and `product` is 1 everywhere, so that all is protected.
    skin: people's, as the other masks, inside and outside the product; None where none was found.
    """

    product: Tensor
    text: Tensor
    found: bool
    confidence: float
    skin: Tensor | None = None

    def cpu(self) -> "Regions":
        """The same regions in the processor's memory."""
        skin = None if self.skin is None else self.skin.cpu()
        return replace(self, product=self.product.cpu(), text=self.text.cpu(), skin=skin)

    def downsample(self, height: int, width: int) -> "Regions":
        """The regions of a smaller copy of the photo."""
        product, text = (downsample_mask(mask, height, width) for mask in (self.product, self.text))
        skin = None if self.skin is None else downsample_mask(self.skin, height, width)
        return Regions(product, text, self.found, self.confidence, skin)


@dataclass(frozen=True)
class ConfidenceModel:
    """Logistic regression of the probability that a product mask is right, fitted on held-out photos.

    Coefficients: `certainty` of the mean certainty inside the mask; `plain_background` of its presence;
    `agreement` of the IoU of the mask with everything that is not plain background.
    """

    bias: float
    certainty: float
    plain_background: float
    agreement: float

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "ConfidenceModel":
        """From a model folder's config; the coefficient names of the first release are accepted too."""
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
    """The region network with its settings; `version` identifies weights and settings."""

    name: str
    version: str
    long_side: int
    least_confidence: float
    net: RegionNet = field(repr=False)
    confidence_model: ConfidenceModel = field(repr=False)

    @classmethod
    def load(cls, folder: Path) -> "RegionFinder":
        """Raises ModelRefused when a file is missing, altered, unlisted, or a pickle."""
        stored = read_folder(folder, REGIONS_FORMAT)
        config = stored.config
        net = RegionNet(tuple(config["widths"]))
        net.load_state_dict(stored.tensors)
        fold_batch_norms(net.eval().to(memory_format=torch.channels_last))  # type: ignore[call-overload]  # torch's stubs lack memory_format
        return cls(
            name=str(config["name"]),
            version=stored.version,
            long_side=int(config["long_side"]),
            least_confidence=float(config["least_confidence"]),
            net=net.requires_grad_(False),
            confidence_model=ConfidenceModel.from_config(config),
        )

    def to(self, device: torch.device) -> "RegionFinder":
        """A copy on a device."""
        return replace(self, net=deepcopy(self.net).to(device))

    @torch.inference_mode()
    def __call__(self, photo: Tensor, background: Tensor) -> Regions:
        """Regions of a photo (1, 3, H, W) with its plain background (1, 1, H, W)."""
        small, probabilities = self.predict(photo)
        coarse_product, coarse_text, coarse_skin = probabilities.split(1, 1)
        product = refine_mask(photo, small, coarse_product, background)
        text = F.interpolate(coarse_text, size=photo.shape[2:], mode="bilinear")
        certainty = mean_certainty(coarse_product)
        confidence = self.confidence_model(certainty, background_agreement(coarse_product, background))
        plausible = MIN_PRODUCT_SHARE < float(product.mean()) < MAX_PRODUCT_SHARE
        found = plausible and confidence >= self.least_confidence
        skin = refine_skin(photo, small, coarse_skin)
        return Regions(product if found else torch.ones_like(product), text, found, confidence, skin)

    @torch.inference_mode()
    def predict(self, photo: Tensor) -> tuple[Tensor, Tensor]:
        """A small copy of the photo (1, 3, h, w) and its probabilities of product, text, skin (1, 3, h, w).

        Where the network is uncertain, its outputs for the photo and the mirrored photo are averaged.
        """
        small = _to_network_size(photo, self.long_side)
        probabilities = self._run(small)
        if mean_certainty(probabilities[:, :1]) < MIRROR_BELOW_CERTAINTY:
            probabilities = (probabilities + self._run(small.flip(COLUMNS)).flip(COLUMNS)) / 2
        return F.avg_pool2d(small, 2), probabilities

    def _run(self, small: Tensor) -> Tensor:
        logits: Tensor = self.net(small.contiguous(memory_format=torch.channels_last))
        return logits.sigmoid().contiguous()


def downsample_mask(mask: Tensor, height: int, width: int) -> Tensor:
    """A mask (1, 1, H, W) area-averaged to a smaller size."""
    return F.interpolate(mask, size=(height, width), mode="area")


def mean_certainty(product: Tensor) -> float:
    """Mean of the product probability weighted by itself, 0..1."""
    return float(product.square().sum() / product.sum().clamp(min=1e-6))


def background_agreement(product: Tensor, background: Tensor) -> float | None:
    """Soft IoU of a product mask with the complement of the plain background; None without a background."""
    if not background.any():
        return None
    foreground = F.interpolate(1 - background, size=product.shape[2:], mode="area")
    union = torch.maximum(product, foreground).sum().clamp(min=1e-6)
    return float(torch.minimum(product, foreground).sum() / union)


def refine_mask(photo: Tensor, small: Tensor, product: Tensor, background: Tensor) -> Tensor:
    """The network's product mask (1, 1, h, w) with holes filled, upsampled, and limited by the background."""
    return apply_background(guided_upsample(photo, small, fill_holes(product, small)), background)


def fill_holes(product: Tensor, small: Tensor) -> Tensor:
    """A product mask (1, 1, h, w) of a picture (1, 3, h, w), holes of product colour filled with 1.

    A hole whose colour does not occur outside the product is product that the network has missed.
    """
    not_product = product[0, 0].cpu().numpy() < MASK_THRESHOLD
    outside = connected_to_border(not_product)
    if not outside.any() or np.array_equal(not_product, outside):
        return product
    bins = (small[0] * (COLOUR_BINS - 0.01)).long()
    colour = (bins[0] * COLOUR_BINS + bins[1]) * COLOUR_BINS + bins[2]
    outside_colours = colour[torch.from_numpy(outside).to(product.device)]
    count = torch.bincount(outside_colours, minlength=COLOUR_BINS**3).view(1, *[COLOUR_BINS] * 3)
    common = (count >= BACKGROUND_COLOUR_MIN_SHARE * count.sum()).float()
    occurs_outside = F.max_pool3d(common, 3, 1, 1).flatten()[colour] > 0
    missed = torch.from_numpy(not_product & ~outside).to(product.device) & ~occurs_outside
    return torch.where(missed, 1.0, product)


def apply_background(product: Tensor, background: Tensor) -> Tensor:
    """With a plain background, product = (1 - background) · min(p / 0.25, 1); without one, product = p.

    Low probabilities off the background are shadows, and holes through which the background shows.
    """
    if not background.any():
        return product
    return (1 - background) * (product / NOT_PRODUCT_BELOW).clamp(max=1)


def _to_network_size(photo: Tensor, long_side: int) -> Tensor:
    """The photo at the network's size, each side rounded to a multiple of 32 px."""
    scale = long_side / max(photo.shape[2:])
    size = [
        max(REGION_NET_STRIDE_PX, round(side * scale / REGION_NET_STRIDE_PX) * REGION_NET_STRIDE_PX)
        for side in photo.shape[2:]
    ]
    return F.interpolate(photo, size=size, mode="bilinear", antialias=True)
