"""PNG, W3C third edition."""

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from photo_files.headers.common import Header, Incomplete, Malformed, Parts, number, take

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MAX_FRAMES = 2**31


class Chunk(NamedTuple):
    """`at` is the position of its body, `length` its declared length."""

    kind: bytes
    at: int
    length: int


def read_png(data: bytes, parts: Parts) -> Header:
    """From the chunks up to the first of the pixels."""
    chunks = read_chunks(data, parts)
    first = next(chunks)
    if first.kind != b"IHDR":
        raise Malformed("no IHDR")
    width, height, bits = struct.unpack(">IIB", take(data, first.at, 9))
    return Header("PNG", width, height, _frames(data, chunks), bits)


def read_chunks(data: bytes, parts: Parts) -> Iterator[Chunk]:
    """Raises Incomplete at the end of the data, and Malformed for a second IHDR, which decoders follow."""
    at, headers = len(PNG_SIGNATURE), 0
    while True:
        parts.count()
        length, kind = struct.unpack(">I4s", take(data, at, 8))
        headers += kind == b"IHDR"
        if headers > 1:
            raise Malformed("a second IHDR")
        yield Chunk(kind, at + 8, length)
        at += 12 + length


def _frames(data: bytes, chunks: Iterator[Chunk]) -> int:
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


def whole_chunks(data: bytes) -> list[Chunk]:
    """All chunks before IEND. If IEND is missing, the last one may be cut off.

    Raises:
        Malformed: a critical chunk has a wrong checksum, or the file has too many parts or a second IHDR.
    """
    chunks: list[Chunk] = []
    try:
        for chunk in read_chunks(data, Parts()):
            if chunk.kind == b"IEND":
                break
            chunks.append(chunk)
            if not _is_sound(data, chunk):
                raise Malformed(f"wrong checksum of {chunk.kind!r}")
    except Incomplete:
        pass  # whether the pixels are complete is found by decoding them
    return chunks


def _is_sound(data: bytes, chunk: Chunk) -> bool:
    """Whether it is ancillary or its checksum is right; a chunk that is cut off has none."""
    kind, at, length = chunk
    is_ancillary = kind[:1].islower()
    is_cut_off = at + length + 4 > len(data)
    if is_ancillary or is_cut_off:
        return True
    return zlib.crc32(data[at - 4 : at + length]) == number(data, at + length, 4)
