"""The demo: photos through a stack that lives as long as they need it, a gallery and a report of them."""

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from local.aws.running import Running
from local.client.sending import Look, files_in, send_all
from local.client.sent import READY, Sent
from local.client.shop import Shop
from local.demo.gallery import write_gallery
from local.demo.pictures import CHOSEN, ENHANCED, Row, fetch
from local.demo.progress import follow_photos
from local.demo.report import Run, report, write_report
from local.memory import resident_bytes, watch_memory
from samples.uploads import make_samples


@dataclass(frozen=True)
class Journey:
    """What came of the photos; `rows` are those that are READY, `styles` the styles' names by id."""

    sent: Sequence[Sent]
    rows: Sequence[Row]
    styles: Mapping[str, str]
    run: Run


def run_demo(
    bring_up: Callable[[], AbstractContextManager[Running]],
    console: Console,
    photos: Path | None,
    looks: Sequence[Look],
    gallery: Path,
) -> Sequence[Sent]:
    """Write `gallery`/index.html and report.json for the photos of a folder, or for the samples; each comes
    with the photo lifted and not styled, and with what the engine itself would choose."""
    shutil.rmtree(gallery, ignore_errors=True)
    files, notes = files_in(photos) if photos else (make_samples(gallery / "samples"), [])
    for note in notes:
        console.print(note, markup=False, style="dim")
    journey = _travel(bring_up, console, files, looks, gallery)
    figures = report(journey.sent, notes, journey.run)
    write_report(gallery, figures)
    write_gallery(gallery, journey.rows, figures, journey.styles)
    return journey.sent


def _travel(
    bring_up: Callable[[], AbstractContextManager[Running]],
    console: Console,
    files: Sequence[Path],
    looks: Sequence[Look],
    gallery: Path,
) -> Journey:
    clock = _Clock()
    with bring_up() as everything, Shop(everything.stack.api_url) as shop:
        clock.lap("up")
        idle = resident_bytes(everything.emulator.processes())
        with watch_memory(everything.emulator.processes) as peak:
            styles = {style["id"]: style["name"] for style in shop.styles()}
            looks = [{"styles": {ENHANCED: 1.0}}, *looks, {"styles": {CHOSEN: 1.0}}]
            with follow_photos(console, files) as watch:
                sent = send_all(shop, files, looks, watch)
            clock.lap("photos")
            ready = [photo for photo in sent if photo.status == READY]
            rows = [fetch(shop, photo, number, gallery) for number, photo in enumerate(ready, 1)]
            clock.lap("fetch")
    clock.lap("down")
    return Journey(sent, rows, styles, Run(clock.laps, idle, peak))


class _Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, stage: str) -> None:
        now = time.monotonic()
        self.laps[stage], self._last = now - self._last, now
