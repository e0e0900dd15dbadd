"""Modulations: how a style changes the network's features, by norms and by injected conditioning maps.

`StyleModulation` applies one style everywhere, `MaskedModulation` two blended by a mask; `FrozenModulation`
normalises by statistics recorded by `RecordingModulation`, which makes the network a local function.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

NORM_EPSILON: Final = 1e-5  # added to the variance by every instance norm
CONSTANT_FEATURE_MAX_VARIANCE: Final = 1e-7


class Modulation(Protocol):
    """The network's n-th norm, and its n-th injection of conditioning maps, on features (B, C, h, w)."""

    def norm(self, n: int, x: Tensor) -> Tensor: ...

    def inject(self, n: int, x: Tensor, conditioning: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class StyleModulation:
    """One style: `affine` holds gamma and beta (B, C) of every norm; `injection`: (B, places, C, maps)."""

    affine: Sequence[tuple[Tensor, Tensor]]
    injection: Tensor

    def norm(self, n: int, x: Tensor) -> Tensor:
        """Instance norm (biased variance), then the style's scale and shift, in fp32."""
        # One batch norm over (1, B * C, h, w) runs norm and affine in one kernel.
        flat = x.reshape(1, -1, *x.shape[2:])
        gamma, beta = (parameter.reshape(-1) for parameter in self.affine[n])
        return F.batch_norm(flat, None, None, gamma, beta, training=True, eps=NORM_EPSILON).view(x.shape)

    def inject(self, n: int, x: Tensor, conditioning: Tensor) -> Tensor:
        """x plus the weighted conditioning maps: one matrix product over all pixels, channels last."""
        pixels, maps = (tensor.permute(0, 2, 3, 1) for tensor in (x, conditioning))
        weights = self.injection[:, n].transpose(1, 2).to(x)
        total = torch.baddbmm(pixels.flatten(1, 2), maps.flatten(1, 2), weights)
        return total.view(pixels.shape).permute(0, 3, 1, 2)


class MaskedModulation:
    """Two styles in one pass: `inside` where the mask (B, 1, H, W) is 1, `outside` where it is 0.

    Features are blended by the mask at their own size, so that no hard edge appears.
    """

    def __init__(self, inside: StyleModulation, outside: StyleModulation, mask: Tensor) -> None:
        self._inside, self._outside, self._mask = inside, outside, mask
        self._masks_by_size: dict[tuple[int, ...], Tensor] = {}

    def norm(self, n: int, x: Tensor) -> Tensor:
        return torch.lerp(self._outside.norm(n, x), self._inside.norm(n, x), self._mask_at_size_of(x))

    def inject(self, n: int, x: Tensor, conditioning: Tensor) -> Tensor:
        outside, inside = (style.inject(n, x, conditioning) for style in (self._outside, self._inside))
        return torch.lerp(outside, inside, self._mask_at_size_of(x))

    def _mask_at_size_of(self, x: Tensor) -> Tensor:
        size = tuple(x.shape[2:])
        if size not in self._masks_by_size:
            self._masks_by_size[size] = F.interpolate(self._mask, size=size, mode="area").to(x)
        return self._masks_by_size[size]


@dataclass
class Statistics:
    """Mean and variance, each (C,), at every norm in one pass over one picture."""

    means: dict[int, Tensor] = field(default_factory=dict)
    variances: dict[int, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class RecordingModulation:
    """Applies `style` and records the statistics of the features at every norm."""

    style: StyleModulation
    statistics: Statistics

    def norm(self, n: int, x: Tensor) -> Tensor:
        variance, mean = torch.var_mean(x.to(self.style.injection.dtype), (0, 2, 3), correction=0)
        # Infinite variance maps a constant feature to 0: dividing by its std would amplify rounding errors.
        constant = variance < CONSTANT_FEATURE_MAX_VARIANCE
        self.statistics.means[n] = mean
        self.statistics.variances[n] = variance.masked_fill(constant, math.inf)
        return self.style.norm(n, x)

    def inject(self, n: int, x: Tensor, conditioning: Tensor) -> Tensor:
        return self.style.inject(n, x, conditioning)


@dataclass(frozen=True)
class FrozenModulation:
    """A style whose norms use recorded statistics: each pixel depends only on its receptive field."""

    style: StyleModulation
    statistics: Statistics

    def norm(self, n: int, x: Tensor) -> Tensor:
        gamma, beta = (parameter.reshape(-1) for parameter in self.style.affine[n])
        mean, variance = self.statistics.means[n], self.statistics.variances[n]
        return F.batch_norm(x, mean, variance, gamma, beta, training=False, eps=NORM_EPSILON)

    def inject(self, n: int, x: Tensor, conditioning: Tensor) -> Tensor:
        return self.style.inject(n, x, conditioning)
