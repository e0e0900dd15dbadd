"""How long the container works on a ticket, by the photo's size and number of looks; what it stores, in how
many objects.

    python -m benchmarks.service.job_cost [--rounds 3] [--out build/bench/job_cost.json]

The service of the container, in this process and on this processor, with objects in memory. Seconds are this
process's processor time, which other processes hardly disturb, and the time that the child process decodes.
The coefficients that are fitted are parameters of layers/common/limner/cost_model.json (docs/costs.md).
"""

import time
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from PIL import Image
from rich.progress import track
from rich.table import Table
from skimage import data

from limner.contracts import StylizeTicket
from limner.errors import ObjectMissing
from limner.intake import Limits, make_variants, start_decoder
from limner.looks import Look
from limner.photos import Source
from server.processor_pool import ProcessorPool
from server.retrying_engine import RetryingEngine
from server.service import StylizeService
from style_engine.stylizer import Stylizer

from ..shared.machine import machine
from ..shared.report import print_tables, write_json

ROOT = Path(__file__).resolve().parents[2]
SIZES_PX = ((1024, 1024), (2400, 1700), (4000, 3000), (6000, 4000))
STYLES = ("oil", "watercolour", "cartoon")
LOOK_COUNTS = (1, 3)
PIXELS_PER_MEGAPIXEL = 1_000_000
SECONDS = (
    "seconds_per_photo",
    "seconds_per_megapixel",
    "seconds_per_look",
    "seconds_per_megapixel_and_look",
)
RESULT_BYTES = ("result_bytes_per_look", "result_bytes_per_megapixel_and_look")


class MemoryObjects:
    """The uploaded photo and what the service stores, by key."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}

    def get(self, bucket: str, key: str, version_id: str | None = None) -> bytes:
        if key not in self.bodies:
            raise ObjectMissing(key)
        return self.bodies[key]

    def put(
        self, bucket: str, key: str, body: bytes, content_type: str, *, only_if_absent: bool = False
    ) -> bool:
        self.bodies[key] = body
        return True


def photo_of(width: int, height: int) -> bytes:
    """A JPEG of a real photo, enlarged to the size."""
    out = BytesIO()
    photo = Image.fromarray(data.coffee()).resize((width, height), Image.Resampling.LANCZOS)
    photo.save(out, "JPEG", quality=92)
    return out.getvalue()


def measure(
    service: StylizeService, objects: MemoryObjects, size_px: tuple[int, int], looks: int
) -> dict[str, float]:
    upload = photo_of(*size_px)
    objects.bodies = {"photo": upload}
    ticket = StylizeTicket(
        job_id=f"main.{'0' * 32}.{'0' * 12}",
        photo=Source(bucket="uploads", key="photo", sequencer="0", bytes=len(upload)),
        looks=tuple(Look(styles={style: 1.0}) for style in STYLES[:looks]),
        model="measured",
    )
    start = time.process_time()
    report = service(ticket)
    seconds = time.process_time() - start + report.timings["decode"]
    if len(report.pictures) != looks:
        raise SystemExit(f"{looks} looks were ordered, and the report is {report}")
    stored = sum(len(body) for key, body in objects.bodies.items() if key.startswith("styled/"))
    megapixels = size_px[0] * size_px[1] / PIXELS_PER_MEGAPIXEL
    return {
        "megapixels": megapixels,
        "looks": looks,
        "seconds": seconds,
        "upload_bytes": len(upload),
        "stored_bytes": stored,
        "stored_objects": len(objects.bodies) - 1,
    }


def fit(runs: list[dict[str, float]]) -> dict[str, float]:
    """Coefficients of the container's seconds and of the bytes it stores."""
    megapixels = np.array([run["megapixels"] for run in runs])
    looks = np.array([run["looks"] for run in runs])
    terms = np.stack([np.ones(len(runs)), megapixels, looks, megapixels * looks], axis=1)
    seconds, seconds_error = _fit(terms, [run["seconds"] for run in runs])
    stored, stored_error = _fit(terms[:, 2:], [run["stored_bytes"] for run in runs])
    return {
        **dict(zip(SECONDS, seconds, strict=True)),
        **dict(zip(RESULT_BYTES, stored, strict=True)),
        "greatest_relative_error": max(seconds_error, stored_error),
    }


def _fit(terms: np.ndarray, values: list[float]) -> tuple[list[float], float]:
    """Least squares of relative errors; the coefficients, and the greatest relative error."""
    relative = terms / np.array(values)[:, None]
    coefficients, *_ = np.linalg.lstsq(relative, np.ones(len(values)), rcond=None)
    return [float(value) for value in coefficients], float(np.max(np.abs(relative @ coefficients - 1)))


def variant_bytes(size_px: tuple[int, int]) -> int:
    made = make_variants(photo_of(*size_px), Limits())
    return sum(len(variant.body) for variant in made.pictures)


def runs_table(runs: list[dict[str, float]]) -> Table:
    table = Table("megapixels", "looks", "seconds", "stored MB", "objects", title="One ticket, one processor")
    for run in runs:
        stored = run["stored_bytes"] / 1e6
        table.add_row(
            f"{run['megapixels']:.1f}",
            f"{run['looks']:.0f}",
            f"{run['seconds']:.2f}",
            f"{stored:.2f}",
            f"{run['stored_objects']:.0f}",
        )
    return table


def fit_table(fitted: Mapping[str, Any]) -> Table:
    table = Table("parameter", "value", title="Fitted")
    for name, value in fitted.items():
        table.add_row(name, f"{value:.4g}")
    return table


def main(
    rounds: Annotated[int, typer.Option(min=1, help="Runs of each size; the fastest counts.")] = 3,
    model: Annotated[Path, typer.Option(help="Folder of the model.")] = ROOT / "engine/models/fusenet-lite",
    out: Annotated[Path, typer.Option(help="JSON file to write.")] = ROOT / "build/bench/job_cost.json",
) -> None:
    start_decoder()
    objects = MemoryObjects()
    engine = RetryingEngine(Stylizer.load(model, "cpu"))
    engine.self_test()
    service = StylizeService(
        engine,
        objects,  # type: ignore[arg-type]  # get and put are all it calls
        processors=ProcessorPool(1),
        limits=Limits(max_pixels=25 * PIXELS_PER_MEGAPIXEL),
        signing_key=lambda: None,
        check=lambda ticket: None,  # type: ignore[arg-type]
        results_bucket="results",
        own_styles=lambda job_id, looks: (),
        new_attempt=lambda: "0",
    )
    cases = [(size_px, looks) for size_px in SIZES_PX for looks in LOOK_COUNTS]
    runs = [
        min((measure(service, objects, *case) for _ in range(rounds)), key=lambda run: run["seconds"])
        for case in track(cases, "tickets")
    ]
    fitted = fit(runs) | {"variant_bytes_per_photo": variant_bytes(SIZES_PX[-1])}
    print_tables(runs_table(runs), fit_table(fitted))
    write_json(out, {"machine": machine(), "rounds": rounds, "runs": runs, "fitted": fitted})


if __name__ == "__main__":
    typer.run(main)
