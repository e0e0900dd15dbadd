"""The demo: start a stack, send photos through it, stop it, and write a gallery and a report."""

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track

from local.aws.running import Running
from local.client.api_client import ApiClient
from local.client.sending import Look, files_in, send_all
from local.client.sent_photo import READY, SentPhoto
from local.demo.gallery import write_gallery
from local.demo.pictures import AUTO_STYLE, ENHANCE_STYLE, GalleryRow, download_pictures
from local.demo.progress import show_photos
from local.demo.report import DemoUsage, make_report, write_report
from local.memory import resident_bytes, watch_memory
from samples.uploads import make_samples


@dataclass(frozen=True)
class DemoResult:
    """`rows` are the photos that are READY, `style_names` the styles' names by id."""

    sent: Sequence[SentPhoto]
    rows: Sequence[GalleryRow]
    style_names: Mapping[str, str]
    usage: DemoUsage


def run_demo(
    start_stack: Callable[[], AbstractContextManager[Running]],
    console: Console,
    photos: Path | None,
    looks: Sequence[Look],
    gallery: Path,
) -> Sequence[SentPhoto]:
    """Write `gallery`/index.html and report.json for the photos of a folder, or for the samples.

    Besides `looks`, each photo is ordered enhanced without a style, and in the style `auto` chooses.
    """
    shutil.rmtree(gallery, ignore_errors=True)
    files, notes = files_in(photos) if photos else (make_samples(gallery / "samples"), [])
    for note in notes:
        console.print(note, markup=False, style="dim")
    result = _send_and_download(start_stack, console, files, looks, gallery)
    report = make_report(result.sent, notes, result.usage)
    write_report(gallery, report)
    write_gallery(gallery, result.rows, report, result.style_names)
    return result.sent


def _send_and_download(
    start_stack: Callable[[], AbstractContextManager[Running]],
    console: Console,
    files: Sequence[Path],
    looks: Sequence[Look],
    gallery: Path,
) -> DemoResult:
    stopwatch = _Stopwatch()
    with start_stack() as system, ApiClient(system.stack.api_url, system.api_key) as api:
        stopwatch.lap("up")
        idle_bytes = resident_bytes(system.emulator.processes())
        with watch_memory(system.emulator.processes) as peak:
            style_names = {style["id"]: style["name"] for style in api.styles()}
            looks = [{"styles": {ENHANCE_STYLE: 1.0}}, *looks, {"styles": {AUTO_STYLE: 1.0}}]
            with show_photos(console, files) as redraw:
                sent = send_all(api, files, looks, redraw)
            stopwatch.lap("photos")
            ready = [photo for photo in sent if photo.status == READY]
            rows = [
                download_pictures(api, photo, number, gallery)
                for number, photo in enumerate(track(ready, "downloading", console=console), 1)
            ]
            stopwatch.lap("fetch")
    stopwatch.lap("down")
    return DemoResult(sent, rows, style_names, DemoUsage(stopwatch.seconds, idle_bytes, peak))


class _Stopwatch:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, stage: str) -> None:
        now = time.monotonic()
        self.seconds[stage], self._last = now - self._last, now
