"""The loss at one scale: content loss to the photo, style loss to the style pictures, total variation.

Every channel is divided by its mean activation on photo and styles, so that layers and networks of any range
have equal weight; every difference is scaled by its own magnitude (K. Crowson, style-transfer-pytorch), so
that the terms keep their shares of the gradient at any distance from the optimum.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from .extractors import Extractor
from .settings import Settings

Features = Mapping[str, Tensor]
MIN_CHANNEL_SCALE: Final = 0.1  # of the layer's mean activation, so that weak channels are not amplified


class Objective:
    """A loss for pictures of the photo's size; `styles` are (picture, weight), weights summing to 1.

    photo: (1, 3, H, W); background: (1, 1, H, W), 1 on the plain background, which is excluded.
    """

    def __init__(
        self,
        extractor: Extractor,
        photo: Tensor,
        background: Tensor,
        styles: Sequence[tuple[Tensor, float]],
        settings: Settings,
    ) -> None:
        self.extractor, self.settings, self.foreground = extractor, settings, 1 - background
        with torch.no_grad():
            photo_features = extractor(photo)
            style_features = [extractor(picture) for picture, _ in styles]
            self.scales = {
                layer: _channel_scale([photo_features[layer], *(style[layer] for style in style_features)])
                for layer in photo_features
            }
            self.content = {layer: self._content(photo_features, layer) for layer in extractor.content_layers}
            self.targets = {
                layer: self._target(layer, photo_features, style_features, styles)
                for layer in extractor.style_layers
            }

    def __call__(self, picture: Tensor) -> Tensor:
        """The loss of a picture (1, 3, H, W): a scalar."""
        features = self.extractor(picture)
        style = torch.stack([self._style_loss(features, layer) for layer in self.targets]).mean()
        content = torch.stack([self._content_loss(features, layer) for layer in self.content]).mean()
        variation = self.settings.variation_weight * total_variation(picture)
        return style + self.settings.content_weight * content + variation

    def _content_loss(self, features: Features, layer: str) -> Tensor:
        return scaled(self._content(features, layer) - self.content[layer])

    def _style_loss(self, features: Features, layer: str) -> Tensor:
        current = statistics(features[layer] / self.scales[layer], self.foreground)
        pairs = zip(current, self.targets[layer], strict=True)
        return torch.stack([scaled(value - target) for value, target in pairs]).sum()

    def _content(self, features: Features, layer: str) -> Tensor:
        """Features with each channel normalised over the picture: independent of colour and contrast."""
        return F.instance_norm(features[layer] / self.scales[layer], eps=MIN_CHANNEL_SCALE**2)

    def _target(
        self,
        layer: str,
        photo_features: Features,
        style_features: Sequence[Features],
        styles: Sequence[tuple[Tensor, float]],
    ) -> tuple[Tensor, ...]:
        """Statistics interpolated, by strength, from the photo's to the weighted mean of the styles'."""
        scale, strength = self.scales[layer], self.settings.strength
        of_photo = statistics(photo_features[layer] / scale, self.foreground)
        of_styles = [statistics(features[layer] / scale, None) for features in style_features]
        mix = [
            sum(weight * values[i] for values, (_, weight) in zip(of_styles, styles, strict=True))
            for i in range(len(of_photo))
        ]
        pairs = zip(of_photo, mix, strict=True)
        return tuple(torch.lerp(start, torch.as_tensor(end), strength) for start, end in pairs)


def statistics(x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """Mean (C,), std (C,) and covariance (C, C) of x (1, C, H, W), weighted by a mask."""
    weight = _normalised_mask(mask, x)
    flat = x[0].flatten(1)
    mean = flat @ weight
    centred = (flat - mean[:, None]) * weight.sqrt()
    covariance = centred @ centred.T
    return mean, (covariance.diagonal() + 1e-6).sqrt(), covariance


def scaled(difference: Tensor) -> Tensor:
    """Sum of squares over sum of absolute values: a mean absolute difference weighted by size."""
    return difference.square().sum() / (difference.abs().sum() + 1e-8)


def total_variation(picture: Tensor) -> Tensor:
    """Root mean square difference between neighbouring pixels."""
    vertical, horizontal = picture.diff(dim=2), picture.diff(dim=3)
    return (vertical.square().mean() + horizontal.square().mean() + 1e-8).sqrt()


def _normalised_mask(mask: Tensor | None, x: Tensor) -> Tensor:
    """(HW,) weights summing to 1: the mask at the size of x; uniform without a mask."""
    if mask is None:
        return torch.full((x.shape[2] * x.shape[3],), 1 / (x.shape[2] * x.shape[3]))
    weight = F.interpolate(mask, size=x.shape[2:], mode="area").flatten() + 1e-4
    return weight / weight.sum()


def _channel_scale(features: Sequence[Tensor]) -> Tensor:
    """(1, C, 1, 1) mean absolute activation of each channel over all pictures."""
    scale = torch.stack([x.abs().mean((2, 3), keepdim=True) for x in features]).mean(0)
    return scale.clamp(min=float(scale.mean()) * MIN_CHANNEL_SCALE)
