"""Quality and speed of int8: the network's convolutions quantised in ONNX Runtime, beside fp32.

    python -m benchmarks.speed.int8 --content DIR --out F.json

Every second photo calibrates the ranges (static quantisation, a scale for each filter); the others are
painted in catalogue styles by both, without marks, and compared with the styles' tones.
"""

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
from rich.progress import track
from rich.table import Table

from style_engine.commands.options import MODEL
from style_engine.imaging import tensors
from style_engine.network.export import export_onnx
from style_engine.network.model import load_model
from style_engine.network.styles import Style, load_catalogue

from ..quality.cases import draw_reference, read_squares
from ..quality.evaluator import Evaluator, NamedImage, mean_measures
from ..shared.machine import machine
from ..shared.painting import to_image
from ..shared.report import print_tables, write_json
from .runtimes import open_session

STYLES: Final = ("oil", "watercolour", "pencil", "ukiyo-e", "cartoon", "mosaic")
QUALITY_SIDE_PX: Final = 384
TIMED_SIDE_PX: Final = 512
TIMED_ROUNDS: Final = 5
MEASURES: Final = ("sl", "gain", "cln", "ssim", "flat_noise")
Feeds = dict[str, NDArray[np.float32]]
Row = dict[str, float]


def make_feeds(photo: NamedImage, style: Style) -> Feeds:
    tensor = tensors.to_tensor(photo.image)
    # Without patterns, as the engine paints tones.
    inputs = {"photo": tensor, "style": style.vector.unsqueeze(0), "pattern_share": torch.zeros(1)}
    return {name: value.numpy() for name, value in inputs.items()}


class Calibration(CalibrationDataReader):  # type: ignore[misc]  # the package has no types
    """Inputs for calibration: the photos twice, each time in the next style."""

    def __init__(self, photos: Sequence[NamedImage], styles: Sequence[Style]) -> None:
        self._feeds = (
            make_feeds(photo, styles[n % len(styles)]) for n, photo in enumerate([*photos, *photos])
        )

    def get_next(self) -> Feeds | None:
        return next(self._feeds, None)


def quantise(path: Path, calibration: Calibration) -> Path:
    """Write a copy of the file with int8 convolutions between quantisation and dequantisation."""
    prepared, quantised = path.with_suffix(".prepared.onnx"), path.with_suffix(".int8.onnx")
    quant_pre_process(str(path), str(prepared), skip_symbolic_shape=True)
    quantize_static(
        str(prepared), str(quantised), calibration, per_channel=True, op_types_to_quantize=["Conv"],
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
    )  # fmt: skip
    return quantised


def median_cpu_ms(session: Any, feeds: Feeds) -> float:
    """Median processor time of a run, in ms."""
    samples = []
    for _ in range(TIMED_ROUNDS + 1):
        start = time.process_time()
        session.run(None, feeds)
        samples.append(1000 * (time.process_time() - start))
    return median(samples[1:])


@dataclass(frozen=True)
class DrawnCase:
    """A photo, a style, and the photo in its tones."""

    photo: NamedImage
    style: Style
    toned: NamedImage | None


def evaluate(evaluator: Evaluator, session: Any, cases: Sequence[DrawnCase]) -> Row:
    """Mean measures over the cases."""
    rows = []
    for case in track(cases, "painting"):
        picture = to_image(torch.from_numpy(session.run(None, make_feeds(case.photo, case.style))[0]))
        rows.append(evaluator.measure(case.photo, picture, case.toned))
    return mean_measures(rows)


def main(
    content: Annotated[Path, typer.Option(help="Folder of photos.", exists=True)],
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    folder: Annotated[Path, typer.Option("--model", help="Model folder.")] = MODEL,
) -> None:
    """Compare the network in int8 with itself in fp32."""
    torch.set_num_threads(1)
    catalogue = load_catalogue(folder / "styles")
    styles, photos = [catalogue[name] for name in STYLES], read_squares(content, QUALITY_SIDE_PX)
    timed_photo, evaluator = read_squares(content, TIMED_SIDE_PX)[0], Evaluator.load(quick=True)
    cases = [
        DrawnCase(photo, style, draw_reference(style.id, photo)) for photo in photos[1::2] for style in styles
    ]
    rows: dict[str, Row] = {}
    with TemporaryDirectory() as scratch:
        fp32 = Path(scratch) / "net.onnx"
        export_onnx(load_model(folder).net, fp32)
        typer.echo("quantising")
        files = {"fp32": fp32, "int8": quantise(fp32, Calibration(photos[::2], styles))}
        for kind, file in files.items():
            session = open_session(file, threads=1)
            feeds = make_feeds(timed_photo, styles[0])
            rows[kind] = evaluate(evaluator, session, cases) | {"ms": median_cpu_ms(session, feeds)}
    write_json(out, {"machine": machine(), "pictures": len(cases), **rows})
    print_tables(comparison_table(rows))


def comparison_table(rows: dict[str, Row]) -> Table:
    """Both, and the change from fp32 to int8 in percent."""
    table = Table("", *MEASURES, f"ms at {TIMED_SIDE_PX} px", title="the network in int8")
    columns = (*MEASURES, "ms")
    for kind, row in rows.items():
        table.add_row(kind, *(f"{row[name]:.3g}" for name in columns))
    changes = (100 * (rows["int8"][name] / rows["fp32"][name] - 1) for name in columns)
    table.add_row("change", *(f"{change:+.0f} %" for change in changes))
    return table


if __name__ == "__main__":
    typer.run(main)
