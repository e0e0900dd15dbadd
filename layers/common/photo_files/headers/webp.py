"""WebP, RFC 9649."""

from collections.abc import Callable, Iterator

from photo_files.headers.common import Header, Incomplete, Malformed, Parts, take

_VP8_START_CODE = b"\x9d\x01\x2a"
_VP8L_SIGNATURE = b"\x2f"
_SIZE_MASK_14_BIT = 0x3FFF
_ANIMATION_FLAG = 0x02
_FIRST_CHUNK_OFFSET = 12


def _little_endian(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(take(data, at, size), "little")


def read_webp(data: bytes, parts: Parts) -> Header:
    kind = take(data, 12, 4)
    if kind not in _READER_BY_CHUNK:
        raise Malformed(f"begins with chunk {kind!r}")
    return _READER_BY_CHUNK[kind](data, parts)


def _lossy(data: bytes, _: Parts) -> Header:
    if take(data, 23, 3) != _VP8_START_CODE:
        raise Malformed("no VP8 start code")
    return Header(
        "WEBP",
        _little_endian(data, 26, 2) & _SIZE_MASK_14_BIT,
        _little_endian(data, 28, 2) & _SIZE_MASK_14_BIT,
    )


def _lossless(data: bytes, _: Parts) -> Header:
    if take(data, 20, 1) != _VP8L_SIGNATURE:
        raise Malformed("no VP8L signature")
    sides = _little_endian(data, 21, 4)
    return Header("WEBP", (sides & _SIZE_MASK_14_BIT) + 1, (sides >> 14 & _SIZE_MASK_14_BIT) + 1)


def _extended(data: bytes, parts: Parts) -> Header:
    width, height = _little_endian(data, 24, 3) + 1, _little_endian(data, 27, 3) + 1
    frames = _frames(data, parts) if take(data, 20, 1)[0] & _ANIMATION_FLAG else 1
    return Header("WEBP", width, height, frames)


def read_chunks(data: bytes, parts: Parts) -> Iterator[tuple[bytes, int, int]]:
    """(kind, position of the body, its declared length). Raises Incomplete at the end of the data."""
    at = _FIRST_CHUNK_OFFSET
    while True:
        parts.count()
        kind, length = take(data, at, 4), _little_endian(data, at + 4, 4)
        yield kind, at + 8, length
        at += 8 + (length + 1) // 2 * 2


def _frames(data: bytes, parts: Parts) -> int:
    """At least two once two are found; fewer only after the whole file has been read. Raises Incomplete."""
    frames, end = 0, 8 + _little_endian(data, 4, 4)
    try:
        for kind, body, _ in read_chunks(data, parts):
            if body - 8 >= end:
                break
            frames += kind == b"ANMF"
    except Incomplete:
        if frames < 2:  # noqa: PLR2004 - two are enough to refuse the file
            raise
    return frames


_READER_BY_CHUNK: dict[bytes, Callable[[bytes, Parts], Header]] = {
    b"VP8 ": _lossy,
    b"VP8L": _lossless,
    b"VP8X": _extended,
}
