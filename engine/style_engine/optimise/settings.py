"""Settings of an optimisation."""

import math
from dataclasses import asdict, dataclass
from typing import Final

from ..errors import InvalidSettings

FIRST_SCALE_SIDE_PX: Final = 128  # longest side


@dataclass(frozen=True)
class Settings:
    """size: longest side, px, of the last scale. steps: at the first scale; every scale doubles the pixels
    and takes 1/√2 of the steps. strength: 0 (the photo) to 1. style_scale: size of strokes, 1 as in the
    style picture at the photo's size.
    """

    size: int = 512
    steps: int = 160
    strength: float = 1.0
    content_weight: float = 1.0
    variation_weight: float = 0.1
    style_scale: float = 1.0
    step_size: float = 0.02
    average_decay: float = 0.9

    def __post_init__(self) -> None:
        _require("size", self.size, 32, 4096)
        _require("steps", self.steps, 1, 10_000)
        _require("strength", self.strength, 0, 1)
        _require("content_weight", self.content_weight, 0, 1e6)
        _require("variation_weight", self.variation_weight, 0, 1e6)
        _require("style_scale", self.style_scale, 0.1, 10)
        _require("step_size", self.step_size, 1e-6, 1)
        _require("average_decay", self.average_decay, 0, 0.9999)

    def scales(self) -> list[tuple[int, int]]:
        """(longest side, steps) from small to large, each side √2 times the previous (Gatys et al. 2017)."""
        count = max(0, math.floor(2 * math.log2(self.size / FIRST_SCALE_SIDE_PX) + 0.01)) + 1
        sides = [round(self.size / math.sqrt(2) ** down) for down in reversed(range(count))]
        return [(side, max(1, round(self.steps / math.sqrt(2) ** index))) for index, side in enumerate(sides)]

    def __str__(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in asdict(self).items())


def _require(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise InvalidSettings(f"{name} is {value}; allowed: {least} to {most}")
