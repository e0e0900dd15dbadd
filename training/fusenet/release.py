"""Turn a run's averaged weights into a model folder.

`python -m training.fusenet.release --run DIR --start START --out engine/models/fusenet-lite`
The model card README.md in that folder stays.
"""

import argparse
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import save_file
from torch import Tensor

from style_engine.artifacts import CHECKSUM_FILE, sha256
from style_engine.network.model import MODEL_FORMAT
from style_engine.network.styles import Style, save_style

from ..styles.recipes import RECIPES, Recipe
from .checkpoint import Trainee
from .warm_start import read_start
from .widen import widths_of

NAME: Final = "fusenet-lite"
MOST_PIXELS: Final = 600_000  # about 900 x 670: the size at which strokes look right on a shop page
LEAST_PIXELS: Final = 250_000  # 500 x 500: below it strokes would be too coarse for the picture


def release(trainee: Trainee, scales: dict[str, Tensor], out: Path, name: str = NAME) -> None:
    """Write config, weights and styles as fp16 safetensors, then the checksums."""
    shutil.rmtree(out / "styles", ignore_errors=True)
    (out / "styles").mkdir(parents=True)
    _write_config(trainee, out, name)
    _write_weights(trainee, scales, out, name)
    for recipe, vector in zip(RECIPES, trainee.vectors.detach(), strict=True):
        save_style(style_of(recipe, vector), out / "styles" / f"{recipe.id}.safetensors")
    entries = [_entry(recipe) for recipe in RECIPES]
    (out / "styles" / "styles.json").write_text(_json(entries), "utf-8")
    write_sums(out)


def style_of(recipe: Recipe, vector: Tensor) -> Style:
    return Style(recipe.id, recipe.name, recipe.family, recipe.words, source_of(recipe), vector)


def source_of(recipe: Recipe) -> str:
    """Where a style comes from, in one line."""
    module, function = recipe.source.split(".")
    return f"drawn by this project: training/drawings/{module}.py, {function}()"


def write_weights(tensors: Mapping[str, Tensor], name: str, out: Path) -> None:
    """model.safetensors in fp16, the model's name in its header."""
    halves = {key: tensor.half().contiguous() for key, tensor in tensors.items()}
    path = out / "model.safetensors"
    save_file(halves, path, {"model": name})
    path.chmod(0o644)  # safetensors lets only its writer read it


def write_sums(folder: Path) -> None:
    """SHA256SUMS of every other file, in `sha256sum --check` form."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != CHECKSUM_FILE)
    lines = [f"{sha256(path)}  {path.relative_to(folder).as_posix()}" for path in files]
    (folder / CHECKSUM_FILE).write_text("\n".join(lines) + "\n", "utf-8")


def _write_config(trainee: Trainee, out: Path, name: str) -> None:
    config = {
        "format": MODEL_FORMAT,
        "name": name,
        "widths": list(trainee.net.widths),
        "most_pixels": MOST_PIXELS,
        "least_pixels": LEAST_PIXELS,
    }
    (out / "config.json").write_text(_json(config), "utf-8")


def _write_weights(trainee: Trainee, scales: dict[str, Tensor], out: Path, name: str) -> None:
    nets = {name: t for name, t in trainee.state_dict().items() if name not in {"affines", "injections"}}
    tensors = nets | {f"vgg_scale.{name}": scale for name, scale in scales.items()}
    write_weights(tensors, name, out)


def _entry(recipe: Recipe) -> dict[str, object]:
    about = {"id": recipe.id, "name": recipe.name, "family": recipe.family, "source": source_of(recipe)}
    return about | {"tags": recipe.tags, "words": recipe.words}


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--name", default=NAME)
    options = parser.parse_args(arguments)
    state = torch.load(options.run / "checkpoint.pt", map_location="cpu", weights_only=True)
    trainee = Trainee(len(RECIPES), widths_of(state["average"]))
    trainee.load_state_dict(state["average"])
    release(trainee, read_start(options.start).scales, options.out, options.name)


if __name__ == "__main__":
    main()
