"""Write the averaged weights and styles of a FuseNet run as a model folder.

`python -m training.fusenet.release --run DIR --start START --out engine/models/fusenet-lite`
The model card README.md in that folder stays.
"""

import shutil
from pathlib import Path
from typing import Annotated, Final

import typer
from torch import Tensor

from style_engine.network.model import MODEL_FORMAT
from style_engine.network.styles import Style, save_style
from style_engine.painting.media import MEDIA

from ..shared import cli
from ..shared.release import write_json, write_model
from ..shared.run import read_averaged_weights
from ..styles.recipes import RECIPES, Recipe
from ..styles.tones import TONES
from .networks import CATALOGUE_PARAMETERS, StyleNetworks
from .warm_start import VGG_SCALE_PREFIX, read_start
from .widen import widths_of

NAME: Final = "fusenet-lite"
MAX_PIXELS: Final = 600_000  # about 900 x 670: at this size strokes look right on a shop page
MIN_PIXELS: Final = 250_000  # 500 x 500: on a smaller picture strokes would be too coarse


def release(networks: StyleNetworks, scales: dict[str, Tensor], out: Path, name: str = NAME) -> None:
    """Write config, weights and styles, then the checksums. `scales`: VGG filter scales by layer."""
    shutil.rmtree(out / "styles", ignore_errors=True)
    (out / "styles").mkdir(parents=True)
    for recipe, vector in zip(RECIPES, networks.vectors.detach(), strict=True):
        save_style(style_of(recipe, vector), out / "styles" / f"{recipe.id}.safetensors")
    write_json(out / "styles" / "styles.json", [catalogue_entry(recipe) for recipe in RECIPES])
    nets = {name: t for name, t in networks.state_dict().items() if name not in CATALOGUE_PARAMETERS}
    config = {
        "format": MODEL_FORMAT,
        "name": name,
        "widths": list(networks.net.widths),
        "most_pixels": MAX_PIXELS,
        "least_pixels": MIN_PIXELS,
    }
    write_model(out, config, nets | {f"{VGG_SCALE_PREFIX}{layer}": scale for layer, scale in scales.items()})


def style_of(recipe: Recipe, vector: Tensor) -> Style:
    source = source_of(recipe)
    return Style(recipe.id, recipe.name, recipe.family, recipe.words, source, vector, medium=recipe.id)


def source_of(recipe: Recipe) -> str:
    """Where a style comes from, in one line."""
    tones, media = (registry[recipe.id].__module__.replace(".", "/") for registry in (TONES, MEDIA))
    return f"by this project: tones in {tones}.py, marks in engine/{media}.py"


def catalogue_entry(recipe: Recipe) -> dict[str, object]:
    """A style's entry in styles.json."""
    entry = {"id": recipe.id, "name": recipe.name, "family": recipe.family, "source": source_of(recipe)}
    return entry | {"medium": recipe.id, "tags": recipe.tags, "words": recipe.words}


def main(
    run: cli.RunOption,
    start: Annotated[Path, typer.Option(help="what the run started from: its VGG scales are released")],
    out: cli.ModelOutOption,
    name: Annotated[str, typer.Option(help="of the model")] = NAME,
) -> None:
    weights = read_averaged_weights(run)
    networks = StyleNetworks(len(RECIPES), widths_of(weights))
    networks.load_state_dict(weights)
    release(networks, read_start(start).scales, out, name)


if __name__ == "__main__":
    cli.run(main, __doc__)
