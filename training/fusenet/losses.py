"""Losses of samples that have a target picture, each per sample (B,)."""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from style_engine.perceptual.losses import layer_moments, moment_loss, per_sample
from style_engine.perceptual.vgg import VggFeatures

PIXEL_WEIGHT: Final = 6
PATCH_WEIGHT: Final = 4
PATCH_SIDES_PX: Final = (4, 16)
TOTAL_VARIATION_WEIGHT: Final = 5
STYLE_LOSS_OFFSET: Final = 0.1  # keeps the logarithm finite


def target_loss(output: Tensor, target: Tensor) -> Tensor:
    """L1 distance of pixels and of patch means, and the total variation of the difference."""
    difference = output - target
    pixels = per_sample(difference.abs())
    small, large = (per_sample(F.avg_pool2d(difference, side).abs()) for side in PATCH_SIDES_PX)
    variation = _total_variation(difference)
    return PIXEL_WEIGHT * pixels + PATCH_WEIGHT * (small + large) + TOTAL_VARIATION_WEIGHT * variation


def style_loss(extractor: VggFeatures, output: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Logarithm of the distance of VGG means and stds, output to target, inside the mask (B, 1, H, W).

    Pixel losses hardly penalise a screen or hatching that is too faint: half the ink is half the error.
    Feature moment_loss do. The logarithm makes the gradient independent of how far a style is from the photo.
    """
    with torch.no_grad():
        means, stds = layer_moments(extractor(target), mask)
    return torch.log(moment_loss(extractor(output), means, stds, mask) + STYLE_LOSS_OFFSET)


def _total_variation(picture: Tensor) -> Tensor:
    return per_sample(picture.diff(dim=2).abs()) + per_sample(picture.diff(dim=3).abs())
