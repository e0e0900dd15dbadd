"""The boxes of ISO base media files, ISO/IEC 14496-12."""

import struct
from collections.abc import Iterator

from photo_files.headers.common import Malformed, Parts, number, take

Span = tuple[int, int]
"""(begin, end) or (offset, length) in bytes."""


class Boxes:
    """The boxes of one file; every box that is met counts as a part of it."""

    def __init__(self, data: bytes, parts: Parts) -> None:
        self.data, self.parts = data, parts

    def find(self, path: tuple[bytes, ...], at: int, end: int) -> Iterator[Span]:
        """Begin and end of the body of every box at `path`. Raises Incomplete, Malformed."""
        for kind, body, stop in self.children(at, end):
            if kind == path[0] and len(path) == 1:
                yield body, stop
            elif kind == path[0]:
                yield from self.find(path[1:], body, stop)

    def children(self, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
        """(kind, begin and end of the body). Raises Incomplete, Malformed."""
        while at + 8 <= end:
            self.parts.count()
            size, kind = struct.unpack(">I4s", take(self.data, at, 8))
            body = at + 8
            if size == 1:
                size, body = number(self.data, body, 8), body + 8
            stop = at + size if size else end
            if not body <= stop <= end:
                raise Malformed(f"box {kind!r} of {size} bytes")
            yield kind, body, stop
            at = stop


class Cursor:
    """Calling it reads the next big-endian number of `size` bytes. Raises Incomplete."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at

    def __call__(self, size: int) -> int:
        self._at += size
        return number(self._data, self._at - size, size)
