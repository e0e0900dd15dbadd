"""The frame size and the colours in AV1 data: sections 5.3 to 5.5 of the AV1 bitstream specification.

An AVIF's boxes may declare 160 × 160 for a payload of 16,384 × 16,384; decoders check only after decoding.
"""

from collections.abc import Iterator

from photo_files.headers.cicp import Cicp
from photo_files.headers.common import Malformed, Parts

_OBU_SEQUENCE_HEADER = 1
_SEQUENCE_HEADER_PARTS = 32
"""A sequence header counts as so many parts, because it has up to 200 fields."""
_HIGH_PROFILE, _PROFESSIONAL_PROFILE = 1, 2
_MAX_HEADER_BYTES = 512
_MAX_LEVEL_WITHOUT_TIER = 7
_MAX_GOLOMB_ZEROS = 32


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
        for zeros in range(_MAX_GOLOMB_ZEROS + 1):
            if self(1):
                self(zeros)
                return
        raise Malformed("AV1 number too long")


def largest_frame(payload: bytes, parts: Parts) -> tuple[int, int]:
    """The largest maximum frame size (width, height) of the sequence headers; (0, 0) without any."""
    sizes = [_frame_size(_BitReader(header)) for header in _sequence_headers(payload, parts)]
    return max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))


def first_colour(payload: bytes, parts: Parts) -> Cicp:
    """The code points in the first sequence header; unspecified if it has none."""
    for header in _sequence_headers(payload, parts):
        return _colour(_BitReader(header))
    return Cicp()


def _sequence_headers(payload: bytes, parts: Parts) -> Iterator[bytes]:
    at = 0
    while at < len(payload):
        parts.count()
        first = payload[at]
        kind, has_extension, has_size = first >> 3 & 15, first >> 2 & 1, first >> 1 & 1
        at += 1 + has_extension
        size, at = _leb128(payload, at) if has_size else (len(payload) - at, at)
        if kind == _OBU_SEQUENCE_HEADER:
            parts.count(_SEQUENCE_HEADER_PARTS)
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
    _skip_to_frame_size(bits)
    return _read_frame_size(bits)


def _skip_to_frame_size(bits: _BitReader) -> tuple[int, bool]:
    """(profile, whether it is the reduced header of a still picture)."""
    profile, _, is_reduced = bits(3), bits(1), bool(bits(1))
    if is_reduced:
        bits(5)
    else:
        _skip_timing_and_operating_points(bits)
    return profile, is_reduced


def _read_frame_size(bits: _BitReader) -> tuple[int, int]:
    width_bits, height_bits = bits(4) + 1, bits(4) + 1
    return bits(width_bits) + 1, bits(height_bits) + 1


def _colour(bits: _BitReader) -> Cicp:
    profile, is_reduced = _skip_to_frame_size(bits)
    _read_frame_size(bits)
    if not is_reduced and bits(1):  # frame_id_numbers_present_flag
        bits(4 + 3)
    bits(3)  # enable_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
    if not is_reduced:
        _skip_tools_of_video(bits)
    bits(3)  # enable_superres, enable_cdef, enable_restoration
    is_high_bit_depth = bits(1)
    if profile == _PROFESSIONAL_PROFILE and is_high_bit_depth:
        bits(1)  # twelve_bit
    if profile != _HIGH_PROFILE:
        bits(1)  # mono_chrome
    has_description = bits(1)
    return Cicp(bits(8), bits(8), bits(8)) if has_description else Cicp()


def _skip_tools_of_video(bits: _BitReader) -> None:
    bits(4)  # enable_interintra_compound, enable_masked_compound, enable_warped_motion, enable_dual_filter
    has_order_hint = bits(1)
    if has_order_hint:
        bits(2)  # enable_jnt_comp, enable_ref_frame_mvs
    may_use_screen_content_tools = bool(bits(1)) or bool(bits(1))
    if may_use_screen_content_tools and not bits(1):  # seq_choose_integer_mv
        bits(1)
    if has_order_hint:
        bits(3)


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
