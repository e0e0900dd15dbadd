"""Files that are no valid photos, as sellers may upload them."""

import io
import struct
import zlib
from pathlib import Path

from PIL import Image

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'


def bad_photos(folder: Path) -> list[Path]:
    """Write one file for each reason of refusal, and name it after the reason."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "empty.jpg": b"",
        "text.jpg": b"This is a shopping list, not a photo.\n" * 20,
        "drawing.svg": SVG,
        "moving.gif": _encoded(_plain(64, 64), "GIF"),
        "truncated.jpg": _encoded(_noise(256, 256), "JPEG")[:6000],
        "narrow.png": _encoded(_plain(4, 300), "PNG"),
        "sixty-megapixels.png": _png_header(10_000, 6_000),
    }
    for name, body in files.items():
        (folder / name).write_bytes(body)
    return [folder / name for name in files]


def _plain(width: int, height: int) -> Image.Image:
    return Image.new("RGB", (width, height), "teal")


def _noise(width: int, height: int) -> Image.Image:
    return Image.effect_noise((width, height), 80).convert("RGB")


def _encoded(image: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def _png_header(width: int, height: int) -> bytes:
    """A PNG that declares a size and has one byte of data, so that only its header can be checked cheaply."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0")), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
