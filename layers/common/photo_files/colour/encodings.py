"""What the numbers of a file stand for: primaries and transfer characteristics, ITU-T H.273 and PNG.

The transfer functions are those that H.273 writes down for each code, inverted. sRGB is the absence of an
encoding, because pictures in it need no conversion.
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from photo_files.colour.matrices import Matrix
from photo_files.errors import FileProblem, FileRefused
from photo_files.headers.cicp import UNSPECIFIED, Cicp

DIFFUSE_WHITE_NITS = 203.0
"""The luminance of PQ and HLG that becomes SDR white (ITU-R BT.2408)."""
_PQ_PEAK_NITS = 10_000.0
HLG_PEAK_NITS = 1000.0
HLG_SYSTEM_GAMMA = 1.2
"""Of a display of 1,000 nit (ITU-R BT.2100)."""

Chromaticity = tuple[float, float]
"""CIE 1931 x, y."""


class Primaries(NamedTuple):
    red: Chromaticity
    green: Chromaticity
    blue: Chromaticity
    white: Chromaticity


class Transfer(NamedTuple):
    """`to_light` gives the light of a code in [0, 1], 1 being SDR white; that of an HDR transfer exceeds 1.

    `has_system_gamma`: the light is that of the scene, to which a display applies the system gamma of HLG.
    """

    to_light: Callable[[float], float]
    is_hdr: bool = False
    has_system_gamma: bool = False


class Encoding(NamedTuple):
    """`rgb_matrix` gives the file's RGB of the RGB that was decoded, where these differ."""

    primaries: Primaries
    transfer: Transfer
    is_full_range: bool = True
    rgb_matrix: Matrix | None = None


# ── Transfer functions ───────────────────────────────────────────────────────────────────────────────


def srgb_to_light(code: float) -> float:
    """IEC 61966-2-1."""
    return code / 12.92 if code <= 0.04045 else ((code + 0.055) / 1.055) ** 2.4  # noqa: PLR2004


def srgb_from_light(light: float) -> float:
    """IEC 61966-2-1."""
    return 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055  # noqa: PLR2004


def _power(exponent: float) -> Callable[[float], float]:
    return lambda code: float(code**exponent)


_BT709_SCALE, _BT709_LINEAR_LIGHT = 1.099296826809442, 0.018053968510807
_SMPTE240_SCALE, _SMPTE240_LINEAR_LIGHT = 1.1115, 0.0228


def _bt709_to_light(code: float) -> float:
    if code < 4.5 * _BT709_LINEAR_LIGHT:
        return code / 4.5
    return float(((code + _BT709_SCALE - 1) / _BT709_SCALE) ** (1 / 0.45))


def _smpte240_to_light(code: float) -> float:
    if code < 4 * _SMPTE240_LINEAR_LIGHT:
        return code / 4
    return float(((code + _SMPTE240_SCALE - 1) / _SMPTE240_SCALE) ** (1 / 0.45))


def _logarithmic(decades: float) -> Callable[[float], float]:
    return lambda code: float(10 ** (decades * (code - 1))) if code > 0 else 0.0


def _smpte428_to_light(code: float) -> float:
    return float(52.37 / 48 * code**2.6)


def _pq_to_light(code: float) -> float:
    """SMPTE ST 2084, relative to diffuse white."""
    root = code ** (32 / 2523)
    light = max(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)
    return float(_PQ_PEAK_NITS / DIFFUSE_WHITE_NITS * light ** (16384 / 2610))


def _hlg_to_scene_light(code: float) -> float:
    """ITU-R BT.2100: in [0, 1]."""
    if code <= 0.5:  # noqa: PLR2004
        return code * code / 3
    return (math.exp((code - 0.55991073) / 0.17883277) + 0.28466892) / 12


# ── Codes ────────────────────────────────────────────────────────────────────────────────────────────

_D65: Chromaticity = (0.3127, 0.3290)
_WHITE_C: Chromaticity = (0.310, 0.316)
BT709 = Primaries((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), _D65)
_BT601_525 = Primaries((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65)
ADOBE_RGB = Encoding(
    Primaries((0.640, 0.330), (0.210, 0.710), (0.150, 0.060), _D65), Transfer(_power(563 / 256))
)
"""Adobe RGB (1998)."""

_PRIMARIES_BY_CODE: Mapping[int, Primaries] = MappingProxyType(
    {
        1: BT709,
        4: Primaries((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), _WHITE_C),
        5: Primaries((0.64, 0.33), (0.29, 0.60), (0.15, 0.06), _D65),
        6: _BT601_525,
        7: _BT601_525,
        8: Primaries((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), _WHITE_C),
        9: Primaries((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65),
        10: Primaries((1.0, 0.0), (0.0, 1.0), (0.0, 0.0), (1 / 3, 1 / 3)),
        11: Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),
        12: Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _D65),
        22: Primaries((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), _D65),
    }
)
_SRGB = Transfer(srgb_to_light)
SRGB = Encoding(BT709, _SRGB)
_BT709_TRANSFER = Transfer(_bt709_to_light)
_TRANSFER_BY_CODE: Mapping[int, Transfer] = MappingProxyType(
    {
        1: _BT709_TRANSFER,
        4: Transfer(_power(2.2)),
        5: Transfer(_power(2.8)),
        6: _BT709_TRANSFER,
        7: Transfer(_smpte240_to_light),
        8: Transfer(_power(1)),
        9: Transfer(_logarithmic(2)),
        10: Transfer(_logarithmic(2.5)),
        11: _BT709_TRANSFER,
        12: _BT709_TRANSFER,
        13: _SRGB,
        14: _BT709_TRANSFER,
        15: _BT709_TRANSFER,
        16: Transfer(_pq_to_light, is_hdr=True),
        17: Transfer(_smpte428_to_light),
        18: Transfer(_hlg_to_scene_light, is_hdr=True, has_system_gamma=True),
    }
)


def from_cicp(cicp: Cicp) -> Encoding | None:
    """None for sRGB. Unspecified codes count as those of sRGB, as in browsers.

    Raises:
        FileRefused: UNSUPPORTED_COLOUR for a reserved code, and for an HDR transfer without primaries.
    """
    transfer = _SRGB if cicp.transfer == UNSPECIFIED else _TRANSFER_BY_CODE.get(cicp.transfer)
    primaries = BT709 if cicp.primaries == UNSPECIFIED else _PRIMARIES_BY_CODE.get(cicp.primaries)
    if not transfer or not primaries or (transfer.is_hdr and cicp.primaries == UNSPECIFIED):
        raise unsupported(f"colour primaries {cicp.primaries} with transfer {cicp.transfer}")
    if (primaries, transfer) == (BT709, _SRGB) and cicp.is_full_range:
        return None
    return Encoding(primaries, transfer, cicp.is_full_range)


def is_hdr(cicp: Cicp) -> bool:
    transfer = _TRANSFER_BY_CODE.get(cicp.transfer)
    return transfer is not None and transfer.is_hdr


def unsupported(what: str) -> FileRefused:
    return FileRefused(
        FileProblem.UNSUPPORTED_COLOUR,
        f"The file stores its colours in a way that we cannot convert ({what}). "
        "Please export it in sRGB or with an embedded colour profile.",
    )


_GAMMA_OF_SRGB = (0.4500, 0.4560)
"""PNG writers give about 1/2.2 for sRGB, the curve of which no single exponent describes."""
_MAX_CHROMATICITY_ROUNDING = 0.001


def from_gamma(gamma: float | None, primaries: Primaries | None) -> Encoding | None:
    """Of a PNG's `gAMA` and `cHRM`; what is missing is that of sRGB. None for sRGB."""
    is_srgb_gamma = gamma is None or _GAMMA_OF_SRGB[0] <= gamma <= _GAMMA_OF_SRGB[1]
    transfer = _SRGB if gamma is None or is_srgb_gamma else Transfer(_power(1 / gamma))
    primaries = BT709 if primaries is None or _are_close(primaries, BT709) else primaries
    return None if transfer is _SRGB and primaries is BT709 else Encoding(primaries, transfer)


def _are_close(some: Primaries, others: Primaries) -> bool:
    return all(
        abs(a - b) <= _MAX_CHROMATICITY_ROUNDING
        for one, other in zip(some, others, strict=True)
        for a, b in zip(one, other, strict=True)
    )
