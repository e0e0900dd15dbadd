"""What the header readers of all formats share."""

from dataclasses import dataclass

MAX_PARTS = 65_536
"""Of one file, in one pass over it."""


class Incomplete(Exception):
    """The bytes end before the header does."""


class Malformed(Exception):
    """The header violates its format."""


@dataclass(frozen=True)
class Header:
    """`format` is Pillow's name; sizes in pixels as stored, before any rotation; `bits` per channel. For
    AVIF the size is that of the largest picture declared: the photo, or one it is composed of."""

    format: str
    width: int
    height: int
    frames: int = 1
    bits: int = 8


def take(data: bytes, at: int, size: int) -> bytes:
    """Raises Incomplete."""
    if at + size > len(data):
        raise Incomplete
    return data[at : at + size]


def number(data: bytes, at: int, size: int) -> int:
    """Big-endian. Raises Incomplete."""
    return int.from_bytes(take(data, at, size), "big")


class Parts:
    """Counts what the reader of one file takes apart: chunks, segments, boxes, items, extents, OBUs.

    One count for all its loops, because loops of a few thousand parts each multiply when nested.
    """

    def __init__(self) -> None:
        self._left = MAX_PARTS

    def count(self, parts: int = 1) -> None:
        """Raises Malformed after too many parts: a file of millions of empty ones would take seconds."""
        self._left -= parts
        if self._left < 0:
            raise Malformed(f"more than {MAX_PARTS} parts")
