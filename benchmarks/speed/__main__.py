"""Time and memory of one picture: our network and the public small models, interleaved in one process.

    python -m benchmarks.speed [--sides 512,1024,4096] [--threads 1,2] [--rounds 3] [--no-memory]
                               [--large-baseline] --out F.json

A *net* row is conditioning maps and network on tensors at full size; a *picture* row is everything from image
to image, for ours at its working size with the change added to the full photo. `times`: how many times faster
than the 26-style net in the same runtime. Peak memory is that of a fresh process that does it once.
`differs`: the largest and the mean difference to torch in fp32, in 1/255.

The default run takes less than ten minutes on two busy cores and less than 4 GB. Above 2048 px it leaves out
the *net* rows and the 26-style picture, which needs more than 12 GB at 4096 px (`--large-baseline` runs it).
At 2048 px the 26-style net needs 3.4 GB and minutes, so that side is not among the default ones.
"""

import multiprocessing as mp
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

import numpy as np
import torch
import typer
from PIL import Image
from rich.progress import track
from rich.table import Table
from torch import Tensor

from style_engine.__main__ import MODEL
from style_engine.network.model import load_model
from style_engine.network.styles import load_catalogue

from ..quality.cases import paint, to_image
from ..shared.baselines import MULTISTYLE_COUNT, Baselines
from ..shared.machine import machine
from ..shared.report import print_tables, write_json
from .runtimes import (
    MULTISTYLE_ONNX,
    ChannelsLastNet,
    ConditionedNet,
    MultistyleNet,
    OnnxRuntimeNet,
    export_onnx,
    make_inputs,
    open_session,
)

NET_MAX_SIDE_PX: Final = 2048  # a whole network at full size takes gigabytes beyond it
BASELINE_MAX_SIDE_PX: Final = 2048
MULTISTYLE_PICTURE: Final = "26-style picture"
LEFT_OUT_NOTE: Final = (
    f"{MULTISTYLE_PICTURE}: left out above {BASELINE_MAX_SIDE_PX} px, where it needs more than 12 GB "
    "(--large-baseline runs it)"
)
STYLE_NUMBER: Final = 7  # of the 26 styles
DIFFERENCES_SIDE_PX: Final = 512
BASELINE_OF: Final = {
    "limner net, torch": "26-style net, torch",
    "limner net, torch channels last": "26-style net, torch",
    "limner net, torch bf16": "26-style net, torch",
    "limner net, ONNX Runtime": "26-style net, ONNX Runtime",
    "limner picture": MULTISTYLE_PICTURE,
    "Magenta int8 picture": MULTISTYLE_PICTURE,
    "26-style net, torch": None,
    "26-style net, ONNX Runtime": None,
    MULTISTYLE_PICTURE: None,
}
"""Every runner, and the one of the 26-style net in the same runtime."""
Runner = Callable[[], Tensor | Image.Image]
Rows = dict[str, dict[str, float]]
"""Runner → its figures."""


class RunnerFactory:
    """Builds the runners of one side and one number of threads; a runner paints one picture in each call."""

    def __init__(self, model: Path, onnx: Path, side: int, threads: int) -> None:
        torch.set_num_threads(threads)
        self.model = load_model(model)
        self.style = next(iter(load_catalogue(model / "styles").values()))
        self.onnx, self.threads = onnx, threads
        self.inputs = make_inputs(side, self.style.vector)
        self.photo = to_image(self.inputs[0])

    def build(self, name: str) -> Runner:
        builders: dict[str, Callable[[], Runner]] = {
            "limner net, torch": lambda: partial(ConditionedNet(self.model.net), *self.inputs),
            "limner net, torch channels last": lambda: self._channels_last(torch.float32),
            "limner net, torch bf16": lambda: self._channels_last(torch.bfloat16),
            "limner net, ONNX Runtime": lambda: partial(
                OnnxRuntimeNet(self.onnx, self.threads), *self.inputs
            ),
            "26-style net, torch": lambda: partial(MultistyleNet(), self.inputs[0], STYLE_NUMBER),
            "26-style net, ONNX Runtime": self._multistyle_in_onnx_runtime,
            "limner picture": lambda: partial(paint, self.model, self.style, self.photo, 1.0),
            "Magenta int8 picture": lambda: partial(Baselines(self.threads).magenta, self.photo, self.photo),
            MULTISTYLE_PICTURE: lambda: partial(Baselines(self.threads).multistyle, self.photo, STYLE_NUMBER),
        }
        return builders[name]()

    def _channels_last(self, dtype: torch.dtype) -> Runner:
        return partial(ChannelsLastNet(self.model.net, dtype), *self.inputs)

    def _multistyle_in_onnx_runtime(self) -> Runner:
        weights = np.eye(MULTISTYLE_COUNT, dtype=np.float32)[STYLE_NUMBER]
        feeds = {"image": self.inputs[0].numpy(), "style_weights": weights}
        session = open_session(MULTISTYLE_ONNX, self.threads)
        return lambda: torch.from_numpy(session.run(None, feeds)[0])


def names_at(side: int, large_baseline: bool = False) -> list[str]:
    """The runners at this side, without those that need too much memory."""
    return [
        name
        for name in BASELINE_OF
        if (side <= NET_MAX_SIDE_PX or "picture" in name)
        and (large_baseline or side <= BASELINE_MAX_SIDE_PX or name != MULTISTYLE_PICTURE)
    ]


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
    """Peak resident memory of this process after one run.

    From /proc, where Linux keeps it for each program: `ru_maxrss` starts at the parent process's value.
    """
    RunnerFactory(model, onnx, side, 1).build(name)()
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


def timings_table(result: Mapping[str, Any]) -> Table:
    table = Table("", "side", "threads", "ms", "CPU ms", "times", "times, CPU", "peak MB", "differs")
    for timing in result["timings"]:
        for name, row in timing["rows"].items():
            difference = result["differences"].get(name)
            table.add_row(
                name, str(timing["side"]), str(timing["threads"]), f"{row['ms']:.0f}", f"{row['cpu_ms']:.0f}",
                *(f"{row[ratio]:.2f}×" if ratio in row else "" for ratio in ("times", "cpu_times")),
                f"{row['peak_mb']:.0f}" if "peak_mb" in row else "",
                f"{difference[0]:.3f} {difference[1]:.4f}" if difference else "",
            )  # fmt: skip
        table.add_section()
    if any(MULTISTYLE_PICTURE not in timing["rows"] for timing in result["timings"]):
        table.caption = LEFT_OUT_NOTE
    return table


@dataclass(frozen=True)
class SpeedPlan:
    """`sides` in px; `large_baseline` runs the 26-style net above BASELINE_MAX_SIDE_PX too."""

    sides: list[int]
    threads: list[int]
    rounds: int
    memory: bool
    large_baseline: bool


def measure_timings(model: Path, onnx: Path, plan: SpeedPlan) -> Iterator[dict[str, Any]]:
    """Rows by runner for every side and number of threads; memory at the first number of threads."""
    for side in plan.sides:
        for threads in plan.threads:
            label = f"{side} px, threads: {threads}"
            names = names_at(side, plan.large_baseline)
            factory = RunnerFactory(model, onnx, side, threads)
            rows = add_speedups(time_runners(factory, names, plan.rounds, label))
            if plan.memory and threads == plan.threads[0]:
                for name in track(names, f"{side} px, memory"):
                    rows[name]["peak_mb"] = in_fresh_process(peak_megabytes, model, onnx, side, name)
            yield {"side": side, "threads": threads, "rows": rows}


def main(  # noqa: PLR0917 - a command line has as many options as it has
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    sides: Annotated[str, typer.Option(help="Sides of the squares, px.")] = "512,1024,4096",
    threads: Annotated[str, typer.Option(help="Numbers of CPU threads.")] = "1,2",
    rounds: Annotated[int, typer.Option(help="Timed runs of each, after one to warm up.", min=1)] = 3,
    memory: Annotated[bool, typer.Option(help="Measure peak memory too.")] = True,
    large_baseline: Annotated[
        bool,
        typer.Option(
            "--large-baseline",
            help=f"Run the 26-style net above {BASELINE_MAX_SIDE_PX} px too, where it needs more than 12 GB.",
        ),
    ] = False,
    folder: Annotated[Path, typer.Option("--model", help="Model folder.")] = MODEL,
) -> None:
    """Measure time and memory of one picture. By default the 26-style net is left out at 4096 px."""
    plan = SpeedPlan(_parse_numbers(sides), _parse_numbers(threads), rounds, memory, large_baseline)
    with TemporaryDirectory() as scratch:
        onnx = Path(scratch) / "limner.onnx"
        factory = RunnerFactory(folder, onnx, DIFFERENCES_SIDE_PX, 1)
        export_onnx(factory.model.net, onnx)
        result = {
            "machine": machine(),
            "model": [factory.model.name, factory.model.version],
            "differences": measure_differences(factory),
            "timings": list(measure_timings(folder, onnx, plan)),
        }
    write_json(out, result)
    print_tables(timings_table(result))


def _parse_numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    typer.run(main)
