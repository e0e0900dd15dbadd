"""Perceptual losses, each per sample (B,), by the filter-normalised VGG-19: all its layers are of one scale.

Masks are (B, 1, H, W): 1 where style statistics are taken (the product), 0 on a plain ground.
"""

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ..imaging.filters import luminance
from .vgg import VARIANCE_EPSILON

Features = Mapping[str, Tensor]
EPS: Final = 1e-5


def per_sample(x: Tensor) -> Tensor:
    return x.flatten(1).mean(1)


def content(output: Features, reference: Features) -> Tensor:
    """Structure: mean square difference of relu4_1 and half of relu3_1, each channel normalised."""
    deep = per_sample((_normalised(output["relu4_1"]) - _normalised(reference["relu4_1"])).square())
    middle = per_sample((_normalised(output["relu3_1"]) - _normalised(reference["relu3_1"])).square())
    return deep + 0.5 * middle


def moments(output: Features, means: Features, stds: Features, mask: Tensor) -> Tensor:
    """SL: mean over the layers of MSE(mean) + MSE(std), the output's taken inside the mask only."""
    parts: list[Tensor] = []
    for layer in means:
        mean, std = masked_moments(output[layer].float(), mask)
        parts.append((mean - means[layer]).square().mean(1) + (std - stds[layer]).square().mean(1))
    return torch.stack(parts).mean(0)


def style_of(features: Features, mask: Tensor) -> tuple[Features, Features]:
    """Means and deviations (B, C) of each layer inside the mask."""
    both = {layer: masked_moments(x.float(), mask) for layer, x in features.items()}
    return {layer: pair[0] for layer, pair in both.items()}, {layer: pair[1] for layer, pair in both.items()}


def texture(output: Features, grams: Features, mask: Tensor) -> Tensor:
    """Gram matrices inside the mask against the style's, relative to the style's size."""
    parts = [
        (masked_gram(output[layer].float(), mask) - gram).square().sum((1, 2))
        / gram.square().sum((1, 2)).clamp(min=EPS)
        for layer, gram in grams.items()
    ]
    return torch.stack(parts).mean(0)


def flat_noise(output: Tensor, photo: Tensor) -> Tensor:
    """Mean 9×9 standard deviation of the output's luminance where the photo's is under 2.5 / 255."""
    flat = (local_std(photo) < 2.5 / 255).float()
    noise = local_std(output) * flat
    return noise.flatten(1).sum(1) / flat.flatten(1).sum(1).clamp(min=64)


def laplacian(output: Tensor, photo: Tensor) -> Tensor:
    """Contours: L1 of the Laplacians of both luminances at half size."""
    return per_sample((_laplacian(output) - _laplacian(photo)).abs())


def chroma_shift(output: Tensor, photo: Tensor) -> Tensor:
    """L1 between the two pictures' colours, lightness left out, over 8 px patches."""
    chroma = [F.avg_pool2d(x - luminance(x), 8) for x in (output, photo)]
    return per_sample((chroma[0] - chroma[1]).abs())


def background_change(output: Tensor, photo: Tensor, background: Tensor) -> Tensor:
    """L1 to the photo where the ground is plain, averaged over that ground."""
    off = ((output - photo).abs().mean(1, keepdim=True) * background).flatten(1).sum(1)
    return off / background.flatten(1).sum(1).clamp(min=64)


def masked_moments(x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (B, C) of x (B, C, H, W) where the mask is 1."""
    weight = _share(mask, x)
    mean = (x * weight).sum((2, 3))
    variance = (x.square() * weight).sum((2, 3)) - mean.square()
    return mean, (variance.clamp(min=0) + VARIANCE_EPSILON).sqrt()


def masked_gram(x: Tensor, mask: Tensor) -> Tensor:
    """(B, C, C) mean outer product of the activations where the mask is 1."""
    weighted = (x * _share(mask, x)).flatten(2)
    return weighted @ x.flatten(2).transpose(1, 2)


def local_std(picture: Tensor) -> Tensor:
    """(B, 1, H, W) standard deviation of luminance in a 9×9 window."""
    tone = luminance(picture)
    mean = F.avg_pool2d(tone, 9, 1, 4, count_include_pad=False)
    square = F.avg_pool2d(tone.square(), 9, 1, 4, count_include_pad=False)
    return ((square - mean.square()).clamp(min=0) + VARIANCE_EPSILON).sqrt()


def _share(mask: Tensor, x: Tensor) -> Tensor:
    """The mask at the size of x, summing to 1; a mask that is empty counts everywhere."""
    weight = F.interpolate(mask, size=x.shape[2:], mode="area").square()
    total = weight.sum((2, 3), keepdim=True)
    weight = torch.where(total < 0.01 * weight[0].numel(), torch.ones_like(weight), weight)
    return weight / weight.sum((2, 3), keepdim=True)


def _normalised(x: Tensor) -> Tensor:
    return F.instance_norm(x.float(), eps=EPS)


def _laplacian(picture: Tensor) -> Tensor:
    tone = F.avg_pool2d(luminance(picture), 2)
    around = F.avg_pool2d(F.pad(tone, (1, 1, 1, 1), "replicate"), 3, 1) * 9
    return around - 9 * tone
