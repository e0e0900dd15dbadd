"""Resident memory of a process tree."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil

SAMPLE_INTERVAL_SECONDS = 0.2


@dataclass
class Peak:
    """Bytes of resident memory, summed over all processes; shared pages count once for each of them."""

    bytes: int = 0
    processes: int = 0


@contextmanager
def watch_memory(processes: Callable[[], Iterable[psutil.Process]]) -> Iterator[Peak]:
    """Sample the processes and this one in the background until the block ends."""
    peak, stopped = Peak(), threading.Event()

    def sample() -> None:
        while not stopped.wait(SAMPLE_INTERVAL_SECONDS):
            _update(peak, [psutil.Process(os.getpid()), *processes()])

    thread = threading.Thread(target=sample, name="memory", daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        stopped.set()
        thread.join()


def _update(peak: Peak, processes: list[psutil.Process]) -> None:
    total = resident_bytes(processes)
    if total > peak.bytes:
        peak.bytes, peak.processes = total, len(processes)


def resident_bytes(processes: Iterable[psutil.Process]) -> int:
    total = 0
    for process in processes:
        with suppress(psutil.Error):
            total += process.memory_info().rss
    return total
