"""How much memory a family of processes takes."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil

SAMPLE_SECONDS = 0.2


@dataclass
class Peak:
    """Bytes of resident memory, summed over all processes; shared pages count once for each of them."""

    bytes: int = 0
    processes: int = 0


@contextmanager
def watch_memory(family: Callable[[], Iterable[psutil.Process]]) -> Iterator[Peak]:
    """Sample `family` and this process in the background until the block ends."""
    peak, done = Peak(), threading.Event()

    def sample() -> None:
        while not done.wait(SAMPLE_SECONDS):
            _keep_highest(peak, [psutil.Process(os.getpid()), *family()])

    watcher = threading.Thread(target=sample, name="memory", daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def _keep_highest(peak: Peak, processes: list[psutil.Process]) -> None:
    total = resident_bytes(processes)
    if total > peak.bytes:
        peak.bytes, peak.processes = total, len(processes)


def resident_bytes(processes: Iterable[psutil.Process]) -> int:
    total = 0
    for process in processes:
        with suppress(psutil.Error):
            total += process.memory_info().rss
    return total
