"""What the commands of `limner` print, and how their errors end them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from limner_client.client import Limner
from limner_client.errors import (
    ApiError,
    NotAllowed,
    NotAuthenticated,
    NotConnected,
    PhotoFailed,
)
from limner_client.models import PhotoView

EXIT_SOME_FAILED = 1
EXIT_USAGE = 2
EXIT_KEY = 3
EXIT_NOT_CONNECTED = 4

console = Console()
errors = Console(stderr=True)


def outcome(photo: PhotoView, saved: list[Path]) -> str:
    if saved:
        return " ".join(str(path) for path in saved)
    return " · ".join(
        f"{picture.name}: {picture.verdict.words if picture.verdict else 'done'}" for picture in photo.results
    )


def report(file: Path, error: Exception) -> int:
    """One line for a file that failed; returns 1."""
    match error:
        case PhotoFailed():
            text = f"{error.code}: {error.message}"
        case ApiError():
            text = f"{error.code}: {error.detail}"
        case OSError():
            text = f"not_read: {error.strerror or error}"
        case _:
            text = str(error)
    errors.print(
        f"{file}: {' '.join(text.split())}", style="red", soft_wrap=True, highlight=False, markup=False
    )
    return 1


@contextmanager
def client(url: str | None, key: str | None) -> Iterator[Limner]:
    """A client whose errors end the command with their exit code."""
    try:
        with Limner(url, key) as limner:
            yield limner
    except ValueError as error:
        stop(str(error), EXIT_KEY)
    except (NotAuthenticated, NotAllowed) as error:
        stop(f"{error.code}: {error.detail}", EXIT_KEY)
    except NotConnected as error:
        stop(f"the API cannot be reached: {error}", EXIT_NOT_CONNECTED)
    except ApiError as error:
        stop(f"{error.code}: {error.detail} (request {error.request_id})", EXIT_SOME_FAILED)


def stop(text: str, code: int) -> NoReturn:
    print_error(f"limner: {text}")
    raise typer.Exit(code)


def print_error(text: str) -> None:
    errors.print(text, style="red", soft_wrap=True, highlight=False, markup=False)


def progress() -> Progress:
    """A bar on stderr, so that stdout has the results alone."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=errors, transient=True)
