"""Numbers of a model on held-out photos: `python -m training.fusenet.evaluate --model DIR --data DIR`.

SL is the mean over relu1_1 … 4_1 of MSE(mean) + MSE(std) against a reference, plain ground left out; gain is
1 - SL(result) / SL(photo). The reference of a catalogue style is what its drawing function makes of the same
photo; that of an unseen style is the painting it was learned from. Full strength, the ground guard alone.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import torch
from PIL import Image
from rich.console import Console
from rich.progress import track
from rich.table import Table
from torch import Tensor

from style_engine.imaging import tensors
from style_engine.looks import Look
from style_engine.network.model import Model, load_model
from style_engine.network.styles import Style, load_catalogue, style_target
from style_engine.painting.painter import paint_photo_unprotected
from style_engine.perceptual import losses, vgg
from style_engine.perceptual.learn import learn_style
from style_engine.regions.background import plain_background
from style_engine.safety import metrics

from ..shared.data import picture_files, random_patterns, read_picture, short_side
from ..styles.drawings import DRAWINGS

SIDE = 320  # px, short side of every photo and painting measured
Row = dict[str, float]
Reference = Callable[[Tensor], Tensor]


class PhotoContext:
    """A photo (1, 3, H, W) and what every style of it is measured against."""

    def __init__(self, extractor: vgg.VggFeatures, photo: Tensor) -> None:
        self.extractor, self.photo = extractor, (photo * 255).round() / 255
        self.product = 1 - plain_background(self.photo)
        self.seen = extractor(self.photo)

    def measure(self, result: Tensor, wanted: Tensor) -> Row:
        inside = self.product if wanted.shape == self.photo.shape else torch.ones_like(wanted[:, :1])
        target = losses.layer_moments(self.extractor(wanted), inside)
        lost, had = (
            float(losses.moment_loss(seen, *target, self.product))
            for seen in (self.extractor(result), self.seen)
        )
        return {
            "sl": lost,
            "sl_photo": had,
            "gain": 1 - lost / had,
            "ssim": metrics.ssim(self.photo, result),
            "edge_keep": metrics.edge_keep(self.photo, result),
            "flat_noise": metrics.flat_noise(self.photo, result),
        }


def paint(model: Model, style: Style, photo: Tensor) -> Tensor:
    """The photo (1, 3, H, W) in a style at working size, its plain ground kept; 8-bit."""
    target = style_target(Look.of(style.id), {style.id: style})
    return tensors.to_tensor(paint_photo_unprotected(model, target, tensors.to_image(photo)))


def measure_unseen(model: Model, contexts: list[PhotoContext], paintings: list[Path]) -> Row:
    """Mean figures over held-out paintings, each learned in one pass of the style head."""
    rows = []
    for path in track(paintings, description="unseen"):
        with Image.open(path) as image:
            style = learn_style(model, image.convert("RGB"), "unseen", path.stem)
        rows.append(measure(model, contexts, style, always(path)))
    return mean(rows)


def measure(model: Model, contexts: list[PhotoContext], style: Style, reference: Reference) -> Row:
    """Mean figures of one style."""
    results = [(context, paint(model, style, context.photo)) for context in contexts]
    return mean([context.measure(result, reference(context.photo)) for context, result in results])


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
        fields = random_patterns(max(height, width), None)[:, :, :height, :width]
        return DRAWINGS[style](photo, fields).clamp(0, 1)

    return drawn


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
    model = load_model(options.model)
    catalogue = load_catalogue(options.model / "styles")
    extractor = vgg.load(model.vgg_scales)
    files = [f for kind in ("products", "scenes") for f in spread(options.data / kind, options.photos)]
    with torch.inference_mode():
        contexts = [PhotoContext(extractor, short_side(read_picture(path), SIDE)) for path in files]
        rows = {
            style.id: measure(model, contexts, style, drawing_of(style.id))
            for style in track(list(catalogue.values()), description="catalogue")
        }
        rows["catalogue"] = mean(list(rows.values()))
        unseen = [f for f in picture_files(options.data / "paintings", True) if f.name.startswith("met_")]
        rows["unseen styles"] = measure_unseen(model, contexts, unseen[: options.photos])
    Console().print(table(rows))
    if options.out:
        options.out.write_text(json.dumps(rows, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
