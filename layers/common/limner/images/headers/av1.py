"""The picture size inside AV1 data: sections 5.3 to 5.5 of the AV1 bitstream specification.

An AVIF's boxes may say 160 × 160 over a payload of 16,384 × 16,384, and decoders
only notice afterwards.
"""

from collections.abc import Iterator

from limner.images.headers.common import Malformed, bounded

_SEQUENCE_HEADER = 1
_LONGEST_HEADER = 512
_TIERED_LEVEL = 7


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data[:_LONGEST_HEADER].ljust(_LONGEST_HEADER, b"\0"), "big")
        self._left = 8 * _LONGEST_HEADER

    def __call__(self, count: int) -> int:
        if count > self._left:
            raise Malformed("endless AV1 header")
        self._left -= count
        return self._value >> self._left & ((1 << count) - 1)

    def skip_golomb(self) -> None:
        zeros = 0
        while not self(1):
            zeros += 1
        self(zeros)


def largest_frame(payload: bytes) -> tuple[int, int]:
    """(width, height) that the largest sequence header allows its frames; (0, 0) where there is none."""
    sizes = [_frame_size(_Bits(header)) for header in bounded(_sequence_headers(payload))]
    return max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))


def _sequence_headers(payload: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(payload):
        first = payload[at]
        kind, has_extension, has_size = first >> 3 & 15, first >> 2 & 1, first >> 1 & 1
        at += 1 + has_extension
        size, at = _leb128(payload, at) if has_size else (len(payload) - at, at)
        if kind == _SEQUENCE_HEADER:
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


def _frame_size(bits: _Bits) -> tuple[int, int]:
    bits(4)  # profile, still_picture
    if bits(1):  # reduced_still_picture_header
        bits(5)
    else:
        _skip_timing_and_operating_points(bits)
    width_bits, height_bits = bits(4) + 1, bits(4) + 1
    return bits(width_bits) + 1, bits(height_bits) + 1


def _skip_timing_and_operating_points(bits: _Bits) -> None:
    delay_bits = _skip_timing(bits) if bits(1) else 0
    has_initial_delay = bits(1)
    for _ in range(bits(5) + 1):
        bits(12)
        if bits(5) > _TIERED_LEVEL:
            bits(1)
        if delay_bits and bits(1):
            bits(2 * delay_bits + 1)
        if has_initial_delay and bits(1):
            bits(4)


def _skip_timing(bits: _Bits) -> int:
    """How many bits a decoder's buffer delay has; 0 without a decoder model."""
    bits(64)
    if bits(1):
        bits.skip_golomb()
    if not bits(1):
        return 0
    delay_bits = bits(5) + 1
    bits(32 + 5 + 5)
    return delay_bits
