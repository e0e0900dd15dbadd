"""AVIF: AV1 Image File Format 1.1 in the boxes of ISO/IEC 14496-12."""

import struct
from collections.abc import Iterator
from itertools import islice

from photo_files.headers.av1 import largest_frame
from photo_files.headers.common import Header, Malformed, limited, number, take

_MAX_META_BYTES = 2**20
_MAX_ITEMS = 4096
_MAX_EXTENTS = 16
_MAX_BYTES_READ_RATIO = 3
"""Bytes of all items in total, over the file's size."""
_INFE_VERSION_WITH_32_BIT_IDS = 3
_SIZE_BOX_PATH = (b"iprp", b"ipco", b"ispe")
_SAMPLE_SIZE_BOX_PATH = (b"trak", b"mdia", b"minf", b"stbl", b"stsz")
_TRACK_HEADER_BOX_PATH = (b"trak", b"tkhd")

Span = tuple[int, int]
"""(begin, end) or (offset, length) in bytes."""


def read_avif(data: bytes) -> Header:
    if data[8:12] == b"avis":
        return _sequence(data, *_metadata_box(data, b"moov"))
    at, end = _metadata_box(data, b"meta")
    return _still(data, at + 4, end)


def _metadata_box(data: bytes, kind: bytes) -> Span:
    """Begin and end of the body of the file's first box of this kind. Raises Incomplete, Malformed."""
    for box_kind, at, end in _boxes(data, 0, 2**63):
        if box_kind == kind:
            if end - at > _MAX_META_BYTES:
                raise Malformed(f"{kind!r} of {end - at} bytes")
            take(data, at, end - at)
            return at, end
    raise Malformed(f"no {kind!r} box")


def _still(data: bytes, at: int, end: int) -> Header:
    sizes = [
        (number(data, ispe + 4, 4), number(data, ispe + 8, 4))
        for ispe, _ in _find(data, _SIZE_BOX_PATH, at, end)
    ]
    if not sizes:
        raise Malformed("no size")
    sizes += [largest_frame(payload) for payload in _payloads(data, at, end)]
    return Header("AVIF", *max(sizes, key=lambda size: size[0] * size[1]))


# ── AV1 data of a still picture: `iinf` has the items' types, `iloc` their positions ─────────────────


def _payloads(data: bytes, at: int, end: int) -> Iterator[bytes]:
    """The AV1 items, as far as `data` contains them."""
    av1_items = set(_av1_items(data, at, end))
    empty = (len(data), len(data))
    idat, _ = next(_find(data, (b"idat",), at, end), empty)
    for iloc, _ in islice(_find(data, (b"iloc",), at, end), 1):
        budget = _MAX_BYTES_READ_RATIO * len(data)
        for item, in_idat, extents in _locations(data, iloc):
            if item in av1_items:
                yield (payload := _joined(data, idat if in_idat else 0, extents, budget))
                budget -= len(payload)


def _joined(data: bytes, base: int, extents: list[Span], budget: int) -> bytes:
    parts = [slice(base + start, base + start + (size or len(data))) for start, size in extents]
    if sum(len(range(*part.indices(len(data)))) for part in parts) > budget:
        raise Malformed("overlapping items")
    return b"".join(data[part] for part in parts)


def _av1_items(data: bytes, at: int, end: int) -> Iterator[int]:
    for iinf, stop in _find(data, (b"iinf",), at, end):
        entries = iinf + (8 if number(data, iinf, 1) else 6)
        for infe, _ in _find(data, (b"infe",), entries, stop):
            id_size = 4 if number(data, infe, 1) == _INFE_VERSION_WITH_32_BIT_IDS else 2
            if take(data, infe + 6 + id_size, 4) == b"av01":
                yield number(data, infe + 4, id_size)


def _locations(data: bytes, at: int) -> Iterator[tuple[int, bool, list[Span]]]:
    """(item, whether it is in `idat`, its extents as offset and length; length 0 means to the end)."""
    version, sizes = number(data, at, 1), number(data, at + 4, 2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    read = _Cursor(data, at + 6)
    id_size = 4 if version > 1 else 2
    count = read(id_size)
    if count > _MAX_ITEMS:
        raise Malformed(f"{count} items")
    for _ in range(count):
        item = read(id_size)
        in_idat = version > 0 and read(2) & 15 == 1
        read(2)
        base = read(base_size)
        yield (
            item,
            in_idat,
            list(_extents(read, base, index_size if version else 0, offset_size, length_size)),
        )


def _extents(read: "_Cursor", base: int, index: int, offset: int, length: int) -> Iterator[Span]:
    """The last three arguments are the sizes of these numbers in bytes."""
    count = read(2)
    if count > _MAX_EXTENTS:
        raise Malformed(f"an item with {count} extents")
    for _ in range(count):
        read(index)
        yield base + read(offset), read(length)


class _Cursor:
    """Calling it reads the next big-endian number of `size` bytes."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at

    def __call__(self, size: int) -> int:
        self._at += size
        return number(self._data, self._at - size, size)


def _sequence(data: bytes, at: int, end: int) -> Header:
    """A sequence counts as at least two frames, even if it declares one."""
    counts = [number(data, stsz + 8, 4) for stsz, _ in _find(data, _SAMPLE_SIZE_BOX_PATH, at, end)]
    ends = [stop for _, stop in _find(data, _TRACK_HEADER_BOX_PATH, at, end)]
    sides = [(number(data, stop - 8, 2), number(data, stop - 4, 2)) for stop in ends]
    if not counts or not sides:
        raise Malformed("no track")
    return Header("AVIF", *max(sides), frames=max(2, *counts))


def _find(data: bytes, path: tuple[bytes, ...], at: int, end: int) -> Iterator[Span]:
    """Begin and end of the body of every box at `path`."""
    for kind, body, stop in _boxes(data, at, end):
        if kind == path[0] and len(path) == 1:
            yield body, stop
        elif kind == path[0]:
            yield from _find(data, path[1:], body, stop)


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    return limited(_all_boxes(data, at, end))


def _all_boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(kind, begin and end of the body)."""
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
