"""The whole template on one machine.

python -m local                 start it and keep it until Ctrl-C
python -m local demo            start it, send three photos, write a gallery and a report, stop it
"""

import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from limner import __version__
from limner.looks import Protection
from local.aws.running import ROOT, Running, running
from local.aws.stack import DeployFailed
from local.client.sending import files_in
from local.client.sent_photo import READY, SentPhoto
from local.demo.run import run_demo
from local.processes import DidNotStart

GALLERY = ROOT / "build/demo"
INTERRUPTED_STATUS, TERMINATED_STATUS = 128 + signal.SIGINT, 128 + signal.SIGTERM

console = Console()
app = typer.Typer(add_completion=False, help=__doc__, pretty_exceptions_enable=False)


def _print_version(requested: bool) -> None:
    if requested:
        console.print(__version__, highlight=False)
        raise typer.Exit


def _parse_parameters(values: list[str]) -> dict[str, str]:
    pairs = [value.partition("=") for value in values]
    if wrong := [name for name, equals, _ in pairs if not (name and equals)]:
        raise typer.BadParameter(f"not NAME=VALUE: {wrong[0]}", param_hint="--parameter")
    return {name: value for name, _, value in pairs}


ParameterOption = Annotated[
    list[str], typer.Option("--parameter", help="NAME=VALUE of template.yaml, such as StylizerTier=lambda.")
]
VersionOption = Annotated[
    bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
]


@app.callback(invoke_without_command=True)
def up(
    context: typer.Context,
    parameter: ParameterOption = [],  # noqa: B006 - typer's default, which nobody changes
    version: VersionOption = False,
) -> None:
    """Start the stack, print keys and a link that signs the page in, keep it until Ctrl-C."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED_STATUS))
    context.obj = _parse_parameters(parameter)
    if context.invoked_subcommand is None:
        with _running(context.obj) as system:
            _print_addresses(system)
            with suppress(KeyboardInterrupt):
                threading.Event().wait()


def _print_addresses(system: Running) -> None:
    """Each on a line of its own, however long it is, so that it can be copied."""
    lines = {
        "API": f"{system.stack.api_url}/v1/",
        "key": system.api_key,
        "test key": system.test_key,
        "page": system.page_link,
        "logs": str(system.emulator.logs),
    }
    console.print()
    for name, text in lines.items():
        console.print(f"  {name:9}  {text}", markup=False, highlight=False, soft_wrap=True)
    console.print("  Ctrl-C stops it.\n")


@app.command()
def demo(
    context: typer.Context,
    photos: Annotated[Path | None, typer.Option(help="A folder of photos, instead of the samples.")] = None,
    styles: Annotated[str, typer.Option(help="Style ids, separated by commas.")] = "oil,watercolour,cartoon",
    strength: Annotated[float, typer.Option(min=0, max=1)] = 1.0,
    protect: Annotated[Protection, typer.Option(help="What the styles leave unchanged.")] = Protection.OFF,
) -> None:
    """Send photos through, write build/demo/index.html and report.json; fail unless every photo is READY.

    Each photo is also ordered enhanced without a style, and in the style `auto` chooses.
    """
    if photos is not None and not (photos.is_dir() and files_in(photos)[0]):
        raise typer.BadParameter(f"no folder with files in it: {photos}", param_hint="--photos")
    common = {"strength": strength, "protection": protect.value}
    looks = [{"styles": {style.strip(): 1.0}, **common} for style in styles.split(",")]
    sent = run_demo(partial(_running, context.obj), console, photos, looks, GALLERY)
    _print_failures(sent)
    raise typer.Exit(0 if sent and all(photo.status == READY for photo in sent) else 1)


@contextmanager
def _running(parameters: Mapping[str, str]) -> Iterator[Running]:
    with console.status("") as status:
        try:
            with running(parameters=parameters, on_step=lambda step: status.update(f"{step} …")) as system:
                status.stop()
                yield system
        except (DidNotStart, DeployFailed) as error:
            console.print(str(error), markup=False, style="red", highlight=False)
            raise typer.Exit(1) from error
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED_STATUS) from None


def _print_failures(sent: Sequence[SentPhoto]) -> None:
    for photo in sent:
        if photo.failure:
            console.print(f"[red]{escape(photo.file.name)}[/] {photo.failure.code}: ", end="")
            console.print(photo.failure.message, markup=False, highlight=False, soft_wrap=True)
    console.print(f"gallery  {GALLERY / 'index.html'}\nreport   {GALLERY / 'report.json'}", soft_wrap=True)


if __name__ == "__main__":
    app(prog_name="python -m local")
