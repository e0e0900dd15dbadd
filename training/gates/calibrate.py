"""Calibrate the gates: `python -m training.gates.calibrate --data DIR`, or `make gates DATA=DIR`.

Every second held-out product photo, and the photos of samples.product_photos, are painted in every protection
without gates and measured: the good values. Each result is then corrupted once for each gate, by as much as a
shopper would notice: the bad values. A promised limit stands. Any other lies midway between the worst good
value (without the last 3 %) and the mildest bad one (without the first 10 %); that of the style gain at the
latter. Where the two overlap, the limit is at the worst good value, and the table shows how many bad results
pass. Limits go to style_engine/safety/gates.json, the table and pictures to docs/calibration.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import torch
import typer
from PIL import Image

from samples.product_photos import shop_photos
from style_engine import Stylizer
from style_engine.safety.gates import LIMITS_FILE

from ..shared import cli
from ..shared.files import picture_files
from ..shared.paths import MODEL, ROOT
from ..shared.release import write_json
from .chart import draw_chart, draw_limit_sheet
from .limits import TABLE_QUANTILES, calibrate_limits, limit_table
from .samples import collect_values

CALIBRATION_DOCS: Final = ROOT / "docs" / "calibration"


def read_photos(folder: Path, count: int) -> Iterator[Image.Image]:
    """`count` of every second held-out photo of a folder, evenly spaced; the others are for benchmarks."""
    files = picture_files(folder, held_out=True)[::2]
    count = min(count, len(files))
    for index in range(count):
        with Image.open(files[index * len(files) // count]) as image:
            yield image.convert("RGB")


def main(
    data: cli.DataOption,
    model: cli.ModelOption = MODEL,
    photos: Annotated[int, typer.Option(help="product photos of DATA")] = 18,
    styles: Annotated[int, typer.Option(help="that each photo is painted in, by turns")] = 7,
) -> None:
    stylizer = Stylizer.load(model)
    pictures = [*read_photos(data / "products", photos), *shop_photos().values()]
    with torch.inference_mode():
        values = collect_values(stylizer, pictures, list(stylizer.styles), styles)
        limits = calibrate_limits(values)
        limit_sheet = draw_limit_sheet(stylizer, limits)
    models = {"model": stylizer.model.version, "regions": stylizer.loaded.finder.version}
    write_json(LIMITS_FILE, {**models, "limits": limits})
    CALIBRATION_DOCS.mkdir(parents=True, exist_ok=True)
    table = {**models, "quantiles": TABLE_QUANTILES, "gates": limit_table(values, limits)}
    write_json(CALIBRATION_DOCS / "gates.json", table, indent=1)
    draw_chart(values, limits).save(CALIBRATION_DOCS / "gates.webp", quality=80)
    limit_sheet.save(CALIBRATION_DOCS / "limits.webp", quality=90)


if __name__ == "__main__":
    cli.run(main, __doc__)
