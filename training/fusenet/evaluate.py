"""Figures of a model on held-out photos: `python -m training.fusenet.evaluate --model DIR --data DIR`.

SL is the mean over relu1_1 … 4_1 of MSE(mean) + MSE(std) against a reference, plain background left out; gain
is 1 - SL(result) / SL(photo). The reference of a catalogue style is the same photo in its tones; that of an
unseen style is the painting it was learned from. Catalogue styles are measured without their marks. Full
strength; only plain backgrounds are protected.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import torch
import typer
from PIL import Image
from rich.console import Console
from rich.progress import track
from rich.table import Table
from torch import Tensor

from style_engine.imaging import tensors
from style_engine.imaging.compositing import FullSizePhoto
from style_engine.looks import Look
from style_engine.network.model import Model, load_model
from style_engine.network.styles import Style, load_catalogue, style_target
from style_engine.painting.network_pass import PaintRequest
from style_engine.painting.painter import Painter
from style_engine.perceptual import losses, vgg
from style_engine.perceptual.learn import learn_style
from style_engine.regions.background import plain_background
from style_engine.safety import metrics

from ..shared import cli
from ..shared.data import read_picture, resize_short_side
from ..shared.files import picture_files
from ..shared.release import write_json
from ..styles.tones import TONES

SHORT_SIDE_PX: Final = 320  # of every photo and painting measured
Figures = dict[str, float]
Reference = Callable[[Tensor], Tensor]


class MeasuredPhoto:
    """A photo (1, 3, H, W) with its product mask and features, which all its results are measured with."""

    def __init__(self, extractor: vgg.VggFeatures, photo: Tensor) -> None:
        self.extractor, self.photo = extractor, (photo * 255).round() / 255
        self.product = 1 - plain_background(self.photo)
        self.features = extractor(self.photo)

    def measure(self, result: Tensor, reference: Tensor) -> Figures:
        same_photo = reference.shape == self.photo.shape
        mask = self.product if same_photo else torch.ones_like(reference[:, :1])
        target = losses.layer_moments(self.extractor(reference), mask)
        sl, sl_photo = (
            float(losses.moment_loss(features, *target, self.product))
            for features in (self.extractor(result), self.features)
        )
        return {
            "sl": sl,
            "sl_photo": sl_photo,
            "gain": 1 - sl / sl_photo,
            "ssim": metrics.ssim(self.photo, result),
            "edge_keep": metrics.edge_keep(self.photo, result),
            "flat_noise": metrics.flat_noise(self.photo, result),
        }


def paint(model: Model, style: Style, photo: Tensor) -> Tensor:
    """The photo (1, 3, H, W) in the tones of a style, its plain background kept; rounded to 8 bits."""
    working = tensors.to_tensor(tensors.to_working_size(tensors.to_image(photo), *model.working_pixels))
    target = style_target(Look.of(style.id), {style.id: style})
    request = PaintRequest(target, torch.ones_like(working[:, :1]))
    change = (1 - plain_background(working)) * (Painter(model, working).tone(request) - working)
    return tensors.to_tensor(FullSizePhoto.of(tensors.to_image(photo)).composited(change))


def measure_unseen(model: Model, photos: list[MeasuredPhoto], paintings: list[Path]) -> Figures:
    """Mean figures over held-out paintings, each learned in one pass of the style head."""
    rows = []
    for path in track(paintings, description="unseen"):
        with Image.open(path) as image:
            style = learn_style(model, [image.convert("RGB")], "unseen", path.stem)
        rows.append(measure(model, photos, style, painting_reference(path)))
    return mean(rows)


def measure(model: Model, photos: list[MeasuredPhoto], style: Style, reference: Reference) -> Figures:
    """Mean figures of one style."""
    results = [(photo, paint(model, style, photo.photo)) for photo in photos]
    return mean([photo.measure(result, reference(photo.photo)) for photo, result in results])


def mean(rows: list[Figures]) -> Figures:
    return {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}


def painting_reference(path: Path) -> Reference:
    """The same painting for every photo."""
    painting = resize_short_side(read_picture(path), SHORT_SIDE_PX)
    return lambda _: painting


def tones_of(style: str) -> Reference:
    """The photo in the tones of a catalogue style."""
    return lambda photo: TONES[style](photo).clamp(0, 1)


def spread_files(folder: Path, count: int) -> list[Path]:
    """`count` held-out files at even distances in name order, so that every source of the folder has some."""
    files = picture_files(folder, held_out=True)
    return [files[(2 * index + 1) * len(files) // (2 * count)] for index in range(count)]


def table(rows: dict[str, Figures]) -> Table:
    sheet = Table("style", *next(iter(rows.values())))
    for name, row in rows.items():
        sheet.add_row(name, *(f"{value:.3f}" for value in row.values()))
    return sheet


def main(
    folder: cli.ModelOption,
    data: cli.DataOption,
    photos: Annotated[int, typer.Option(help="held-out photos of each kind")] = 6,
    out: cli.ReportOption = None,
) -> None:
    model = load_model(folder)
    catalogue = load_catalogue(folder / "styles")
    extractor = vgg.load(model.vgg_scales)
    files = [path for kind in ("products", "scenes") for path in spread_files(data / kind, photos)]
    with torch.inference_mode():
        measured = [
            MeasuredPhoto(extractor, resize_short_side(read_picture(path), SHORT_SIDE_PX)) for path in files
        ]
        rows = {
            style.id: measure(model, measured, style, tones_of(style.id))
            for style in track(list(catalogue.values()), description="catalogue")
        }
        rows["catalogue"] = mean(list(rows.values()))
        paintings = [path for path in picture_files(data / "paintings", True) if path.name.startswith("met_")]
        rows["unseen styles"] = measure_unseen(model, measured, paintings[:photos])
    Console().print(table(rows))
    if out:
        write_json(out, rows)


if __name__ == "__main__":
    cli.run(main, __doc__)
