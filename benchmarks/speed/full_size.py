"""Processor time and peak memory of a ticket without encoding, by the photo's size and number of looks.

    python -m benchmarks.speed.full_size [--rounds 3] [--no-memory] --out F.json

*composing* is the part at the photo's own size; *in floats* is the same with compositing by its definition,
plane by plane (float_compositing.py), in the same run. Pictures are made one after the other, as in the
container. Peak memory is that of a fresh process that does the ticket once.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final
from unittest.mock import patch

import torch
import typer
from PIL import Image
from rich.progress import track
from rich.table import Table
from skimage import data

from style_engine.commands.options import MODEL
from style_engine.imaging.compositing import FullSizePhoto
from style_engine.looks import Look, Protection
from style_engine.stylizer import Stylizer

from ..shared.machine import machine
from ..shared.report import print_tables, write_json
from .float_compositing import composited_in_floats
from .measure import in_fresh_process, resident_peak_mib

SIZES_PX: Final = ((2000, 1000), (4000, 2500), (6000, 4000))
LOOK_COUNTS: Final = (1, 3, 8)
STYLES: Final = ("oil", "watercolour", "cartoon", "pencil", "linocut", "ukiyo-e", "engraving", "pop-art")


@dataclass
class Ticket:
    """Seconds of the processor, and MiB."""

    megapixels: float
    looks: int
    seconds: float
    composing_seconds: float
    composing_in_floats_seconds: float
    peak_mib: float = 0.0


def photo_of(size_px: tuple[int, int]) -> Image.Image:
    """A real photo, enlarged to the size."""
    return Image.fromarray(data.coffee()).resize(size_px, Image.Resampling.LANCZOS)


def looks_of(count: int) -> list[Look]:
    """Different styles, with the product protected as by default and the photo enhanced."""
    return [Look({style: 1.0}, 0.8, Protection.SOFT, enhance=True) for style in STYLES[:count]]


def measure(stylizer: Stylizer, photo: Image.Image, looks: Sequence[Look]) -> Ticket:
    started, composing, in_floats = time.process_time(), 0.0, 0.0
    prepared = stylizer.prepare(photo, looks)
    for look in looks:
        (toned,) = stylizer.paint_together([(prepared, look)])
        painted = toned.finish()
        composing += _seconds_of(painted.compose)
        with patch.object(FullSizePhoto, "composited", composited_in_floats):
            in_floats += _seconds_of(painted.compose)
    total = time.process_time() - started - in_floats
    return Ticket(photo.width * photo.height / 1e6, len(looks), total, composing, in_floats)


def _seconds_of(function: object) -> float:
    started = time.process_time()
    function()  # type: ignore[operator]
    return time.process_time() - started


def peak_mib(model: Path, size_px: tuple[int, int], looks: int) -> float:
    """Peak resident memory of this process after one ticket."""
    torch.set_num_threads(1)
    for picture in Stylizer.load(model).stylize_each(photo_of(size_px), looks_of(looks)):
        del picture  # as in the container, which has encoded it
    return resident_peak_mib()


def tickets_table(tickets: Sequence[Ticket]) -> Table:
    table = Table(
        "megapixels",
        "looks",
        "seconds",
        "composing",
        "in floats",
        "peak MiB",
        title="A ticket without encoding",
    )
    for ticket in tickets:
        table.add_row(
            f"{ticket.megapixels:.0f}",
            str(ticket.looks),
            *(
                f"{seconds:.2f}"
                for seconds in (ticket.seconds, ticket.composing_seconds, ticket.composing_in_floats_seconds)
            ),
            f"{ticket.peak_mib:.0f}",
        )
    return table


def main(
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    rounds: Annotated[int, typer.Option(min=1, help="Runs of each ticket; the fastest counts.")] = 3,
    memory: Annotated[bool, typer.Option(help="Measure the peak memory too.")] = True,
    model: Annotated[Path, typer.Option(help="Folder of the model.")] = MODEL,
) -> None:
    torch.set_num_threads(1)
    stylizer = Stylizer.load(model)
    stylizer.warm_up()
    cases = [(size_px, looks) for size_px in SIZES_PX for looks in LOOK_COUNTS]
    tickets = []
    for size_px, count in track(cases, "tickets"):
        photo, looks = photo_of(size_px), looks_of(count)
        runs = [measure(stylizer, photo, looks) for _ in range(rounds)]
        ticket = min(runs, key=lambda run: run.seconds)
        if memory:
            ticket.peak_mib = in_fresh_process(peak_mib, model, size_px, count)
        tickets.append(ticket)
    print_tables(tickets_table(tickets))
    write_json(out, {"machine": machine(), "rounds": rounds, "tickets": [asdict(each) for each in tickets]})


if __name__ == "__main__":
    typer.run(main)
