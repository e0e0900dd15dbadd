"""Time, peak memory and differences of the runners.

In a module of its own, because a spawned process cannot import functions from a package's `__main__`.
"""

import multiprocessing as mp
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import torch
from rich.progress import track

from .runners import BASELINE_OF, Runner, RunnerFactory

Rows = dict[str, dict[str, float]]
"""Runner → its figures."""


@torch.inference_mode()
def time_runners(factory: RunnerFactory, names: list[str], rounds: int, label: str) -> Rows:
    """Median wall-clock and processor ms; every round runs each once, the first one is not counted."""
    runners = {name: factory.build(name) for name in names}
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for _ in track(range(rounds + 1), label):
        for name, run in runners.items():
            samples[name].append(_time_ms(run))
    return {
        name: {"ms": median(wall for wall, _ in taken[1:]), "cpu_ms": median(cpu for _, cpu in taken[1:])}
        for name, taken in samples.items()
    }


def _time_ms(run: Runner) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)


@torch.inference_mode()
def peak_megabytes(model: Path, onnx: Path, side: int, name: str) -> float:
    """Peak resident memory of this process after one run."""
    RunnerFactory(model, onnx, side, 1).build(name)()
    return resident_peak_mib()


def resident_peak_mib() -> float:
    """Of this process so far.

    From /proc, where Linux keeps it for each program: `ru_maxrss` starts at the parent process's value.
    """
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def in_fresh_process(work: Callable[..., float], *arguments: Any) -> float:
    with ProcessPoolExecutor(1, mp_context=mp.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


@torch.inference_mode()
def measure_differences(factory: RunnerFactory) -> dict[str, tuple[float, float]]:
    """Runtime of our network → its largest and mean difference to torch in fp32, in 1/255."""
    names = [name for name in BASELINE_OF if name.startswith("limner net")]
    pictures = {name: torch.as_tensor(factory.build(name)()) for name in names}
    reference = pictures[names[0]]
    differences = {name: 255 * (picture - reference).abs() for name, picture in pictures.items()}
    return {name: (float(each.max()), float(each.mean())) for name, each in differences.items()}


def add_speedups(rows: Rows) -> Rows:
    """Add `times` and `cpu_times`: the baseline's ms in the same runtime, where it ran, over the row's."""
    for name, row in rows.items():
        baseline = rows.get(BASELINE_OF[name] or "")
        if baseline:
            row |= {"times": baseline["ms"] / row["ms"], "cpu_times": baseline["cpu_ms"] / row["cpu_ms"]}
    return rows
