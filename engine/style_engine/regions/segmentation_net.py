"""The region network: a small U-Net that segments product and text, and a second decoder for skin."""

from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import fuse_conv_bn_eval

REGION_NET_STRIDE_PX: Final = 32  # five halvings


class RegionNet(nn.Module):
    """photo (B, 3, H, W), sides multiples of 32 → logits of product, text, skin (B, 3, H / 2, W / 2)."""

    def __init__(self, widths: tuple[int, ...] = (16, 32, 48, 64, 96)) -> None:
        super().__init__()
        half, quarter, eighth, sixteenth, deep = widths
        self.widths = widths
        self.stem = _conv(12, half)
        self.quarter = nn.Sequential(_conv(half, quarter, stride=2), Residual(quarter))
        self.eighth = nn.Sequential(_conv(quarter, eighth, stride=2), Residual(eighth))
        self.sixteenth = nn.Sequential(
            _conv(eighth, sixteenth, stride=2), *(DepthwiseBlock(sixteenth) for _ in range(2))
        )
        self.deep = nn.Sequential(
            _conv(sixteenth, sixteenth, stride=2, groups=sixteenth), _conv(sixteenth, deep, 1)
        )
        self.context = nn.ModuleList(DepthwiseBlock(deep) for _ in range(3))
        self.whole = nn.Linear(deep, deep)
        self.rises = nn.ModuleList(
            UpsampleBlock(inputs, outputs)
            for inputs, outputs in (
                (deep, sixteenth),
                (sixteenth, eighth),
                (eighth, quarter),
                (quarter, half),
            )
        )
        self.out = nn.Conv2d(half, 2, 1)
        self.skin = SkinDecoder(widths)

    def forward(self, photo: Tensor) -> Tensor:
        features = self.encode(photo)
        return torch.cat([self.decode(features), self.skin(photo, features)], 1)

    def encode(self, photo: Tensor) -> list[Tensor]:
        """Features at 1/2, 1/4, 1/8, 1/16 and 1/32 of the photo's size, which both decoders share."""
        features = [self.stem(_halved(photo))]
        for stage in (self.quarter, self.eighth, self.sixteenth):
            features.append(stage(features[-1]))
        x = self.deep(features[-1])
        for index, block in enumerate(self.context):
            x = block(x)
            if index == 1:  # global context
                x = x + self.whole(x.mean((2, 3)))[:, :, None, None]
        return [*features, x]

    def decode(self, features: list[Tensor]) -> Tensor:
        """Logits of product and text (B, 2, H / 2, W / 2)."""
        *skips, x = features
        for upsample, skip in zip(self.rises, reversed(skips), strict=True):
            x = upsample(x, skip)
        logits: Tensor = self.out(x)
        return logits


class SkinDecoder(nn.Module):
    """photo (B, 3, H, W) and the encoder's features → logits of skin (B, 1, H / 2, W / 2).

    It has its own features of the photo's colours: the encoder's were trained for products and text.
    """

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        half, _, _, _, deep = widths
        self.colours = _conv(12, half)
        self.context = nn.ModuleList(DepthwiseBlock(deep) for _ in range(2))
        self.adapt = nn.ModuleList(nn.Conv2d(width, width, 1) for width in widths[:-1])
        self.rises = nn.ModuleList(
            UpsampleBlock(inputs, outputs) for outputs, inputs in reversed([*pairwise(widths)])
        )
        self.out = nn.Conv2d(half, 1, 1)

    def forward(self, photo: Tensor, features: list[Tensor]) -> Tensor:
        *skips, x = features
        for block in self.context:
            x = block(x)
        skips = [adapt(skip) for adapt, skip in zip(self.adapt, skips, strict=True)]
        skips[0] = skips[0] + self.colours(_halved(photo))
        for upsample, skip in zip(self.rises, reversed(skips), strict=True):
            x = upsample(x, skip)
        logits: Tensor = self.out(x)
        return logits


class Residual(nn.Module):
    """x + two 3 x 3 convolutions."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = _conv(width, width), _conv(width, width, active=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(self.first(x)))


class DepthwiseBlock(nn.Module):
    """x + a depthwise 5 x 5 and a pointwise convolution: a large receptive field for few weights."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.spread = _conv(width, width, 5, groups=width)
        self.mix = _conv(width, width, 1, active=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.mix(self.spread(x)))


class UpsampleBlock(nn.Module):
    """Upsample by 2 and add the encoder's skip connection of that size."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(inputs, outputs, 1)
        self.blend = _conv(outputs, outputs)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        doubled = F.interpolate(self.narrow(x), scale_factor=2, mode="bilinear", align_corners=False)
        blended: Tensor = self.blend(doubled + skip)
        return blended


def _halved(photo: Tensor) -> Tensor:
    """(B, 12, H / 2, W / 2) the photo's pixels, in -1..1, in blocks of 2 x 2."""
    return F.pixel_unshuffle(photo * 2 - 1, 2)


def _conv(
    inputs: int, outputs: int, kernel: int = 3, *, stride: int = 1, groups: int = 1, active: bool = True
) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), *([nn.ReLU(inplace=True)] if active else []))


def fold_batch_norms(module: nn.Module) -> None:
    """Fold every batch norm of a network in evaluation mode into the convolution before it."""
    for name, child in module.named_children():
        conv, norm, *rest = [*child.children(), None, None]
        if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            following = [layer for layer in rest if layer is not None]
            setattr(module, name, nn.Sequential(fuse_conv_bn_eval(conv, norm), *following))
        else:
            fold_batch_norms(child)
