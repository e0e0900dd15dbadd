"""Command line of the engine: `python -m style_engine --help`.

It opens files by the service's intake, which the engine as a library does without (docs/decisions/0130).
"""

from importlib import metadata
from typing import Annotated

import typer
from rich.markup import escape

try:
    import photo_files  # noqa: F401 - the engine's own distribution is the library alone
except ModuleNotFoundError as missing:
    raise SystemExit(f"The command line is part of Limner and needs its package {missing.name}.") from None

from .commands.catalogue import export, sheet, styles
from .commands.learn import learn
from .commands.optimise import optimise_photo
from .commands.pack import pack
from .commands.stylize import stylize
from .commands.terminal import COMMAND_ERRORS, console, error_code

app = typer.Typer(help="Paint photos in the model's styles.", no_args_is_help=True, add_completion=False)
for command in (stylize, styles, sheet, learn, pack, export):
    app.command()(command)
app.command(name="optimise")(optimise_photo)


def _print_version(requested: bool) -> None:
    """Print the version of the distribution that this package is part of."""
    if requested:
        try:
            console.print(metadata.version("limner"), highlight=False)
        except metadata.PackageNotFoundError:
            raise typer.BadParameter("the package is not installed, so its version is unknown") from None
        raise typer.Exit


VersionOption = Annotated[
    bool, typer.Option("--version", help="print the version", callback=_print_version, is_eager=True)
]


@app.callback()
def common_options(version: VersionOption = False) -> None:
    """Paint photos in the model's styles."""


def main() -> None:
    try:
        app()
    except COMMAND_ERRORS as error:
        console.print(f"[red]{error_code(error)}: {escape(str(error))}[/red]")
        raise SystemExit(2) from error


if __name__ == "__main__":
    main()
