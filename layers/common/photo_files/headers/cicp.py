"""Coding-independent code points, ITU-T H.273: how numbers in a file stand for colours."""

from typing import NamedTuple

UNSPECIFIED = 2


class Cicp(NamedTuple):
    """`is_full_range` is False where black and white lie inside the range of codes, at 16 and 235 of 255."""

    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED
    matrix: int = UNSPECIFIED
    is_full_range: bool = True
