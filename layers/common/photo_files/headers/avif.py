"""AVIF: AV1 Image File Format 1.1 in the boxes of ISO/IEC 14496-12."""

from collections.abc import Iterator

from photo_files.headers.av1 import first_colour, largest_frame
from photo_files.headers.avif_items import av1_items, first_av1_item, payloads, primary_item, properties_of
from photo_files.headers.boxes import Boxes, Span
from photo_files.headers.cicp import Cicp
from photo_files.headers.common import Header, Incomplete, Malformed, Parts, number, take

_MAX_META_BYTES = 2**20
_SIZE_BOX_PATH = (b"iprp", b"ipco", b"ispe")
_SAMPLE_SIZE_BOX_PATH = (b"trak", b"mdia", b"minf", b"stbl", b"stsz")
_TRACK_HEADER_BOX_PATH = (b"trak", b"tkhd")
_FULL_RANGE_FLAG = 0x80
_PIXI_FIRST_DEPTH = 5  # behind version, flags and the number of channels


def read_avif(data: bytes, parts: Parts) -> Header:
    boxes = Boxes(data, parts)
    if data[8:12] == b"avis":
        return _sequence(boxes, *_metadata_box(boxes, b"moov"))
    return _still(boxes, *_still_metadata(boxes))


def read_avif_colour(data: bytes) -> Cicp:
    """The code points of a still picture: those of the primary item's `colr` box or, without one, those of
    its AV1 sequence header; unspecified where neither has any."""
    boxes = Boxes(data, Parts())
    try:
        at, end = _still_metadata(boxes)
        return _from_colr(boxes, at, end) or _from_sequence_header(boxes, at, end)
    except (Incomplete, Malformed):  # decoders are more lenient; what they cannot read they refuse
        return Cicp()


def matrix_position(data: bytes) -> int | None:
    """Where the file's `colr` box of code points has the 16 bits of the matrix; None without such a box, and
    where an ICC profile, which goes first, says what the colours are."""
    boxes = Boxes(data, Parts())
    try:
        found = {kind: body for kind, body, _ in _colour_boxes(boxes, *_still_metadata(boxes))}
    except (Incomplete, Malformed):
        return None
    return found[b"nclx"] + 8 if found.keys() == {b"nclx"} else None


def bits_per_channel(data: bytes) -> int:
    """Of the primary item's first channel, as its `pixi` box says; 8 without one."""
    boxes = Boxes(data, Parts())
    try:
        at, end = _still_metadata(boxes)
        for kind, body, stop in properties_of(boxes, at, end, primary_item(boxes, at, end)):
            if kind == b"pixi" and stop - body > _PIXI_FIRST_DEPTH:
                return number(boxes.data, body + _PIXI_FIRST_DEPTH, 1)
    except (Incomplete, Malformed):
        pass
    return 8


def _still_metadata(boxes: Boxes) -> Span:
    at, end = _metadata_box(boxes, b"meta")
    return at + 4, end


def _metadata_box(boxes: Boxes, kind: bytes) -> Span:
    """Begin and end of the body of the file's first box of this kind. Raises Incomplete, Malformed."""
    for box_kind, at, end in boxes.children(0, 2**63):
        if box_kind == kind:
            if end - at > _MAX_META_BYTES:
                raise Malformed(f"{kind!r} of {end - at} bytes")
            take(boxes.data, at, end - at)
            return at, end
    raise Malformed(f"no {kind!r} box")


def _still(boxes: Boxes, at: int, end: int) -> Header:
    sizes = [
        (number(boxes.data, ispe + 4, 4), number(boxes.data, ispe + 8, 4))
        for ispe, _ in boxes.find(_SIZE_BOX_PATH, at, end)
    ]
    if not sizes:
        raise Malformed("no size")
    items = set(av1_items(boxes, at, end))
    sizes += [largest_frame(payload, boxes.parts) for _, payload in payloads(boxes, at, end, items)]
    return Header("AVIF", *max(sizes, key=lambda size: size[0] * size[1]))


def _from_colr(boxes: Boxes, at: int, end: int) -> Cicp | None:
    for kind, body, stop in _colour_boxes(boxes, at, end):
        if kind == b"nclx" and stop - body >= 11:  # noqa: PLR2004
            primaries, transfer, matrix = (number(boxes.data, body + offset, 2) for offset in (4, 6, 8))
            is_full_range = bool(number(boxes.data, body + 10, 1) & _FULL_RANGE_FLAG)
            return Cicp(primaries, transfer, matrix, is_full_range)
    return None


def _colour_boxes(boxes: Boxes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, begin and end of each `colr` box of the primary item."""
    for kind, body, stop in properties_of(boxes, at, end, primary_item(boxes, at, end)):
        if kind == b"colr":
            yield take(boxes.data, body, 4), body, stop


def _from_sequence_header(boxes: Boxes, at: int, end: int) -> Cicp:
    item = first_av1_item(boxes, at, end, primary_item(boxes, at, end))
    found = (first_colour(payload, boxes.parts) for _, payload in payloads(boxes, at, end, {item}))
    return next(found, Cicp())


def _sequence(boxes: Boxes, at: int, end: int) -> Header:
    """A sequence counts as at least two frames, even if it declares one."""
    counts = [number(boxes.data, stsz + 8, 4) for stsz, _ in boxes.find(_SAMPLE_SIZE_BOX_PATH, at, end)]
    sides = list(_track_sides(boxes, at, end))
    if not counts or not sides:
        raise Malformed("no track")
    return Header("AVIF", *max(sides), frames=max(2, *counts))


def _track_sides(boxes: Boxes, at: int, end: int) -> Iterator[tuple[int, int]]:
    for _, stop in boxes.find(_TRACK_HEADER_BOX_PATH, at, end):
        yield number(boxes.data, stop - 8, 2), number(boxes.data, stop - 4, 2)
