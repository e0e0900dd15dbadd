"""JPEG, ITU-T T.81."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from photo_files.headers.common import Header, Incomplete, Malformed, Parts, number, take

MAX_SCANS = 100

FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
END_OF_IMAGE, START_OF_SCAN = 0xD9, 0xDA
_NO_MARKER = {0x00, 0x01, *range(0xD0, 0xD9)}
"""Bytes that after 0xFF are a stuffed zero or a marker without a body."""
_CLASS_BY_BYTE = bytes(byte not in _NO_MARKER for byte in range(255)) + b"\xff"
_MARKER_CLASSES = b"\xff\x01"
_SEARCH_PARTS = 2
"""A segment that does not follow the last one counts as so many more parts."""
_FIRST_BLOCK_BYTES = 256
_MAX_BLOCK_BYTES = 2**20


class Segment(NamedTuple):
    """`start` is the position of its 0xFF, `body` that after its length, `end` that after its last byte."""

    marker: int
    start: int
    body: int
    end: int


def read_jpeg(data: bytes, parts: Parts) -> Header:
    """From the segments up to the first scan.

    Raises:
        Malformed: there is no frame header before the scan, or a second one, whose size decoders take.
    """
    header = None
    for segment in read_segments(data, parts):
        if segment.marker in FRAME_MARKERS:
            if header:
                raise Malformed("a second frame header")
            bits, height, width = struct.unpack(">BHH", take(data, segment.body, 5))
            header = Header("JPEG", width, height, bits=bits)
        if segment.marker == START_OF_SCAN:
            break
    if not header:
        raise Malformed("no frame header")
    return header


def read_segments(data: bytes, parts: Parts) -> Iterator[Segment]:
    """Up to the end of the image; skips what lies between segments, such as coded pixels.

    Raises:
        Incomplete: the data end before the image does.
    """
    at = 2
    while True:
        parts.count()
        start = _next_marker(data, at)
        parts.count(_SEARCH_PARTS if start > at else 0)
        marker = data[start + 1]
        if marker == END_OF_IMAGE:
            return
        at = start + 2 + max(2, number(data, start + 2, 2))
        yield Segment(marker, start, start + 4, at)


def _next_marker(data: bytes, at: int) -> int:
    """The position of the next 0xFF that begins a marker with a body or the end of the image.

    Searched in growing blocks translated to classes of bytes: a search for each 0xFF alone would take a
    second where every other byte is one. Raises Incomplete.
    """
    size = _FIRST_BLOCK_BYTES
    while at < len(data):
        found = data[at : at + size].translate(_CLASS_BY_BYTE).find(_MARKER_CLASSES)
        if found >= 0:
            return at + found
        at += size - 1  # the last byte may be the 0xFF of a marker
        size = min(2 * size, _MAX_BLOCK_BYTES)
    raise Incomplete
