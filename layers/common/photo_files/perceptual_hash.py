"""A 64-bit perceptual hash: nearly the same for a picture that was scaled, saved again or lost its metadata.

pHash (Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash Functions"): which of the lowest
frequencies are above their median. Written out here because the packages that compute it need numpy, which a
Lambda does not have.
"""

from math import cos, pi
from statistics import median

from PIL import Image

HASH_BITS = 64
_SIDE_PX = 32
_FREQUENCIES = 8
_DECIMALS = 6
"""A flat picture's coefficients are rounding errors; rounded, they are all equal."""
_WHITE_RGBA = (255, 255, 255, 255)
_COSINES = [
    [cos(pi * frequency * (2 * at + 1) / (2 * _SIDE_PX)) for at in range(_SIDE_PX)]
    for frequency in range(1, _FREQUENCIES + 1)
]


def perceptual_hash(image: Image.Image) -> int:
    """Of an RGB or RGBA picture, the latter on white. 0 to 2**64 - 1."""
    grey = list(_grey(image).tobytes())
    rows = [grey[start : start + _SIDE_PX] for start in range(0, len(grey), _SIDE_PX)]
    by_row = [[_dot(row, cosines) for cosines in _COSINES] for row in rows]
    by_column = list(zip(*by_row, strict=True))
    coefficients = [round(_dot(column, cosines), _DECIMALS) for cosines in _COSINES for column in by_column]
    middle = median(coefficients)
    return sum((value > middle) << bit for bit, value in enumerate(coefficients))


def distance(one: int, other: int) -> int:
    """In how many of the 64 bits two hashes differ."""
    return (one ^ other).bit_count()


def _grey(image: Image.Image) -> Image.Image:
    small = image.resize((_SIDE_PX, _SIDE_PX), Image.Resampling.BOX, reducing_gap=2.0)
    if small.mode == "RGBA":
        small = Image.alpha_composite(Image.new("RGBA", small.size, _WHITE_RGBA), small)
    return small.convert("L")


def _dot(values: "list[int] | tuple[float, ...]", cosines: list[float]) -> float:
    return sum(value * cosine for value, cosine in zip(values, cosines, strict=True))
