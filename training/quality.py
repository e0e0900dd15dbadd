"""Numbers of a model on held-out photos: `python -m training.quality --model DIR --data DIR`.

SL is the mean over relu1_1 … 4_1 of MSE(mean) + MSE(std) against a reference, plain ground left out; gain is
1 - SL(result) / SL(photo). The reference of a catalogue style is what its drawing function makes of the same
photo; that of an unseen style is the painting it was learned from.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import torch
from PIL import Image
from rich.console import Console
from rich.table import Table
from torch import Tensor

from style_engine import Look, Stylizer, losses, measures, pictures, vgg
from style_engine.ground import plain_ground
from style_engine.learning import learn_style

from .catalogue import RECIPES
from .data import picture_files, random_fields, read_picture, short_side
from .drawings import DRAWINGS

SIDE = 384  # px, short side of every photo and painting measured
Row = dict[str, float]
Reference = Callable[[Tensor], Tensor]


@torch.inference_mode()
def measure_unseen(stylizer: Stylizer, eye: vgg.Vgg19, photos: list[Tensor], paintings: list[Path]) -> Row:
    """Mean figures over held-out paintings, each learned in one pass of the style head."""
    rows = []
    for path in paintings:
        with Image.open(path) as image:
            style = learn_style(stylizer.model, image.convert("RGB"), "unseen", path.stem)
        rows.append(measure(stylizer.with_style(style), eye, "unseen", photos, always(path)))
    return mean(rows)


@torch.inference_mode()
def measure(
    stylizer: Stylizer, eye: vgg.Vgg19, style: str, photos: list[Tensor], reference: Reference
) -> Row:
    """Mean figures of one style at full strength over photos (1, 3, H, W)."""
    return mean([_one(stylizer, eye, style, photo, reference) for photo in photos])


def mean(rows: list[Row]) -> Row:
    return {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}


def always(path: Path) -> Reference:
    """The same painting for every photo."""
    painting = short_side(read_picture(path), SIDE)
    return lambda _: painting


def drawing_of(style: str) -> Reference:
    """What the style's drawing function makes of a photo, its fields laid as the engine lays them."""

    def drawn(photo: Tensor) -> Tensor:
        height, width = photo.shape[2:]
        fields = random_fields(max(height, width), None)[:, :, :height, :width]
        return DRAWINGS[style](photo, fields).clamp(0, 1)

    return drawn


def _one(stylizer: Stylizer, eye: vgg.Vgg19, style: str, photo: Tensor, reference: Reference) -> Row:
    image = Image.fromarray((photo[0].permute(1, 2, 0) * 255).round().byte().numpy())
    styled = stylizer.stylize_all(image, [Look.of(style)])[0].image
    before, after = pictures.to_tensor(image), pictures.to_tensor(styled)
    product = 1 - plain_ground(before)
    wanted = reference(before)
    inside = product if wanted.shape == before.shape else torch.ones_like(wanted[:, :1])
    goal = losses.style_of(eye(wanted), inside)
    lost, had = (float(losses.moments(eye(picture), *goal, product)) for picture in (after, before))
    return {"sl": lost, "sl_photo": had, "gain": 1 - lost / had} | measures.report(before, after)


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
    styles = [recipe.id for recipe in RECIPES if recipe.id in stylizer.styles]
    rows = {style: measure(stylizer, eye, style, photos, drawing_of(style)) for style in styles}
    rows["catalogue"] = mean(list(rows.values()))
    unseen = [f for f in picture_files(options.data / "paintings", True) if f.name.startswith("met_")]
    rows["unseen styles"] = measure_unseen(stylizer, eye, photos, unseen[: options.photos])
    Console().print(table(rows))
    if options.out:
        options.out.write_text(json.dumps(rows, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
