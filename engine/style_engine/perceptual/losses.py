"""Training losses, each per sample (B,); perceptual ones use the filter-normalised VGG-19.

Masks are (B, 1, H, W): 1 where style statistics are taken, 0 on a plain background.
"""

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ..imaging.filters import FLAT_WINDOW_MAX_STD_8BIT, FLAT_WINDOW_PX, luminance
from ..network.modulation import NORM_EPSILON
from .vgg import VARIANCE_EPSILON

Features = Mapping[str, Tensor]
MIN_GRAM_ENERGY: Final = 1e-5
MIN_AREA_PX: Final = 64  # smaller areas are averaged as if they had this size


def per_sample(x: Tensor) -> Tensor:
    return x.flatten(1).mean(1)


def content_loss(output: Features, reference: Features) -> Tensor:
    """MSE of relu4_1 plus half of relu3_1, each channel normalised."""
    deep = per_sample((_normalised(output["relu4_1"]) - _normalised(reference["relu4_1"])).square())
    middle = per_sample((_normalised(output["relu3_1"]) - _normalised(reference["relu3_1"])).square())
    return deep + 0.5 * middle


def moment_loss(output: Features, means: Features, stds: Features, mask: Tensor) -> Tensor:
    """SL: mean over the layers of MSE(mean) + MSE(std); the output's statistics are taken inside the mask."""
    parts: list[Tensor] = []
    for layer in means:
        mean, std = masked_moments(output[layer].float(), mask)
        parts.append((mean - means[layer]).square().mean(1) + (std - stds[layer]).square().mean(1))
    return torch.stack(parts).mean(0)


def layer_moments(features: Features, mask: Tensor) -> tuple[Features, Features]:
    """Means and stds (B, C) of each layer inside the mask."""
    moments = {layer: masked_moments(x.float(), mask) for layer, x in features.items()}
    means = {layer: mean for layer, (mean, _) in moments.items()}
    return means, {layer: std for layer, (_, std) in moments.items()}


def gram_loss(output: Features, grams: Features, mask: Tensor) -> Tensor:
    """Squared distance of the Gram matrices inside the mask, relative to the style's squared norm."""
    parts = [
        (masked_gram(output[layer].float(), mask) - gram).square().sum((1, 2))
        / gram.square().sum((1, 2)).clamp(min=MIN_GRAM_ENERGY)
        for layer, gram in grams.items()
    ]
    return torch.stack(parts).mean(0)


def flat_noise_loss(output: Tensor, photo: Tensor) -> Tensor:
    """Mean 9×9 std of the output's luminance where the photo's is below 2.5 / 255."""
    flat = (local_std(photo) < FLAT_WINDOW_MAX_STD_8BIT / 255).float()
    noise = local_std(output) * flat
    return noise.flatten(1).sum(1) / flat.flatten(1).sum(1).clamp(min=MIN_AREA_PX)


def laplacian_loss(output: Tensor, photo: Tensor) -> Tensor:
    """L1 distance of the Laplacians of luminance at half size."""
    return per_sample((_laplacian(output) - _laplacian(photo)).abs())


def chroma_loss(output: Tensor, photo: Tensor) -> Tensor:
    """L1 distance of the colours without luminance, averaged over 8 px patches."""
    chroma = [F.avg_pool2d(x - luminance(x), 8) for x in (output, photo)]
    return per_sample((chroma[0] - chroma[1]).abs())


def background_loss(output: Tensor, photo: Tensor, background: Tensor) -> Tensor:
    """Mean L1 distance to the photo on the plain background."""
    change = ((output - photo).abs().mean(1, keepdim=True) * background).flatten(1).sum(1)
    return change / background.flatten(1).sum(1).clamp(min=MIN_AREA_PX)


def masked_moments(x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and std (B, C) of x (B, C, H, W) where the mask is 1."""
    weight = _normalised_mask(mask, x)
    mean = (x * weight).sum((2, 3))
    variance = (x.square() * weight).sum((2, 3)) - mean.square()
    return mean, (variance.clamp(min=0) + VARIANCE_EPSILON).sqrt()


def masked_gram(x: Tensor, mask: Tensor) -> Tensor:
    """(B, C, C) mean outer product of the activations where the mask is 1."""
    weighted = (x * _normalised_mask(mask, x)).flatten(2)
    return weighted @ x.flatten(2).transpose(1, 2)


def local_std(picture: Tensor) -> Tensor:
    """(B, 1, H, W) std of luminance in a 9×9 window around each pixel."""
    tone, size, padding = luminance(picture), FLAT_WINDOW_PX, FLAT_WINDOW_PX // 2
    mean = F.avg_pool2d(tone, size, 1, padding, count_include_pad=False)
    square = F.avg_pool2d(tone.square(), size, 1, padding, count_include_pad=False)
    return ((square - mean.square()).clamp(min=0) + VARIANCE_EPSILON).sqrt()


def _normalised_mask(mask: Tensor, x: Tensor) -> Tensor:
    """The mask at the size of x, summing to 1; an empty mask is replaced by a uniform one."""
    weight = F.interpolate(mask, size=x.shape[2:], mode="area").square()
    total = weight.sum((2, 3), keepdim=True)
    weight = torch.where(total < 0.01 * weight[0].numel(), torch.ones_like(weight), weight)
    return weight / weight.sum((2, 3), keepdim=True)


def _normalised(x: Tensor) -> Tensor:
    return F.instance_norm(x.float(), eps=NORM_EPSILON)


def _laplacian(picture: Tensor) -> Tensor:
    tone = F.avg_pool2d(luminance(picture), 2)
    neighbourhood = F.avg_pool2d(F.pad(tone, (1, 1, 1, 1), "replicate"), 3, 1) * 9
    return neighbourhood - 9 * tone
