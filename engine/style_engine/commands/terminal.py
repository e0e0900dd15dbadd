"""What the commands print, and how errors of files are reported."""

from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape

from photo_files.credentials.content_credentials import SigningFailed
from photo_files.errors import DecoderUnavailable, FileRefused

from ..errors import StyleEngineError

FILE_ERRORS: Final = (FileRefused, DecoderUnavailable, OSError)
COMMAND_ERRORS: Final = (*FILE_ERRORS, SigningFailed, StyleEngineError)  # that end a command on one photo

console = Console()


def report_file(path: Path, error: Exception) -> None:
    """One line on a file that could not be used."""
    text = f"{path}: {error_code(error)}: {error}".encode("utf-8", "replace").decode()
    console.print(f"[red]{escape(text)}[/red]", highlight=False, soft_wrap=True)


def error_code(error: Exception) -> str:
    if isinstance(error, FileRefused | StyleEngineError):
        return error.code
    if isinstance(error, SigningFailed):
        return "signing_failed"
    return "decoder_unavailable" if isinstance(error, DecoderUnavailable) else "file_error"
