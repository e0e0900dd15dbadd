"""PNG, W3C third edition."""

import struct
import zlib
from collections.abc import Iterator

from photo_files.headers.common import Header, Incomplete, Malformed, limited, number, take

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MAX_FRAMES = 2**31


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(kind, position of the body, length of the body)."""
    at = len(PNG_SIGNATURE)
    while True:
        length, kind = struct.unpack(">I4s", take(data, at, 8))
        yield kind, at + 8, length
        at += 12 + length


def read_png(data: bytes) -> Header:
    chunks = limited(_chunks(data))
    kind, at, _ = next(chunks)
    if kind != b"IHDR":
        raise Malformed("no IHDR")
    width, height, bits = struct.unpack(">IIB", take(data, at, 9))
    return Header("PNG", width, height, _frames(data, chunks), bits)


def _frames(data: bytes, chunks: Iterator[tuple[bytes, int, int]]) -> int:
    """The animation's frames, plus one for a still picture that is not part of it."""
    frames, still = 0, 1
    for kind, at, _ in chunks:
        if kind in (b"IDAT", b"IEND"):
            break
        if kind == b"acTL":
            frames = number(data, at, 4)
        elif kind == b"fcTL":
            still = 0
    return frames + still if 0 < frames <= _MAX_FRAMES else 1


def has_valid_checksums(data: bytes) -> bool:
    """Whether the checksums of all critical chunks up to IEND are valid, which Pillow does not check."""
    try:
        for kind, at, length in limited(_chunks(data)):
            is_critical = kind[:1].isupper()
            if is_critical and zlib.crc32(data[at - 4 : at + length]) != number(data, at + length, 4):
                return False
            if kind == b"IEND":
                return True
    except (Incomplete, Malformed):
        return False
    return False
