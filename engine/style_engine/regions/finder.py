"""Regions of a photo: what is product and what is text, found by a small net, drawn along the photo's rims.

Read from top to bottom: the regions → the net → the finder → the guided filter that brings masks to size.
"""

import math
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import fuse_conv_bn_eval

from ..imaging import windows
from ..imaging.windows import COLUMNS
from ..network.model import read_folder
from ..safety.metrics import HALF
from .background import joined_to_border

FORMAT: Final = 1
STRIDE: Final = 32  # the net halves five times
LEAST_SHARE: Final = 0.004  # of the picture that a product must fill
SURE: Final = 0.95  # certainty from which one look is enough
MOST_SHARE: Final = 0.985  # and at most can
DENIED: Final = 0.25  # on a plain ground only what the net gives less than this is taken from the product
COLOURS: Final = 8  # steps a channel in which colours are told apart
COMMON: Final = 0.003  # of what lies outside the product; a colour that fills less is not of the ground
RADIUS: Final = 2  # px of the small copy over which the mask is fitted to the colours
SMOOTHNESS: Final = 1e-3  # variance of colour below which a surface has no rims


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


class RegionNet(nn.Module):
    """photo (B, 3, H, W), sides multiples of 32 → logits of product and text (B, 2, H / 2, W / 2)."""

    def __init__(self, widths: tuple[int, ...] = (16, 32, 48, 64, 96)) -> None:
        super().__init__()
        half, quarter, eighth, sixteenth, deep = widths
        self.widths = widths
        self.stem = _conv(12, half)
        self.quarter = nn.Sequential(_conv(half, quarter, stride=2), Residual(quarter))
        self.eighth = nn.Sequential(_conv(quarter, eighth, stride=2), Residual(eighth))
        self.sixteenth = nn.Sequential(
            _conv(eighth, sixteenth, stride=2), *(Wide(sixteenth) for _ in range(2))
        )
        self.deep = nn.Sequential(
            _conv(sixteenth, sixteenth, stride=2, groups=sixteenth), _conv(sixteenth, deep, 1)
        )
        self.context = nn.ModuleList(Wide(deep) for _ in range(3))
        self.whole = nn.Linear(deep, deep)
        self.rises = nn.ModuleList(
            Rise(inputs, outputs)
            for inputs, outputs in (
                (deep, sixteenth),
                (sixteenth, eighth),
                (eighth, quarter),
                (quarter, half),
            )
        )
        self.out = nn.Conv2d(half, 2, 1)

    def forward(self, photo: Tensor) -> Tensor:
        skips = [self.stem(F.pixel_unshuffle(photo * 2 - 1, 2))]
        for stage in (self.quarter, self.eighth, self.sixteenth):
            skips.append(stage(skips[-1]))
        x = self.deep(skips[-1])
        for index, block in enumerate(self.context):
            x = block(x)
            if index == 1:  # what the picture as a whole is about
                x = x + self.whole(x.mean((2, 3)))[:, :, None, None]
        for rise, skip in zip(self.rises, reversed(skips), strict=True):
            x = rise(x, skip)
        logits: Tensor = self.out(x)
        return logits


class Residual(nn.Module):
    """x + two 3 x 3 convolutions."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = _conv(width, width), _conv(width, width, active=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(self.first(x)))


class Wide(nn.Module):
    """x + a 5 x 5 convolution of each channel and a mixing of them: far sight for few weights."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.spread = _conv(width, width, 5, groups=width)
        self.mix = _conv(width, width, 1, active=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.mix(self.spread(x)))


class Rise(nn.Module):
    """Doubles a level and adds what the way down kept of that size."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(inputs, outputs, 1)
        self.blend = _conv(outputs, outputs)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        doubled = F.interpolate(self.narrow(x), scale_factor=2, mode="bilinear", align_corners=False)
        blended: Tensor = self.blend(doubled + skip)
        return blended


def _conv(
    inputs: int, outputs: int, kernel: int = 3, *, stride: int = 1, groups: int = 1, active: bool = True
) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), *([nn.ReLU(inplace=True)] if active else []))


@dataclass(frozen=True)
class Trust:
    """How sure the net looks → the chance that its product mask is right; fitted on held-out photos."""

    bias: float
    sure: float  # times the net's own certainty inside its mask
    ground: float  # where there is a plain ground
    agreement: float  # times the overlap of the net's mask with what is not plain ground

    def __call__(self, sure: float, agreement: float | None) -> float:
        total = self.bias + self.sure * sure
        if agreement is not None:
            total += self.ground + self.agreement * agreement
        return 1 / (1 + math.exp(-total))


@dataclass(frozen=True)
class RegionFinder:
    """A region net with the settings of its release; `version` names these very weights and settings."""

    name: str
    version: str
    long_side: int
    least_confidence: float
    net: RegionNet = field(repr=False)
    trust: Trust = field(repr=False)

    @classmethod
    def load(cls, folder: Path) -> "RegionFinder":
        """Raises ModelRefused when a file is missing, altered, unlisted, or a pickle."""
        stored = read_folder(folder, FORMAT)
        config = stored.config
        net = RegionNet(tuple(config["widths"]))
        net.load_state_dict(stored.tensors)
        _fold(net.eval().to(memory_format=torch.channels_last))  # type: ignore[call-overload]  # its stubs know no format
        return cls(
            name=str(config["name"]),
            version=stored.version,
            long_side=int(config["long_side"]),
            least_confidence=float(config["least_confidence"]),
            net=net.requires_grad_(False),
            trust=Trust(**config["trust"]),
        )

    def on(self, device: torch.device) -> "RegionFinder":
        """A copy on a device."""
        return replace(self, net=deepcopy(self.net).to(device))

    @torch.inference_mode()
    def __call__(self, photo: Tensor, ground: Tensor) -> Regions:
        """Regions of a photo (1, 3, H, W) whose plain ground (1, 1, H, W) is known."""
        small, seen = self.see(photo)
        product = at_size(photo, small, seen[:, :1], ground)
        text = F.interpolate(seen[:, 1:], size=photo.shape[2:], mode="bilinear")
        confidence = self.trust(certainty(seen[:, :1]), agreement(seen[:, :1], ground))
        found = LEAST_SHARE < float(product.mean()) < MOST_SHARE and confidence >= self.least_confidence
        return Regions(product if found else torch.ones_like(product), text, found, confidence)

    @torch.inference_mode()
    def see(self, photo: Tensor) -> tuple[Tensor, Tensor]:
        """A small copy of the photo (1, 3, h, w); how likely product and text are in it (1, 2, h, w).

        Where the net is not sure, it looks once more, in a mirror.
        """
        small = _for_net(photo, self.long_side)
        seen = self._look(small)
        if certainty(seen[:, :1]) < SURE:
            seen = (seen + self._look(small.flip(COLUMNS)).flip(COLUMNS)) / 2
        return F.avg_pool2d(small, 2), seen

    def _look(self, small: Tensor) -> Tensor:
        seen: Tensor = self.net(small.contiguous(memory_format=torch.channels_last)).sigmoid()
        return seen.contiguous()


def smaller(mask: Tensor, height: int, width: int) -> Tensor:
    """A mask (1, 1, H, W) brought down to a size."""
    return F.interpolate(mask, size=(height, width), mode="area")


def certainty(product: Tensor) -> float:
    """0..1 how sure the net is, on average, of what it takes for product."""
    return float(product.square().sum() / product.sum().clamp(min=1e-6))


def agreement(product: Tensor, ground: Tensor) -> float | None:
    """Overlap (IoU) of a product mask with what is not plain ground, 0..1; None without a plain ground."""
    if not ground.any():
        return None
    other = F.interpolate(1 - ground, size=product.shape[2:], mode="area")
    return float(torch.minimum(product, other).sum() / torch.maximum(product, other).sum().clamp(min=1e-6))


def at_size(photo: Tensor, small: Tensor, product: Tensor, ground: Tensor) -> Tensor:
    """The net's product (1, 1, h, w) as it is used: closed, along the photo's rims, settled."""
    return settled(along_rims(photo, small, closed(product, small)), ground)


def closed(product: Tensor, small: Tensor) -> Tensor:
    """A mask (1, 1, h, w) of a picture (1, 3, h, w) without gaps through which no ground shows.

    What is enclosed and has no colour that is seen outside is goods that the net has missed.
    """
    gap = product[0, 0].cpu().numpy() < HALF
    outside = joined_to_border(gap)
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


def settled(product: Tensor, ground: Tensor) -> Tensor:
    """Where a plain ground is known, product is all that is not ground, less what the net surely denies.

    What the net denies are shadows, and holes through which the ground shows.
    """
    if not ground.any():
        return product
    return (1 - ground) * (product / DENIED).clamp(max=1)


def along_rims(photo: Tensor, small: Tensor, mask: Tensor) -> Tensor:
    """A mask found on a small copy of the photo, brought to the photo's size along its rims.

    The fast guided filter with a colour guide (He and Sun 2015): near each pixel the mask is a linear
    function of the colour, fitted on the small copy and read off the photo.
    """
    mean, mean_mask = _near(small), _near(mask)
    # Rows of the 3 x 3 covariance of colours round each pixel, each (1, 3, h, w).
    rows = [_near(small[:, c : c + 1] * small) - mean[:, c : c + 1] * mean for c in range(3)]
    for channel, row in enumerate(rows):
        row[:, channel] += SMOOTHNESS
    with_mask = _near(small * mask) - mean * mean_mask
    # The inverse of a 3 x 3 matrix by cross products of its rows.
    crosses = [torch.linalg.cross(rows[(c + 1) % 3], rows[(c + 2) % 3], dim=1) for c in range(3)]
    determinant = (rows[0] * crosses[0]).sum(1, keepdim=True)
    slope = sum(with_mask[:, c : c + 1] * crosses[c] for c in range(3)) / determinant
    offset = mean_mask - (slope * mean).sum(1, keepdim=True)
    fit = F.interpolate(_near(torch.cat([slope, offset], 1)), size=photo.shape[2:], mode="bilinear")
    mask_at_size = fit[:, 3:]
    for channel in range(3):
        mask_at_size.addcmul_(fit[:, channel : channel + 1], photo[:, channel : channel + 1])
    return mask_at_size.clamp(0, 1)


def _near(planes: Tensor) -> Tensor:
    return windows.mean(planes, RADIUS)


def _for_net(photo: Tensor, long_side: int) -> Tensor:
    """The photo at the net's size, each side brought to the nearest multiple of 32."""
    scale = long_side / max(photo.shape[2:])
    size = [max(STRIDE, round(side * scale / STRIDE) * STRIDE) for side in photo.shape[2:]]
    return F.interpolate(photo, size=size, mode="bilinear", antialias=True)


def _fold(module: nn.Module) -> None:
    """Fold every batch norm of a net in evaluation mode into the convolution before it."""
    for name, child in module.named_children():
        conv, norm, *rest = [*child.children(), None, None]
        if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            kept = [layer for layer in rest if layer is not None]
            setattr(module, name, nn.Sequential(fuse_conv_bn_eval(conv, norm), *kept))
        else:
            _fold(child)
