"""Figures of a region model on composites with known masks, made of held-out photos and fonts.

`python -m training.regions.evaluate write --data DIR --teacher DIR --set SET` writes the set once;
`python -m training.regions.evaluate measure --set SET --model DIR` measures a model on it.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import torch
import typer
from PIL import Image

from style_engine.regions.finder import RegionFinder

from ..shared import cli
from ..shared.release import write_json, write_sums
from .confidence import find_regions, fit_confidence, measure_calibration, predict_mask
from .held_out_set import read_set, to_mask, write_set
from .measures import Figures, LabelledPicture, measure_found, measure_masks, measure_text
from .photos import RegionPools, load_pools
from .surfaces import Floats

TEACHER_MIN_CONFIDENCE: Final = 0.7  # of masks that the agreement with the teacher is measured on

app = typer.Typer(help=__doc__, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
SetOption = Annotated[Path, typer.Option("--set", help="folder of the composites")]


def measure(
    finder: RegionFinder, pictures: Sequence[LabelledPicture], baseline: Sequence[Floats] = ()
) -> dict[str, Figures]:
    """`baseline`: another model's product masks of the pictures."""
    regions = [find_regions(finder, truth.image) for truth in pictures]
    with_product = [index for index, truth in enumerate(pictures) if truth.has_product]
    masks = {index: predict_mask(finder, pictures[index].image)[0] for index in with_product}
    rows = {
        "mask": measure_masks((masks[i], pictures[i].product) for i in with_product),
        "mask where found": measure_masks(
            (masks[i], pictures[i].product) for i in with_product if regions[i].found
        ),
        "text": measure_text(
            (region.text[0, 0].numpy(), truth) for region, truth in zip(regions, pictures, strict=True)
        ),
        "found": measure_found(regions, pictures),
        "confidence": measure_calibration(regions, pictures),
    }
    if baseline:
        rows["baseline's mask"] = measure_masks((baseline[i], pictures[i].product) for i in with_product)
    return rows


def measure_teacher_agreement(finder: RegionFinder, pools: RegionPools) -> Figures:
    """On held-out photos for which the teacher's mask is certain."""
    photos = [
        photo
        for photo in pools.photos
        if photo.mask_confidence > TEACHER_MIN_CONFIDENCE and np.asarray(photo.mask).max() > 127
    ]
    return measure_masks((predict_mask(finder, photo.image)[0], to_mask(photo.mask)) for photo in photos)


@app.command("write")
def write_command(
    data: cli.DataOption,
    teacher: Annotated[Path, typer.Option(help="masks by training.regions.teacher", exists=True)],
    folder: SetOption,
    count: Annotated[int, typer.Option(help="composites of each kind")] = 100,
    seed: Annotated[int, typer.Option(help="another seed gives another set")] = 20,
) -> None:
    """Write a set of composites."""
    write_set(load_pools(data, teacher, held_out=True), folder, count, seed)


@app.command("measure")
def measure_command(  # noqa: PLR0917 - a command line has as many options as it has
    folder: SetOption,
    model: cli.ModelOption,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", "--peer", help="another model's masks of SET/photo")
    ] = None,
    fit: Annotated[
        bool, typer.Option("--fit", help="fit the model's confidence on half of the set, measure the other")
    ] = False,
    data: Annotated[Path | None, typer.Option(help="with --teacher: held-out photos to measure on")] = None,
    teacher: Annotated[Path | None, typer.Option(help="the teacher's masks of these photos")] = None,
    out: cli.ReportOption = None,
) -> None:
    """Measure a model on a set, and against the teacher's masks of held-out photos."""
    if teacher and not data:
        raise typer.BadParameter("--teacher needs the photos: --data DIR")
    torch.set_num_threads(1)
    finder, pictures = RegionFinder.load(model), read_set(folder)
    if fit:
        # In pairs, so that both halves have pictures without a product.
        to_fit, pictures = ([p for i, p in enumerate(pictures) if i % 4 // 2 == half] for half in (0, 1))
        finder = fit_confidence(finder, to_fit)
        write_confidence(finder, model)
    rows = {}
    for kind in sorted({picture.name.split("-")[0] for picture in pictures}):
        of_kind = [picture for picture in pictures if picture.name.startswith(kind)]
        masks = [_read_baseline_mask(baseline, picture) for picture in of_kind] if baseline else []
        rows[kind] = measure(finder, of_kind, masks)
    if data and teacher:
        pools = load_pools(data, teacher, held_out=True)
        rows["photos"] = {"agreement with the teacher": measure_teacher_agreement(finder, pools)}
    print(json.dumps(rows, indent=2))
    if out:
        write_json(out, rows)


def write_confidence(finder: RegionFinder, folder: Path) -> None:
    """Write the finder's confidence model to its model folder."""
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config.pop("trust", None)  # the confidence model by its first name
    write_json(folder / "config.json", config | {"confidence": asdict(finder.confidence_model)})
    write_sums(folder)


def _read_baseline_mask(folder: Path, picture: LabelledPicture) -> Floats:
    with Image.open(folder / picture.name) as mask:
        return to_mask(mask.resize(picture.image.size, Image.Resampling.BILINEAR))


if __name__ == "__main__":
    app()
