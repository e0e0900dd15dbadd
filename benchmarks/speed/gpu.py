"""Time and memory of a picture on a GPU: ours and the 26-style net, in torch, one at a time and in batches.

    python -m benchmarks.speed.gpu [--sides 512,1024,2048] [--rounds 20] [--device cuda] --out F.json

A *net* row is conditioning maps and network on tensors already on the GPU; a *looks* row is everything from
one photo to eight pictures in `soft`, with masks, protection and gates, without enhancement and explanation.
ms are those of one picture; `times`: how many times faster than the 26-style net in the same
precision and batch size. The 26-style net has the memory format that is fastest on a CPU. Peak memory counts
all that is loaded.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice, product
from pathlib import Path
from statistics import median
from typing import Annotated, Any, Final

import torch
import typer
from PIL import Image, ImageOps
from rich.progress import track
from rich.table import Table
from skimage import data

from style_engine import Look, Stylizer
from style_engine.commands.options import MODEL
from style_engine.looks import Protection
from style_engine.painting.network_pass import GPU_BATCH_SIZE

from ..shared.machine import machine
from ..shared.report import print_tables, write_json
from .runners import STYLE_NUMBER
from .runtimes import ConditionedNet, MultistyleNet, make_inputs

PRECISIONS: Final = {"fp32": torch.float32, "fp16": torch.float16}
OURS, BASELINE, LOOKS = "limner net", "26-style net", "limner looks"
Row = dict[str, Any]


def measure_rows(stylizer: Stylizer, side: int, rounds: int) -> Iterator[Row]:
    for precision, batch_size in product(PRECISIONS, (1, GPU_BATCH_SIZE)):
        runners = build_nets(stylizer, side, precision, batch_size)
        figures = {name: _measure(stylizer, run, batch_size, rounds) for name, run in runners}
        for name, of_net in figures.items():
            times = {"times": figures[BASELINE]["ms"] / of_net["ms"]} if name == OURS else {}
            yield {"name": name, "kind": precision, "at_once": batch_size, "side": side, **of_net, **times}
    photo = ImageOps.fit(Image.fromarray(data.coffee()), (side, side))
    looks = [
        Look({style: 1.0}, protection=Protection.SOFT) for style in islice(stylizer.styles, GPU_BATCH_SIZE)
    ]
    of_looks = _measure(stylizer, partial(stylizer.stylize_all, photo, looks), len(looks), rounds)
    yield {"name": LOOKS, "kind": "soft", "at_once": len(looks), "side": side, **of_looks}


def build_nets(
    stylizer: Stylizer, side: int, precision: str, batch_size: int
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Ours and the 26-style net on a batch of photos of `side` px; the latter's norms pool over the batch."""
    device, dtype = stylizer.device, PRECISIONS[precision]
    inputs = make_inputs(side, next(iter(stylizer.styles.values())).vector)
    photo, style, patterns = (tensor.to(device) for tensor in inputs)
    photos = photo.repeat(batch_size, 1, 1, 1)
    reference = stylizer.loaded.reference or stylizer.loaded
    ours = ConditionedNet(reference.model.to(device, dtype).net)
    baseline = MultistyleNet().to(device, dtype)
    yield OURS, partial(ours, photos, style.repeat(batch_size, 1), patterns)
    yield BASELINE, partial(baseline, photos.to(dtype), STYLE_NUMBER)


@torch.inference_mode()
def _measure(stylizer: Stylizer, run: Callable[[], object], pictures: int, rounds: int) -> dict[str, float]:
    """Median wall-clock ms a picture, after one run to warm up; on CUDA also the peak memory in MB."""
    cuda_device = stylizer.device if stylizer.device.type == "cuda" else None
    if cuda_device:
        torch.cuda.reset_peak_memory_stats(cuda_device)
    samples = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        run()
        if cuda_device:
            torch.cuda.synchronize(cuda_device)
        samples.append(1000 * (time.perf_counter() - start) / pictures)
    return {"ms": median(samples[1:])} | (
        {"peak_mb": torch.cuda.max_memory_allocated(cuda_device) / 2**20} if cuda_device else {}
    )


def figures_table(rows: list[Row]) -> Table:
    table = Table("", "precision", "at once", "side", "ms", "times", "peak MB")
    for row in rows:
        times, memory = row.get("times"), row.get("peak_mb")
        table.add_row(
            row["name"], row["kind"], str(row["at_once"]), str(row["side"]), f"{row['ms']:.1f}",
            f"{times:.2f}×" if times else "", f"{memory:.0f}" if memory else "",
        )  # fmt: skip
    return table


def main(
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    sides: Annotated[str, typer.Option(help="Sides of the squares, px.")] = "512,1024,2048",
    rounds: Annotated[int, typer.Option(help="Timed runs of each, after one to warm up.", min=1)] = 20,
    device: Annotated[str, typer.Option(help="Device, as torch names it.")] = "cuda",
    folder: Annotated[Path, typer.Option("--model", help="Model folder.")] = MODEL,
) -> None:
    """Measure our network and the 26-style net on a GPU."""
    stylizer = Stylizer.load(folder, device)
    name = torch.cuda.get_device_name(stylizer.device) if stylizer.device.type == "cuda" else device
    rows = [
        row for side in track(sides.split(","), "sides") for row in measure_rows(stylizer, int(side), rounds)
    ]
    write_json(out, {"machine": machine(), "device": name, "model": stylizer.version, "rows": rows})
    print_tables(figures_table(rows))


if __name__ == "__main__":
    typer.run(main)
