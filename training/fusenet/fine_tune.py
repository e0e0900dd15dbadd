"""Fine-tune the vectors of a released model's catalogue styles, with the networks frozen.

`python -m training.fusenet.fine_tune --model DIR --data DIR --steps 200 [--only oil,mosaic]`

Each style is written to the model folder when it is done, with the checksums: a run that is stopped keeps the
styles it has finished.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Final

import numpy as np
import torch
import typer
from rich.progress import track
from torch import Tensor

from style_engine.network.fusenet import injection_size
from style_engine.network.model import Model, load_model
from style_engine.network.styles import load_catalogue, save_style
from style_engine.perceptual import vgg
from style_engine.perceptual.fine_tune import fit_vector

from ..shared import cli
from ..shared.release import write_sums
from ..styles.recipes import RECIPES
from .batches import StylePools, draw_batch, load_pools
from .objective import paint_batch, target_losses

CROP_SIDE_PX: Final = 192
CROPS_PER_STEP: Final = 3  # with a style loss for each
STYLE_LOSS_WEIGHT: Final = 2.0  # more than in training, where all styles share the networks


def vector_loss(
    model: Model, extractor: vgg.VggFeatures, pools: StylePools, row: int
) -> Callable[[Tensor], Tensor]:
    """Loss of a vector (1, vector_size) for the catalogue style `row`, each call on new crops."""
    rng = np.random.default_rng(row)

    def loss_of(vector: Tensor) -> Tensor:
        batch = draw_batch(pools, CROP_SIDE_PX, [row] * CROPS_PER_STEP, rng)
        output = paint_batch(model.net, batch, vector.expand(CROPS_PER_STEP, -1))
        losses = target_losses(extractor, batch, output, CROPS_PER_STEP, STYLE_LOSS_WEIGHT)
        return torch.stack(list(losses.values())).sum(0).mean()

    return loss_of


def main(
    folder: cli.ModelOption,
    data: cli.DataOption,
    steps: int = 200,
    only: Annotated[str, typer.Option(help="comma-separated style ids")] = "",
) -> None:
    model, styles = load_model(folder), load_catalogue(folder / "styles")
    extractor = vgg.load(model.vgg_scales).to(torch.bfloat16)
    pools = load_pools(data)
    rows = {recipe.id: row for row, recipe in enumerate(RECIPES)}
    for name in track(only.split(",") if only else list(styles), "fine-tuning"):
        loss_of = vector_loss(model, extractor, pools, rows[name])
        vector = fit_vector(styles[name].vector, injection_size(model.net.widths), steps, loss_of)
        save_style(replace(styles[name], vector=vector), folder / "styles" / f"{name}.safetensors")
        write_sums(folder)


if __name__ == "__main__":
    cli.run(main, __doc__)
