"""What an AVIF says of its colours."""

from photo_files.colour.encodings import Encoding, Transfer, from_cicp, unsupported
from photo_files.headers.avif import read_avif_colour
from photo_files.headers.cicp import UNSPECIFIED, Cicp

_YCGCO_MATRIX = 8
_CONVERTED_MATRICES = frozenset({0, 1, UNSPECIFIED, 4, 5, 6, 7, _YCGCO_MATRIX, 9, 12})
"""Of H.273; from these libavif gives RGB as the file means it, scaled from its range to all 256 codes."""
_HALF_STEP_OF_8_BITS = 0.5 / 255


def encoding_of_avif(data: bytes) -> Encoding | None:
    """Of the RGB that Pillow gives; None for sRGB.

    Raises:
        FileRefused: UNSUPPORTED_COLOUR.
    """
    primaries, transfer, matrix, is_full_range = read_avif_colour(data)
    if matrix not in _CONVERTED_MATRICES or (matrix == _YCGCO_MATRIX and not is_full_range):
        raise unsupported(f"matrix coefficients {matrix}")
    encoding = from_cicp(Cicp(primaries, transfer))
    if encoding and encoding.transfer.is_hdr and not is_full_range:
        return encoding._replace(transfer=_without_truncation(encoding.transfer))
    return encoding


def _without_truncation(transfer: Transfer) -> Transfer:
    """libavif reduces 10 bits of narrow range, in which HDR is mostly stored, to 8 by truncation: 0.45 of a
    step too dark on average, which in PQ are 2 % of the light."""

    def to_light(code: float) -> float:
        return transfer.to_light(code + _HALF_STEP_OF_8_BITS if code else code)

    return transfer._replace(to_light=to_light)
