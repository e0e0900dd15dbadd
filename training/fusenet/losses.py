"""The loss of a drawn sample: how far it is from its known answer, per sample (B,)."""

import torch
from torch import Tensor
from torch.nn import functional as F

from style_engine.perceptual.losses import layer_moments, moment_loss, per_sample
from style_engine.perceptual.vgg import VggFeatures


def answer(output: Tensor, known: Tensor) -> Tensor:
    """Distance to a known picture: its pixels, its patches' tone and colour, its edges."""
    off = output - known
    pixels = per_sample(off.abs())
    patches = per_sample(F.avg_pool2d(off, 4).abs()) + per_sample(F.avg_pool2d(off, 16).abs())
    return 6 * pixels + 4 * patches + 5 * _total_variation(off)


def look(extractor: VggFeatures, output: Tensor, known: Tensor, mask: Tensor) -> Tensor:
    """What VGG sees of a picture against its known answer, inside the mask.

    Pixel distances forgive a pale screen or hatch: half the ink is half the error. Moments do not. The
    logarithm gives a faint style the same pull as a loud one.
    """
    with torch.no_grad():
        means, stds = layer_moments(extractor(known), mask)
    return torch.log(moment_loss(extractor(output), means, stds, mask) + 0.1)


def _total_variation(picture: Tensor) -> Tensor:
    return per_sample(picture.diff(dim=2).abs()) + per_sample(picture.diff(dim=3).abs())
