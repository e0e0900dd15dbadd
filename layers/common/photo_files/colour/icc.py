"""ICC profiles: made for given primaries, and what an embedded one says in code points (ICC.1:2022)."""

import struct
from collections.abc import Iterator
from functools import cache

from PIL import ImageCms

from photo_files.colour.encodings import Chromaticity, Primaries
from photo_files.colour.matrices import Matrix, Vector, inverse, product, times, transposed
from photo_files.headers.cicp import Cicp

MAX_PROFILE_BYTES = 4 * 2**20
"""Larger ones in a PNG are not unpacked; the largest for offset print have about 3 MB."""
_TAG_TABLE = 128
_MAX_TAGS = 128
_COLORANT_TAGS = (b"rXYZ", b"gXYZ", b"bXYZ")
_BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
_D50_XYZ = (0.9642, 1.0, 0.8249)


@cache
def srgb_profile() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def profile_for(primaries: Primaries) -> bytes:
    """A profile of these primaries with the transfer function of sRGB, white adapted to D50 (Bradford).

    Raises:
        ValueError: the primaries span no triangle.
    """
    profile = bytearray(srgb_profile().tobytes())
    colorants = zip(*colorants_under_d50(primaries), strict=True)
    positions = {tag: at for tag, at, _ in _tags(profile)}
    for tag, xyz in zip(_COLORANT_TAGS, colorants, strict=True):
        struct.pack_into(">3i", profile, positions[tag] + 8, *(round(value * 65536) for value in xyz))
    return bytes(profile)


def colorants_under_d50(primaries: Primaries) -> Matrix:
    """As `colorants_of`, adapted to D50."""
    return product(_adaptation(_xyz_of(primaries.white)), colorants_of(primaries))


def between_primaries(source: Primaries, target: Primaries) -> Matrix:
    """From the light of one to that of the other, white staying white (Bradford). Raises ValueError."""
    return product(inverse(colorants_under_d50(target)), colorants_under_d50(source))


def colorants_of(primaries: Primaries) -> Matrix:
    """Columns are the XYZ of red, green and blue under the primaries' own white. Raises ValueError."""
    colours = transposed(tuple(_scaled_xyz(xy) for xy in primaries[:3]))
    shares = times(inverse(colours), _xyz_of(primaries.white))
    return tuple(tuple(value * share for value, share in zip(row, shares, strict=True)) for row in colours)  # type: ignore[return-value] # tuples of three


def cicp_of(profile: bytes) -> Cicp | None:
    """The code points in the profile's `cicp` tag."""
    for tag, at, size in _tags(profile):
        if tag == b"cicp" and size >= 12 and at + 12 <= len(profile):  # noqa: PLR2004
            primaries, transfer, matrix, is_full_range = profile[at + 8 : at + 12]
            return Cicp(primaries, transfer, matrix, bool(is_full_range))
    return None


def _tags(profile: bytes | bytearray) -> Iterator[tuple[bytes, int, int]]:
    """(signature, position, size)."""
    count = int.from_bytes(profile[_TAG_TABLE : _TAG_TABLE + 4], "big")
    table = profile[_TAG_TABLE + 4 : _TAG_TABLE + 4 + 12 * min(count, _MAX_TAGS)]
    return struct.iter_unpack(">4sII", table[: len(table) // 12 * 12])


# ── Colorimetry ──────────────────────────────────────────────────────────────────────────────────────


def _scaled_xyz(xy: Chromaticity) -> Vector:
    x, y = xy
    return x, y, 1 - x - y


def _xyz_of(white: Chromaticity) -> Vector:
    """With Y = 1."""
    x, y, z = _scaled_xyz(white)
    if y <= 0:
        raise ValueError("white without light")
    return x / y, 1.0, z / y


def _adaptation(white: Vector) -> Matrix:
    """From colours under `white` to those under D50."""
    source, target = times(_BRADFORD, white), times(_BRADFORD, _D50_XYZ)
    if min(source) <= 0:
        raise ValueError("white outside the spectrum")
    gains = [there / here for here, there in zip(source, target, strict=True)]
    scaled = tuple(tuple(gain * value for value in row) for gain, row in zip(gains, _BRADFORD, strict=True))
    return product(inverse(_BRADFORD), scaled)  # type: ignore[arg-type] # tuples of three
