"""Says of each picture whose it is and how it was made: its metadata, and its signed Content Credentials.

python -m photo_files verify FILE…       exit status 1 if a file's credentials are missing or not valid
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from photo_files.credentials.content_credentials import Credentials, read_credentials
from photo_files.headers.sniff import read_header
from photo_files.metadata.provenance_reader import read_provenance


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m photo_files", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    verify = commands.add_parser("verify", help="print metadata and credentials of each file")
    verify.add_argument("files", nargs="+", type=Path, metavar="FILE")
    verify.add_argument("--trust", type=Path, help="certificates (PEM) whose signers are trusted")
    options = parser.parse_args(arguments)
    trusted = options.trust.read_text() if options.trust else ""
    verdicts = [_verify(file, trusted) for file in options.files]
    return 0 if all(verdicts) else 1


def _verify(file: Path, trusted: str) -> bool:
    """Print what the file says; whether it is signed and valid."""
    try:
        data = file.read_bytes()
        header = read_header(data)
    except Exception as error:
        return _print(file, "cannot be read", [("error", str(error) or type(error).__name__)])
    if header is None:
        return _print(file, "not a JPEG, PNG, WebP or AVIF", [])
    credentials = read_credentials(data, f"image/{header.format.lower()}", trusted)
    metadata = [(name, str(value)) for name, value in asdict(read_provenance(data)).items() if value]
    _print(file, _state(credentials), [*_lines(credentials), *metadata])
    return credentials is not None and credentials.is_valid


def _state(credentials: Credentials | None) -> str:
    if credentials is None:
        return "not signed"
    if not credentials.is_valid:
        return "NOT VALID"
    return "valid, signer trusted" if credentials.is_trusted else "valid, signer unknown"


def _lines(credentials: Credentials | None) -> Iterator[tuple[str, str]]:
    if credentials is None:
        return
    yield "signer", credentials.signer
    yield "made by", credentials.generator
    yield from (("ingredient", ingredient) for ingredient in credentials.ingredients)
    for action in credentials.actions:
        yield "action", f"{action['action']} {_details(action)}"
    yield from (("problem", problem) for problem in credentials.problems)


def _details(action: Mapping[str, Any]) -> str:
    """The digital source type, and the parameters without the hashes of ingredients."""
    parameters = {k: v for k, v in action.get("parameters", {}).items() if k != "ingredients"}
    words = [json.dumps(parameters, ensure_ascii=False)] if parameters else []
    return " ".join([action.get("digitalSourceType", ""), *words]).strip()


def _print(file: Path, state: str, lines: Sequence[tuple[str, str]]) -> bool:
    sys.stdout.write(f"{file}: {state}\n")
    sys.stdout.writelines(f"    {name:<14} {value}\n" for name, value in lines if value)
    return False


if __name__ == "__main__":
    sys.exit(main())
