"""Numbers of a model on held-out photos: `python -m training.quality --model DIR --data DIR`.

SL is the mean over relu1_1 … 4_1 of MSE(mean) + MSE(std) against the style, plain ground left out;
gain is 1 - SL(result) / SL(photo). A painted style is held against its painting in its own colours, a drawn
one against the drawing of the same photo.
"""

import argparse
import json
from pathlib import Path

import torch
from PIL import Image
from rich.console import Console
from rich.table import Table
from torch import Tensor

from style_engine import Look, Stylizer, measures, pictures, vgg
from style_engine.ground import plain_ground
from style_engine.learning import learn_style

from . import losses
from .catalogue import RECIPES, Recipe
from .data import picture_files, random_fields, read_picture
from .drawings import DRAWINGS
from .targets import StyleTarget, short_side, style_target

SIDE = 384  # px, short side of every photo measured
Row = dict[str, float]


@torch.inference_mode()
def measure_unseen(stylizer: Stylizer, eye: vgg.Vgg19, photos: list[Tensor], paintings: list[Path]) -> Row:
    """Mean figures over held-out paintings, each learned in one pass of the style head."""
    rows = []
    for path in paintings:
        with Image.open(path) as image:
            style = learn_style(stylizer.model, image.convert("RGB"), "unseen", path.stem)
        recipe = Recipe("unseen", path.stem, "any", "painted", path.name)
        rows.append(measure(stylizer.with_style(style), eye, recipe, photos, path.parent))
    return mean(rows)


@torch.inference_mode()
def measure(stylizer: Stylizer, eye: vgg.Vgg19, recipe: Recipe, photos: list[Tensor], paintings: Path) -> Row:
    """Mean figures of one style over photos (1, 3, H, W)."""
    rows = [_one(stylizer, eye, recipe, photo, paintings) for photo in photos]
    return mean(rows)


def mean(rows: list[Row]) -> Row:
    return {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}


def _one(stylizer: Stylizer, eye: vgg.Vgg19, recipe: Recipe, photo: Tensor, paintings: Path) -> Row:
    image = Image.fromarray((photo[0].permute(1, 2, 0) * 255).round().byte().numpy())
    styled = stylizer.stylize_all(image, [Look.of(recipe.id)])[0].image
    before, after = pictures.to_tensor(image), pictures.to_tensor(styled)
    target = _target(eye, recipe, before, paintings)
    product = 1 - plain_ground(before)
    lost, had = (style_loss(eye, target, picture, product) for picture in (after, before))
    return {"sl": lost, "sl_photo": had, "gain": 1 - lost / had} | measures.report(before, after)


def style_loss(eye: vgg.Vgg19, target: StyleTarget, picture: Tensor, mask: Tensor) -> float:
    return float(losses.moments(eye(picture), target.means, target.deviations, mask))


def _target(eye: vgg.Vgg19, recipe: Recipe, photo: Tensor, paintings: Path) -> StyleTarget:
    if recipe.kind == "painted":
        return style_target(eye, short_side(read_picture(paintings / recipe.source), recipe.size))
    side = max(photo.shape[2:])
    fields = random_fields(side, None)[:, :, : photo.shape[2], : photo.shape[3]]
    return style_target(eye, DRAWINGS[recipe.id](photo, fields))


def spread(folder: Path, count: int) -> list[Path]:
    """Held-out files, evenly over the folder, so that every source in it is met."""
    files = picture_files(folder, held_out=True)
    return [files[(2 * index + 1) * len(files) // (2 * count)] for index in range(count)]


def table(rows: dict[str, Row]) -> Table:
    sheet = Table("style", *next(iter(rows.values())))
    for name, row in rows.items():
        sheet.add_row(name, *(f"{value:.3f}" for value in row.values()))
    return sheet


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--photos", type=int, default=6, help="held-out photos of each kind")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    options = parser.parse_args(arguments)
    stylizer = Stylizer.load(options.model)
    eye = vgg.load(stylizer.model.vgg_scales)
    files = [f for kind in ("products", "scenes") for f in spread(options.data / kind, options.photos)]
    photos = [short_side(read_picture(path), SIDE) for path in files]
    recipes = [recipe for recipe in RECIPES if recipe.id in stylizer.styles]
    rows = {r.id: measure(stylizer, eye, r, photos, options.data / "paintings") for r in recipes}
    rows["catalogue"] = mean(list(rows.values()))
    unseen = [f for f in picture_files(options.data / "paintings", True) if f.name.startswith("met_")]
    rows["unseen styles"] = measure_unseen(stylizer, eye, photos, unseen[: options.photos])
    Console().print(table(rows))
    if options.out:
        options.out.write_text(json.dumps(rows, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
