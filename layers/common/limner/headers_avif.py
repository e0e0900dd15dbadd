"""AVIF: AV1 Image File Format 1.1 in the boxes of ISO/IEC 14496-12."""

import struct
from collections.abc import Iterator

from limner.headers import Header, Malformed, bounded, number, take

_LARGEST_INDEX = 4 * 2**20
_SIZES = (b"iprp", b"ipco", b"ispe")
_SAMPLE_TABLES = (b"trak", b"mdia", b"minf", b"stbl", b"stsz")
_TRACK_HEADERS = (b"trak", b"tkhd")

Span = tuple[int, int]


def read_avif(data: bytes) -> Header:
    if data[8:12] == b"avis":
        return _sequence(data, *_index(data, b"moov"))
    at, end = _index(data, b"meta")
    return _still(data, at + 4, end)


def _index(data: bytes, kind: bytes) -> Span:
    """Where the body of the file's first box of this kind begins and ends; all of it is there."""
    for found, at, end in _boxes(data, 0, 2**63):
        if found == kind:
            if end - at > _LARGEST_INDEX:
                raise Malformed(f"{kind!r} of {end - at} bytes")
            take(data, at, end - at)
            return at, end
    raise Malformed(f"no {kind!r} box")


def _still(data: bytes, at: int, end: int) -> Header:
    sizes = [
        (number(data, ispe + 4, 4), number(data, ispe + 8, 4)) for ispe, _ in _find(data, _SIZES, at, end)
    ]
    if not sizes:
        raise Malformed("no size")
    return Header("AVIF", *max(sizes, key=lambda size: size[0] * size[1]))


def _sequence(data: bytes, at: int, end: int) -> Header:
    """A sequence counts as several pictures even when it says that it has one."""
    counts = [number(data, stsz + 8, 4) for stsz, _ in _find(data, _SAMPLE_TABLES, at, end)]
    ends = [stop for _, stop in _find(data, _TRACK_HEADERS, at, end)]
    sides = [(number(data, stop - 8, 2), number(data, stop - 4, 2)) for stop in ends]
    if not counts or not sides:
        raise Malformed("no track")
    return Header("AVIF", *max(sides), frames=max(2, *counts))


def _find(data: bytes, path: tuple[bytes, ...], at: int, end: int) -> Iterator[Span]:
    """Every box at `path`: (where its body begins, where it ends)."""
    for kind, body, stop in _boxes(data, at, end):
        if kind == path[0] and len(path) == 1:
            yield body, stop
        elif kind == path[0]:
            yield from _find(data, path[1:], body, stop)


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    return bounded(_all_boxes(data, at, end))


def _all_boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(kind, where its body begins, where it ends)."""
    while at + 8 <= end:
        size, kind = struct.unpack(">I4s", take(data, at, 8))
        body = at + 8
        if size == 1:
            size, body = number(data, body, 8), body + 8
        stop = at + size if size else end
        if not body <= stop <= end:
            raise Malformed(f"box {kind!r} of {size} bytes")
        yield kind, body, stop
        at = stop
