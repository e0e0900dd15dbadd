"""Calibrate the gates: `python -m training.gates.calibrate --data DIR`, or `make gates DATA=DIR`.

Every second held-out product photo, and the photos of samples.product_photos, are painted in every protection
without gates and measured: the good values. Each result is then corrupted once for each gate, by as much as a
shopper would notice: the bad values. A promised limit stands. Any other lies midway between the worst good
value (without the last 3 %) and the mildest bad one (without the first 10 %); that of the style gain at the
latter. Where the two overlap, the limit is at the worst good value, and the table shows how many bad results
pass. With `--only`, the named gates alone are measured, and the others keep their limits. Limits go to
style_engine/safety/gates.json, the table and pictures to docs/calibration.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import torch
import typer
from PIL import Image

from samples.product_photos import shop_photos
from style_engine import Stylizer
from style_engine.safety.gates import LIMITS_FILE, MEASURES

from ..shared import cli
from ..shared.files import picture_files
from ..shared.paths import MODEL, ROOT
from ..shared.release import write_json
from .chart import draw_chart, draw_limit_sheet
from .limits import TABLE_QUANTILES, calibrate_limits, limit_table
from .samples import collect_values

CALIBRATION_DOCS: Final = ROOT / "docs" / "calibration"
TABLE_FILE, CHART_FILE = CALIBRATION_DOCS / "gates.json", CALIBRATION_DOCS / "gates.webp"


@dataclass(frozen=True)
class Calibration:
    """Limits and their table, by protection and gate, and the chart of all values."""

    limits: Mapping[str, Mapping[str, float]]
    table: Mapping[str, Mapping[str, Any]]
    chart: Image.Image | None


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
    only: Annotated[str, typer.Option(help="gates whose measure has changed; others keep their limits")] = "",
) -> None:
    stylizer = Stylizer.load(model)
    pictures = [*read_photos(data / "products", photos), *shop_photos().values()]
    measured = only.split(",") if only else list(MEASURES)
    with torch.inference_mode():
        values = collect_values(stylizer, pictures, list(stylizer.styles), styles, measured)
    models = {"model": stylizer.model.version, "regions": stylizer.loaded.finder.version}
    former = _former_calibration(models) if only else Calibration({}, {}, None)
    limits = updated(former.limits, calibrate_limits(values))
    table = updated(former.table, limit_table(values, limits))
    with torch.inference_mode():
        limit_sheet = draw_limit_sheet(stylizer, limits)
    write_json(LIMITS_FILE, {**models, "limits": limits})
    CALIBRATION_DOCS.mkdir(parents=True, exist_ok=True)
    write_json(TABLE_FILE, {**models, "quantiles": TABLE_QUANTILES, "gates": table}, indent=1)
    draw_chart(values, limits, former.chart).save(CHART_FILE, quality=80)
    limit_sheet.save(CALIBRATION_DOCS / "limits.webp", quality=90)


def _former_calibration(models: Mapping[str, str]) -> Calibration:
    """What is kept for the gates that are not measured. Raises BadParameter if it is of other models."""
    stored, table = (json.loads(path.read_text("utf-8")) for path in (LIMITS_FILE, TABLE_FILE))
    if any(stored[name] != version for name, version in models.items()):
        raise typer.BadParameter("the former limits belong to other models: calibrate all gates")
    with Image.open(CHART_FILE) as chart:
        return Calibration(stored["limits"], table["gates"], chart.convert("RGB"))


def updated(
    former: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """By protection and gate, the new entries in the places of the former ones."""
    return {name: {**former.get(name, {}), **new.get(name, {})} for name in former or new}


if __name__ == "__main__":
    cli.run(main, __doc__)
