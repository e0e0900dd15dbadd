"""Options that the commands of training share, and how a command is run."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

DataOption = Annotated[
    Path, typer.Option("--data", help="folder of the training pictures", exists=True, file_okay=False)
]
RunOption = Annotated[Path, typer.Option("--run", help="folder of the run: checkpoint and log")]
ModelOption = Annotated[Path, typer.Option("--model", help="model folder", exists=True, file_okay=False)]
ModelArgument = Annotated[Path, typer.Argument(help="model folder", exists=True, file_okay=False)]
ModelOutOption = Annotated[Path, typer.Option("--out", help="model folder to write")]
ReportOption = Annotated[Path | None, typer.Option("--out", help="JSON file to write")]
SeedOption = Annotated[int, typer.Option("--seed", help="of every random choice")]


def run(command: Callable[..., None], description: str | None) -> None:
    """Run a function as a command whose options are its parameters; `description` is its --help."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(help=description)(command)
    app()


def progress_bar() -> Progress:
    """A bar with the time that remains, for loops without a known number of steps."""
    return Progress(TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
