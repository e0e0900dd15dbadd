"""From a seller's bytes to an upright sRGB picture, or to a refusal that says what to do about it.

What a file may cost is decided from its header, before anything is decoded.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from PIL import ExifTags, Image

from limner.errors import PhotoRefused, RefusalCode
from limner.images.colour import to_srgb
from limner.images.headers.common import Header, Incomplete, Malformed
from limner.images.headers.sniff import SNIFF_BYTES, foreign_format, is_sound, read_header

__all__ = ["Header", "Limits", "check_header", "check_size", "open_photo"]

_PLEASE = "Please send a JPEG, PNG, WebP or AVIF photo."
_MEGA = 1_000_000
_JPEG_BITS = 8
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Limits:
    """Sides in pixels; `max_aspect` is the longer side over the shorter. All inclusive."""

    max_bytes: int = 20 * 2**20
    max_pixels: int = 25_000_000
    min_side: int = 32
    max_aspect: float = 20.0


def check_size(nbytes: int, limits: Limits) -> None:
    """Raises PhotoRefused: EMPTY_FILE or TOO_MANY_BYTES."""
    if nbytes == 0:
        raise PhotoRefused(RefusalCode.EMPTY_FILE, f"The file is empty. {_PLEASE}")
    if nbytes > limits.max_bytes:
        raise PhotoRefused(
            RefusalCode.TOO_MANY_BYTES,
            f"The file has {_mebibytes(nbytes)}; the most we accept is {_mebibytes(limits.max_bytes)}.",
        )


def _mebibytes(nbytes: int) -> str:
    return f"{nbytes / 2**20:.1f} MB".replace(".0 ", " ")


def check_header(head: bytes, *, complete: bool, limits: Limits) -> Header | None:
    """What the file declares, or None when `head` is only its beginning and does not suffice to decide.

    Raises:
        PhotoRefused: NOT_AN_IMAGE, UNSUPPORTED_FORMAT, DAMAGED_IMAGE, SEVERAL_FRAMES, TOO_MANY_PIXELS,
            TOO_SMALL or EXTREME_ASPECT, in this order.
    """
    try:
        header = read_header(head)
    except Malformed as error:
        raise _damaged() from error
    except Incomplete as error:
        if not complete:
            return None
        raise _cut_off(head) from error
    if header is None:
        if not complete and len(head) < SNIFF_BYTES:
            return None
        raise _not_ours(head)
    _check_declared(header, limits)
    return header


def _cut_off(head: bytes) -> PhotoRefused:
    return _damaged() if _begins_like_ours(head) else _not_ours(head)


def _begins_like_ours(head: bytes) -> bool:
    """Whether zeros after it would make a photo of ours of it."""
    try:
        return read_header(head + bytes(32)) is not None
    except (Incomplete, Malformed):
        return True


def _not_ours(head: bytes) -> PhotoRefused:
    name = foreign_format(head)
    if name:
        return PhotoRefused(RefusalCode.UNSUPPORTED_FORMAT, f"This is a {name} file. {_PLEASE}")
    return PhotoRefused(RefusalCode.NOT_AN_IMAGE, f"This file is not a picture we can read. {_PLEASE}")


def _damaged() -> PhotoRefused:
    return PhotoRefused(
        RefusalCode.DAMAGED_IMAGE,
        "The picture is damaged or was cut off on its way. Please export it again and send the new file.",
    )


def _check_declared(header: Header, limits: Limits) -> None:
    for refusal in _objections(header, limits):
        raise refusal


def _objections(header: Header, limits: Limits) -> Iterator[PhotoRefused]:
    width, height = header.width, header.height
    given = f"This photo is {width} × {height} pixels"
    if not width or not height:
        yield _damaged()
    if header.format == "JPEG" and header.bits != _JPEG_BITS:
        yield PhotoRefused(
            RefusalCode.UNSUPPORTED_FORMAT,
            f"This is a JPEG with {header.bits} bits per colour; we can read those with {_JPEG_BITS}.",
        )
    if header.frames > 1:
        yield PhotoRefused(
            RefusalCode.SEVERAL_FRAMES,
            f"This file is an animation of {header.frames} pictures. Please send one still photo.",
        )
    if width * height > limits.max_pixels:
        megapixels, most = width * height / _MEGA, limits.max_pixels / _MEGA
        yield PhotoRefused(
            RefusalCode.TOO_MANY_PIXELS,
            f"{given} ({megapixels:.1f} megapixels); the most we accept is {most:g} megapixels.",
        )
    if min(width, height) < limits.min_side:
        yield PhotoRefused(
            RefusalCode.TOO_SMALL, f"{given}; each side must have at least {limits.min_side} pixels."
        )
    if max(width, height) > limits.max_aspect * min(width, height):
        yield PhotoRefused(
            RefusalCode.EXTREME_ASPECT,
            f"{given}; the longer side may be at most {limits.max_aspect:g} times the shorter one.",
        )


def open_photo(data: bytes, limits: Limits) -> Image.Image:
    """The photo upright, in sRGB, without metadata: mode RGB, or RGBA if some pixel is not opaque.

    Raises:
        PhotoRefused: any code of `check_size` or `check_header`.
    """
    check_size(len(data), limits)
    header = check_header(data, complete=True, limits=limits)
    assert header is not None  # noqa: S101 - only an incomplete head is undecided
    with _damage_is_refused():
        if not is_sound(data, header):
            raise _damaged()
        image = to_srgb(_decode(data, header, limits), header.bits)
        image.info = {}
        return image


@contextmanager
def _damage_is_refused() -> Iterator[None]:
    """Pillow meets a broken file with more than seven kinds of exception, and with warnings."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except PhotoRefused:
        raise
    except Exception as error:
        raise _damaged() from error


def _decode(data: bytes, header: Header, limits: Limits) -> Image.Image:
    image = Image.open(BytesIO(data), formats=[header.format])
    frames = 1 if header.format == "JPEG" else getattr(image, "n_frames", 1)
    _check_declared(Header(header.format, *image.size, frames), limits)
    image.load()
    return _upright(image)


def _upright(image: Image.Image) -> Image.Image:
    """A new picture in any case, so that the decoder goes: its canvases are larger than the picture."""
    turn = _TURNS.get(_orientation(image))
    return image.copy() if turn is None else image.transpose(turn)


def _orientation(image: Image.Image) -> int:
    """1 to 8, from EXIF (for AVIF Pillow writes the container's own rotation there). XMP has no say: no
    browser heeds it."""
    image.info = {name: value for name, value in image.info.items() if "xmp" not in str(name).lower()}
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # broken EXIF is no reason to refuse a photo
        return 1
