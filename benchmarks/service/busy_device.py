"""How busy the device is, and from how many ms a batch on it is the bottleneck: stages with timed work.

    python -m benchmarks.service.busy_device [--processors 4] [--work-ms 200] [--marks-ms 0] [--seconds 10]

The container's service, its stages, queues and batches, in this process and with objects in memory. Device
and processors are stand-ins: the device takes a given time for a batch, and so do enhancing, marks and
composing of a look in a pool of as many threads as the instance has processors. A small photo is decoded and
encoded, which on a busy machine counts too. Callers send a ticket as soon as the last one is answered.
"""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import typer
from PIL.Image import Image
from rich.progress import track
from rich.table import Table

from limner.contracts import StylizeTicket
from limner.intake import Limits, start_decoder
from limner.looks import Look
from limner.photos import Source
from server.processor_pool import ProcessorPool
from server.retrying_engine import RetryingEngine
from server.service import StylizeService
from server.tickets import MAX_CONCURRENT_TICKETS
from style_engine.painting.network_pass import GPU_BATCH_SIZE

from ..shared.machine import machine
from ..shared.report import print_tables, write_json
from .fairness.timed_stylizer import unchanged
from .job_cost import MemoryObjects, photo_of

ROOT = Path(__file__).resolve().parents[2]
BATCH_MILLISECONDS = (1, 5, 10, 20, 50, 100, 200, 400, 800, 1600)
LOOKS = (Look(styles={"oil": 1.0}), Look(styles={"watercolour": 1.0}))
PHOTO_SIZE_PX = (64, 48)
BUSY_SHARE = 0.9
"""From which on the device counts as the bottleneck."""


@dataclass(frozen=True)
class _Painted:
    photo: Image
    look: Any
    work_seconds: float
    marks_seconds: float

    def finish(self, *, explained: bool) -> "_Painted":
        time.sleep(self.marks_seconds)
        return self

    def compose(self) -> SimpleNamespace:
        time.sleep(self.work_seconds)
        return unchanged(self.photo, self.look)


class TimedEngine:
    """Half of a look's `work_seconds` is before the device, half behind it, after its `marks_seconds`."""

    model = SimpleNamespace(name="timed")
    version = "1"

    def __init__(self, work_seconds: float, marks_seconds: float) -> None:
        self._work_seconds, self._marks_seconds = work_seconds, marks_seconds
        self.batch_seconds = 0.0

    def prepare(self, photo: Image, looks: Sequence[Any]) -> Image:
        time.sleep(len(looks) * self._work_seconds / 2)
        return photo

    def paint_together(self, requests: Sequence[tuple[Image, Any]]) -> list[_Painted]:
        time.sleep(self.batch_seconds)
        return [
            _Painted(photo, look, self._work_seconds / 2, self._marks_seconds) for photo, look in requests
        ]


@dataclass(frozen=True)
class Run:
    batch_milliseconds: float
    tickets_per_second: float
    looks_per_batch: float
    device_busy_share: float


def measure(
    engine: RetryingEngine, service: StylizeService, upload: bytes, count: int, seconds: float
) -> tuple[float, ...]:
    """Tickets a second, looks a batch, the device's busy share."""
    end, done, numbers = time.monotonic() + seconds, [0], iter(range(1, 1 << 30))
    lock = threading.Lock()

    def call() -> None:
        while time.monotonic() < end:
            with lock:
                number = next(numbers)
            service(ticket_of(number, len(upload)))
            with lock:
                done[0] += 1

    device = engine.device
    before = (device.busy_seconds, device.batches, time.monotonic())
    with ThreadPoolExecutor(count) as callers:
        for caller in [callers.submit(call) for _ in range(count)]:
            caller.result()
    after = (device.busy_seconds, device.batches, time.monotonic())
    busy, batches, wall = (late - early for late, early in zip(after, before, strict=True))
    return done[0] / wall, done[0] * len(LOOKS) / batches, busy / wall


def ticket_of(number: int, nbytes: int) -> StylizeTicket:
    return StylizeTicket(
        job_id=f"main.{number:032x}.{'0' * 12}",
        photo=Source(bucket="uploads", key="photo", sequencer="0", bytes=nbytes),
        looks=LOOKS,
        model="measured",
    )


def service_of(engine: RetryingEngine, objects: MemoryObjects, processors: int) -> StylizeService:
    return StylizeService(
        engine,
        objects,  # type: ignore[arg-type]  # get and put are all it calls
        processors=ProcessorPool(processors),
        limits=Limits(),
        signing_key=lambda: None,
        check=lambda ticket: None,  # type: ignore[arg-type]
        results_bucket="results",
        own_styles=lambda job_id, looks: (),
        new_attempt=lambda: "0",
    )


def table_of(runs: Sequence[Run]) -> Table:
    table = Table("ms a batch", "tickets/s", "looks a batch", "device busy")
    for run in runs:
        table.add_row(
            f"{run.batch_milliseconds:g}",
            f"{run.tickets_per_second:.2f}",
            f"{run.looks_per_batch:.1f}",
            f"{run.device_busy_share:.0%}",
        )
    return table


def main(  # noqa: PLR0917 - a command line has as many options as it has
    processors: Annotated[int, typer.Option(min=1, help="Of the instance.")] = 4,
    work_ms: Annotated[float, typer.Option(help="Processor time of a look outside the device.")] = 200.0,
    marks_ms: Annotated[float, typer.Option(help="Processor time of a look's marks.")] = 0.0,
    callers: Annotated[int, typer.Option(min=1, help="Tickets at once.")] = MAX_CONCURRENT_TICKETS,
    seconds: Annotated[float, typer.Option(help="Of each run.")] = 10.0,
    out: Annotated[Path, typer.Option(help="JSON file to write.")] = ROOT / "build/bench/busy_device.json",
) -> None:
    start_decoder()
    upload, objects = photo_of(*PHOTO_SIZE_PX), MemoryObjects()
    timed = TimedEngine(work_ms / 1000, marks_ms / 1000)
    engine = RetryingEngine(timed, GPU_BATCH_SIZE)  # type: ignore[arg-type]
    service = service_of(engine, objects, processors)
    runs = []
    for milliseconds in track(BATCH_MILLISECONDS, "runs"):
        timed.batch_seconds = milliseconds / 1000
        objects.bodies = {"photo": upload}
        runs.append(Run(milliseconds, *measure(engine, service, upload, callers, seconds)))
    print_tables(table_of(runs))
    first = next((run.batch_milliseconds for run in runs if run.device_busy_share >= BUSY_SHARE), None)
    typer.echo(f"the device is the bottleneck from {first:g} ms a batch on" if first else "the device waits")
    options = {"processors": processors, "work_ms": work_ms, "marks_ms": marks_ms, "callers": callers}
    write_json(out, {"machine": machine(), **options, "runs": [asdict(run) for run in runs]})


if __name__ == "__main__":
    typer.run(main)
