"""Content Credentials: how many files verify, and what they cost in milliseconds and bytes.

    python -m benchmarks.quality.credentials --photos DIR --out F.json

Every photo becomes what the service publishes of it: its variants, a full-size rendition and a display size
of a styled picture. Each is signed with the local key, verified, and verified again with one pixel byte
changed.
"""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from local.signing.authority import local_key
from photo_files import bounded
from photo_files.credentials.content_credentials import History, SigningKey, read_credentials, sign_picture
from photo_files.credentials.picture_history import converted, styled
from photo_files.errors import FileRefused
from photo_files.intake import Limits
from photo_files.metadata.provenance import STYLED
from photo_files.variants import Encoded, encode_display, encode_rendition

from ..shared.photos import image_files
from ..shared.report import write_json

DISPLAY_SIDE_PX = 512
_PAINTED = styled(
    {"oil": 1.0}, strength=1, ordered_strength=1, protection="soft", model="benchmark", source_type=STYLED
)


@dataclass(frozen=True)
class SignedFile:
    """`milliseconds` to sign; `added_bytes` by the manifest; `is_tampering_noticed` with one byte changed."""

    format: str
    is_valid: bool
    is_tampering_noticed: bool
    milliseconds: float
    added_bytes: int


def sign_and_verify(photos: Sequence[Path], key: SigningKey) -> Iterator[SignedFile]:
    for path in track(photos, "signing"):
        try:
            pictures = [*_pictures(path.read_bytes())]
        except FileRefused as error:
            print(f"left out: {path.name}: {error.code}")
            continue
        for picture, history in pictures:
            started = perf_counter()
            signed = sign_picture(picture, history, key)
            milliseconds = 1000 * (perf_counter() - started)
            yield SignedFile(
                format=picture.content_type.partition("/")[2],
                is_valid=_is_valid(signed.body, picture.content_type),
                is_tampering_noticed=not _is_valid(_tampered(signed, picture), picture.content_type),
                milliseconds=milliseconds,
                added_bytes=len(signed.body) - len(picture.body),
            )


def _pictures(data: bytes) -> Iterator[tuple[Encoded, History]]:
    made, opened = bounded.make_variants(data, Limits()), bounded.open_photo(data, Limits())
    for variant in made.pictures:
        yield variant, History("benchmark", converted(variant, made.photo_width), made.credentials)
    for picture in (encode_rendition(opened.image), encode_display(opened.image, DISPLAY_SIDE_PX)):
        actions = (_PAINTED, *converted(picture, opened.image.width))
        yield picture, History("benchmark", actions, opened.credentials)


def _tampered(signed: Encoded, picture: Encoded) -> bytes:
    """With the byte in the middle of the unsigned file changed, wherever it lies in the signed one."""
    middle = len(picture.body) // 2
    at = signed.body.index(picture.body[middle : middle + 64])
    return signed.body[:at] + bytes([signed.body[at] ^ 1]) + signed.body[at + 1 :]


def _is_valid(body: bytes, content_type: str) -> bool:
    credentials = read_credentials(body, content_type)
    return credentials is not None and credentials.is_valid


def summary(files: Sequence[SignedFile]) -> dict[str, float | int]:
    """Counts; median and 95th percentile of milliseconds; median of the added bytes."""
    times = sorted(file.milliseconds for file in files)
    return {
        "files": len(files),
        "verified": sum(file.is_valid for file in files),
        "tampering_noticed": sum(file.is_tampering_noticed for file in files),
        "milliseconds_median": round(statistics.median(times), 2),
        "milliseconds_p95": round(times[int(0.95 * (len(times) - 1))], 2),
        "added_bytes_median": int(statistics.median(file.added_bytes for file in files)),
    }


def main(
    photos: Annotated[Path, typer.Option(help="A folder of photos.")],
    out: Annotated[Path, typer.Option(help="File for the figures, JSON.")],
) -> None:
    """Print and write the figures; exit status 1 unless every file verifies and every change is noticed."""
    files = list(sign_and_verify(image_files(photos), local_key()))
    figures = {"all": summary(files)}
    for format_ in sorted({file.format for file in files}):
        figures[format_] = summary([file for file in files if file.format == format_])
    write_json(out, figures)
    Console().print_json(data=figures)
    total = figures["all"]
    raise typer.Exit(0 if total["verified"] == total["tampering_noticed"] == total["files"] else 1)


if __name__ == "__main__":
    typer.run(main)
