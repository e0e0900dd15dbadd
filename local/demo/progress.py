"""One progress bar for each photo."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from local.client.sent_photo import SENDING, SentPhoto

NAME_MAX_CHARS = 36
BAR_WIDTH_CHARS = 24
STATUSES = [SENDING, "AWAITING_UPLOAD", "UPLOADED", "PROCESSING", "READY"]
STATUS_COLOURS = {"READY": "green", "FAILED": "red", "PROCESSING": "yellow"}


@contextmanager
def show_photos(console: Console, files: Sequence[Path]) -> Iterator[Callable[[Sequence[SentPhoto]], None]]:
    """A function that redraws the bars for the photos of `files`, in this order."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=BAR_WIDTH_CHARS),
        TextColumn("{task.fields[status]}"),
        TimeElapsedColumn(),
        console=console,
    ) as progress:
        tasks = [
            progress.add_task(escape(_shorten(file.name)), total=len(STATUSES) - 1, status="", start=False)
            for file in files
        ]

        def redraw(photos: Sequence[SentPhoto]) -> None:
            for task, photo in zip(tasks, photos, strict=True):
                _update(progress, task, photo)

        yield redraw


def _shorten(name: str) -> str:
    return name if len(name) <= NAME_MAX_CHARS else f"{name[: NAME_MAX_CHARS - 1]}…"


def _update(progress: Progress, task: TaskID, photo: SentPhoto) -> None:
    if photo.moments and not progress.tasks[task].started:
        progress.start_task(task)
    colour = STATUS_COLOURS.get(photo.status, "default")
    completed = len(STATUSES) - 1 if photo.has_ended else STATUSES.index(photo.status)
    progress.update(task, completed=completed, status=f"[{colour}]{photo.status}[/]")
    if photo.has_ended:
        progress.stop_task(task)
