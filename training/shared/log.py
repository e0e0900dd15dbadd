"""The log of a run: running means of its losses, a line every 20 steps."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

LOG_EVERY_STEPS: Final = 20

Losses = dict[str, float]


class LossLog:
    """Appends `step, seconds a step, name and mean of each loss` to a file; resumed runs append to theirs."""

    def __init__(self, path: Path, first_step: int, weight: float) -> None:
        """`weight`: share of the newest loss in the running mean."""
        self.path, self.first_step, self.weight = path, first_step, weight
        self.began = time.time()
        self.means: Losses = {}

    def add(self, step: int, losses: Mapping[str, float]) -> None:
        self.means = {
            name: (1 - self.weight) * self.means.get(name, value) + self.weight * value
            for name, value in losses.items()
        }
        if step % LOG_EVERY_STEPS:
            return
        seconds = (time.time() - self.began) / (step - self.first_step)
        numbers = "\t".join(f"{name} {value:.3f}" for name, value in self.means.items())
        with self.path.open("a") as log:
            log.write(f"{step}\t{seconds:.2f} s\t{numbers}\n")
