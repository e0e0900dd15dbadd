"""Every file of a folder through the intake, each in a worker process bounded in time and memory.

    python -m benchmarks.service.odd_inputs FOLDER --out odd-inputs.json [--variants]

Each is opened and its metadata are read, as the functions do; their own worker hides why a file fails, so
this has one that tells. Prints the outcomes by code, the slowest and the largest, and what was not handled:
an exception other than a refusal, a lost worker, too much time or memory. Exit 1 if there is any.
`--variants` goes on to encode what was accepted, outside the figures.
"""

import argparse
import json
import multiprocessing as mp
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from PIL import AvifImagePlugin
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from limner.errors import PhotoRefused
from limner.images.intake import Limits, check_size, open_photo
from limner.images.provenance_reader import read_provenance
from limner.images.variants import encode_variants

SECONDS = 10.0
"""Of the processor, as the functions count them; by the clock it may be `PATIENCE` times as long."""
GRACE_SECONDS = 6
MEMORY = 2**30
VARIANTS_SECONDS = 60.0
ACCEPTED = "accepted"
TOO_SLOW = "unhandled: too slow"
_SHOWN = 8
_THREADS = 2  # as many as a function has; each takes address space from the gigabyte


@dataclass(frozen=True)
class Outcome:
    """`code` is "accepted", a refusal's code, or "unhandled: …"; memory is the worker's peak resident MB."""

    file: str
    code: str
    detail: str = ""
    seconds: float = 0.0
    megabytes: float = 0.0

    @property
    def is_unhandled(self) -> bool:
        return self.code.startswith("unhandled")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, help="one JSON object for each file")
    parser.add_argument("--variants", action="store_true")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    started = time.perf_counter()
    outcomes = sorted(_outcomes(options.folder, options.workers, options.variants), key=lambda o: o.file)
    report = _report(outcomes, time.perf_counter() - started)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(report, indent=1))
    _show(report)
    return 1 if report["unhandled"] else 0


def _outcomes(folder: Path, workers: int, variants: bool) -> Iterator[Outcome]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    context = mp.get_context("forkserver")
    context.set_forkserver_preload(
        ["limner.images.variants", "limner.images.intake", "rich.progress", "rich.table"]
    )
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(_in_worker, context, folder, path, variants) for path in files]
        done = as_completed(futures)
        for future in track(done, "files", len(files), console=Console(stderr=True)):
            yield future.result()


def _in_worker(context: "mp.context.ForkServerContext", folder: Path, path: Path, variants: bool) -> Outcome:
    name = str(path.relative_to(folder)).encode(errors="backslashreplace").decode()
    ours, theirs = context.Pipe(duplex=False)
    worker = context.Process(target=_work, args=(theirs, str(path), variants), daemon=True)
    worker.start()
    theirs.close()
    try:
        opened = _answer(ours, worker, name, SECONDS)
        if variants and opened.code == ACCEPTED:
            encoded = _answer(ours, worker, name, VARIANTS_SECONDS)
            return encoded if encoded.is_unhandled else opened
        return opened
    finally:
        worker.kill()
        worker.join()


def _answer(ours: Connection, worker: mp.process.BaseProcess, name: str, seconds: float) -> Outcome:
    """What the worker says; its first word is that it is ready, so that its start is not counted."""
    try:
        ours.recv()
        if not ours.poll(GRACE_SECONDS * seconds):
            return Outcome(name, TOO_SLOW, seconds=GRACE_SECONDS * seconds)
        code, detail, spent, peak = ours.recv()
    except EOFError:
        worker.join()
        return Outcome(name, "unhandled: worker lost", f"exit code {worker.exitcode}")
    return Outcome(name, code if spent <= seconds else TOO_SLOW, detail, round(spent, 4), round(peak, 1))


def _work(answer: Connection, path: str, variants: bool) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    AvifImagePlugin.DEFAULT_MAX_THREADS = _THREADS
    answer.send("ready")
    started = time.process_time()
    try:
        check_size(Path(path).stat().st_size, Limits())
        data = Path(path).read_bytes()
        image = open_photo(data, Limits())
        read_provenance(data)
    except PhotoRefused as refusal:
        starved = isinstance(refusal.__cause__, MemoryError)
        answer.send(_told("unhandled: memory" if starved else refusal.code, refusal.message, started))
        return
    except BaseException as error:  # anything else is what this looks for
        answer.send(_told(f"unhandled: {type(error).__name__}", str(error), started))
        return
    answer.send(_told(ACCEPTED, f"{image.mode} {image.width}×{image.height}", started))
    if variants:
        answer.send("ready")
        count = sum(1 for _ in encode_variants(image))
        answer.send(_told(ACCEPTED, f"{count} variants", started))


def _told(code: str, detail: str, started: float) -> tuple[str, str, float, float]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return str(code), detail, time.process_time() - started, peak


def _report(outcomes: list[Outcome], seconds: float) -> dict[str, Any]:
    return {
        "files": len(outcomes),
        "seconds": round(seconds, 1),
        "by_code": dict(Counter(outcome.code for outcome in outcomes).most_common()),
        "unhandled": sum(outcome.is_unhandled for outcome in outcomes),
        "slowest": [asdict(o) for o in sorted(outcomes, key=lambda o: -o.seconds)[:_SHOWN]],
        "largest": [asdict(o) for o in sorted(outcomes, key=lambda o: -o.megabytes)[:_SHOWN]],
        "outcomes": [asdict(outcome) for outcome in outcomes],
    }


def _show(report: dict[str, Any]) -> None:
    console = Console()
    counts = Table("outcome", "files", title=f"{report['files']} files in {report['seconds']} s")
    for code, count in report["by_code"].items():
        counts.add_row(code, str(count))
    console.print(counts)
    for title in ("slowest", "largest"):
        console.print(_table(title, report[title]))
    lost = [outcome for outcome in report["outcomes"] if outcome["code"].startswith("unhandled")]
    if lost:
        console.print(_table("unhandled", lost))
    console.print(f"unhandled: {report['unhandled']}")


def _table(title: str, outcomes: list[dict[str, Any]]) -> Table:
    table = Table("file", "outcome", "detail", "seconds", "MB", title=title)
    for o in outcomes:
        table.add_row(
            escape(o["file"]), o["code"], escape(o["detail"]), f"{o['seconds']:.2f}", f"{o['megabytes']:.0f}"
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
