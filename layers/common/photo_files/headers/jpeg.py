"""JPEG, ITU-T T.81."""

import re
import struct
from collections.abc import Iterator

from photo_files.headers.common import Header, Incomplete, Malformed, limited, number, take

MAX_SCANS = 100

_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_END_OF_IMAGE, _START_OF_SCAN = 0xD9, 0xDA
_MARKER_WITH_BODY = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])")


def read_jpeg(data: bytes) -> Header:
    for marker, at in limited(_segments(data)):
        if marker in _FRAME_MARKERS:
            bits, height, width = struct.unpack(">BHH", take(data, at + 2, 5))
            return Header("JPEG", width, height, bits=bits)
        if marker == _START_OF_SCAN:
            break
    raise Malformed("no frame header")


def has_few_scans(data: bytes) -> bool:
    """Whether it has at most MAX_SCANS scans: one takes only 60 bytes, but a pass over the picture."""
    scans = 0
    try:
        for marker, _ in limited(_segments(data)):
            scans += marker == _START_OF_SCAN
    except Incomplete:
        pass
    except Malformed:
        return False
    return scans <= MAX_SCANS


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """(marker, position of its length) up to the end of the image; skips bytes between segments."""
    at = 2
    while True:
        found = _MARKER_WITH_BODY.search(data, at)
        if not found:
            raise Incomplete
        marker, at = found[1][0], found.end()
        if marker == _END_OF_IMAGE:
            return
        yield marker, at
        at += max(2, number(data, at, 2))
