"""Masks as the field measures them, and skin: `python -m benchmarks.quality.regions --out F.json`.

IoU, boundary IoU and mean boundary accuracy (mBA) of product masks on composites with known masks, by kind;
with `--photos DIR`, also on products that are cut out of the folder's photos by their plain background and
put on other backgrounds. With `--data` and `--skin-masks`, precision and recall of skin on the held-out
pictures.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import torch
import typer
from PIL import Image, ImageChops
from rich.table import Table

from style_engine.imaging import tensors
from style_engine.regions.background import plain_background
from style_engine.regions.finder import RegionFinder
from training.regions.backgrounds import studio_background
from training.regions.composites import composite, resize_layer
from training.regions.confidence import find_regions
from training.regions.held_out_set import to_mask
from training.regions.kinds import COMPOSITE_SIDE_PX, KINDS, NOTHING, draw_kind
from training.regions.measures import Figures, LabelledPicture, measure_masks
from training.regions.photos import cut_out, mask_photo
from training.regions.products import ProductLayer
from training.regions.skin.evaluate import find_skin, measure_skin
from training.regions.skin.labels import read_labels
from training.shared import cli
from training.shared.paths import ROOT

from ..shared.photos import image_files, read_accepted, select_evenly
from ..shared.report import print_tables, write_json

MODEL: Final = ROOT / "engine/models/regions-lite"
COMPOSITES_PER_KIND: Final = 40
MAX_PHOTOS: Final = 60
CUT_OUT_MIN_BACKGROUND: Final = 0.2  # of a photo
CUT_OUTS: Final = "cut-outs of photos"
SEED: Final = 5


def measure_kinds(finder: RegionFinder, count: int = COMPOSITES_PER_KIND) -> dict[str, Figures]:
    """Figures of the masks as the engine uses them, the whole frame where no product is found, by kind."""
    return {kind: measure_pictures(finder, draw_kind(kind, count, SEED)) for kind in KINDS}


def measure_photos(finder: RegionFinder, folder: Path) -> Figures:
    """As `measure_kinds`, on products cut out of the photos of a folder; empty where no photo has a plain
    background."""
    files = select_evenly(image_files(folder), MAX_PHOTOS)
    layers = [layer for _, image in read_accepted(files) for layer in cut_outs(_reduced(image))]
    pictures = [on_another_page(layer, np.random.default_rng([SEED, i])) for i, layer in enumerate(layers)]
    return measure_pictures(finder, pictures) if pictures else {}


def measure_pictures(finder: RegionFinder, pictures: Sequence[LabelledPicture]) -> Figures:
    found = [find_regions(finder, picture.image) for picture in pictures]
    pairs = zip(
        (regions.product[0, 0].numpy() for regions in found), (p.product for p in pictures), strict=True
    )
    return measure_masks(pairs) | {"found": sum(regions.found for regions in found) / len(found)}


def cut_outs(image: Image.Image) -> list[ProductLayer]:
    """The product of a photo with a plain background, as a layer; an empty list for any other photo."""
    background = plain_background(tensors.to_tensor(image))[0, 0].numpy()
    if background.mean() < CUT_OUT_MIN_BACKGROUND:
        return []
    product = Image.fromarray((255 * (1 - background)).astype(np.uint8))
    return cut_out(mask_photo(image, product, 0.0))


def _reduced(image: Image.Image) -> Image.Image:
    return tensors.to_working_size(image, COMPOSITE_SIDE_PX**2)


def on_another_page(layer: ProductLayer, rng: np.random.Generator) -> LabelledPicture:
    """The layer on a drawn studio background, with its exact mask."""
    page = studio_background((COMPOSITE_SIDE_PX,) * 2, rng, NOTHING.textures)
    sample = composite(page, [resize_layer(layer, COMPOSITE_SIDE_PX * rng.uniform(0.5, 0.9))], rng)
    empty = Image.new("L", sample.image.size)
    planes = (to_mask(plane) for plane in (sample.product, empty, ImageChops.invert(empty)))
    return LabelledPicture("", sample.image, *planes)


def tabulate(figures: Mapping[str, Figures], columns: Sequence[str], title: str) -> Table:
    table = Table("kind", *columns, title=title)
    for kind, row in figures.items():
        table.add_row(kind, *(f"{row.get(column, float('nan')):.3f}" for column in columns))
    return table


def main(
    photos: Annotated[Path | None, typer.Option(help="folder of photos", exists=True)] = None,
    data: Annotated[Path | None, typer.Option(help="with --skin-masks: the training pictures")] = None,
    skin_masks: Annotated[Path | None, typer.Option(help="masks by training.regions.skin.teacher")] = None,
    count: Annotated[int, typer.Option(help="composites of each kind")] = COMPOSITES_PER_KIND,
    out: cli.ReportOption = None,
) -> None:
    torch.set_num_threads(1)
    finder = RegionFinder.load(MODEL)
    masks = measure_kinds(finder, count) | ({CUT_OUTS: measure_photos(finder, photos)} if photos else {})
    figures = {"masks": masks}
    print_tables(tabulate(masks, ("iou", "boundary_iou", "mba", "boundary_f", "found"), "product masks"))
    if data and skin_masks:
        figures["skin"] = measure_skin(find_skin(finder, read_labels(data, skin_masks, held_out=True)))
        print_tables(tabulate(figures["skin"], ("count", "precision", "recall", "iou", "found"), "skin"))
    if out:
        write_json(out, figures)


if __name__ == "__main__":
    cli.run(main, __doc__)
