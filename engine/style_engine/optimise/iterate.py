"""The optimised picture: a Laplacian pyramid, its Adam moments, and a running average.

Adam on pyramid levels instead of pixels changes low frequencies as quickly as high ones (as in STROTSS,
Kolkin et al. 2019): a few dozen steps per scale replace hundreds.
"""

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.optim import Adam

PYRAMID_LEVELS: Final = 5
MIN_LEVEL_SIDE_PX: Final = 8
ADAM_BETAS: Final = (0.9, 0.99)
ADAM_STATE: Final = ("step", "exp_avg", "exp_avg_sq")


class Iterate:
    """`steps` taken at this scale; starts from a picture (1, 3, H, W)."""

    def __init__(self, picture: Tensor, step_size: float, decay: float) -> None:
        picture = picture.contiguous()  # as in a checkpoint: another layout rounds differently
        self.levels = [level.requires_grad_() for level in laplacian(picture)]
        self.adam, self.step_size = Adam(self.levels, betas=ADAM_BETAS), step_size
        self.average, self.decay, self.steps = torch.zeros_like(picture), decay, 0

    def picture(self) -> Tensor:
        """(1, 3, H, W) clamped to [0, 1], gradients passing through the clamp."""
        picture = collapse(self.levels)
        return picture + (picture.clamp(0, 1) - picture).detach()

    def step(self, loss: Tensor, pace: float) -> None:
        """One Adam step with `pace` times the step size as learning rate."""
        for group in self.adam.param_groups:
            group["lr"] = pace * self.step_size
        self.adam.zero_grad()
        loss.backward()
        self.adam.step()
        with torch.no_grad():
            self.average.lerp_(self.picture(), 1 - self.decay)
        self.steps += 1

    def result(self) -> Tensor:
        """The running average of the iterates, bias-corrected as Adam's moments are."""
        return self.average / (1 - self.decay**self.steps)

    def tensors(self) -> dict[str, Tensor]:
        """The full state, from which `restore` resumes exactly."""
        state = {f"level.{index}": level.detach() for index, level in enumerate(self.levels)}
        for index, level in enumerate(self.levels):
            state |= {f"{name}.{index}": self.adam.state[level][name] for name in ADAM_STATE}
        return state | {"average": self.average}

    def restore(self, state: Mapping[str, Tensor], steps: int) -> None:
        for index, level in enumerate(self.levels):
            level.data = state[f"level.{index}"].clone()
            self.adam.state[level] = {name: state[f"{name}.{index}"].clone() for name in ADAM_STATE}
        self.average, self.steps = state["average"].clone(), steps


def laplacian(picture: Tensor) -> list[Tensor]:
    """Laplacian pyramid, finest level first; `collapse` inverts it."""
    levels: list[Tensor] = []
    while len(levels) < PYRAMID_LEVELS - 1 and min(picture.shape[2:]) > MIN_LEVEL_SIDE_PX:
        height, width = picture.shape[2:]
        smaller = resize(picture, -(-height // 2), -(-width // 2))
        levels.append(picture - resize(smaller, height, width))
        picture = smaller
    return [*levels, picture.clone()]


def collapse(levels: list[Tensor]) -> Tensor:
    picture = levels[-1]
    for level in reversed(levels[:-1]):
        picture = level + resize(picture, *level.shape[2:])
    return picture


def resize(picture: Tensor, height: int, width: int) -> Tensor:
    return F.interpolate(picture, size=(height, width), mode="bilinear", antialias=True)
