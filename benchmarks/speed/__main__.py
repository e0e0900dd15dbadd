"""What a picture costs: ours and the public small models, interleaved in one process.

    python -m benchmarks.speed [--sides 512,1024] [--threads 1] [--rounds 5] [--no-memory] --out F.json

A *net* row is guides and net on tensors at full size; a *picture* row is the whole way from image to image,
for ours at its working size with the change laid over the full photo. `times`: so many times faster than the
26-style net in the same runtime. Peak memory is that of a fresh process that does it once. `differs`: the
greatest and the mean difference to torch in fp32, in 1/255.
"""

import json
import multiprocessing as mp
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

import numpy as np
import torch
import typer
from PIL import Image
from rich.console import Console
from rich.progress import track
from rich.table import Table
from torch import Tensor

from style_engine.__main__ import MODEL
from style_engine.network.model import load_model
from style_engine.network.styles import load_catalogue

from ..quality.cases import painted, to_image
from ..service.chain import machine
from ..shared.baselines import STYLES, Baselines
from .runtimes import MULTISTYLE, ChannelsLast, InOnnxRuntime, Multistyle, Painter, export, inputs, session

LARGEST_NET: Final = 2048  # px; beyond it a whole net at full size takes gigabytes
NUMBER: Final = 7  # of the 26 styles
BASELINE_OF: Final = {
    "limner net, torch": "26-style net, torch",
    "limner net, torch channels last": "26-style net, torch",
    "limner net, torch bf16": "26-style net, torch",
    "limner net, ONNX Runtime": "26-style net, ONNX Runtime",
    "limner picture": "26-style picture",
    "Magenta int8 picture": "26-style picture",
    "26-style net, torch": None,
    "26-style net, ONNX Runtime": None,
    "26-style picture": None,
}
"""Every runner, and the one of the 26-style net in the same runtime."""
Runner = Callable[[], Tensor | Image.Image]


class Bench:
    """Builds runners of one side and one number of threads; each runs its net once a call."""

    def __init__(self, model: Path, onnx: Path, side: int, threads: int) -> None:
        torch.set_num_threads(threads)
        self.model = load_model(model)
        self.style = next(iter(load_catalogue(model / "styles").values()))
        self.onnx, self.threads = onnx, threads
        self.inputs = inputs(side, self.style.vector)
        self.photo = to_image(self.inputs[0])

    def runner(self, name: str) -> Runner:
        build: dict[str, Callable[[], Runner]] = {
            "limner net, torch": lambda: partial(Painter(self.model.net), *self.inputs),
            "limner net, torch channels last": lambda: self._channels_last(torch.float32),
            "limner net, torch bf16": lambda: self._channels_last(torch.bfloat16),
            "limner net, ONNX Runtime": lambda: partial(InOnnxRuntime(self.onnx, self.threads), *self.inputs),
            "26-style net, torch": lambda: partial(Multistyle(), self.inputs[0], NUMBER),
            "26-style net, ONNX Runtime": self._multistyle_in_onnx,
            "limner picture": lambda: partial(painted, self.model, self.style, self.photo, 1.0),
            "Magenta int8 picture": lambda: partial(Baselines(self.threads).magenta, self.photo, self.photo),
            "26-style picture": lambda: partial(Baselines(self.threads).multistyle, self.photo, NUMBER),
        }
        return build[name]()

    def _channels_last(self, kind: torch.dtype) -> Runner:
        return partial(ChannelsLast(self.model.net, kind), *self.inputs)

    def _multistyle_in_onnx(self) -> Runner:
        weights = np.eye(STYLES, dtype=np.float32)[NUMBER]
        fed = {"image": self.inputs[0].numpy(), "style_weights": weights}
        ready = session(MULTISTYLE, self.threads)
        return lambda: torch.from_numpy(ready.run(None, fed)[0])


def names_at(side: int) -> list[str]:
    return [name for name in BASELINE_OF if side <= LARGEST_NET or "picture" in name]


@torch.inference_mode()
def timed(bench: Bench, names: list[str], rounds: int, label: str) -> dict[str, dict[str, float]]:
    """Median ms on the clock and of the processor, one run of each in every round."""
    runners = {name: bench.runner(name) for name in names}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for _ in track(range(rounds + 1), description=label):
        for name, run in runners.items():
            taken[name].append(_ms(run))
    return {
        name: {"ms": median(wall for wall, _ in each[1:]), "cpu_ms": median(cpu for _, cpu in each[1:])}
        for name, each in taken.items()
    }


def _ms(run: Runner) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)


@torch.inference_mode()
def peak_megabytes(model: Path, onnx: Path, side: int, name: str) -> float:
    """Peak resident memory of this process after one run.

    From /proc, as Linux keeps it for each program: `ru_maxrss` begins with what the parent process had.
    """
    Bench(model, onnx, side, 1).runner(name)()
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def in_fresh_process(work: Callable[..., float], *given: Any) -> float:
    with ProcessPoolExecutor(1, mp_context=mp.get_context("spawn")) as pool:
        return pool.submit(work, *given).result()


@torch.inference_mode()
def differences(bench: Bench) -> dict[str, tuple[float, float]]:
    """Of each way to run our net to torch in fp32: greatest and mean, in 1/255."""
    ways = [name for name in BASELINE_OF if name.startswith("limner net")]
    pictures = {name: torch.as_tensor(bench.runner(name)()) for name in ways}
    gaps = {name: 255 * (picture - pictures[ways[0]]).abs() for name, picture in pictures.items()}
    return {name: (float(gap.max()), float(gap.mean())) for name, gap in gaps.items()}


def with_standing(rows: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Adds `times` and `cpu_times`: how many times faster than the peer in the same runtime."""
    for name, row in rows.items():
        baseline = BASELINE_OF[name]
        if baseline:
            row |= {
                "times": rows[baseline]["ms"] / row["ms"],
                "cpu_times": rows[baseline]["cpu_ms"] / row["cpu_ms"],
            }
    return rows


def table(result: Mapping[str, Any]) -> Table:
    shown = Table("", "side", "threads", "ms", "CPU ms", "times", "times, CPU", "peak MB", "differs")
    for at in result["timings"]:
        for name, row in at["rows"].items():
            gap = result["differences"].get(name)
            shown.add_row(
                name, str(at["side"]), str(at["threads"]), f"{row['ms']:.0f}", f"{row['cpu_ms']:.0f}",
                *(f"{row[each]:.2f}×" if each in row else "" for each in ("times", "cpu_times")),
                f"{row['peak_mb']:.0f}" if "peak_mb" in row else "",
                f"{gap[0]:.3f} {gap[1]:.4f}" if gap else "",
            )  # fmt: skip
        shown.add_section()
    return shown


def timings(
    files: tuple[Path, Path], sides: list[int], threads: list[int], rounds: int, memory: bool
) -> Iterator[dict[str, Any]]:
    """Model folder and ONNX file → rows by runner for every side and number of threads."""
    for side in sides:
        for count in threads:
            label = f"{side} px, threads: {count}"
            rows = with_standing(timed(Bench(*files, side, count), names_at(side), rounds, label))
            for name, row in rows.items():
                if memory and count == threads[0]:
                    row["peak_mb"] = in_fresh_process(peak_megabytes, *files, side, name)
            yield {"side": side, "threads": count, "rows": rows}


def main(  # noqa: PLR0917 - a command line has as many options as it has
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    sides: Annotated[str, typer.Option(help="px of the squares.")] = "512,1024,2048,4096",
    threads: Annotated[str, typer.Option(help="CPU threads.")] = "1,2",
    rounds: Annotated[int, typer.Option(help="Runs of each, after one to warm up.", min=1)] = 5,
    memory: Annotated[bool, typer.Option(help="Peak memory too.")] = True,
    folder: Annotated[Path, typer.Option("--model", help="Model folder.")] = MODEL,
) -> None:
    with TemporaryDirectory() as scratch:
        onnx = Path(scratch) / "limner.onnx"
        bench = Bench(folder, onnx, 512, 1)
        export(bench.model.net, onnx)
        plan = (_numbers(sides), _numbers(threads), rounds, memory)
        result = {
            "machine": machine(),
            "model": [bench.model.name, bench.model.version],
            "differences": differences(bench),
            "timings": list(timings((folder, onnx), *plan)),
        }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    Console().print(table(result))


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    typer.run(main)
