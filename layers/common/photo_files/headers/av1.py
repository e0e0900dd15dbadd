"""The frame size in AV1 data: sections 5.3 to 5.5 of the AV1 bitstream specification.

An AVIF's boxes may declare 160 × 160 for a payload of 16,384 × 16,384; decoders check only after decoding.
"""

from collections.abc import Iterator

from photo_files.headers.common import Malformed, limited

_OBU_SEQUENCE_HEADER = 1
_MAX_HEADER_BYTES = 512
_MAX_LEVEL_WITHOUT_TIER = 7


class _BitReader:
    """Calling it reads the next `count` bits, most significant first; zeros follow the data."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data[:_MAX_HEADER_BYTES].ljust(_MAX_HEADER_BYTES, b"\0"), "big")
        self._bits_left = 8 * _MAX_HEADER_BYTES

    def __call__(self, count: int) -> int:
        if count > self._bits_left:
            raise Malformed("AV1 header too long")
        self._bits_left -= count
        return self._value >> self._bits_left & ((1 << count) - 1)

    def skip_golomb(self) -> None:
        zeros = 0
        while not self(1):
            zeros += 1
        self(zeros)


def largest_frame(payload: bytes) -> tuple[int, int]:
    """The largest maximum frame size (width, height) of the sequence headers; (0, 0) without any."""
    sizes = [_frame_size(_BitReader(header)) for header in limited(_sequence_headers(payload))]
    return max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))


def _sequence_headers(payload: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(payload):
        first = payload[at]
        kind, has_extension, has_size = first >> 3 & 15, first >> 2 & 1, first >> 1 & 1
        at += 1 + has_extension
        size, at = _leb128(payload, at) if has_size else (len(payload) - at, at)
        if kind == _OBU_SEQUENCE_HEADER:
            yield payload[at : at + size]
        at += size


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    """(value, where it ends)."""
    value = 0
    for index, byte in enumerate(data[at : at + 8]):
        value |= (byte & 0x7F) << 7 * index
        if not byte & 0x80:
            return value, at + index + 1
    return 0, len(data)


def _frame_size(bits: _BitReader) -> tuple[int, int]:
    bits(4)  # profile, still_picture
    if bits(1):  # reduced_still_picture_header
        bits(5)
    else:
        _skip_timing_and_operating_points(bits)
    width_bits, height_bits = bits(4) + 1, bits(4) + 1
    return bits(width_bits) + 1, bits(height_bits) + 1


def _skip_timing_and_operating_points(bits: _BitReader) -> None:
    delay_bits = _skip_timing(bits) if bits(1) else 0
    has_initial_delay = bits(1)
    for _ in range(bits(5) + 1):
        bits(12)
        if bits(5) > _MAX_LEVEL_WITHOUT_TIER:
            bits(1)
        if delay_bits and bits(1):
            bits(2 * delay_bits + 1)
        if has_initial_delay and bits(1):
            bits(4)


def _skip_timing(bits: _BitReader) -> int:
    """The length in bits of a decoder's buffer delay; 0 without a decoder model."""
    bits(64)
    if bits(1):
        bits.skip_golomb()
    if not bits(1):
        return 0
    delay_bits = bits(5) + 1
    bits(32 + 5 + 5)
    return delay_bits
