"""Fit the vectors of a model's catalogue styles to their tones (training.styles.tones), the networks frozen.

`python -m training.fusenet.fit_tones --model DIR --data DIR --steps 160 [--only oil,mosaic]`

Each style is written to the model folder when it is done, with the checksums: a run that is stopped keeps the
styles it has finished.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Final

import numpy as np
import torch
import typer
from rich.console import Console
from rich.progress import track
from torch import Tensor
from torch.nn import functional as F

from style_engine.network.conditioning import conditioning_maps
from style_engine.network.fusenet import injection_size
from style_engine.network.model import Model, load_model
from style_engine.network.patterns import half_size_patterns
from style_engine.network.styles import load_catalogue, save_style
from style_engine.perceptual.fine_tune import fit_vector

from ..shared import cli
from ..shared.data import random_crop
from ..shared.release import write_json, write_sums
from ..styles.recipes import RECIPES
from ..styles.tones import TONES, Tone
from .batches import StylePools, load_pools
from .release import catalogue_entry

CROP_SIDE_PX: Final = 160
CROPS_PER_STEP: Final = 4  # half of them of product photos
CELL_SIDES_PX: Final = (4, 16)  # tones are compared by means of cells: the engine takes no detail from them
EVALUATION_CROPS: Final = 24


class ToneFit:
    """Losses of vectors (1, vector_size) for one style's tones, each call on new crops.

    The patterns of the conditioning maps are zero, as they are where the engine paints tones.
    """

    def __init__(self, model: Model, pools: StylePools, tone: Tone, seed: int) -> None:
        self._net, self._tone, self._rng = model.net, tone, np.random.default_rng(seed)
        self._pools = (pools.products, pools.scenes)
        self._patterns = torch.zeros_like(half_size_patterns(CROP_SIDE_PX, CROP_SIDE_PX))

    def loss(self, vector: Tensor) -> Tensor:
        painted, target = self._paint(vector, CROPS_PER_STEP)
        return sum((_cells(painted - target, side).abs().mean() for side in CELL_SIDES_PX), torch.zeros(()))

    def error(self, vector: Tensor) -> float:
        with torch.no_grad():
            painted, target = self._paint(vector.unsqueeze(0), EVALUATION_CROPS)
        return float(_cells(painted - target, CELL_SIDES_PX[0]).abs().mean())

    def _paint(self, vector: Tensor, count: int) -> tuple[Tensor, Tensor]:
        crops = []
        for index in range(count):
            pool = self._pools[index % len(self._pools)]
            crops.append(random_crop(pool[self._rng.integers(len(pool))], CROP_SIDE_PX, self._rng).photo)
        photo = torch.stack(crops)
        painted = self._net(photo, vector.expand(count, -1), conditioning_maps(photo, self._patterns))
        return painted, self._tone(photo).clamp(0, 1)


def _cells(picture: Tensor, side_px: int) -> Tensor:
    return F.avg_pool2d(picture, side_px)


def fit(model: Model, pools: StylePools, tone: Tone, vector: Tensor, steps: int) -> tuple[Tensor, float]:
    """The fitted vector, and the mean absolute error of its cells on other crops, in units of full scale."""
    loss_of: Callable[[Tensor], Tensor] = ToneFit(model, pools, tone, seed=1).loss
    fitted = fit_vector(vector, injection_size(model.net.widths), steps, loss_of)
    return fitted, ToneFit(model, pools, tone, seed=2).error(fitted)


def main(
    folder: cli.ModelOption,
    data: cli.DataOption,
    steps: int = 160,
    only: Annotated[str, typer.Option(help="comma-separated style ids")] = "",
) -> None:
    model, styles = load_model(folder), load_catalogue(folder / "styles")
    pools = load_pools(data)
    console = Console()
    for name in track(only.split(",") if only else list(TONES), "fitting tones", console=console):
        vector, error = fit(model, pools, TONES[name], styles[name].vector, steps)
        save_style(replace(styles[name], vector=vector), folder / "styles" / f"{name}.safetensors")
        write_json(folder / "styles" / "styles.json", [catalogue_entry(recipe) for recipe in RECIPES])
        write_sums(folder)
        console.print(f"{name}: mean error {error:.4f}")


if __name__ == "__main__":
    cli.run(main, __doc__)
