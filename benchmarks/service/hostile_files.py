"""Processor time that the header readers take for files built to cost them most.

    python -m benchmarks.service.hostile_files [--megabytes 20]

Each file has the largest size that is accepted and consists of one kind of part, repeated or nested. Prints
the seconds until its header is decided and until it is opened or refused; exit status 1 if a header takes
longer than the limit.
"""

import struct
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Annotated

import typer
from rich.table import Table

from photo_files.errors import FileRefused
from photo_files.headers.common import Incomplete, Malformed
from photo_files.headers.sniff import read_header
from photo_files.intake import Limits, open_photo

from ..shared.report import print_tables

HEADER_CPU_SECONDS = 0.2
_FTYP = b"\0\0\0\x10ftypavif\0\0\0\0"
_SEQUENCE_HEADER = b"\x0a\x02\x03\xf0"
_LONG_SEQUENCE_HEADER = b"\x0a\xc9\x01\x00" + b"\xff" * 200
_EMPTY_OBU = b"\x12\x00"
_FREE_BOX = b"\0\0\0\x08free"
_COMMENT = b"\xff\xfe\0\2"
_PNG_START = b"\x89PNG\r\n\x1a\n"


def hostile_files(size: int) -> Iterator[tuple[str, bytes]]:
    """(what it repeats, a file of at most `size` bytes)."""
    for name, make in _MAKERS.items():
        yield name, make(size)[:size]


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _properties(*more: bytes) -> bytes:
    side = _box(b"ispe", bytes(4) + struct.pack(">II", 64, 64))
    return _box(b"iprp", _box(b"ipco", side) + b"".join(more))


def avif_of(items: int, extents: int, payload: bytes, properties: bytes | None = None) -> bytes:
    """Every item consists of `extents` times the whole payload."""
    entries = b"".join(
        _box(b"infe", b"\2\0\0\0" + struct.pack(">HH", item, 0) + b"av01\0") for item in range(1, items + 1)
    )
    types = _box(b"iinf", bytes(4) + struct.pack(">H", items) + entries)

    def meta(offset: int) -> bytes:
        where = struct.pack(">II", offset, len(payload)) * extents
        places = b"".join(struct.pack(">HHH", item, 0, extents) + where for item in range(1, items + 1))
        locations = _box(b"iloc", b"\0\0\0\0\x44\0" + struct.pack(">H", items) + places)
        primary = _box(b"pitm", bytes(4) + b"\0\1")
        return _box(b"meta", bytes(4) + primary + types + locations + (properties or _properties()))

    offset = len(_FTYP) + len(meta(0)) + 8
    return _FTYP + meta(offset) + _box(b"mdat", payload)


def _avif_of_associations(_: int) -> bytes:
    associations = bytes(4) + struct.pack(">I", 2**31) + b"\0\2\0" * 300_000
    return avif_of(1, 1, bytes(100), _properties(_box(b"ipma", associations)))


def _avif_of_nested_boxes(_: int) -> bytes:
    return _FTYP + _box(b"meta", bytes(4) + _box(b"iprp", _box(b"ipco", _FREE_BOX * 60_000) * 2))


def _png_of(chunk: bytes) -> Callable[[int], bytes]:
    header = b"IHDR" + struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    start = _PNG_START + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    whole = struct.pack(">I", 0) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return lambda size: start + whole * (size // len(whole))


def _jpeg_of(part: bytes) -> Callable[[int], bytes]:
    return lambda size: b"\xff\xd8\xff\xe0\0\2" + part * (size // len(part))


def _webp_of(first: bytes) -> Callable[[int], bytes]:
    canvas = b"VP8X\x0a\0\0\0\x02\0\0\0\x3f\0\0\x3f\0\0"
    return lambda size: (
        b"RIFF" + struct.pack("<I", size - 8) + b"WEBP" + canvas + first + b"ABCD\0\0\0\0" * (size // 8)
    )


_MAKERS: dict[str, Callable[[int], bytes]] = {
    "AVIF: sequence headers, in three items": lambda size: avif_of(3, 1, _SEQUENCE_HEADER * (size // 4)),
    "AVIF: sequence headers of 200 bytes": lambda size: avif_of(1, 1, _LONG_SEQUENCE_HEADER * (size // 204)),
    "AVIF: empty OBUs": lambda size: avif_of(1, 1, _EMPTY_OBU * (size // 2)),
    "AVIF: items of 16 extents": lambda size: avif_of(1500, 16, _EMPTY_OBU * 500),
    "AVIF: empty boxes": lambda size: _FTYP + _FREE_BOX * (size // 8),
    "AVIF: nested boxes": _avif_of_nested_boxes,
    "AVIF: associations of properties": _avif_of_associations,
    "PNG: empty notes": _png_of(b"tEXt"),
    "PNG: empty chunks of pixels": _png_of(b"IDAT"),
    "JPEG: empty comments": _jpeg_of(_COMMENT),
    "JPEG: fill bytes": _jpeg_of(b"\xff"),
    "JPEG: stuffed zeros": _jpeg_of(b"\xff\0"),
    "JPEG: comments between stuffed zeros": _jpeg_of(_COMMENT + b"\xff\0" * 158),
    "WebP: empty chunks": _webp_of(b""),
    "WebP: empty chunks after a frame": _webp_of(b"ANMF\0\0\0\0"),
}  # fmt: skip


def main(
    megabytes: Annotated[int, typer.Option(help="Size of each file.")] = Limits().max_bytes // 2**20,
) -> None:
    """Print the processor time per file; exit status 1 if a header takes longer than the limit."""
    table = Table("file", "header, s", "opened or refused, s", "outcome")
    slowest = 0.0
    for name, data in hostile_files(megabytes * 2**20):
        header_seconds, _ = _timed(lambda data=data: str(read_header(data)))  # type: ignore[misc]
        open_seconds, outcome = _timed(lambda data=data: str(open_photo(data, Limits()).size))  # type: ignore[misc]
        slowest = max(slowest, header_seconds)
        table.add_row(name, f"{header_seconds:.3f}", f"{open_seconds:.3f}", outcome)
    print_tables(table)
    raise typer.Exit(1 if slowest > HEADER_CPU_SECONDS else 0)


def _timed(work: Callable[[], str]) -> tuple[float, str]:
    started_at = time.process_time()
    try:
        outcome = work()
    except (Incomplete, Malformed) as error:
        outcome = repr(error)
    except FileRefused as refused:
        outcome = refused.code
    return time.process_time() - started_at, outcome


if __name__ == "__main__":
    typer.run(main)
