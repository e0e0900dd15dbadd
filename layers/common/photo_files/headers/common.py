"""What the header readers of all formats share."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

_MAX_PARTS = 65_536
Part = TypeVar("Part")


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


def limited(parts: Iterable[Part]) -> Iterator[Part]:
    """Raises Malformed after too many parts: a file of millions of empty ones would take minutes to read."""
    for count, part in enumerate(parts):
        if count == _MAX_PARTS:
            raise Malformed(f"more than {_MAX_PARTS} parts")
        yield part
