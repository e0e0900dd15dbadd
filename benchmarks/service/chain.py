"""Overhead of the serverless chain around the engine, on the local stack.

    python -m benchmarks.service.chain [--photos 20] [--out build/bench/chain.json]        (make bench)

Overhead is the time from the end of an upload until the photo is READY, less the engine's own time, for
photos sent one after the other to a warm stack. Import times are those of fresh processes.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Annotated, Any

import typer
from rich.progress import track
from rich.table import Table

from local.aws.running import ROOT, running
from local.client.api_client import ApiClient
from local.memory import Peak, watch_memory
from samples.uploads import make_samples

from ..shared.machine import machine
from ..shared.report import print_tables, write_json

LOOKS = [{"styles": {style: 1.0}, "strength": 0.8} for style in ("oil", "watercolour", "cartoon")]
POLL_SECONDS = 0.02
READY_TIMEOUT_SECONDS = 60.0
WARM_UP_PHOTOS = 4
IMPORT_RUNS = 3
HANDLERS = ("router", "thumbnailer", "recorder", "sweeper", "authorizer", "storefront")
FIGURES = ("overhead_p50", "overhead_p90", "ready_p50", "engine_p50", "import_slowest", "peak_memory_gib")
TARGETS = {"overhead_p50": 0.5, "import_slowest": 1.0, "peak_memory_gib": 4.0}
"""Upper bounds in seconds, seconds and GiB."""


def time_photo(api: ApiClient, file: Path) -> dict[str, float]:
    """Upload a photo and wait until it is READY; seconds until ready, of the engine, and of the rest."""
    order = api.order(file, LOOKS)
    api.upload(order, file)
    uploaded_at = time.monotonic()
    while True:
        view = api.photo(order.photo_id)
        waited = time.monotonic() - uploaded_at
        if view["status"] == "READY":
            engine = float(view["timings"]["total"])
            return {"ready": waited, "engine": engine, "overhead": waited - engine}
        if view["status"] == "FAILED" or waited > READY_TIMEOUT_SECONDS:
            raise SystemExit(f"{file.name}: {view['status']} {view['failure']}")
        time.sleep(POLL_SECONDS)


def measure_chain(count: int) -> tuple[list[dict[str, float]], Peak]:
    """Seconds of each photo, and the stack's peak memory."""
    with tempfile.TemporaryDirectory() as folder, running() as system:
        files = make_samples(Path(folder))
        client = ApiClient(system.stack.api_url, system.api_key)
        with client as api, watch_memory(system.emulator.processes) as peak:
            for n in track(range(WARM_UP_PHOTOS), "warming up"):
                time_photo(api, files[n % len(files)])
            timings = [time_photo(api, files[n % len(files)]) for n in track(range(count), "photos")]
    return timings, peak


def import_seconds(handler: str) -> float:
    """Import the handler in IMPORT_RUNS fresh processes; the shortest time."""
    code = "import time; start = time.perf_counter(); import app; print(time.perf_counter() - start)"
    environment = os.environ | {"PYTHONPATH": str(ROOT / "layers/common")}
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT / "functions" / handler,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        for _ in range(IMPORT_RUNS)
    ]
    return min(float(run.stdout) for run in runs)


def summarise(timings: Sequence[dict[str, float]], peak: Peak, imports: dict[str, float]) -> dict[str, Any]:
    overheads = [timing["overhead"] for timing in timings]
    return {
        "machine": machine(),
        "photos": len(timings),
        "looks_each": len(LOOKS),
        "overhead_p50": median(overheads),
        "overhead_p90": quantiles(overheads, n=10)[-1],
        "ready_p50": median(timing["ready"] for timing in timings),
        "engine_p50": median(timing["engine"] for timing in timings),
        "import_seconds": imports,
        "import_slowest": max(imports.values()),
        "peak_memory_gib": peak.bytes / 2**30,
        "peak_processes": peak.processes,
        "each": timings,
    }


def figures_table(result: dict[str, Any]) -> Table:
    table = Table(title=f"The chain on {result['machine']['cpu']}, {result['machine']['cores']} cores")
    for column in ("figure", "measured", "target"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    for name in FIGURES:
        target = f"≤ {TARGETS[name]:g}" if name in TARGETS else ""
        table.add_row(name, f"{result[name]:.3f}", target)
    for handler, seconds in result["import_seconds"].items():
        table.add_row(f"import {handler}", f"{seconds:.3f}", f"≤ {TARGETS['import_slowest']:g}")
    return table


def main(
    photos: Annotated[int, typer.Option(min=2, help="Photos to send.")] = 20,
    out: Annotated[Path, typer.Option(help="JSON file to write.")] = ROOT / "build/bench/chain.json",
) -> None:
    """Measure the chain's overhead, the handlers' import times and the stack's memory."""
    imports = {handler: import_seconds(handler) for handler in track(HANDLERS, "imports")}
    timings, peak = measure_chain(photos)
    result = summarise(timings, peak, imports)
    write_json(out, result)
    print_tables(figures_table(result))


if __name__ == "__main__":
    typer.run(main)
