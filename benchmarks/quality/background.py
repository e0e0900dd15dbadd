"""Products on plain backgrounds: does the background stay unchanged while the product is styled?

    python -m benchmarks.quality.background --photos DIR --out F.json [--styles-per-photo 3] [--count N]

Photos with a plain background and a detected product, each in the next `--styles-per-photo` styles of the
catalogue, as the engine publishes them (`off`: no protection; `soft`: the API's default), beside Magenta's
model given the photo in the style's tones as its style. Background and product are the scene's, without an
edge of 3 px.
"""

from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any, Final

import torch
import typer
from PIL import Image
from rich.progress import track
from rich.table import Table

from style_engine import Look, Protection, Stylizer
from style_engine.commands.options import MODEL
from style_engine.imaging import tensors, windows
from style_engine.safety import metrics

from ..shared.baselines import Baselines
from ..shared.machine import machine
from ..shared.report import print_tables, write_json
from .cases import MAGENTA, draw_reference
from .evaluator import NamedImage
from .safety.baselines import measure_on_background
from .safety.photos import PhotoScene, read_photos

MODES: Final = (Protection.OFF, Protection.SOFT)
TARGETS: Final[Mapping[str, tuple[str, float]]] = {
    "drift": ("max", 6.0), "flat_noise": ("mean", 2.0), "halo": ("mean", 6.0),
}  # fmt: skip
"""Measure → how it is summarised over the pictures, and its upper bound."""
BACKGROUND_MIN_SHARE: Final = 0.99  # share of background below which a pixel counts as product or edge
Row = dict[str, Any]


def has_product_on_background(photo: PhotoScene) -> bool:
    return photo.scene.regions.found and bool(photo.scene.halo_ring.any())


def measure(photo: PhotoScene, result: Image.Image) -> Row:
    """drift (largest change of a channel on the background without edges), flat_noise, halo; in 1/255."""
    edge = windows.maximum((photo.scene.clean_area < BACKGROUND_MIN_SHARE).float(), metrics.HALO_RING_PX[0])
    drift = metrics.max_change(photo.scene.photo, tensors.to_tensor(result), 1 - edge)
    return {"drift": drift, **measure_on_background(photo.scene, result)}


@torch.inference_mode()
def measure_all(
    stylizer: Stylizer, photos: Sequence[PhotoScene], styles_per_photo: int
) -> dict[str, list[Row]]:
    """Painter (a protection, or Magenta) → a row for each picture."""
    styles, baselines = cycle(stylizer.styles), Baselines(threads=1)
    rows: dict[str, list[Row]] = {name: [] for name in (*MODES, MAGENTA)}
    for photo in track(photos, "painting"):
        for style in islice(styles, styles_per_photo):
            toned = draw_reference(style, NamedImage(photo.name, photo.image))
            if toned is None:
                continue
            looks = [Look({style: 1.0}, protection=mode) for mode in MODES]
            results = [styled.image for styled in stylizer.stylize_all(photo.image, looks)]
            results.append(baselines.magenta(photo.image, toned.image))
            for name, image in zip(rows, results, strict=True):
                rows[name].append({"photo": photo.name, "style": style} | measure(photo, image))
    return rows


def summarise(rows: Sequence[Row]) -> Row:
    """Each measure's maximum or mean, as TARGETS has it."""
    columns = {name: [row[name] for row in rows] for name in TARGETS}
    return {
        name: max(columns[name]) if kind == "max" else fmean(columns[name])
        for name, (kind, _) in TARGETS.items()
    }


def summary_table(summaries: Mapping[str, Row], count: int) -> Table:
    table = Table("", *(f"{name}, {kind}" for name, (kind, _) in TARGETS.items()), title=f"{count} pictures")
    for name, summary in summaries.items():
        table.add_row(name, *(f"{summary[measure]:.2f}" for measure in TARGETS))
    table.add_section()
    bounds = (f"≤ {bound:g}" for _, bound in TARGETS.values())
    table.add_row("target", *bounds)
    return table


def main(
    photos: Annotated[Path, typer.Option(help="Folder of photos.", exists=True)],
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    count: Annotated[int | None, typer.Option(help="Number of photos, evenly over the folder.")] = None,
    styles_per_photo: Annotated[int, typer.Option(help="Styles for each photo, in turn.")] = 3,
    folder: Annotated[Path, typer.Option("--model", help="Model folder.")] = MODEL,
) -> None:
    """Measure what happens to plain backgrounds and to the products on them."""
    torch.set_num_threads(1)
    stylizer = Stylizer.load(folder)
    selected = [photo for photo in read_photos(photos, count, stylizer) if has_product_on_background(photo)]
    rows = measure_all(stylizer, selected, styles_per_photo)
    summaries = {name: summarise(of_painter) for name, of_painter in rows.items()}
    write_json(out, {"machine": machine(), "photos": len(selected), "figures": summaries, "rows": rows})
    print_tables(summary_table(summaries, len(rows[MAGENTA])))


if __name__ == "__main__":
    typer.run(main)
