"""Small generated pictures, encoded in many ways, with their reference colours."""

import struct
import zlib
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image
from PIL.ExifTags import Base
from skimage.color import deltaE_ciede2000, rgb2lab

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF")
COLOURS = ((200, 40, 40), (40, 170, 60), (50, 60, 190), (230, 230, 230), (30, 30, 30), (220, 190, 60))
HIGHEST_QUALITY: dict[str, dict[str, object]] = {
    "JPEG": {"quality": 100, "subsampling": "4:4:4"},
    "PNG": {},
    "WEBP": {"lossless": True, "exact": True},
    "AVIF": {"quality": 100, "subsampling": "4:4:4", "speed": 10},
}


def chart(width: int = 96, height: int = 64, mode: str = "RGB") -> Image.Image:
    """Six flat patches, three by two, which differ in every orientation."""
    patches = np.array(COLOURS, np.uint8).reshape(2, 3, 3)
    return Image.fromarray(patches).resize((width, height), Image.Resampling.NEAREST).convert(mode)


def encoded(image: Image.Image, format_: str, **options: object) -> bytes:
    body = BytesIO()
    settings: dict[str, Any] = HIGHEST_QUALITY.get(format_, {}) | options
    image.save(body, format_, **settings)
    return body.getvalue()


def with_orientation(image: Image.Image, format_: str, orientation: int, **options: object) -> bytes:
    """A file stored so that it shows `image` once the orientation is applied."""
    transpose = Image.Transpose
    inverse = {
        2: transpose.FLIP_LEFT_RIGHT,
        3: transpose.ROTATE_180,
        4: transpose.FLIP_TOP_BOTTOM,
        5: transpose.TRANSPOSE,
        6: transpose.ROTATE_90,
        7: transpose.TRANSVERSE,
        8: transpose.ROTATE_270,
    }.get(orientation)
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    stored = image if inverse is None else image.transpose(inverse)
    return encoded(stored, format_, exif=exif.tobytes(), **options)


def patch_colours(image: Image.Image) -> np.ndarray:
    """(6, channels): the middle of each patch of the chart, as signed integers."""
    pixels = np.asarray(image).astype(int)
    rows = [image.height // 4, image.height * 3 // 4]
    columns = [image.width // 6, image.width // 2, image.width * 5 // 6]
    return np.array([pixels[row, column] for row in rows for column in columns])


CODING_MAX_DE2000 = {"JPEG": 0.3, "PNG": 0.0, "WEBP": 0.0, "AVIF": 0.8}
"""Maximum coding error of each format at the settings in HIGHEST_QUALITY."""


def differences(actual: object, expected: object) -> np.ndarray:
    """ΔE2000 between 8-bit sRGB colours; any shape (…, 3)."""
    lab = [rgb2lab(np.asarray(colours, float).reshape(1, -1, 3) / 255) for colours in (actual, expected)]
    difference: np.ndarray = deltaE_ciede2000(*lab)[0]
    return difference


def assert_patches(image: Image.Image, expected: object, within: float) -> None:
    difference = differences(patch_colours(image.convert("RGB")), expected)
    assert difference.max() <= within, difference


# --- PNG files that Pillow does not write


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(size: tuple[int, int], bits: int, colour_type: int, rows: bytes | None, *extra: bytes) -> bytes:
    """`rows` with their filter bytes; None leaves the pixels out."""
    header = struct.pack(">IIBBBBB", *size, bits, colour_type, 0, 0, 0)
    body = b"" if rows is None else png_chunk(b"IDAT", zlib.compress(rows))
    return (
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + b"".join(extra) + body + png_chunk(b"IEND", b"")
    )


def png_rows(samples: np.ndarray) -> bytes:
    """(H, W[, C]) unsigned 8 or 16 bit samples as unfiltered rows."""
    big_endian = samples.astype(samples.dtype.newbyteorder(">"))
    return b"".join(b"\0" + row.tobytes() for row in big_endian)


# --- ICC profiles, ICC.1:2001-04 (version 2), with primaries from the colour spaces' specifications

DISPLAY_P3 = np.array([[0.51512, 0.29198, 0.1571], [0.2412, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]])
ADOBE_RGB = np.array([[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]])
SRGB = np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.7141]])
D50 = (0.9642, 1.0, 0.8249)
ADOBE_GAMMA = 563 / 256


def _fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def _xyz(*values: float) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(*values)


def _gamma(value: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256)) + b"\0\0"


def _profile(kind: bytes, space: bytes, pcs: bytes, tags: dict[bytes, bytes]) -> bytes:
    name = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + bytes(79)
    tags = {b"desc": name, b"cprt": b"text\0\0\0\0none\0\0\0\0", b"wtpt": _xyz(*D50)} | tags
    at, table, bodies = 132 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for tag, body in tags.items():
        table += struct.pack(">4sII", tag, at + len(bodies), len(body))
        bodies += body + bytes(-len(body) % 4)
    size = at + len(bodies)
    header = struct.pack(">I4sI4s4s4s", size, b"\0\0\0\0", 0x02400000, kind, space, pcs)
    header += bytes(12) + b"acsp" + bytes(28) + _fixed(*D50) + bytes(48)
    return header + table + bodies


def rgb_profile(primaries: np.ndarray, gamma: float) -> bytes:
    """`primaries`: (3, 3), columns are the XYZ of red, green and blue under D50."""
    tags = {f"{name}XYZ".encode(): _xyz(*primaries[:, i]) for i, name in enumerate("rgb")}
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags | {f"{n}TRC".encode(): _gamma(gamma) for n in "rgb"})


def grey_profile(gamma: float) -> bytes:
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"kTRC": _gamma(gamma)})


INKS_LAB = {
    0b0000: (100, 0, 0),
    0b1000: (55, -37, -50),
    0b0100: (48, 74, -3),
    0b0010: (89, -5, 93),
    0b0110: (47, 68, 48),
    0b1010: (50, -65, 27),
    0b1100: (24, 22, -46),
    0b1110: (12, 0, 0),
}
"""L*a*b* of overprinted full inks (bits: C M Y K) in offset print; any with K is black."""


INKS = [0b0000, 0b1000, 0b0100, 0b0010, 0b0110, 0b0001]
"""The inks of the chart's patches (bits: C M Y K)."""


def amounts(inks: int) -> np.ndarray:
    """C, M, Y, K in 0 … 255."""
    return np.array([255 * (inks >> bit & 1) for bit in (3, 2, 1, 0)])


def full_inks(order: Sequence[int]) -> Image.Image:
    """The chart's patches as full inks."""
    patches = Image.frombytes("CMYK", (3, 2), bytes(np.array([amounts(inks) for inks in order], np.uint8)))
    return patches.resize((96, 64), Image.Resampling.NEAREST)


def cmyk_profile() -> bytes:
    """A table of two grid points per ink: exact at full inks, linear in L*a*b* between."""
    colours = [INKS_LAB.get(inks, (0, 0, 0)) for inks in range(16)]
    grid = b"".join(bytes([round(light * 2.55), a + 128, b + 128]) for light, a, b in colours)
    ramp = bytes(range(256))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + _fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"A2B0": table + ramp * 4 + grid + ramp * 3})


def to_srgb(linear_xyz: np.ndarray) -> np.ndarray:
    """(N, 3) XYZ under D50 → 8-bit sRGB, clipped: IEC 61966-2-1, independently of any colour engine."""
    linear = np.clip(linear_xyz @ np.linalg.inv(SRGB).T, 0, 1)
    curved = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    levels: np.ndarray = np.round(curved * 255).astype(int)
    return levels


def lab_to_xyz(lab: np.ndarray) -> np.ndarray:
    """(N, 3) CIE L*a*b* → XYZ under D50."""
    fy = (lab[:, 0] + 16) / 116
    f = np.stack([fy + lab[:, 1] / 500, fy, fy - lab[:, 2] / 200], 1)
    return np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * D50
