"""The pictures a page asks for: AVIF, WebP and JPEG at four widths, and what the stylizer makes."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from limner.images.provenance import UNKNOWN, Provenance, embedded

WIDTHS = (320, 640, 1024, 1600)
EXHIBIT_SIDE = 1280
_WEBP_LONGEST_SIDE = 16_383
_WHITE = (255, 255, 255)
_REDUCING_GAP = 3.0
_FORMATS = {
    "avif": ("AVIF", "image/avif"),
    "webp": ("WEBP", "image/webp"),
    "jpg": ("JPEG", "image/jpeg"),
    "png": ("PNG", "image/png"),
}


@dataclass(frozen=True)
class Encoded:
    """`name` has the width and the extension: `w640.avif`; sizes in pixels."""

    name: str
    width: int
    height: int
    body: bytes
    content_type: str


def encode_variants(image: Image.Image, provenance: Provenance = UNKNOWN) -> Iterator[Encoded]:
    """Twelve pictures of an RGB or RGBA photo, fewer of a narrow one; widest first, none wider than it.

    Of metadata each carries the provenance and nothing else; so does whatever is encoded here.
    """
    aspect = image.height / image.width
    for width in _widths(image):
        image = _resized(image, width, max(1, round(width * aspect)))
        yield _encoded(image, f"w{width}.avif", provenance, quality=60, speed=8)
        yield _encoded(image, f"w{width}.webp", provenance, quality=80, method=4)
        yield _jpeg(image, f"w{width}.jpg", provenance, quality=82, subsampling="4:2:0")


def encode_rendition(image: Image.Image, provenance: Provenance = UNKNOWN) -> Encoded:
    """The photo at its own size: fine JPEG for RGB, lossless WebP for RGBA, PNG where WebP ends."""
    bare = _bare(image)
    if image.mode != "RGBA":
        return _jpeg(bare, "full.jpg", provenance, quality=92, subsampling="4:4:4")
    if max(image.size) > _WEBP_LONGEST_SIDE:
        return _encoded(bare, "full.png", provenance, compress_level=4)
    return _encoded(bare, "full.webp", provenance, lossless=True, quality=25, method=1)


def encode_display(image: Image.Image, long_side: int, provenance: Provenance = UNKNOWN) -> Encoded:
    """The photo as WebP with its longer side at `long_side` pixels, which must not exceed its own; used by
    the stylizer for the sizes a ticket asks for."""
    small = _fitted(image, long_side)
    return _encoded(small, f"s{long_side}.webp", provenance, quality=85, method=4)


def encode_exhibit(name: str, image: Image.Image, provenance: Provenance = UNKNOWN) -> Encoded:
    """A small WebP for an explanation, its longer side at most EXHIBIT_SIDE pixels."""
    small = _fitted(image.convert("RGB"), min(EXHIBIT_SIDE, max(image.size)))
    return _encoded(small, f"{name}.webp", provenance, quality=80, method=4)


def _fitted(image: Image.Image, long_side: int) -> Image.Image:
    width, height = (max(1, round(side * long_side / max(image.size))) for side in image.size)
    return _resized(image, width, height)


def _widths(image: Image.Image) -> list[int]:
    """Widest first. A tall picture ends where WebP ends."""
    own = min(image.width, int(image.width * _WEBP_LONGEST_SIDE / image.height))
    return sorted({min(width, own) for width in WIDTHS}, reverse=True)


def _resized(image: Image.Image, width: int, height: int) -> Image.Image:
    smaller = image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=_REDUCING_GAP)
    smaller.info = {}
    return smaller


def _bare(image: Image.Image) -> Image.Image:
    """A copy that carries no metadata into the file: encoders take some from the image itself."""
    copy = image.copy()
    copy.info = {}
    return copy


def _jpeg(image: Image.Image, name: str, provenance: Provenance, **options: object) -> Encoded:
    flat = _on_white(image) if image.mode == "RGBA" else image
    return _encoded(flat, name, provenance, progressive=True, optimize=True, **options)


def _on_white(image: Image.Image) -> Image.Image:
    flat = Image.new("RGB", image.size, _WHITE)
    flat.paste(image, mask=image.getchannel("A"))
    return flat


def _encoded(image: Image.Image, name: str, provenance: Provenance, **options: object) -> Encoded:
    encoder, content_type = _FORMATS[name.rpartition(".")[2]]
    body = BytesIO()
    image.save(body, encoder, **options, **embedded(provenance, encoder))
    return Encoded(name, image.width, image.height, body.getvalue(), content_type)
