"""JPEG, ITU-T T.81."""

import re
import struct
from collections.abc import Iterator

from limner.images.headers.common import Header, Incomplete, Malformed, bounded, number, take

MOST_SCANS = 100

_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_END_OF_IMAGE, _START_OF_SCAN = 0xD9, 0xDA
_MARKER_WITH_BODY = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])")


def read_jpeg(data: bytes) -> Header:
    for marker, at in bounded(_segments(data)):
        if marker in _FRAME_MARKERS:
            bits, height, width = struct.unpack(">BHH", take(data, at + 2, 5))
            return Header("JPEG", width, height, bits=bits)
        if marker == _START_OF_SCAN:
            break
    raise Malformed("no frame header")


def jpeg_is_affordable(data: bytes) -> bool:
    """Whether it has at most MOST_SCANS scans: each passes over the whole picture, and 60 bytes make one."""
    scans = 0
    try:
        for marker, _ in bounded(_segments(data)):
            scans += marker == _START_OF_SCAN
    except Incomplete:
        pass
    except Malformed:
        return False
    return scans <= MOST_SCANS


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """(marker, where its length is) to the end of the image; what lies between segments is passed over."""
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
