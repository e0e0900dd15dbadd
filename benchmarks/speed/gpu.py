"""What a picture costs on a GPU: ours and the 26-style net, in torch, one at a time and eight at once.

    python -m benchmarks.speed.gpu [--sides 512,1024,2048] [--rounds 20] [--device cuda] --out F.json

A *net* row is guides and net on tensors that are there already; *looks* is the whole way from one photo to
eight pictures in `soft`, masks, guard and gates included, without lifting and explanation. ms are those of
one picture; `times`: so many times faster than the 26-style net in the same precision, as many at once. That
net is laid out as it is fastest on a CPU. Peak memory counts all that is loaded.
"""

import json
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
from rich.console import Console
from rich.progress import track
from rich.table import Table
from skimage import data

from style_engine import Look, Stylizer
from style_engine.__main__ import MODEL
from style_engine.looks import Protection
from style_engine.painting.painter import GPU_BATCH_SIZE

from ..service.chain import machine
from .__main__ import NUMBER
from .runtimes import Multistyle, Painter, inputs

KINDS: Final = {"fp32": torch.float32, "fp16": torch.float16}
OURS, BASELINE, LOOKS = "limner net", "26-style net", "limner looks"
Row = dict[str, Any]


def rows(stylizer: Stylizer, side: int, rounds: int) -> Iterator[Row]:
    for kind, count in product(KINDS, (1, GPU_BATCH_SIZE)):
        both = {name: _ms(stylizer, run, count, rounds) for name, run in nets(stylizer, side, kind, count)}
        for name, taken in both.items():
            times = {"times": both[BASELINE]["ms"] / taken["ms"]} if name == OURS else {}
            yield {"name": name, "kind": kind, "at_once": count, "side": side, **taken, **times}
    photo = ImageOps.fit(Image.fromarray(data.coffee()), (side, side))
    looks = [
        Look({style: 1.0}, protection=Protection.SOFT) for style in islice(stylizer.styles, GPU_BATCH_SIZE)
    ]
    taken = _ms(stylizer, partial(stylizer.stylize_all, photo, looks), len(looks), rounds)
    yield {"name": LOOKS, "kind": "soft", "at_once": len(looks), "side": side, **taken}


def nets(stylizer: Stylizer, side: int, kind: str, count: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """Ours and the peer, `count` photos of `side` px at once; the peer's norms pool them."""
    device, precision = stylizer.device, KINDS[kind]
    given = inputs(side, next(iter(stylizer.styles.values())).vector)
    photo, style, fields = (each.to(device) for each in given)
    photos = photo.repeat(count, 1, 1, 1)
    reference = stylizer.networks.reference or stylizer.networks
    ours, baseline = Painter(reference.model.to(device, precision).net), Multistyle().to(device, precision)
    yield OURS, partial(ours, photos, style.repeat(count, 1), fields)
    yield BASELINE, partial(baseline, photos.to(precision), NUMBER)


@torch.inference_mode()
def _ms(stylizer: Stylizer, run: Callable[[], object], count: int, rounds: int) -> dict[str, float]:
    """Median milliseconds a picture on the clock, after one run to warm up; MB the GPU held at most."""
    card = stylizer.device if stylizer.device.type == "cuda" else None
    if card:
        torch.cuda.reset_peak_memory_stats(card)
    taken = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        run()
        if card:
            torch.cuda.synchronize(card)
        taken.append(1000 * (time.perf_counter() - start) / count)
    return {"ms": median(taken[1:])} | (
        {"peak_mb": torch.cuda.max_memory_allocated(card) / 2**20} if card else {}
    )


def table(measured: list[Row]) -> Table:
    shown = Table("", "precision", "at once", "side", "ms", "times", "peak MB")
    for row in measured:
        times, memory = row.get("times"), row.get("peak_mb")
        shown.add_row(
            row["name"], row["kind"], str(row["at_once"]), str(row["side"]), f"{row['ms']:.1f}",
            f"{times:.2f}×" if times else "", f"{memory:.0f}" if memory else "",
        )  # fmt: skip
    return shown


def main(
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    sides: Annotated[str, typer.Option(help="px of the squares.")] = "512,1024,2048",
    rounds: Annotated[int, typer.Option(help="Runs of each, after one to warm up.", min=1)] = 20,
    device: Annotated[str, typer.Option(help="As torch names it.")] = "cuda",
    folder: Annotated[Path, typer.Option("--model", help="Model folder.")] = MODEL,
) -> None:
    stylizer = Stylizer.load(folder, device)
    name = torch.cuda.get_device_name(stylizer.device) if stylizer.device.type == "cuda" else device
    measured = [row for side in track(sides.split(","), "sides") for row in rows(stylizer, int(side), rounds)]
    found = {"machine": machine(), "device": name, "model": stylizer.version, "rows": measured}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    Console().print(table(measured))


if __name__ == "__main__":
    typer.run(main)
