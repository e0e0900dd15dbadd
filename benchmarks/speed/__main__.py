"""Time and memory of one picture: our network and the public small models, interleaved in one process.

    python -m benchmarks.speed [--sides 512,1024,4096] [--threads 1] [--rounds 3] [--no-memory]
                               [--large-baseline] --out F.json

A *net* row is conditioning maps and network on tensors at full size; a *picture* row is everything from image
to image, for ours at its working size with the change added to the full photo. `times`: how many times faster
than the 26-style net in the same runtime. Peak memory is that of a fresh process that does it once.
`differs`: the largest and the mean difference to torch in fp32, in 1/255.

The default run takes less than ten minutes on two busy cores and less than 4 GB. Above 2048 px it leaves out
the *net* rows and the 26-style picture, which needs more than 12 GB at 4096 px (`--large-baseline` runs it).
At 2048 px the 26-style net needs 3.4 GB and minutes, so that side is not among the default ones. Several
threads take many times longer on a busy machine, so the default is one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

import typer
from rich.progress import track
from rich.table import Table

from style_engine.commands.options import MODEL
from style_engine.network.export import export_onnx

from ..shared.machine import machine
from ..shared.report import print_tables, write_json
from .measure import add_speedups, in_fresh_process, measure_differences, peak_megabytes, time_runners
from .runners import BASELINE_MAX_SIDE_PX, MULTISTYLE_PICTURE, RunnerFactory, names_at

DIFFERENCES_SIDE_PX: Final = 512
LEFT_OUT_NOTE: Final = (
    f"{MULTISTYLE_PICTURE}: left out above {BASELINE_MAX_SIDE_PX} px, where it needs more than 12 GB "
    "(--large-baseline runs it)"
)


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


def main(  # noqa: PLR0917 - a command line has as many options as it has
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    sides: Annotated[str, typer.Option(help="Sides of the squares, px.")] = "512,1024,4096",
    threads: Annotated[str, typer.Option(help="Numbers of CPU threads.")] = "1",
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
