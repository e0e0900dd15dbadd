"""Finds the metadata blocks of a photo file: XMP packets, EXIF, IPTC-IIM, and the text chunks of a PNG.

PNG and WebP may have them behind the pixels, where Pillow finds them only by decoding, so their chunks are
read here.
"""

import binascii
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice, takewhile

from PIL import Image
from PIL.IptcImagePlugin import getiptcinfo

from photo_files.formats.jpeg import header_of_jpeg
from photo_files.headers import png, webp
from photo_files.headers.common import Incomplete, Malformed, Parts
from photo_files.headers.jpeg import START_OF_SCAN, Segment, read_segments

MAX_XMP_BYTES = 256 * 1024
_MAX_EXIF_BYTES = 64 * 1024
_MAX_TEXT_BYTES = 64 * 1024
_MAX_BLOCKS = 32
_PNG_METADATA_KINDS = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf"})
_PNG_XMP_KEYWORD = b"XML:com.adobe.xmp"
_PNG_RAW_XMP_KEYWORD = b"Raw profile type xmp"
_PNG_RAW_APP1_KEYWORDS = (b"Raw profile type exif", b"Raw profile type APP1")
"""ImageMagick's notation: name, length, hexadecimal digits."""
_PNG_TEXT_KEYWORDS = (b"Author", b"Copyright")
_PNG_KEYWORDS = {_PNG_XMP_KEYWORD, _PNG_RAW_XMP_KEYWORD, *_PNG_RAW_APP1_KEYWORDS, *_PNG_TEXT_KEYWORDS}
_APP1, _APP13 = 0xE1, 0xED
_EXIF_SIGNATURE = b"Exif\0\0"
_XMP_SIGNATURE = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENDED_XMP_SIGNATURE = b"http://ns.adobe.com/xmp/extension/\0"
_EXTENDED_XMP_HEADER = struct.Struct(f">{len(_EXTENDED_XMP_SIGNATURE)}s32sII")

IimRecords = Mapping[tuple[int, int], bytes | list[bytes]]


@dataclass(frozen=True)
class MetadataBlocks:
    """`xmp` are packets in the order of the file; `text` are PNG's Author and Copyright."""

    xmp: list[bytes] = field(default_factory=list)
    exif: list[bytes] = field(default_factory=list)
    iim: IimRecords = field(default_factory=dict)
    text: dict[bytes, bytes] = field(default_factory=dict)


def find_blocks(data: bytes, format_: str) -> MetadataBlocks:
    """The blocks of a file of the format, Pillow's name for it. Longer blocks than this module's limits are
    left out. Raises whatever Pillow raises for a damaged AVIF."""
    return {"PNG": _from_png, "WEBP": _from_webp, "JPEG": _from_jpeg, "AVIF": _from_avif}[format_](data)


# ── PNG ──────────────────────────────────────────────────────────────────────────────────────────────


def _from_png(data: bytes) -> MetadataBlocks:
    blocks = MetadataBlocks()
    for kind, body in islice(_png_metadata_chunks(data), _MAX_BLOCKS):
        with suppress(ValueError, zlib.error):  # an invalid chunk loses only itself
            if kind == b"eXIf":
                blocks.exif.append(body)
            else:
                _add_png_text(blocks, *_png_text(kind, body))
    return blocks


def _png_metadata_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    with suppress(Incomplete, Malformed):  # the end, or more chunks than are read
        for kind, at, length in png.read_chunks(data, Parts()):
            if kind in _PNG_METADATA_KINDS and length <= MAX_XMP_BYTES:
                body = data[at : at + length]
                if kind == b"eXIf" or body.partition(b"\0")[0] in _PNG_KEYWORDS:
                    yield kind, body


def _png_text(kind: bytes, body: bytes) -> tuple[bytes, bytes]:
    """Keyword and text, unpacked. Raises ValueError, zlib.error."""
    keyword, _, rest = body.partition(b"\0")
    if kind == b"zTXt":
        text = _unpacked(rest[1:])
    elif kind == b"iTXt":
        is_compressed = rest[:1] == b"\1"
        _language, _, rest = rest[2:].partition(b"\0")
        _translated_keyword, _, rest = rest.partition(b"\0")
        text = _unpacked(rest) if is_compressed else rest
    else:
        text = rest
    return keyword, text


def _unpacked(packed: bytes) -> bytes:
    """Raises ValueError for a text of more than MAX_XMP_BYTES."""
    unpacker = zlib.decompressobj()
    text = unpacker.decompress(packed, MAX_XMP_BYTES)
    if unpacker.unconsumed_tail:
        raise ValueError("the text is too long")
    return text


def _add_png_text(blocks: MetadataBlocks, keyword: bytes, text: bytes) -> None:
    if keyword == _PNG_XMP_KEYWORD:
        blocks.xmp.append(text)
    elif keyword == _PNG_RAW_XMP_KEYWORD:
        blocks.xmp.append(_from_hexadecimal(text))
    elif keyword in _PNG_RAW_APP1_KEYWORDS:
        _add_exif_or_xmp(blocks, _from_hexadecimal(text))
    elif len(text) <= _MAX_TEXT_BYTES:
        blocks.text.setdefault(keyword, text)


def _add_exif_or_xmp(blocks: MetadataBlocks, block: bytes) -> None:
    """ImageMagick's APP1 profile is either, as in a JPEG."""
    if block.startswith(_XMP_SIGNATURE):
        blocks.xmp.append(block.removeprefix(_XMP_SIGNATURE))
    elif len(block) <= _MAX_EXIF_BYTES:
        blocks.exif.append(block)


def _from_hexadecimal(text: bytes) -> bytes:
    """Raises ValueError."""
    digits = b"".join(text.split()[2:])
    return binascii.unhexlify(digits)


# ── WebP ─────────────────────────────────────────────────────────────────────────────────────────────


def _from_webp(data: bytes) -> MetadataBlocks:
    blocks = MetadataBlocks()
    with suppress(Incomplete, Malformed):  # the end, or more chunks than are read
        for kind, at, length in webp.read_chunks(data, Parts()):
            body = data[at : at + length] if length <= MAX_XMP_BYTES else b""
            if kind == b"XMP " and len(blocks.xmp) < _MAX_BLOCKS:
                blocks.xmp.append(body)
            elif kind == b"EXIF" and len(blocks.exif) < _MAX_BLOCKS:
                blocks.exif.append(body)
    return blocks


# ── JPEG and AVIF ────────────────────────────────────────────────────────────────────────────────────


def _from_jpeg(data: bytes) -> MetadataBlocks:
    notes = [data[s.body : s.end] for s in _segments(data) if s.marker == _APP1]
    packets = [note.removeprefix(_XMP_SIGNATURE) for note in notes if note.startswith(_XMP_SIGNATURE)]
    exif = [note for note in notes if note.startswith(_EXIF_SIGNATURE)]
    return MetadataBlocks(xmp=[*packets, *_extended_xmp(notes)], exif=exif, iim=_iim(data))


def _segments(data: bytes) -> Iterator[Segment]:
    """Those before the first scan."""
    with suppress(Incomplete, Malformed):
        yield from takewhile(lambda s: s.marker != START_OF_SCAN, read_segments(data, Parts()))


def _iim(data: bytes) -> IimRecords:
    """Read by Pillow, which fails for an invalid Photoshop segment."""
    with suppress(Exception), Image.open(BytesIO(header_of_jpeg(data, {_APP13})), formats=["JPEG"]) as image:
        return getiptcinfo(image) or {}
    return {}


def _extended_xmp(notes: list[bytes]) -> Iterator[bytes]:
    """XMP that is too long for one segment is spread over several (XMP part 3, 1.1.3.1): a digest of 32 bytes
    that names the packet, its length, the position of this portion."""
    packets: dict[bytes, bytearray] = {}
    for body in notes:
        header, portion = body[: _EXTENDED_XMP_HEADER.size], body[_EXTENDED_XMP_HEADER.size :]
        if not body.startswith(_EXTENDED_XMP_SIGNATURE) or len(header) < _EXTENDED_XMP_HEADER.size:
            continue
        _signature, digest, length, at = _EXTENDED_XMP_HEADER.unpack(header)
        if length <= MAX_XMP_BYTES and at + len(portion) <= length and len(packets) < _MAX_BLOCKS:
            packet = packets.setdefault(digest, bytearray(length))
            packet[at : at + len(portion)] = portion
    yield from map(bytes, packets.values())


def _from_avif(data: bytes) -> MetadataBlocks:
    with Image.open(BytesIO(data), formats=["AVIF"]) as image:
        return MetadataBlocks(
            xmp=[image.info["xmp"]] if "xmp" in image.info else [],
            exif=[image.info["exif"]] if "exif" in image.info else [],
        )
