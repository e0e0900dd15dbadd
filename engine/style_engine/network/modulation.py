"""What a style does to the net's features: scale and shift after every norm, and which guides come in.

`Styled` is one style everywhere; `Shared` is two, told apart by a mask; `Frozen` normalises by statistics
taken elsewhere, which makes the net purely local.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

EPS: Final = 1e-5
STILL: Final = 1e-7  # variance of a feature that is the same everywhere


class Modulation(Protocol):
    """How the net's n-th norm, and its n-th intake of guides, treat features (B, C, h, w)."""

    def norm(self, n: int, x: Tensor) -> Tensor: ...

    def inject(self, n: int, x: Tensor, conditioning: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class StyleModulation:
    """One style: `affine` holds gamma and beta (B, C) of every norm, `intake` is (B, places, C, guides)."""

    affine: Sequence[tuple[Tensor, Tensor]]
    injection: Tensor

    def norm(self, n: int, x: Tensor) -> Tensor:
        """Instance norm (biased variance), then the style's scale and shift, which stay fp32."""
        # One batch norm over (1, B * C, h, w) does norm and affine in one kernel.
        flat = x.reshape(1, -1, *x.shape[2:])
        gamma, beta = (each.reshape(-1) for each in self.affine[n])
        return F.batch_norm(flat, None, None, gamma, beta, training=True, eps=EPS).view(x.shape)

    def inject(self, n: int, x: Tensor, conditioning: Tensor) -> Tensor:
        """x plus what the style takes of the guides: one matrix product over all pixels, channels last."""
        pixels, conditioning_maps = (each.permute(0, 2, 3, 1) for each in (x, conditioning))
        taken = self.injection[:, n].transpose(1, 2).to(x)
        both = torch.baddbmm(pixels.flatten(1, 2), conditioning_maps.flatten(1, 2), taken)
        return both.view(pixels.shape).permute(0, 3, 1, 2)


class MaskedModulation:
    """Two styles in one pass: `inside` where the mask (B, 1, H, W) is 1, `outside` where it is 0.

    Scale and shift are blended by the mask at the size of the features, so no edge is pasted.
    """

    def __init__(self, inside: StyleModulation, outside: StyleModulation, mask: Tensor) -> None:
        self._inside, self._outside, self._mask = inside, outside, mask
        self._sizes: dict[tuple[int, ...], Tensor] = {}

    def norm(self, n: int, x: Tensor) -> Tensor:
        return torch.lerp(self._outside.norm(n, x), self._inside.norm(n, x), self._at(x))

    def inject(self, n: int, x: Tensor, conditioning: Tensor) -> Tensor:
        outside, inside = (each.inject(n, x, conditioning) for each in (self._outside, self._inside))
        return torch.lerp(outside, inside, self._at(x))

    def _at(self, x: Tensor) -> Tensor:
        size = tuple(x.shape[2:])
        if size not in self._sizes:
            self._sizes[size] = F.interpolate(self._mask, size=size, mode="area").to(x)
        return self._sizes[size]


@dataclass
class Statistics:
    """Mean and variance, each (C,), that every norm met in one pass over one picture."""

    means: dict[int, Tensor] = field(default_factory=dict)
    variances: dict[int, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class RecordingModulation:
    """Does what `style` does and notes the statistics of the features on their way."""

    style: StyleModulation
    seen: Statistics

    def norm(self, n: int, x: Tensor) -> Tensor:
        variance, mean = torch.var_mean(x.to(self.style.injection.dtype), (0, 2, 3), correction=0)
        # What did not vary has nothing to be scaled up: rounding would grow norm by norm.
        self.seen.means[n], self.seen.variances[n] = mean, variance.masked_fill(variance < STILL, math.inf)
        return self.style.norm(n, x)

    def inject(self, n: int, x: Tensor, conditioning: Tensor) -> Tensor:
        return self.style.inject(n, x, conditioning)


@dataclass(frozen=True)
class FrozenModulation:
    """A style whose norms use statistics noted before: every pixel depends on its surroundings alone."""

    style: StyleModulation
    seen: Statistics

    def norm(self, n: int, x: Tensor) -> Tensor:
        gamma, beta = (each.reshape(-1) for each in self.style.affine[n])
        mean, variance = self.seen.means[n], self.seen.variances[n]
        return F.batch_norm(x, mean, variance, gamma, beta, training=False, eps=EPS)

    def inject(self, n: int, x: Tensor, conditioning: Tensor) -> Tensor:
        return self.style.inject(n, x, conditioning)
