"""What an iterate is judged by at one scale: the photo's structure, the styles' statistics, smoothness.

Every channel is first divided by its mean activation on photo and styles, so that layers and networks of any
range weigh the same; every difference is scaled by its own size (K. Crowson, style-transfer-pytorch), so that
terms keep their share of the gradient however far the iterate is.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from .extractors import Extractor
from .settings import Settings

Features = Mapping[str, Tensor]
FLOOR: Final = 0.1  # of a layer's mean activation: a channel that hardly fires is not blown up


class Objective:
    """A loss for iterates of the photo's size; `styles` are (picture, weight), weights summing to 1.

    photo: (1, 3, H, W); ground: (1, 1, H, W), 1 on plain ground, which is left alone and takes no part.
    """

    def __init__(
        self,
        extractor: Extractor,
        photo: Tensor,
        background: Tensor,
        styles: Sequence[tuple[Tensor, float]],
        settings: Settings,
    ) -> None:
        self.extractor, self.settings, self.inside = extractor, settings, 1 - background
        with torch.no_grad():
            photo_style = extractor(photo)
            others = [extractor(picture) for picture, _ in styles]
            self.units = {
                layer: _unit([photo_style[layer], *(each[layer] for each in others)]) for layer in photo_style
            }
            self.structure = {
                layer: self._structure(photo_style, layer) for layer in extractor.content_layers
            }
            self.targets = {
                layer: self._target(layer, photo_style, others, styles) for layer in extractor.style_layers
            }

    def __call__(self, picture: Tensor) -> Tensor:
        """The loss of a picture (1, 3, H, W): a scalar, 0 when nothing is left to do."""
        found = self.extractor(picture)
        style = torch.stack([self._style_loss(found, layer) for layer in self.targets]).mean()
        content = torch.stack([self._content_loss(found, layer) for layer in self.structure]).mean()
        variation = self.settings.variation_weight * total_variation(picture)
        return style + self.settings.content_weight * content + variation

    def _content_loss(self, found: Features, layer: str) -> Tensor:
        return scaled(self._structure(found, layer) - self.structure[layer])

    def _style_loss(self, found: Features, layer: str) -> Tensor:
        parts = zip(
            statistics(found[layer] / self.units[layer], self.inside), self.targets[layer], strict=True
        )
        return torch.stack([scaled(mine - target) for mine, target in parts]).sum()

    def _structure(self, found: Features, layer: str) -> Tensor:
        """Where things are, whatever their colour and contrast: each channel normalised over the picture."""
        return F.instance_norm(found[layer] / self.units[layer], eps=FLOOR**2)

    def _target(
        self,
        layer: str,
        photo_style: Features,
        others: Sequence[Features],
        styles: Sequence[tuple[Tensor, float]],
    ) -> tuple[Tensor, ...]:
        """Statistics between the photo's own and the weighted mean of the styles', at `strength`."""
        unit, strength = self.units[layer], self.settings.strength
        mine = statistics(photo_style[layer] / unit, self.inside)
        each = [statistics(other[layer] / unit, None) for other in others]
        blend = [sum(w * s[i] for s, (_, w) in zip(each, styles, strict=True)) for i in range(len(mine))]
        return tuple(torch.lerp(a, torch.as_tensor(b), strength) for a, b in zip(mine, blend, strict=True))


def statistics(x: Tensor, inside: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """Mean (C,), standard deviation (C,) and covariance (C, C) of x (1, C, H, W) over `inside`."""
    weight = _share(inside, x)
    flat = x[0].flatten(1)
    mean = flat @ weight
    centred = (flat - mean[:, None]) * weight.sqrt()
    covariance = centred @ centred.T
    return mean, (covariance.diagonal() + 1e-6).sqrt(), covariance


def scaled(difference: Tensor) -> Tensor:
    """Mean square over mean size: about the mean absolute difference, led by the largest."""
    return difference.square().sum() / (difference.abs().sum() + 1e-8)


def total_variation(picture: Tensor) -> Tensor:
    """Root mean square step between neighbours."""
    down, right = picture.diff(dim=2), picture.diff(dim=3)
    return (down.square().mean() + right.square().mean() + 1e-8).sqrt()


def _share(inside: Tensor | None, x: Tensor) -> Tensor:
    """(HW,) weights summing to 1: the mask at the size of x; everywhere where there is none."""
    if inside is None:
        return torch.full((x.shape[2] * x.shape[3],), 1 / (x.shape[2] * x.shape[3]))
    weight = F.interpolate(inside, size=x.shape[2:], mode="area").flatten() + 1e-4
    return weight / weight.sum()


def _unit(features: Sequence[Tensor]) -> Tensor:
    """(1, C, 1, 1) mean size of each channel over all pictures."""
    size = torch.stack([x.abs().mean((2, 3), keepdim=True) for x in features]).mean(0)
    return size.clamp(min=float(size.mean()) * FLOOR)
