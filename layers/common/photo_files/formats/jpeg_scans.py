"""Which scans a JPEG must have until every coefficient is there, ITU-T T.81."""

import re
from typing import NamedTuple

from photo_files.headers.common import Malformed
from photo_files.headers.jpeg import FRAME_MARKERS, START_OF_SCAN, Segment

_COEFFICIENTS = 64
_PROGRESSIVE = 0xC2
_FIRST_ARITHMETIC = 0xC9
_RESTART_INTERVAL = 0xDD
_RESTART_MARKER = re.compile(rb"\xff[\xd0-\xd7]")
_BLOCK_PX = 8


class Component(NamedTuple):
    """With its sampling factors."""

    identity: int
    across: int
    down: int


class Frame(NamedTuple):
    marker: int
    width: int
    height: int
    components: tuple[Component, ...]


class Scan(NamedTuple):
    """The coefficients from `first` to `last` of these components, down to the bit `low_bit`."""

    components: tuple[int, ...]
    first: int
    last: int
    low_bit: int


def lacks_coefficients(data: bytes, segments: list[Segment]) -> bool:
    """Whether some coefficient of a component is in no scan, or not with all its bits."""
    frame = _frame(data, segments)
    wanted = _COEFFICIENTS if frame.marker == _PROGRESSIVE else 1
    missing = {(component.identity, index) for component in frame.components for index in range(wanted)}
    for segment in segments:
        if segment.marker == START_OF_SCAN:
            scan = _scan(data, segment)
            complete = scan.low_bit == 0 if frame.marker == _PROGRESSIVE else _is_sequential(scan)
            if complete:
                indices = range(scan.first, scan.last + 1) if frame.marker == _PROGRESSIVE else range(1)
                missing -= {(component, index) for component in scan.components for index in indices}
    return bool(missing)


def _is_sequential(scan: Scan) -> bool:
    """Whether its header is one of a sequential file, and not cut off and filled with zeros."""
    return (scan.first, scan.last, scan.low_bit) == (0, _COEFFICIENTS - 1, 0)


def lacks_restarts(data: bytes, segments: list[Segment], coded: bytes) -> bool:
    """Whether the last scan has fewer restart markers than its pixels need.

    Raises:
        Malformed: for arithmetic coding, which may leave out zeros at its end.
    """
    frame = _frame(data, segments)
    if frame.marker >= _FIRST_ARITHMETIC:
        raise Malformed("arithmetic coding without an end")
    last = next(segment for segment in reversed(segments) if segment.marker == START_OF_SCAN)
    interval = 0
    for segment in segments:
        if segment.marker == _RESTART_INTERVAL:
            interval = int.from_bytes(data[segment.body : segment.body + 2], "big")
    if not interval:
        return False
    restarts = (_units(frame, _scan(data, last)) - 1) // interval
    return len(_RESTART_MARKER.findall(coded)) < restarts


def _units(frame: Frame, scan: Scan) -> int:
    """The minimum coded units of a scan: groups of blocks, or the blocks of its only component."""
    across, down = max(c.across for c in frame.components), max(c.down for c in frame.components)
    if len(scan.components) > 1:
        return _ceil(frame.width, _BLOCK_PX * across) * _ceil(frame.height, _BLOCK_PX * down)
    component = next(c for c in frame.components if c.identity == scan.components[0])
    width, height = _ceil(frame.width * component.across, across), _ceil(frame.height * component.down, down)
    return _ceil(width, _BLOCK_PX) * _ceil(height, _BLOCK_PX)


def _ceil(value: int, divisor: int) -> int:
    return -(-value // divisor)


def _frame(data: bytes, segments: list[Segment]) -> Frame:
    segment = next(segment for segment in segments if segment.marker in FRAME_MARKERS)
    body = data[segment.body : segment.end]
    height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
    entries = [body[at : at + 3] for at in range(6, 6 + 3 * body[5], 3)]
    components = tuple(Component(entry[0], entry[1] >> 4, entry[1] & 15) for entry in entries)
    return Frame(segment.marker, width, height, components)


def _scan(data: bytes, segment: Segment) -> Scan:
    body = data[segment.body : segment.end]
    count = body[0]
    first, last, bits = body[1 + 2 * count : 4 + 2 * count]
    return Scan(tuple(body[1 : 1 + 2 * count : 2]), first, last, bits & 15)
