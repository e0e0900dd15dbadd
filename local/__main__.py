"""The whole template on one machine.

python -m local                 up, until Ctrl-C
python -m local demo            three photos through it, a gallery and a report, and down again
"""

import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from local.demo import Sent, files_in, send_all
from local.gallery import write_gallery
from local.memory import resident_bytes, watch_memory
from local.pictures import fetch
from local.processes import DidNotStart
from local.progress import follow_photos
from local.report import Run, report, write_report
from local.running import ROOT, Running, running
from local.samples import make_samples
from local.shop import Shop
from local.stack import DeployFailed

GALLERY = ROOT / "build/demo"
TERMINATED = 128 + signal.SIGTERM

console = Console()
app = typer.Typer(add_completion=False, help=__doc__, pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
def up(context: typer.Context) -> None:
    """Bring everything up, print the page's address, stay until Ctrl-C."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    if context.invoked_subcommand is None:
        with _running() as everything:
            console.print(f"\n  page and API  [bold]{everything.stack.api_url}/[/]")
            console.print(f"  logs          {everything.emulator.logs}\n  Ctrl-C ends it.\n")
            threading.Event().wait()


@app.command()
def demo(
    photos: Annotated[Path | None, typer.Option(help="A folder of photos, instead of the samples.")] = None,
    styles: Annotated[str, typer.Option(help="Style ids, separated by commas.")] = "oil,watercolour,cartoon",
    strength: Annotated[float, typer.Option(min=0, max=1)] = 0.8,
) -> None:
    """Send photos through, write build/demo/index.html and report.json; fail unless every photo is READY."""
    if photos is not None and not photos.is_dir():
        raise typer.BadParameter(f"no such folder: {photos}", param_hint="--photos")
    files, notes = _inputs(photos)
    for note in notes:
        console.print(note, markup=False, style="dim")
    looks = [{"styles": {style.strip(): 1.0}, "strength": strength} for style in styles.split(",")]
    sent = _run_demo(files, notes, looks)
    _say_how_it_went(sent)
    raise typer.Exit(0 if sent and all(photo.status == "READY" for photo in sent) else 1)


def _inputs(photos: Path | None) -> tuple[list[Path], list[str]]:
    shutil.rmtree(GALLERY, ignore_errors=True)
    return files_in(photos) if photos else (make_samples(GALLERY / "samples"), [])


def _run_demo(files: list[Path], notes: list[str], looks: list[dict[str, Any]]) -> list[Sent]:
    started = time.monotonic()
    with _running() as everything, Shop(everything.stack.api_url) as shop:
        up_after = time.monotonic() - started
        idle = resident_bytes(everything.emulator.processes())
        with watch_memory(everything.emulator.processes) as peak:
            names = {style["id"]: style["name"] for style in shop.styles()}
            with follow_photos(console, files) as watch:
                sent = send_all(shop, files, looks, watch)
            settled_after = time.monotonic() - started
            ready = [photo for photo in sent if photo.status == "READY"]
            rows = [fetch(shop, photo, number, GALLERY) for number, photo in enumerate(ready, 1)]
    seconds = {"up": up_after, "photos": settled_after - up_after, "total": time.monotonic() - started}
    figures = report(sent, notes, Run(seconds, idle, peak))
    write_report(GALLERY, figures)
    write_gallery(GALLERY, rows, figures, names)
    return sent


@contextmanager
def _running() -> Iterator[Running]:
    with console.status("") as status:
        try:
            with running(say=lambda step: status.update(f"{step} …")) as everything:
                status.stop()
                yield everything
        except (DidNotStart, DeployFailed) as error:
            console.print(str(error), markup=False, style="red", highlight=False)
            raise typer.Exit(1) from error
        except KeyboardInterrupt:
            console.print("ended")


def _say_how_it_went(sent: list[Sent]) -> None:
    for photo in sent:
        if photo.failure:
            console.print(f"[red]{escape(photo.file.name)}[/] {photo.failure.code}: ", end="")
            console.print(photo.failure.message, markup=False, highlight=False, soft_wrap=True)
    console.print(f"gallery  {GALLERY / 'index.html'}\nreport   {GALLERY / 'report.json'}", soft_wrap=True)


if __name__ == "__main__":
    app(prog_name="python -m local")
