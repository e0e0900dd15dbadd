"""The picture under the brush: a Laplacian pyramid, its Adam moments, and its running average.

Adam on pyramid levels instead of pixels moves broad tones as quickly as fine strokes (as in STROTSS, Kolkin
et al. 2019): a few dozen steps a scale do what pixels need hundreds for.
"""

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.optim import Adam

LEVELS: Final = 5
BETAS: Final = (0.9, 0.99)
MOMENTS: Final = ("step", "exp_avg", "exp_avg_sq")


class Iterate:
    """`steps` taken at this scale; starts from a picture (1, 3, H, W)."""

    def __init__(self, picture: Tensor, step_size: float, decay: float) -> None:
        picture = picture.contiguous()  # as a checkpoint gives it back: another layout rounds otherwise
        self.levels = [level.requires_grad_() for level in laplacian(picture)]
        self.adam, self.step_size = Adam(self.levels, betas=BETAS), step_size
        self.average, self.decay, self.steps = torch.zeros_like(picture), decay, 0

    def picture(self) -> Tensor:
        """(1, 3, H, W) clamped to [0, 1], gradients passing through the clamp."""
        whole = collapse(self.levels)
        return whole + (whole.clamp(0, 1) - whole).detach()

    def step(self, loss: Tensor, pace: float) -> None:
        """One step of `pace` times the step size."""
        for group in self.adam.param_groups:
            group["lr"] = pace * self.step_size
        self.adam.zero_grad()
        loss.backward()
        self.adam.step()
        with torch.no_grad():
            self.average.lerp_(self.picture(), 1 - self.decay)
        self.steps += 1

    def result(self) -> Tensor:
        """The running average over the last steps, without its start (as Adam corrects its moments)."""
        return self.average / (1 - self.decay**self.steps)

    def tensors(self) -> dict[str, Tensor]:
        """Everything, so that `restore` goes on as if nothing had happened."""
        kept = {f"level.{index}": level.detach() for index, level in enumerate(self.levels)}
        for index, level in enumerate(self.levels):
            kept |= {f"{name}.{index}": self.adam.state[level][name] for name in MOMENTS}
        return kept | {"average": self.average}

    def restore(self, kept: Mapping[str, Tensor], steps: int) -> None:
        for index, level in enumerate(self.levels):
            level.data = kept[f"level.{index}"].clone()
            self.adam.state[level] = {name: kept[f"{name}.{index}"].clone() for name in MOMENTS}
        self.average, self.steps = kept["average"].clone(), steps


def laplacian(picture: Tensor) -> list[Tensor]:
    """From the finest detail to what is left; `collapse` gives the picture back."""
    levels: list[Tensor] = []
    while len(levels) < LEVELS - 1 and min(picture.shape[2:]) > 8:  # noqa: PLR2004 - px
        height, width = picture.shape[2:]
        smaller = resize(picture, -(-height // 2), -(-width // 2))
        levels.append(picture - resize(smaller, height, width))
        picture = smaller
    return [*levels, picture.clone()]


def collapse(levels: list[Tensor]) -> Tensor:
    whole = levels[-1]
    for level in reversed(levels[:-1]):
        whole = level + resize(whole, *level.shape[2:])
    return whole


def resize(picture: Tensor, height: int, width: int) -> Tensor:
    return F.interpolate(picture, size=(height, width), mode="bilinear", antialias=True)
