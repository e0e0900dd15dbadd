"""What a picture file says about itself in its first bytes; nothing is decoded here.

Type by content only. Sizes are as stored, before any rotation. Layouts: ITU-T T.81 (JPEG), W3C PNG third
edition, RFC 9649 (WebP), ISO/IEC 14496-12 and 23000-22 with AV1 Image File Format 1.1 (AVIF).
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SNIFF_BYTES = 4096
_LONGEST_SIGNATURE = 32


class Incomplete(Exception):
    """The bytes end before the header does."""


class Malformed(Exception):
    """The header contradicts its own format."""


@dataclass(frozen=True)
class Header:
    """`format` is Pillow's name of it; sizes in pixels, `bits` per channel. An AVIF's size is the largest
    picture it declares: the photo itself, or something it is made of."""

    format: str
    width: int
    height: int
    frames: int = 1
    bits: int = 8


def _take(data: bytes, at: int, size: int) -> bytes:
    if at + size > len(data):
        raise Incomplete
    return data[at : at + size]


def _number(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(_take(data, at, size), "big")


# --- JPEG

_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE_MARKERS = frozenset(range(0xD0, 0xD9)) | {0x01}
_END_OF_IMAGE, _START_OF_SCAN = 0xD9, 0xDA


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int]]:
    """(marker, where its length field is) up to the first scan."""
    at = 2
    while True:
        at = data.find(b"\xff", at) + 1
        while at and _take(data, at, 1) == b"\xff":
            at += 1
        if not at:
            raise Incomplete
        marker = data[at]
        at += 1
        if marker in (_END_OF_IMAGE, _START_OF_SCAN):
            return
        if marker and marker not in _BARE_MARKERS:
            yield marker, at
            at += max(2, _number(data, at, 2))


def _jpeg(data: bytes) -> Header:
    for marker, at in _jpeg_segments(data):
        if marker in _FRAME_MARKERS:
            bits, height, width = struct.unpack(">BHH", _take(data, at + 2, 5))
            return Header("JPEG", width, height, bits=bits)
    raise Malformed("no frame header")


# --- PNG

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST_FRAMES = 2**31


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(kind, where its body is, the body's length)."""
    at = len(_PNG_SIGNATURE)
    while True:
        length, kind = struct.unpack(">I4s", _take(data, at, 8))
        yield kind, at + 8, length
        at += 12 + length


def _png(data: bytes) -> Header:
    chunks = _png_chunks(data)
    kind, at, _ = next(chunks)
    if kind != b"IHDR":
        raise Malformed("no IHDR")
    width, height, bits = struct.unpack(">IIB", _take(data, at, 9))
    return Header("PNG", width, height, _png_frames(data, chunks), bits)


def _png_frames(data: bytes, chunks: Iterator[tuple[bytes, int, int]]) -> int:
    """The animation's frames, plus the still picture where it is not one of them."""
    frames, still = 0, 1
    for kind, at, _ in chunks:
        if kind in (b"IDAT", b"IEND"):
            break
        if kind == b"acTL":
            frames = _number(data, at, 4)
        elif kind == b"fcTL":
            still = 0
    return frames + still if 0 < frames <= _MOST_FRAMES else 1


def png_is_intact(data: bytes) -> bool:
    """Whether every chunk a decoder must understand is there with its checksum: Pillow does not look."""
    try:
        for kind, at, length in _png_chunks(data):
            is_critical = kind[:1].isupper()
            if is_critical and zlib.crc32(data[at - 4 : at + length]) != _number(data, at + length, 4):
                return False
            if kind == b"IEND":
                return True
    except Incomplete:
        return False
    return False


# --- WebP

_VP8_START_CODE = b"\x9d\x01\x2a"
_VP8L_SIGNATURE = b"\x2f"
_FOURTEEN_BITS = 0x3FFF
_ANIMATED = 0x02
_VP8X_CHUNKS_AT = 30


def _little(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(_take(data, at, size), "little")


def _webp(data: bytes) -> Header:
    kind = _take(data, 12, 4)
    if kind not in _WEBP_KINDS:
        raise Malformed(f"starts with {kind!r}")
    return _WEBP_KINDS[kind](data)


def _webp_lossy(data: bytes) -> Header:
    if _take(data, 23, 3) != _VP8_START_CODE:
        raise Malformed("no VP8 start code")
    return Header("WEBP", _little(data, 26, 2) & _FOURTEEN_BITS, _little(data, 28, 2) & _FOURTEEN_BITS)


def _webp_lossless(data: bytes) -> Header:
    if _take(data, 20, 1) != _VP8L_SIGNATURE:
        raise Malformed("no VP8L signature")
    sides = _little(data, 21, 4)
    return Header("WEBP", (sides & _FOURTEEN_BITS) + 1, (sides >> 14 & _FOURTEEN_BITS) + 1)


def _webp_extended(data: bytes) -> Header:
    width, height = _little(data, 24, 3) + 1, _little(data, 27, 3) + 1
    frames = _webp_frames(data) if _take(data, 20, 1)[0] & _ANIMATED else 1
    return Header("WEBP", width, height, frames)


def _webp_frames(data: bytes) -> int:
    """As many as can be seen; one alone counts only once the file has been walked to its end."""
    frames, at, end = 0, _VP8X_CHUNKS_AT, 8 + _little(data, 4, 4)
    try:
        while at < end:
            frames += _take(data, at, 4) == b"ANMF"
            at += 8 + (_little(data, at + 4, 4) + 1) // 2 * 2
    except Incomplete:
        if frames < 2:  # noqa: PLR2004 - two are already several
            raise
    return frames


_WEBP_KINDS: dict[bytes, Callable[[bytes], Header]] = {
    b"VP8 ": _webp_lossy,
    b"VP8L": _webp_lossless,
    b"VP8X": _webp_extended,
}


# --- AVIF

_SAMPLE_COUNT_AT = 8
_ISPE = (b"meta", b"iprp", b"ipco", b"ispe")
_STSZ = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsz")
_TKHD = (b"moov", b"trak", b"tkhd")


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(kind, where its body begins, where it ends)."""
    while at + 8 <= end:
        size, kind = struct.unpack(">I4s", _take(data, at, 8))
        body = at + 8
        if size == 1:
            size, body = _number(data, body, 8), body + 8
        stop = at + size if size else end
        if not body <= stop <= end:
            raise Malformed(f"box {kind!r} of {size} bytes")
        yield kind, body, stop
        at = stop


def _find(data: bytes, path: tuple[bytes, ...], at: int, end: int) -> Iterator[tuple[int, int]]:
    """Every box at `path` between `at` and `end`: (where its body begins, where it ends)."""
    for kind, body, stop in _boxes(data, at, end):
        if kind != path[0]:
            continue
        inner = body + 4 if kind == b"meta" else body
        if len(path) == 1:
            yield body, stop
        else:
            yield from _find(data, path[1:], inner, stop)


def _top_boxes(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The file's own boxes; one that reaches beyond the bytes is met with its stated end."""
    return _boxes(data, 0, 2**63)


def _avif(data: bytes) -> Header:
    is_sequence = data[8:12] == b"avis"
    whole = b"moov" if is_sequence else b"meta"
    for kind, _, stop in _top_boxes(data):
        if kind == whole:
            _take(data, 0, stop)
            return _avif_sequence(data, stop) if is_sequence else _avif_still(data, stop)
    raise Malformed(f"no {whole!r} box")


def _avif_still(data: bytes, end: int) -> Header:
    sizes = [(_number(data, at + 4, 4), _number(data, at + 8, 4)) for at, _ in _find(data, _ISPE, 0, end)]
    if not sizes:
        raise Malformed("no size")
    return Header("AVIF", *max(sizes, key=lambda size: size[0] * size[1]))


def _avif_sequence(data: bytes, end: int) -> Header:
    counts = [_number(data, at + _SAMPLE_COUNT_AT, 4) for at, _ in _find(data, _STSZ, 0, end)]
    tracks = [stop for _, stop in _find(data, _TKHD, 0, end)]
    sides = [(_number(data, stop - 8, 2), _number(data, stop - 4, 2)) for stop in tracks]
    if not counts or not sides:
        raise Malformed("no track")
    return Header("AVIF", *max(sides), frames=max(counts))


# --- which is it

_BRANDED = re.compile(rb"....ftyp", re.DOTALL)
_MOST_BRANDS_BYTES = 256


def _brands(head: bytes) -> list[bytes]:
    """The major brand, then the compatible ones, of an ISO base media file."""
    end = min(int.from_bytes(head[:4], "big"), len(head), _MOST_BRANDS_BYTES)
    return [head[8:12], *(head[at : at + 4] for at in range(16, end, 4))]


def _is_avif(head: bytes) -> bool:
    return bool(_BRANDED.match(head)) and not {b"avif", b"avis"}.isdisjoint(_brands(head))


_READERS: dict[str, tuple[Callable[[bytes], bool | re.Match[bytes] | None], Callable[[bytes], Header]]] = {
    "JPEG": (re.compile(rb"\xff\xd8\xff").match, _jpeg),
    "PNG": (re.compile(re.escape(_PNG_SIGNATURE)).match, _png),
    "WEBP": (re.compile(rb"RIFF....WEBP", re.DOTALL).match, _webp),
    "AVIF": (_is_avif, _avif),
}
ACCEPTED_FORMATS = tuple(_READERS)


def read_header(data: bytes) -> Header | None:
    """What the file declares, or None where it is of no accepted format.

    Raises:
        Incomplete: more bytes are needed to tell.
        Malformed: it begins like an accepted format and then breaks its rules.
    """
    for recognises, reads in _READERS.values():
        if recognises(data):
            return reads(data)
    if len(data) < _LONGEST_SIGNATURE:
        raise Incomplete
    return None


_HEIF_BRANDS = {b"heic": "HEIC", b"heix": "HEIC", b"hevc": "HEIC", b"mif1": "HEIF", b"msf1": "HEIF"}
_FOREIGN = tuple(
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


def foreign_format(head: bytes) -> str | None:
    """The name of a picture format that is known but not accepted."""
    if _BRANDED.match(head):
        return next((_HEIF_BRANDS[brand] for brand in _brands(head) if brand in _HEIF_BRANDS), "video")
    start = head[:SNIFF_BYTES]
    return next((name for name, pattern in _FOREIGN if pattern.match(start)), None)
