"""What the chain around the engine costs, on the local run.

    python -m benchmarks.service.chain [--photos 20] [--out build/bench/chain.json]        (make bench)

Overhead is the time from the end of an upload until the photo is READY, less the engine's own time, for
photos sent one after the other to a warm stack. Import times are those of fresh processes.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Annotated, Any

import psutil
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from local.aws.running import ROOT, running
from local.client.shop import Shop
from local.memory import Peak, watch_memory
from samples.uploads import make_samples

LOOKS = [{"styles": {style: 1.0}, "strength": 0.8} for style in ("oil", "watercolour", "cartoon")]
POLL_SECONDS = 0.02
WARM_UP = 4
HANDLERS = ("router", "thumbnailer", "recorder", "sweeper", "storefront")
GIVEN_UP_AFTER = 60.0
FIGURES = {"overhead_p50": 0.5, "import_slowest": 1.0, "peak_memory_gib": 4.0}
"""What is promised: seconds, seconds, GiB."""


def one_photo(shop: Shop, file: Path) -> dict[str, float]:
    """Send a photo and wait until it is READY; seconds by part."""
    order = shop.order(file, LOOKS)
    shop.upload(order, file)
    uploaded = time.monotonic()
    while True:
        view = shop.photo(order.photo_id)
        waited = time.monotonic() - uploaded
        if view["status"] == "READY":
            engine = float(view["timings"]["total"])
            return {"ready": waited, "engine": engine, "overhead": waited - engine}
        if view["status"] == "FAILED" or waited > GIVEN_UP_AFTER:
            raise SystemExit(f"{file.name}: {view['status']} {view['failure']}")
        time.sleep(POLL_SECONDS)


def measure_chain(count: int) -> tuple[list[dict[str, float]], Peak]:
    with tempfile.TemporaryDirectory() as folder, running() as everything:
        files = make_samples(Path(folder))
        with Shop(everything.stack.api_url) as shop, watch_memory(everything.emulator.processes) as peak:
            for n in range(WARM_UP):
                one_photo(shop, files[n % len(files)])
            sent = [one_photo(shop, files[n % len(files)]) for n in track(range(count), description="photos")]
    return sent, peak


def import_seconds(folder: str) -> float:
    """Import the handler in a fresh process, three times; the quickest."""
    code = "import time; start = time.perf_counter(); import app; print(time.perf_counter() - start)"
    environment = os.environ | {"PYTHONPATH": str(ROOT / "layers/common")}
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT / "functions" / folder,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        for _ in range(3)
    ]
    return min(float(run.stdout) for run in runs)


def machine() -> dict[str, Any]:
    return {
        "cpu": _cpu(),
        "cores": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "python": platform.python_version(),
    }


def _cpu() -> str:
    described = Path("/proc/cpuinfo")
    lines = described.read_text().splitlines() if described.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def figures(sent: Sequence[dict[str, float]], peak: Peak, imports: dict[str, float]) -> dict[str, Any]:
    overheads = [each["overhead"] for each in sent]
    return {
        "machine": machine(),
        "photos": len(sent),
        "looks_each": len(LOOKS),
        "overhead_p50": median(overheads),
        "overhead_p90": quantiles(overheads, n=10)[-1],
        "ready_p50": median(each["ready"] for each in sent),
        "engine_p50": median(each["engine"] for each in sent),
        "import_seconds": imports,
        "import_slowest": max(imports.values()),
        "peak_memory_gib": peak.bytes / 2**30,
        "peak_processes": peak.processes,
        "each": sent,
    }


def table(result: dict[str, Any]) -> Table:
    shown = Table(title=f"The chain on {result['machine']['cpu']}, {result['machine']['cores']} cores")
    for column in ("figure", "measured", "promised"):
        shown.add_column(column, justify="left" if column == "figure" else "right")
    for name in (
        "overhead_p50",
        "overhead_p90",
        "ready_p50",
        "engine_p50",
        "import_slowest",
        "peak_memory_gib",
    ):
        promised = f"≤ {FIGURES[name]:g}" if name in FIGURES else ""
        shown.add_row(name, f"{result[name]:.3f}", promised)
    for handler, seconds in result["import_seconds"].items():
        shown.add_row(f"import {handler}", f"{seconds:.3f}", "≤ 1")
    return shown


def main(
    photos: Annotated[int, typer.Option(min=2, help="Photos to send.")] = 20,
    out: Annotated[Path, typer.Option(help="Where the figures go.")] = ROOT / "build/bench/chain.json",
) -> None:
    imports = {handler: import_seconds(handler) for handler in HANDLERS}
    sent, peak = measure_chain(photos)
    result = figures(sent, peak, imports)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n")
    Console().print(table(result))


if __name__ == "__main__":
    typer.run(main)
