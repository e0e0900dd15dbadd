"""What an AVIF says of its colours, and how it is decoded so that none of their bits are lost.

For the matrices of BT.709, BT.601 and BT.2020 libavif leaves the conversion to RGB to libyuv, which cuts
chroma and the result to 8 bits without rounding: of 10 bits, reds and blues are too dark by up to 2.9 steps
of 8 bits. For other matrices libavif calculates in floating point and rounds. So the file is decoded as if it
had such a matrix, and the difference between the two, a 3 × 3 matrix, is undone with the colours. Rounding to
8 bits remains; the mean of two decodings reduces it, because their roundings differ.
"""

from collections.abc import Sequence
from typing import NamedTuple

from photo_files.colour.encodings import SRGB, Encoding, Transfer, from_cicp, unsupported
from photo_files.colour.matrices import Matrix, inverse, product
from photo_files.headers.avif import bits_per_channel, matrix_position, read_avif_colour
from photo_files.headers.cicp import UNSPECIFIED, Cicp

_YCGCO_MATRIX, _CHROMA_DERIVED_MATRIX = 8, 12
_CONVERTED_MATRICES = frozenset({0, 1, UNSPECIFIED, 4, 5, 6, 7, _YCGCO_MATRIX, 9, _CHROMA_DERIVED_MATRIX})
"""Of H.273; from these libavif gives RGB as the file means it, scaled from its range to all 256 codes."""
_BT709, _BT601, _BT2020 = (0.2126, 0.0722), (0.299, 0.114), (0.2627, 0.0593)
_LUMA_SHARES_BY_TRUNCATED_MATRIX = {1: _BT709, UNSPECIFIED: _BT601, 5: _BT601, 6: _BT601, 9: _BT2020}
"""Shares of red and blue in the luma of the matrices that libyuv converts."""
_LUMA_SHARES_BY_ROUNDED_MATRIX = {4: (0.30, 0.11), 7: (0.212, 0.087)}
"""The same of two that libavif converts itself."""
_MATRIX_OF_PRIMARIES = {1: 1, 5: 5, 6: 6, 9: 9}  # that "derived from the primaries" stands for
_HALF_STEP_OF_8_BITS = 0.5 / 255


class Decoding(NamedTuple):
    """A file for the decoder, and what the RGB that Pillow then gives means; None for sRGB."""

    data: bytes
    encoding: Encoding | None


def decodings_of_avif(data: bytes) -> Sequence[Decoding]:
    """One, or two that are to be averaged once they are in sRGB.

    Raises:
        FileRefused: UNSUPPORTED_COLOUR.
    """
    cicp = read_avif_colour(data)
    primaries, transfer, matrix, is_full_range = cicp
    if matrix not in _CONVERTED_MATRICES or (matrix == _YCGCO_MATRIX and not is_full_range):
        raise unsupported(f"matrix coefficients {matrix}")
    encoding = from_cicp(Cicp(primaries, transfer))
    is_hdr = encoding is not None and encoding.transfer.is_hdr
    shares = _truncated_luma_shares(cicp)
    if shares is None or not (is_hdr or bits_per_channel(data) > 8):  # noqa: PLR2004
        return [Decoding(data, encoding)]
    at = matrix_position(data)
    if at is not None:
        return [
            Decoding(_with_matrix(data, at, other), (encoding or SRGB)._replace(rgb_matrix=between))
            for other, between in _rounded_matrices(shares)
        ]
    if encoding and is_hdr and not is_full_range:
        return [Decoding(data, encoding._replace(transfer=_without_truncation(encoding.transfer)))]
    return [Decoding(data, encoding)]


def _truncated_luma_shares(cicp: Cicp) -> tuple[float, float] | None:
    derived = cicp.matrix == _CHROMA_DERIVED_MATRIX
    matrix = _MATRIX_OF_PRIMARIES.get(cicp.primaries) if derived else cicp.matrix
    return None if matrix is None else _LUMA_SHARES_BY_TRUNCATED_MATRIX.get(matrix)


def _rounded_matrices(shares: tuple[float, float]) -> list[tuple[int, Matrix]]:
    """Codes of matrices that libavif rounds, and what makes the RGB of the file of the RGB by each."""
    wanted = _rgb_from_luma_and_chroma(shares)
    return [
        (code, product(wanted, inverse(_rgb_from_luma_and_chroma(other))))
        for code, other in _LUMA_SHARES_BY_ROUNDED_MATRIX.items()
    ]


def _rgb_from_luma_and_chroma(shares: tuple[float, float]) -> Matrix:
    """Of H.273, for the shares of red and blue in the luma."""
    red, blue = shares
    green = 1 - red - blue
    from_cr, from_cb = 2 * (1 - red), 2 * (1 - blue)
    return (1.0, 0.0, from_cr), (1.0, -blue * from_cb / green, -red * from_cr / green), (1.0, from_cb, 0.0)


def _with_matrix(data: bytes, at: int, matrix: int) -> bytes:
    return data[:at] + matrix.to_bytes(2, "big") + data[at + 2 :]


def _without_truncation(transfer: Transfer) -> Transfer:
    """For a file without a place for another matrix: 10 bits of narrow range, in which HDR is mostly stored,
    become 0.45 of a step of 8 bits too dark on average, which in PQ are 2 % of the light."""

    def to_light(code: float) -> float:
        return transfer.to_light(code + _HALF_STEP_OF_8_BITS if code else code)

    return transfer._replace(to_light=to_light)
