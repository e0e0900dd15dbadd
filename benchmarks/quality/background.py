"""Products on plain backgrounds: does the background stay unchanged while the product is styled?

    python -m benchmarks.quality.background --photos DIR --out F.json [--styles-per-photo 3] [--count N]

Photos on a plain background with a product found, each in the next `--styles-per-photo` styles of the
catalogue, as the engine publishes them (`off`: no protection; `soft`: the API's default), beside Magenta's
network shown the same drawing. Background and product are the scene's, without an edge of 3 px; gain is taken
inside the product, against the style's drawing of the photo, over relu1_1 … relu5_1.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any, Final

import torch
import typer
from PIL import Image
from rich.console import Console
from rich.progress import track
from rich.table import Table
from torch import Tensor

from style_engine import Look, Protection, Stylizer
from style_engine.__main__ import MODEL
from style_engine.imaging import tensors, windows
from style_engine.perceptual import losses
from style_engine.perceptual.style_distance import STYLE_DISTANCE_LAYERS
from style_engine.perceptual.vgg import VggFeatures
from style_engine.regions.finder import downsample_mask
from style_engine.safety import metrics

from ..service.chain import machine
from ..shared.baselines import Baselines
from .cases import MAGENTA, drawing
from .evaluator import Evaluator, Picture
from .safety import Shown, on_plain_background, read_photos

MODES: Final = (Protection.OFF, Protection.SOFT)
PROMISES: Final[Mapping[str, tuple[str, float]]] = {
    "drift": ("most", 6.0), "flat_noise": ("mean", 2.0), "halo": ("mean", 6.0), "gain": ("mean", 0.6),
}  # fmt: skip
"""Of each measure what is promised: its most or its mean over the pictures, and the bound."""
LOOKED_AT: Final = 384 * 384  # pixels of a picture for VGG-19
SURE: Final = 0.99  # share of ground below which a pixel is product or rim
Row = dict[str, Any]


class Inside:
    """How near a picture comes to a drawing of the same photo inside the product, as VGG-19 sees it."""

    def __init__(self, extractor: VggFeatures, photo: Shown, reference: Image.Image) -> None:
        height, width = self._small(photo.image).shape[2:]
        self._extractor, self._mask = extractor, downsample_mask(photo.scene.regions.product, height, width)
        self._target = losses.layer_moments(self._seen(reference), self._mask)
        self._away = self._off(photo.image)

    def gain(self, result: Image.Image) -> float:
        """1 for the drawing's own statistics, 0 for the photo's."""
        return 1 - self._off(result) / self._away

    def _off(self, image: Image.Image) -> float:
        return float(losses.moment_loss(self._seen(image), *self._target, self._mask))

    def _seen(self, image: Image.Image) -> Mapping[str, Tensor]:
        features: Mapping[str, Tensor] = self._extractor(self._small(image), STYLE_DISTANCE_LAYERS)
        return features

    @staticmethod
    def _small(image: Image.Image) -> Tensor:
        return tensors.to_tensor(tensors.to_working_size(image, LOOKED_AT))


def measure(photo: Shown, result: Image.Image, inside: Inside) -> Row:
    """drift (greatest change of a channel on the ground, rims left out), flat_noise, halo in 1/255; gain."""
    edge = windows.maximum((photo.scene.clean_area < SURE).float(), metrics.HALO_RING_PX[0])
    max_change = metrics.max_change(photo.scene.photo, tensors.to_tensor(result), 1 - edge)
    return {"drift": max_change, **on_plain_background(photo.scene, result), "gain": inside.gain(result)}


def is_on_background(photo: Shown) -> bool:
    return photo.scene.regions.found and bool(photo.scene.halo_ring.any())


@torch.inference_mode()
def run(
    stylizer: Stylizer, extractor: VggFeatures, photos: Sequence[Shown], styles_per_photo: int
) -> dict[str, list[Row]]:
    """Painter (a protection, or Magenta) → a row for each picture."""
    turns, baselines = cycle(stylizer.styles), Baselines(threads=1)
    rows: dict[str, list[Row]] = {name: [] for name in (*MODES, MAGENTA)}
    for photo in track(photos, "painting"):
        for style in islice(turns, styles_per_photo):
            reference = drawing(style, Picture(photo.name, photo.image))
            if reference is None:
                continue
            inside = Inside(extractor, photo, reference.image)
            looks = [Look({style: 1.0}, protection=mode) for mode in MODES]
            results = [each.image for each in stylizer.stylize_all(photo.image, looks)]
            results.append(baselines.magenta(photo.image, reference.image))
            for name, image in zip(rows, results, strict=True):
                rows[name].append({"photo": photo.name, "style": style} | measure(photo, image, inside))
    return rows


def summary(rows: Sequence[Row]) -> Row:
    """For each measure what is promised of it."""
    columns = {name: [row[name] for row in rows] for name in PROMISES}
    return {
        name: max(columns[name]) if kind == "most" else fmean(columns[name])
        for name, (kind, _) in PROMISES.items()
    }


def table(found: Mapping[str, Row], count: int) -> Table:
    shown = Table("", *(f"{name}, {kind}" for name, (kind, _) in PROMISES.items()), title=f"{count} pictures")
    for name, row in found.items():
        shown.add_row(name, *(f"{row[measure]:.2f}" for measure in PROMISES))
    shown.add_section()
    bounds = (f"{'≥' if name == 'gain' else '≤'} {bound:g}" for name, (_, bound) in PROMISES.items())
    shown.add_row("promised", *bounds)
    return shown


def main(
    photos: Annotated[Path, typer.Option(help="Folder of photos.", exists=True)],
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    count: Annotated[int | None, typer.Option(help="So many of the photos, evenly over the folder.")] = None,
    styles_per_photo: Annotated[int, typer.Option(help="Styles that a photo wears, by turns.")] = 3,
    folder: Annotated[Path, typer.Option("--model", help="Model folder.")] = MODEL,
) -> None:
    torch.set_num_threads(1)
    stylizer = Stylizer.load(folder)
    shown = [photo for photo in read_photos(photos, count, stylizer) if is_on_background(photo)]
    rows = run(stylizer, Evaluator.load(quick=True).extractor, shown, styles_per_photo)
    found = {name: summary(each) for name, each in rows.items()}
    result: dict[str, Any] = {"machine": machine(), "photos": len(shown), "figures": found, "rows": rows}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    Console().print(table(found, len(rows[MAGENTA])))


if __name__ == "__main__":
    typer.run(main)
