"""What 8 bits would cost and bring: the net's convolutions in int8 in ONNX Runtime, beside itself in fp32.

    python -m benchmarks.speed.int8 --content DIR --out F.json

Every second photo calibrates the ranges (static quantisation, a scale for each filter), the others are
painted in catalogue styles by both and held against the styles' drawings.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from rich.console import Console
from rich.progress import track
from rich.table import Table

from style_engine.__main__ import MODEL
from style_engine.imaging import tensors
from style_engine.network.conditioning import conditioning_maps
from style_engine.network.model import load_model
from style_engine.network.patterns import half_size_patterns
from style_engine.network.styles import Style, load_catalogue

from ..quality.cases import drawing, squares, to_image
from ..quality.evaluator import Evaluator, Picture, mean
from ..service.chain import machine
from .runtimes import export, session

STYLES: Final = ("oil", "watercolour", "pencil", "ukiyo-e", "cartoon", "mosaic")
SIDE: Final = 384  # px of the squares
SPEED_SIDE: Final = 512
ROUNDS: Final = 5
MEASURES: Final = ("sl", "gain", "cln", "ssim", "flat_noise")
Given = dict[str, NDArray[np.float32]]
Row = dict[str, float]


def given(photo: Picture, style: Style) -> Given:
    tensor = tensors.to_tensor(photo.image)
    conditioning = conditioning_maps(tensor, half_size_patterns(*tensor.shape[2:]))
    inputs = {"photo": tensor, "style": style.vector.unsqueeze(0), "guide": conditioning}
    return {name: each.numpy() for name, each in inputs.items()}


class Calibration(CalibrationDataReader):  # type: ignore[misc]  # the package has no types
    """Photos, each in another style."""

    def __init__(self, photos: Sequence[Picture], styles: Sequence[Style]) -> None:
        self._given = (given(photo, styles[n % len(styles)]) for n, photo in enumerate([*photos, *photos]))

    def get_next(self) -> Given | None:
        return next(self._given, None)


def quantised(path: Path, calibration: Calibration) -> Path:
    """The file with every convolution between a step to int8 and one back."""
    prepared, small = path.with_suffix(".prepared.onnx"), path.with_suffix(".int8.onnx")
    quant_pre_process(str(path), str(prepared), skip_symbolic_shape=True)
    quantize_static(
        str(prepared), str(small), calibration, per_channel=True, op_types_to_quantize=["Conv"],
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
    )  # fmt: skip
    return small


def milliseconds(net: Any, inputs: Given) -> float:
    """Of the processor's time, median."""
    spent = []
    for _ in range(ROUNDS + 1):
        start = time.process_time()
        net.run(None, inputs)
        spent.append(1000 * (time.process_time() - start))
    return median(spent[1:])


@dataclass(frozen=True)
class Case:
    """A photo to be painted, and the drawing that it is held against."""

    photo: Picture
    style: Style
    target: Picture | None


def figures(judge: Evaluator, net: Any, cases: Sequence[Case]) -> Row:
    """Means over the cases as this net paints them."""
    rows = []
    for case in track(cases, description="painting"):
        picture = to_image(torch.from_numpy(net.run(None, given(case.photo, case.style))[0]))
        rows.append(judge.measure(case.photo, picture, case.target))
    return mean(rows)


def main(
    content: Annotated[Path, typer.Option(help="Folder of photos.", exists=True)],
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    folder: Annotated[Path, typer.Option("--model", help="Model folder.")] = MODEL,
) -> None:
    torch.set_num_threads(1)
    catalogue = load_catalogue(folder / "styles")
    styles, photos = [catalogue[name] for name in STYLES], squares(content, SIDE)
    large, judge = squares(content, SPEED_SIDE)[0], Evaluator.load(quick=True)
    cases = [Case(photo, style, drawing(style.id, photo)) for photo in photos[1::2] for style in styles]
    rows: dict[str, Row] = {}
    with TemporaryDirectory() as scratch:
        whole = Path(scratch) / "net.onnx"
        export(load_model(folder).net, whole)
        files = {"fp32": whole, "int8": quantised(whole, Calibration(photos[::2], styles))}
        for kind, file in files.items():
            net = session(file, threads=1)
            rows[kind] = figures(judge, net, cases) | {"ms": milliseconds(net, given(large, styles[0]))}
    result = {"machine": machine(), "pictures": len(cases), **rows}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    Console().print(table(rows))


def table(rows: dict[str, Row]) -> Table:
    """Both, and by how many per cent int8 moves each figure."""
    shown = Table("", *MEASURES, f"ms at {SPEED_SIDE} px", title="the net in 8 bits")
    columns = (*MEASURES, "ms")
    for kind, row in rows.items():
        shown.add_row(kind, *(f"{row[name]:.3g}" for name in columns))
    moved = (100 * (rows["int8"][name] / rows["fp32"][name] - 1) for name in columns)
    shown.add_row("moved", *(f"{each:+.0f} %" for each in moved))
    return shown


if __name__ == "__main__":
    typer.run(main)
