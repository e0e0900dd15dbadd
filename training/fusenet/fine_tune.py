"""Refine the catalogue, style by style, on its own vector (phase D): the nets stay as they are.

`python -m training.fusenet.fine_tune --model DIR --data DIR --steps 200 [--only oil,mosaic]`

Writes each style of a released model folder back as it is done, checksums included, so that a run that is
stopped has kept what it finished.
"""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from torch import Tensor

from style_engine.network.fusenet import injection_size
from style_engine.network.model import Model, load_model
from style_engine.network.styles import load_catalogue, save_style
from style_engine.perceptual import vgg
from style_engine.perceptual.fine_tune import fit_vector

from ..styles.recipes import RECIPES
from .batches import Pools, draw_batch, load_pools
from .objective import answer_parts, painted
from .release import write_sums

SIZE = 192  # px, side of the crops
COUNT = 3  # crops a step; VGG looks at all of them
LOOK = 2.0  # harder than in training: the nets stand still, and no other style has to share the step


def drawn_loss(
    model: Model, extractor: vgg.VggFeatures, pools: Pools, row: int
) -> Callable[[Tensor], Tensor]:
    """How far a vector (1, vector_size) is from what style `row` should make of some photos."""
    rng = np.random.default_rng(row)

    def loss_of(one: Tensor) -> Tensor:
        batch = draw_batch(pools, SIZE, [row] * COUNT, rng)
        parts = answer_parts(extractor, batch, painted(model.net, batch, one.expand(COUNT, -1)), COUNT, LOOK)
        return torch.stack(list(parts.values())).sum(0).mean()

    return loss_of


def main(arguments: list[str] | None = None) -> None:
    options = _parse(arguments)
    model, styles = load_model(options.model), load_catalogue(options.model / "styles")
    extractor = vgg.load(model.vgg_scales).to(torch.bfloat16)
    pools = load_pools(options.data)
    rows = {recipe.id: row for row, recipe in enumerate(RECIPES)}
    for name in options.only.split(",") if options.only else list(styles):
        style = styles[name]
        loss_of = drawn_loss(model, extractor, pools, rows[name])
        vector = fit_vector(style.vector, injection_size(model.net.widths), options.steps, loss_of)
        save_style(replace(style, vector=vector), options.model / "styles" / f"{name}.safetensors")
        write_sums(options.model)
        Console().print(f"refined {name}")


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--only", default="", help="comma-separated style ids")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
