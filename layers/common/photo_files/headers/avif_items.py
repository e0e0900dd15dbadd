"""The items of an AVIF: `iinf` has their types, `iloc` their positions, `ipma` their properties."""

from collections.abc import Iterator
from itertools import islice

from photo_files.headers.boxes import Boxes, Cursor, Span
from photo_files.headers.common import Malformed, number, take

_MAX_ITEMS = 4096
_MAX_EXTENTS = 16
_MAX_BYTES_READ_RATIO = 3
"""Bytes of all items in total, over the file's size."""
_INFE_VERSION_WITH_32_BIT_IDS = 3
_LONG_INDEX_FLAG = 1


def primary_item(boxes: Boxes, at: int, end: int) -> int:
    """The id of the item that the file shows. Raises Malformed."""
    for pitm, _ in boxes.find((b"pitm",), at, end):
        return number(boxes.data, pitm + 4, 4 if number(boxes.data, pitm, 1) else 2)
    raise Malformed("no primary item")


def av1_items(boxes: Boxes, at: int, end: int) -> Iterator[int]:
    data = boxes.data
    for iinf, stop in boxes.find((b"iinf",), at, end):
        entries = iinf + (8 if number(data, iinf, 1) else 6)
        for infe, _ in boxes.find((b"infe",), entries, stop):
            id_size = 4 if number(data, infe, 1) == _INFE_VERSION_WITH_32_BIT_IDS else 2
            if take(data, infe + 6 + id_size, 4) == b"av01":
                yield number(data, infe + 4, id_size)


def first_av1_item(boxes: Boxes, at: int, end: int, item: int) -> int:
    """The item itself, or the first one from which it is composed, such as the first tile of a grid."""
    for iref, stop in boxes.find((b"iref",), at, end):
        id_size = 4 if number(boxes.data, iref, 1) else 2
        for dimg, _ in boxes.find((b"dimg",), iref + 4, stop):
            if number(boxes.data, dimg, id_size) == item:
                return number(boxes.data, dimg + id_size + 2, id_size)
    return item


def properties_of(boxes: Boxes, at: int, end: int, item: int) -> Iterator[tuple[bytes, int, int]]:
    """(kind, begin and end of the body) of the item's properties."""
    for iprp, stop in boxes.find((b"iprp",), at, end):
        properties = [
            box for ipco, end in boxes.find((b"ipco",), iprp, stop) for box in boxes.children(ipco, end)
        ]
        for ipma, _ in boxes.find((b"ipma",), iprp, stop):
            for index in _property_indices(boxes, ipma, item):
                if 0 < index <= len(properties):
                    yield properties[index - 1]


def _property_indices(boxes: Boxes, at: int, item: int) -> Iterator[int]:
    """From 1; 0 stands for none."""
    id_size = 4 if number(boxes.data, at, 1) else 2
    index_size = 2 if number(boxes.data, at + 3, 1) & _LONG_INDEX_FLAG else 1
    read = Cursor(boxes.data, at + 4)
    for _ in range(read(4)):
        boxes.parts.count()
        owner = read(id_size)
        for _ in range(read(1)):
            boxes.parts.count()
            index = read(index_size) & (1 << 8 * index_size - 1) - 1
            if owner == item:
                yield index


def payloads(boxes: Boxes, at: int, end: int, items: set[int]) -> Iterator[tuple[int, bytes]]:
    """(item, its data) of these items, as far as the file has been read."""
    data = boxes.data
    empty = (len(data), len(data))
    idat, _ = next(boxes.find((b"idat",), at, end), empty)
    for iloc, _ in islice(boxes.find((b"iloc",), at, end), 1):
        budget = _MAX_BYTES_READ_RATIO * len(data)
        for item, in_idat, extents in _locations(boxes, iloc):
            if item in items:
                payload = _joined(data, idat if in_idat else 0, extents, budget)
                budget -= len(payload)
                yield item, payload


def _joined(data: bytes, base: int, extents: list[Span], budget: int) -> bytes:
    slices = [slice(base + start, base + start + (size or len(data))) for start, size in extents]
    if sum(len(range(*part.indices(len(data)))) for part in slices) > budget:
        raise Malformed("overlapping items")
    return b"".join(data[part] for part in slices)


def _locations(boxes: Boxes, at: int) -> Iterator[tuple[int, bool, list[Span]]]:
    """(item, whether it is in `idat`, its extents as offset and length; length 0 means to the end)."""
    version, sizes = number(boxes.data, at, 1), number(boxes.data, at + 4, 2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    read = Cursor(boxes.data, at + 6)
    id_size = 4 if version > 1 else 2
    count = read(id_size)
    if count > _MAX_ITEMS:
        raise Malformed(f"{count} items")
    for _ in range(count):
        item = read(id_size)
        in_idat = version > 0 and read(2) & 15 == 1
        read(2)
        base = read(base_size)
        extents = _extents(read, base, index_size if version else 0, offset_size, length_size)
        boxes.parts.count(1 + len(extents))
        yield item, in_idat, extents


def _extents(read: Cursor, base: int, index: int, offset: int, length: int) -> list[Span]:
    """The last three arguments are the sizes of these numbers in bytes."""
    count = read(2)
    if count > _MAX_EXTENTS:
        raise Malformed(f"an item with {count} extents")
    extents = []
    for _ in range(count):
        read(index)
        extents.append((base + read(offset), read(length)))
    return extents
