"""What of a PNG the decoder gets, what its chunks say of its colours, and its samples of 16 bits."""

import struct
import zlib
from contextlib import suppress
from io import BytesIO

from PIL import Image

from photo_files.colour.conversion import ColourFacts, colour_facts
from photo_files.colour.encodings import Encoding, Primaries, from_cicp, from_gamma, unsupported
from photo_files.colour.icc import MAX_PROFILE_BYTES, profile_for
from photo_files.colour.recode import DeepSamples
from photo_files.headers.cicp import Cicp
from photo_files.headers.png import PNG_SIGNATURE, Chunk

_KINDS_FOR_THE_DECODER = frozenset({b"IHDR", b"PLTE", b"tRNS", b"eXIf"})
_END = struct.pack(">I4sI", 0, b"IEND", zlib.crc32(b"IEND"))
_UNIT = 100_000
"""Of `gAMA` and `cHRM`."""
_CHUNK_BYTES = {b"cICP": 4, b"gAMA": 4, b"cHRM": 32}


def pixels_of_png(data: bytes, chunks: list[Chunk]) -> bytes:
    """The file without its notes: Pillow refuses those that unpack to more than 1 MiB or are invalid."""
    kept = [_whole(data, chunk) for chunk in chunks if chunk.kind in _KINDS_FOR_THE_DECODER]
    pixels = [_whole(data, chunk) for chunk in chunks if chunk.kind == b"IDAT"]
    return b"".join([PNG_SIGNATURE, *kept, *pixels, _END])


def _whole(data: bytes, chunk: Chunk) -> bytes:
    """The chunk with its length and checksum, made anew if the file ends in it."""
    kind, at, length = chunk
    if at + length + 4 <= len(data):
        return data[at - 8 : at + length + 4]
    body = data[at : at + length]
    return struct.pack(">I4s", len(body), kind) + body + struct.pack(">I", zlib.crc32(kind + body))


def colour_of_png(data: bytes, chunks: list[Chunk]) -> ColourFacts:
    """In the order of precedence of PNG: `cICP`, `iCCP`, `sRGB`, `gAMA` with `cHRM`.

    Raises:
        FileRefused: UNSUPPORTED_COLOUR.
    """
    bodies = _colour_chunks(data, chunks)
    if b"cICP" in bodies:
        return ColourFacts(encoding=_from_cicp_chunk(bodies[b"cICP"]))
    profile = _unpacked_profile(bodies[b"iCCP"]) if b"iCCP" in bodies else None
    return colour_facts(profile, None if b"sRGB" in bodies else _from_gamma_chunks(bodies))


def _colour_chunks(data: bytes, chunks: list[Chunk]) -> dict[bytes, bytes]:
    """The first of each kind that lies before the pixels and has a valid length."""
    bodies: dict[bytes, bytes] = {}
    for kind, at, length in chunks:
        if kind == b"IDAT":
            break
        if kind in (b"iCCP", b"sRGB") or length == _CHUNK_BYTES.get(kind):
            bodies.setdefault(kind, data[at : at + length])
    return bodies


def _from_cicp_chunk(body: bytes) -> Encoding | None:
    primaries, transfer, matrix, range_flag = body
    if matrix or range_flag > 1:
        raise unsupported(f"matrix {matrix} with range {range_flag} in a PNG")
    return from_cicp(Cicp(primaries, transfer, matrix, bool(range_flag)))


def _unpacked_profile(body: bytes) -> bytes | None:
    """None if it is invalid or too large; the chunk has a name, a zero, the method 0 and a zlib stream."""
    _, _, packed = body.partition(b"\0")
    unpack = zlib.decompressobj()
    with suppress(zlib.error):
        profile = unpack.decompress(packed[1:], MAX_PROFILE_BYTES)
        return None if packed[:1] != b"\0" or unpack.unconsumed_tail else profile
    return None


def _from_gamma_chunks(bodies: dict[bytes, bytes]) -> Encoding | None:
    gamma = int.from_bytes(bodies.get(b"gAMA", b""), "big") / _UNIT
    return from_gamma(gamma or None, _primaries(bodies[b"cHRM"]) if b"cHRM" in bodies else None)


def _primaries(body: bytes) -> Primaries | None:
    """None for chromaticities that span no triangle."""
    values = [value / _UNIT for value in struct.unpack(">8I", body)]
    white, red, green, blue = zip(values[::2], values[1::2], strict=True)
    primaries = Primaries(red, green, blue, white)
    with suppress(ValueError, struct.error):
        profile_for(primaries)
        return primaries
    return None


# ── 16 bits ──────────────────────────────────────────────────────────────────────────────────────────

_LOW_BYTES_RAW_MODE = {"RGB;16B": "RGB;16L", "RGBA;16B": "RGBA;16L"}
"""Pillow keeps one byte of each sample; taken for little-endian, the low one."""
_GREY_WITH_ALPHA_RAW_MODE = "LA;16B"


def deep_samples(pixels: bytes) -> DeepSamples:
    """The samples of a PNG with 16 bits, without its alpha; Pillow decodes colours to 8 bits."""
    image = Image.open(BytesIO(pixels), formats=["PNG"])
    raw_mode = image.tile[0].args
    if raw_mode in _LOW_BYTES_RAW_MODE:
        image.load()
        low_bytes = _loaded_as(pixels, _LOW_BYTES_RAW_MODE[raw_mode])
        return DeepSamples(image.convert("RGB"), low_bytes.convert("RGB"))
    if raw_mode == _GREY_WITH_ALPHA_RAW_MODE:
        high, low, *_ = _loaded_as(pixels, "RGBA").split()  # four bytes a pixel, as here
        return DeepSamples(high, low)
    low, high = Image.frombytes("LA", image.size, image.tobytes()).split()
    return DeepSamples(high, low)


def _loaded_as(pixels: bytes, raw_mode: str) -> Image.Image:
    image = Image.open(BytesIO(pixels), formats=["PNG"])
    image.tile = [image.tile[0]._replace(args=raw_mode)]
    image.load()
    return image
