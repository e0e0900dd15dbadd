"""Every file of a folder through the photo intake, each in a worker process bounded in time and memory.

    python -m benchmarks.service.odd_inputs FOLDER --out odd-inputs.json [--variants]

A file is opened and its metadata are read, as the functions do. The functions' own worker hides why a file
fails, so this module has a worker that reports the exception. Prints the outcomes by code, the slowest and
the largest, and what was not handled: an exception other than a refusal, a lost worker, too much time or
memory. Exit status 1 if there is any. `--variants` also encodes what was accepted, outside the figures.
"""

import multiprocessing as mp
import os
import resource
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import AvifImagePlugin
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from photo_files.errors import FileRefused
from photo_files.intake import Limits, check_size, open_photo
from photo_files.metadata.provenance_reader import read_provenance
from photo_files.variants import encode_variants

from ..shared.report import print_tables, write_json

INTAKE_CPU_SECONDS = 10.0
VARIANTS_CPU_SECONDS = 60.0
WALL_TIME_FACTOR = 6  # wall-clock limit as a multiple of the processor-time limit
MEMORY_BYTES = 2**30
DECODER_THREADS = 2  # as many as a function has; each takes address space from the gigabyte
SHOWN_FILES = 8
ACCEPTED = "accepted"
UNHANDLED = "unhandled"
TOO_SLOW = f"{UNHANDLED}: too slow"
READY = "ready"
Answer = tuple[str, str, float, float]
"""Code, detail, seconds of processor time, peak resident MB."""


@dataclass(frozen=True)
class IntakeOutcome:
    """`code` is "accepted", a refusal's code, or "unhandled: …"; `megabytes` is the worker's peak memory."""

    file: str
    code: str
    detail: str = ""
    seconds: float = 0.0
    megabytes: float = 0.0

    @property
    def is_unhandled(self) -> bool:
        return self.code.startswith(UNHANDLED)


def main(
    folder: Annotated[Path, typer.Argument(help="Folder of files; subfolders are searched.", exists=True)],
    out: Annotated[Path | None, typer.Option(help="JSON file to write.")] = None,
    variants: Annotated[bool, typer.Option("--variants", help="Also encode what was accepted.")] = False,
    workers: Annotated[int, typer.Option(help="Files at the same time.")] = os.cpu_count() or 1,
) -> None:
    """Pass every file of a folder through the photo intake; exit status 1 if one is not handled."""
    started_at = time.perf_counter()
    outcomes = sorted(check_files(folder, workers, variants), key=lambda outcome: outcome.file)
    report = summarise(outcomes, time.perf_counter() - started_at)
    if out:
        write_json(out, report)
    _print(report)
    raise typer.Exit(1 if report["unhandled"] else 0)


def check_files(folder: Path, workers: int, variants: bool) -> Iterator[IntakeOutcome]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    context = mp.get_context("forkserver")
    context.set_forkserver_preload(
        ["photo_files.variants", "photo_files.intake", "rich.progress", "rich.table"]
    )
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(_check_file, context, folder, path, variants) for path in files]
        done = as_completed(futures)
        for future in track(done, "files", len(files), console=Console(stderr=True)):
            yield future.result()


def _check_file(
    context: "mp.context.ForkServerContext", folder: Path, path: Path, variants: bool
) -> IntakeOutcome:
    name = str(path.relative_to(folder)).encode(errors="backslashreplace").decode()
    receiver, sender = context.Pipe(duplex=False)
    worker = context.Process(target=_work, args=(sender, str(path), variants), daemon=True)
    worker.start()
    sender.close()
    try:
        opened = _receive(receiver, worker, name, INTAKE_CPU_SECONDS)
        if variants and opened.code == ACCEPTED:
            encoded = _receive(receiver, worker, name, VARIANTS_CPU_SECONDS)
            return encoded if encoded.is_unhandled else opened
        return opened
    finally:
        worker.kill()
        worker.join()


def _receive(
    receiver: Connection, worker: mp.process.BaseProcess, name: str, cpu_seconds: float
) -> IntakeOutcome:
    """The worker's answer. It first sends READY, so that its start is not counted."""
    wall_seconds = WALL_TIME_FACTOR * cpu_seconds
    try:
        receiver.recv()
        if not receiver.poll(wall_seconds):
            return IntakeOutcome(name, TOO_SLOW, seconds=wall_seconds)
        code, detail, spent, peak = receiver.recv()
    except EOFError:
        worker.join()
        return IntakeOutcome(name, f"{UNHANDLED}: worker lost", f"exit code {worker.exitcode}")
    return IntakeOutcome(
        name, code if spent <= cpu_seconds else TOO_SLOW, detail, round(spent, 4), round(peak, 1)
    )


def _work(sender: Connection, path: str, variants: bool) -> None:
    """The worker process: send READY and an Answer, twice with `variants`."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    AvifImagePlugin.DEFAULT_MAX_THREADS = DECODER_THREADS
    sender.send(READY)
    started_at = time.process_time()
    try:
        check_size(Path(path).stat().st_size, Limits())
        data = Path(path).read_bytes()
        image = open_photo(data, Limits())
        read_provenance(data)
    except FileRefused as refusal:
        out_of_memory = isinstance(refusal.__cause__, MemoryError)
        code = f"{UNHANDLED}: memory" if out_of_memory else refusal.code
        sender.send(_answer(code, refusal.message, started_at))
        return
    except BaseException as error:  # any other exception is a finding
        sender.send(_answer(f"{UNHANDLED}: {type(error).__name__}", str(error), started_at))
        return
    sender.send(_answer(ACCEPTED, f"{image.mode} {image.width}×{image.height}", started_at))
    if variants:
        sender.send(READY)
        count = sum(1 for _ in encode_variants(image))
        sender.send(_answer(ACCEPTED, f"{count} variants", started_at))


def _answer(code: str, detail: str, started_at: float) -> Answer:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return str(code), detail, time.process_time() - started_at, peak


def summarise(outcomes: list[IntakeOutcome], seconds: float) -> dict[str, Any]:
    slowest = sorted(outcomes, key=lambda outcome: -outcome.seconds)
    largest = sorted(outcomes, key=lambda outcome: -outcome.megabytes)
    return {
        "files": len(outcomes),
        "seconds": round(seconds, 1),
        "by_code": dict(Counter(outcome.code for outcome in outcomes).most_common()),
        "unhandled": sum(outcome.is_unhandled for outcome in outcomes),
        "slowest": [asdict(outcome) for outcome in slowest[:SHOWN_FILES]],
        "largest": [asdict(outcome) for outcome in largest[:SHOWN_FILES]],
        "outcomes": [asdict(outcome) for outcome in outcomes],
    }


def _print(report: dict[str, Any]) -> None:
    counts = Table("outcome", "files", title=f"{report['files']} files in {report['seconds']} s")
    for code, count in report["by_code"].items():
        counts.add_row(code, str(count))
    print_tables(counts, *(_files_table(title, report[title]) for title in ("slowest", "largest")))
    unhandled = [outcome for outcome in report["outcomes"] if outcome["code"].startswith(UNHANDLED)]
    if unhandled:
        print_tables(_files_table(UNHANDLED, unhandled))
    Console().print(f"{UNHANDLED}: {report['unhandled']}")


def _files_table(title: str, outcomes: list[dict[str, Any]]) -> Table:
    table = Table("file", "outcome", "detail", "seconds", "MB", title=title)
    for outcome in outcomes:
        table.add_row(
            escape(outcome["file"]), outcome["code"], escape(outcome["detail"]),
            f"{outcome['seconds']:.2f}", f"{outcome['megabytes']:.0f}",
        )  # fmt: skip
    return table


if __name__ == "__main__":
    typer.run(main)
