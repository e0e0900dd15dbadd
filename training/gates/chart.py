"""Pictures of the calibration: a chart of all values, and a sheet of corrupted results at their limits."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image, ImageDraw
from torch import Tensor

from samples.product_photos import mug_on_white
from style_engine import Look, Stylizer
from style_engine.imaging import tensors
from style_engine.looks import Protection
from style_engine.safety.gates import MEASURES
from style_engine.safety.scene import measure

from ..styles.style_book import CELL_PICTURE_PX, draw_sheet
from .corruptions import CORRUPTIONS
from .limits import Limits, corrupt_to_limit
from .samples import (
    GATES_BY_PROTECTION,
    GateValues,
    ValuesByProtection,
    resize_to_working_size,
    scene_of,
    without_gates,
)

CHART_CELL_PX: Final = (300, 74)  # width, height
CHART_TITLE_HEIGHT_PX: Final = 24
DOT_RADIUS_PX: Final = 3
CHART_QUANTILES: Final = (0.01, 0.99)  # ends of a cell's scale
GOOD_COLOUR, BAD_COLOUR, LIMIT_COLOUR = (40, 110, 190), (210, 70, 50), (20, 20, 20)
SHEET_PROTECTIONS: Final = ("soft", "strict", "product-only")  # shown: the first that has the gate
SHEET_STYLE: Final = "oil"
SHEET_WINDOW_CORNER_PX: Final = (60, 160)  # left, top, in the drawn mug


def draw_chart(values: ValuesByProtection, limits: Limits, former: Image.Image | None = None) -> Image.Image:
    """A column a protection, a row a gate: good values above, bad ones below, the limit as a line.

    With a former chart, its cells of gates without values are kept.
    """
    names, columns = list(CORRUPTIONS), list(GATES_BY_PROTECTION)
    width, height = CHART_CELL_PX
    page = former or _empty_chart(columns, len(names))
    pen = ImageDraw.Draw(page)
    for protection, by_gate in values.items():
        left = columns.index(protection) * width
        for gate, gate_values in by_gate.items():
            corner = (left, CHART_TITLE_HEIGHT_PX + names.index(gate) * height)
            pen.rectangle((*corner, left + width - 1, corner[1] + height - 1), fill="white")
            limit = limits[protection][gate]
            _draw_cell(pen, corner, f"{gate}  {limit:g}", gate_values, limit)
    return page


def _empty_chart(columns: Sequence[str], rows: int) -> Image.Image:
    width, height = CHART_CELL_PX
    page = Image.new("RGB", (width * len(columns), height * rows + CHART_TITLE_HEIGHT_PX), "white")
    for column, protection in enumerate(columns):
        ImageDraw.Draw(page).text((column * width + 8, 6), protection, fill=LIMIT_COLOUR, font_size=14)
    return page


def _draw_cell(
    pen: ImageDraw.ImageDraw, corner: tuple[int, int], title: str, values: GateValues, limit: float
) -> None:
    left, top = corner
    low, high = np.quantile([*values.good, *values.bad, limit], CHART_QUANTILES)
    scale = (CHART_CELL_PX[0] - 20) / max(float(high - low), 1e-9)

    def x_of(value: float) -> float:
        return left + 10 + float(np.clip(value - low, 0, high - low)) * scale

    pen.text((left + 8, top), title, fill=LIMIT_COLOUR, font_size=12)
    for numbers, colour, y in ((values.good, GOOD_COLOUR, top + 28), (values.bad, BAD_COLOUR, top + 50)):
        for number in numbers:
            pen.circle((x_of(number), y), DOT_RADIUS_PX, outline=colour)
    pen.line((x_of(limit), top + 18, x_of(limit), top + 62), fill=LIMIT_COLOUR, width=2)


def draw_limit_sheet(stylizer: Stylizer, limits: Limits) -> Image.Image:
    """For each gate a drawn mug: painted, corrupted up to the limit, corrupted as in the calibration."""
    photo = resize_to_working_size(mug_on_white())
    scene, ungated = scene_of(stylizer, photo), without_gates(stylizer)
    rows = []
    for gate, corrupt in CORRUPTIONS.items():
        protection = next(name for name in SHEET_PROTECTIONS if gate in limits[name])
        look = Look({SHEET_STYLE: 1.0}, 1.0, Protection(protection))
        result = tensors.to_tensor(ungated.stylize_all(photo, [look])[0].image)
        limit = limits[protection][gate]
        pictures = (result, corrupt_to_limit(scene, result, gate, limit), corrupt(scene, result))
        values = [f"{MEASURES[gate](scene, measure(picture)):.3g}" for picture in pictures]
        name = f"{gate} ({protection}), limit {limit:g}: {' · '.join(values)}"
        rows.append((name, [_crop_window(picture) for picture in pictures]))
    return draw_sheet(["as painted", "at the limit", "corrupted"], rows)


def _crop_window(picture: Tensor) -> Image.Image:
    left, top = SHEET_WINDOW_CORNER_PX
    return tensors.to_image(picture).crop((left, top, left + CELL_PICTURE_PX, top + CELL_PICTURE_PX))
