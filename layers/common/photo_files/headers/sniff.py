"""Detects a file's format from its content; the file name is ignored."""

import re
from collections.abc import Callable

from photo_files.headers.avif import read_avif
from photo_files.headers.common import Header, Incomplete, Parts
from photo_files.headers.jpeg import read_jpeg
from photo_files.headers.png import PNG_SIGNATURE, read_png
from photo_files.headers.webp import read_webp

SNIFF_BYTES = 4096
_MAX_SIGNATURE_BYTES = 32
_ISO_BASE_MEDIA = re.compile(rb"....ftyp", re.DOTALL)
_MAX_BRANDS_BYTES = 256


def _brands(head: bytes) -> list[bytes]:
    """The major brand, then the compatible ones, of an ISO base media file."""
    end = min(int.from_bytes(head[:4], "big"), len(head), _MAX_BRANDS_BYTES)
    return [head[8:12], *(head[at : at + 4] for at in range(16, end, 4))]


def _is_avif(head: bytes) -> bool:
    return bool(_ISO_BASE_MEDIA.match(head)) and not {b"avif", b"avis"}.isdisjoint(_brands(head))


_Matcher = Callable[[bytes], bool | re.Match[bytes] | None]
_READERS: dict[str, tuple[_Matcher, Callable[[bytes, Parts], Header]]] = {
    "JPEG": (re.compile(rb"\xff\xd8\xff").match, read_jpeg),
    "PNG": (re.compile(re.escape(PNG_SIGNATURE)).match, read_png),
    "WEBP": (re.compile(rb"RIFF....WEBP", re.DOTALL).match, read_webp),
    "AVIF": (_is_avif, read_avif),
}


def read_header(data: bytes) -> Header | None:
    """The file's header, or None for a format that is not accepted.

    Raises:
        Incomplete: more bytes are needed to decide.
        Malformed: it begins like an accepted format and then violates it.
    """
    for matches, read in _READERS.values():
        if matches(data):
            return read(data, Parts())
    if len(data) < _MAX_SIGNATURE_BYTES:
        raise Incomplete
    return None


_HEIF_BRANDS = {b"heic": "HEIC", b"heix": "HEIC", b"hevc": "HEIC", b"mif1": "HEIF", b"msf1": "HEIF"}
_UNSUPPORTED_FORMATS = tuple(
    (name, re.compile(pattern, re.DOTALL))
    for name, pattern in (
        ("GIF", rb"GIF8[79]a"),
        ("BMP", rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0"),
        ("TIFF or camera raw", rb"II\*\0|MM\0\*|II\+\0|MM\0\+|II[RU]\0|IIRO"),
        ("Photoshop (PSD)", rb"8BPS"),
        ("PDF", rb"%PDF-"),
        ("PostScript (EPS)", rb"%!PS|\xc5\xd0\xd3\xc6"),
        ("icon (ICO)", rb"\0\0[\x01\x02]\0"),
        ("JPEG XL", rb"\xff\x0a|\0\0\0\x0cJXL \r\n"),
        ("JPEG 2000", rb"\0\0\0\x0cjP  \r\n|\xff\x4f\xff\x51"),
        ("SVG", rb"(?:\xef\xbb\xbf)?\s*(?:<(?:\?xml|!--|!DOCTYPE)[^<]*)*<(?:\w+:)?svg[\s>]"),
        ("GIMP (XCF)", rb"gimp xcf"),
        ("QOI", rb"qoif"),
        ("DDS", rb"DDS "),
        ("portable bitmap (PNM)", rb"P[1-7]\s"),
        ("OpenEXR", rb"v/1\x01"),
        ("Radiance HDR", rb"#\?R(?:ADIANCE|GBE)"),
        ("video", rb"\x1a\x45\xdf\xa3|RIFF....AVI |\0\0\x01\xba"),
    )
)


def unsupported_format(head: bytes) -> str | None:
    """The name of a known picture format that is not accepted."""
    if _ISO_BASE_MEDIA.match(head):
        return next((_HEIF_BRANDS[brand] for brand in _brands(head) if brand in _HEIF_BRANDS), "video")
    start = head[:SNIFF_BYTES]
    return next((name for name, pattern in _UNSUPPORTED_FORMATS if pattern.match(start)), None)
