"""One line per photo while it travels."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from local.client.sent import SENDING, Sent

NAME_WIDTH = 36
_STEPS = [SENDING, "AWAITING_UPLOAD", "UPLOADED", "PROCESSING", "READY"]
_COLOURS = {"READY": "green", "FAILED": "red", "PROCESSING": "yellow"}


@contextmanager
def follow_photos(console: Console, files: Sequence[Path]) -> Iterator[Callable[[Sequence[Sent]], None]]:
    """A function that shows where the photos of `files`, in this order, have got to."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[status]}"),
        TimeElapsedColumn(),
        console=console,
    ) as progress:
        tasks = [
            progress.add_task(escape(_short(file.name)), total=len(_STEPS) - 1, status="", start=False)
            for file in files
        ]

        def show(photos: Sequence[Sent]) -> None:
            for task, photo in zip(tasks, photos, strict=True):
                _show(progress, task, photo)

        yield show


def _short(name: str) -> str:
    return name if len(name) <= NAME_WIDTH else f"{name[: NAME_WIDTH - 1]}…"


def _show(progress: Progress, task: TaskID, photo: Sent) -> None:
    if photo.moments and not progress.tasks[task].started:
        progress.start_task(task)
    colour = _COLOURS.get(photo.status, "default")
    done = len(_STEPS) - 1 if photo.settled else _STEPS.index(photo.status)
    progress.update(task, completed=done, status=f"[{colour}]{photo.status}[/]")
    if photo.settled:
        progress.stop_task(task)
