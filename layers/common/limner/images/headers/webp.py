"""WebP, RFC 9649."""

from collections.abc import Callable

from limner.images.headers.common import Header, Incomplete, Malformed, take

_VP8_START_CODE = b"\x9d\x01\x2a"
_VP8L_SIGNATURE = b"\x2f"
_FOURTEEN_BITS = 0x3FFF
_ANIMATED = 0x02
_VP8X_CHUNKS_AT = 30


def _little(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(take(data, at, size), "little")


def read_webp(data: bytes) -> Header:
    kind = take(data, 12, 4)
    if kind not in _KINDS:
        raise Malformed(f"starts with {kind!r}")
    return _KINDS[kind](data)


def _lossy(data: bytes) -> Header:
    if take(data, 23, 3) != _VP8_START_CODE:
        raise Malformed("no VP8 start code")
    return Header("WEBP", _little(data, 26, 2) & _FOURTEEN_BITS, _little(data, 28, 2) & _FOURTEEN_BITS)


def _lossless(data: bytes) -> Header:
    if take(data, 20, 1) != _VP8L_SIGNATURE:
        raise Malformed("no VP8L signature")
    sides = _little(data, 21, 4)
    return Header("WEBP", (sides & _FOURTEEN_BITS) + 1, (sides >> 14 & _FOURTEEN_BITS) + 1)


def _extended(data: bytes) -> Header:
    width, height = _little(data, 24, 3) + 1, _little(data, 27, 3) + 1
    frames = _frames(data) if take(data, 20, 1)[0] & _ANIMATED else 1
    return Header("WEBP", width, height, frames)


def _frames(data: bytes) -> int:
    """As many as can be seen; one alone counts only once the file has been walked to its end."""
    frames, at, end = 0, _VP8X_CHUNKS_AT, 8 + _little(data, 4, 4)
    try:
        while at < end:
            frames += take(data, at, 4) == b"ANMF"
            at += 8 + (_little(data, at + 4, 4) + 1) // 2 * 2
    except Incomplete:
        if frames < 2:  # noqa: PLR2004 - two are already several
            raise
    return frames


_KINDS: dict[bytes, Callable[[bytes], Header]] = {
    b"VP8 ": _lossy,
    b"VP8L": _lossless,
    b"VP8X": _extended,
}
