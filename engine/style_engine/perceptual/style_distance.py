"""Evaluation metrics by VGG-19: distance between the styles of two pictures, and loss of content.

The extractor must be filter-normalised (`vgg.load` with scales) and reach conv5_1; pictures are (1, 3, H, W)
in [0, 1].
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ..imaging.filters import channel_mean_std
from ..network.modulation import NORM_EPSILON
from .vgg import VARIANCE_EPSILON, VggFeatures

STYLE_DISTANCE_LAYERS: Final = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
CONTENT_LAYERS: Final = ("relu4_1", "relu5_1")


@dataclass(frozen=True)
class StyleStatistics:
    """Statistics of a picture's activations.

    `moments`: layer → (2, C) mean and std of each filter; `content`: layer → (1, C, h, w) activations, each
    filter normalised to mean 0 and std 1.
    """

    moments: Mapping[str, Tensor]
    content: Mapping[str, Tensor]


@torch.inference_mode()
def extract_statistics(extractor: VggFeatures, picture: Tensor) -> StyleStatistics:
    features = {layer: x.float() for layer, x in extractor(picture, STYLE_DISTANCE_LAYERS).items()}
    return StyleStatistics(
        {layer: torch.cat(channel_mean_std(x, VARIANCE_EPSILON)) for layer, x in features.items()},
        {layer: F.instance_norm(features[layer], eps=NORM_EPSILON) for layer in CONTENT_LAYERS},
    )


def style_loss(a: StyleStatistics, b: StyleStatistics) -> float:
    """SL: mean over relu1_1 … relu5_1 of MSE(mean) + MSE(std); 0 for equal statistics."""
    parts = [(a.moments[layer] - b.moments[layer]).square().mean(1).sum() for layer in STYLE_DISTANCE_LAYERS]
    return float(torch.stack(parts).mean())


def style_gain(result: StyleStatistics, photo: StyleStatistics, style: StyleStatistics) -> float:
    """1 - SL(result, style) / SL(photo, style): 0 for the photo itself, 1 for the style's own statistics."""
    photo_loss = style_loss(photo, style)
    return 1 - style_loss(result, style) / photo_loss if photo_loss > 0 else 0.0


def content_loss(result: StyleStatistics, photo: StyleStatistics) -> float:
    """CLn: mean over relu4_1, relu5_1 of the MSE of normalised activations; 0 if equal, 2 if unrelated."""
    parts = [F.mse_loss(result.content[layer], photo.content[layer]) for layer in CONTENT_LAYERS]
    return float(torch.stack(parts).mean())
