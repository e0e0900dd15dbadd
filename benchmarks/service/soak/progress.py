"""Progress bars of a soak: uploads sent and notifications received, with their rates."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

LOG_EVERY_SECONDS = 20  # where the output is no terminal

Counts = Callable[[], tuple[int, int, dict[str, int]]]
"""Uploads sent, notifications received, the sweeper's outcomes."""


@contextmanager
def show_progress(console: Console, total: int, counts: Counts) -> Iterator[Callable[[], None]]:
    """A function that redraws the bars."""
    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()]
    with Progress(*columns, TextColumn("{task.fields[rate]}"), console=console) as progress:
        upload_task = progress.add_task("uploads", total=total, rate="")
        notification_task = progress.add_task("notifications", total=total, rate="")
        started_at, logged_seconds = time.monotonic(), 0.0

        def redraw() -> None:
            nonlocal logged_seconds
            uploads, notifications, outcomes = counts()
            seconds = time.monotonic() - started_at
            progress.update(upload_task, completed=uploads, rate=f"{uploads / seconds:.1f}/s")
            progress.update(
                notification_task, completed=notifications, rate=f"{notifications / seconds:.1f}/s"
            )
            if not console.is_terminal and seconds - logged_seconds > LOG_EVERY_SECONDS:
                logged_seconds = seconds
                console.print(
                    f"{seconds:5.0f} s  {uploads} uploads  {notifications} notifications  {outcomes}"
                )

        yield redraw
