"""What a picture file says about itself before anything is decoded: the words all formats share."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

_MOST_PARTS = 65_536
Part = TypeVar("Part")


class Incomplete(Exception):
    """The bytes end before the header does."""


class Malformed(Exception):
    """The header contradicts its own format."""


@dataclass(frozen=True)
class Header:
    """`format` is Pillow's name of it; sizes in pixels as stored, before any rotation; `bits` per channel.
    An AVIF's size is the largest picture it declares: the photo itself, or something it is made of."""

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


def bounded(parts: Iterable[Part]) -> Iterator[Part]:
    """A file cut into millions of empty parts costs minutes to walk. Raises Malformed."""
    for count, part in enumerate(parts):
        if count == _MOST_PARTS:
            raise Malformed(f"more than {_MOST_PARTS} parts")
        yield part
