"""Encoding: web variants of photos and pictures (AVIF, WebP, JPEG at four widths), full sizes, previews.

Without chroma subsampling where 4:2:0 would lose coloured details (docs/decisions/0128); WebP is lossless
then.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from photo_files.chroma import loses_coloured_detail
from photo_files.metadata.provenance import UNKNOWN, Provenance
from photo_files.metadata.provenance_writer import save_options

VARIANT_WIDTHS_PX = (320, 640, 1024, 1600)
EXHIBIT_MAX_SIDE_PX = 1280
_WEBP_MAX_SIDE_PX = 16_383
_WHITE_RGB = (255, 255, 255)
_REDUCING_GAP = 3.0
_ENCODER_BY_EXTENSION = {
    "avif": ("AVIF", "image/avif"),
    "webp": ("WEBP", "image/webp"),
    "jpg": ("JPEG", "image/jpeg"),
    "png": ("PNG", "image/png"),
}
_Options = Mapping[str, object]
_SUBSAMPLED: Mapping[str, _Options] = {
    "avif": {"quality": 60, "subsampling": "4:2:0"},
    "webp": {"quality": 80},
    "jpg": {"subsampling": "4:2:0"},
}
_LOSSLESS_WEBP: _Options = {"lossless": True, "quality": 50}  # here, quality is the encoder's effort
_FULL_CHROMA: Mapping[str, _Options] = {
    "avif": {"quality": 75, "subsampling": "4:4:4"},
    "webp": _LOSSLESS_WEBP,
    "jpg": {"subsampling": "4:4:4"},
}


@dataclass(frozen=True)
class Encoded:
    """`name` consists of width and extension: `w640.avif`; sizes in pixels."""

    name: str
    width: int
    height: int
    body: bytes
    content_type: str


def encode_variants(image: Image.Image, provenance: Provenance = UNKNOWN) -> Iterator[Encoded]:
    """Up to twelve files of an RGB or RGBA picture, widest first; widths above its own are left out.

    Their only metadata is the provenance; the same holds for the other functions here.
    """
    aspect = image.height / image.width
    for width in _widths(image):
        image = _resized(image, width, max(1, round(width * aspect)))
        flat = _on_white(image)
        options = _FULL_CHROMA if loses_coloured_detail(flat) else _SUBSAMPLED
        yield _encoded(image, f"w{width}.avif", provenance, speed=8, **options["avif"])
        yield _encoded(image, f"w{width}.webp", provenance, method=4, **options["webp"])
        yield _jpeg(flat, f"w{width}.jpg", provenance, quality=82, **options["jpg"])


def encode_rendition(image: Image.Image, provenance: Provenance = UNKNOWN) -> Encoded:
    """The picture at full size: JPEG for RGB; for RGBA lossless WebP, or PNG above WebP's maximum size."""
    bare = _without_metadata(image)
    if image.mode != "RGBA":
        return _jpeg(bare, "full.jpg", provenance, quality=92, subsampling="4:4:4")
    if max(image.size) > _WEBP_MAX_SIDE_PX:
        return _encoded(bare, "full.png", provenance, compress_level=4)
    return _encoded(bare, "full.webp", provenance, lossless=True, quality=25, method=1)


def encode_display(image: Image.Image, long_side: int, provenance: Provenance = UNKNOWN) -> Encoded:
    """The picture as WebP, its longer side resized to `long_side` pixels, at most its own: the preview
    of an own style."""
    return _webp(_resized_to(image, long_side), f"s{long_side}.webp", provenance, quality=85)


def encode_exhibit(name: str, image: Image.Image, provenance: Provenance = UNKNOWN) -> Encoded:
    """A small WebP for an explanation, its longer side at most EXHIBIT_MAX_SIDE_PX pixels."""
    small = _resized_to(image.convert("RGB"), min(EXHIBIT_MAX_SIDE_PX, max(image.size)))
    return _webp(small, f"{name}.webp", provenance, quality=80)


def _resized_to(image: Image.Image, long_side: int) -> Image.Image:
    width, height = (max(1, round(side * long_side / max(image.size))) for side in image.size)
    return _resized(image, width, height)


def _widths(image: Image.Image) -> list[int]:
    """Widest first; limited so that the height stays within WebP's maximum."""
    max_width = min(image.width, int(image.width * _WEBP_MAX_SIDE_PX / image.height))
    return sorted({min(width, max_width) for width in VARIANT_WIDTHS_PX}, reverse=True)


def _resized(image: Image.Image, width: int, height: int) -> Image.Image:
    smaller = image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=_REDUCING_GAP)
    smaller.info = {}
    return smaller


def _without_metadata(image: Image.Image) -> Image.Image:
    """The picture without `info`, from which encoders would write metadata into the file."""
    if not image.info:
        return image
    copy = image.copy()
    copy.info = {}
    return copy


def _webp(image: Image.Image, name: str, provenance: Provenance, *, quality: int) -> Encoded:
    full_chroma = loses_coloured_detail(_on_white(image))
    options = _LOSSLESS_WEBP if full_chroma else {"quality": quality}
    return _encoded(image, name, provenance, method=4, **options)


def _jpeg(image: Image.Image, name: str, provenance: Provenance, **options: object) -> Encoded:
    """Pillow gives the smaller kinds of JPEG a buffer of one byte a pixel; pictures of noise need more, and
    are written without them."""
    try:
        return _encoded(image, name, provenance, progressive=True, optimize=True, **options)
    except OSError:
        return _encoded(image, name, provenance, **options)


def _on_white(image: Image.Image) -> Image.Image:
    """The picture in RGB; transparent parts become white."""
    if image.mode != "RGBA":
        return image
    flat = Image.new("RGB", image.size, _WHITE_RGB)
    flat.paste(image, mask=image.getchannel("A"))
    return flat


def _encoded(image: Image.Image, name: str, provenance: Provenance, **options: object) -> Encoded:
    encoder, content_type = _ENCODER_BY_EXTENSION[name.rpartition(".")[2]]
    body = BytesIO()
    image.save(body, encoder, **options, **save_options(provenance, encoder))
    return Encoded(name, image.width, image.height, body.getvalue(), content_type)
