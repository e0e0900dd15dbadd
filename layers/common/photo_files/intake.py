"""From a seller's file to an upright sRGB picture, or a refusal that tells the seller what to do.

The limits are checked on the header, before anything is decoded.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from PIL import ExifTags, Image

from photo_files.colour.conversion import colour_facts, to_srgb
from photo_files.colour.recode import DeepSamples
from photo_files.errors import FileProblem, FileRefused
from photo_files.formats.avif import decodings_of_avif
from photo_files.formats.jpeg import encoding_of_jpeg, pixels_of_jpeg
from photo_files.formats.png import colour_of_png, deep_samples, pixels_of_png
from photo_files.headers.common import Header, Incomplete, Malformed
from photo_files.headers.png import whole_chunks
from photo_files.headers.sniff import SNIFF_BYTES, read_header, unsupported_format

__all__ = ["Header", "Limits", "check_header", "check_size", "open_photo"]

_ACCEPTED_FORMATS = "Please send a JPEG, PNG, WebP or AVIF photo."
_MEGAPIXEL = 1_000_000
_JPEG_BITS = 8
_DEEP_BITS = 16
_TRANSPOSE_BY_ORIENTATION = {
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
    """Raises FileRefused: EMPTY_FILE or TOO_MANY_BYTES."""
    if nbytes == 0:
        raise FileRefused(FileProblem.EMPTY_FILE, f"The file is empty. {_ACCEPTED_FORMATS}")
    if nbytes > limits.max_bytes:
        raise FileRefused(
            FileProblem.TOO_MANY_BYTES,
            f"The file has {_in_megabytes(nbytes)}; the most we accept is {_in_megabytes(limits.max_bytes)}.",
        )


def _in_megabytes(nbytes: int) -> str:
    return f"{nbytes / 2**20:.1f} MB".replace(".0 ", " ")


def check_header(head: bytes, *, complete: bool, limits: Limits) -> Header | None:
    """The file's header, or None when `head` is only its beginning and too short to decide.

    Raises:
        FileRefused: NOT_AN_IMAGE, UNSUPPORTED_FORMAT, DAMAGED_IMAGE, SEVERAL_FRAMES, TOO_MANY_PIXELS,
            TOO_SMALL or EXTREME_ASPECT, in this order.
    """
    try:
        header = read_header(head)
    except Malformed as error:
        raise _damaged() from error
    except Incomplete as error:
        if not complete:
            return None
        raise _truncated(head) from error
    if header is None:
        if not complete and len(head) < SNIFF_BYTES:
            return None
        raise _not_accepted(head)
    _check_declared(header, limits)
    return header


def _truncated(head: bytes) -> FileRefused:
    return _damaged() if _begins_like_accepted_format(head) else _not_accepted(head)


def _begins_like_accepted_format(head: bytes) -> bool:
    """Whether the header is that of an accepted format once padded with zeros."""
    try:
        return read_header(head + bytes(32)) is not None
    except (Incomplete, Malformed):
        return True


def _not_accepted(head: bytes) -> FileRefused:
    name = unsupported_format(head)
    if name:
        return FileRefused(FileProblem.UNSUPPORTED_FORMAT, f"This is a {name} file. {_ACCEPTED_FORMATS}")
    return FileRefused(
        FileProblem.NOT_AN_IMAGE, f"This file is not a picture we can read. {_ACCEPTED_FORMATS}"
    )


def _damaged() -> FileRefused:
    return FileRefused(
        FileProblem.DAMAGED_IMAGE,
        "The picture is damaged or was cut off on its way. Please export it again and send the new file.",
    )


def _check_declared(header: Header, limits: Limits) -> None:
    for refusal in _refusals(header, limits):
        raise refusal


def _refusals(header: Header, limits: Limits) -> Iterator[FileRefused]:
    width, height = header.width, header.height
    dimensions = f"This photo is {width} × {height} pixels"
    if not width or not height:
        yield _damaged()
    if header.format == "JPEG" and header.bits != _JPEG_BITS:
        yield FileRefused(
            FileProblem.UNSUPPORTED_FORMAT,
            f"This is a JPEG with {header.bits} bits per colour; we can read those with {_JPEG_BITS}.",
        )
    if header.frames > 1:
        yield FileRefused(
            FileProblem.SEVERAL_FRAMES,
            f"This file is an animation of {header.frames} pictures. Please send one still photo.",
        )
    if width * height > limits.max_pixels:
        megapixels, allowed = width * height / _MEGAPIXEL, limits.max_pixels / _MEGAPIXEL
        yield FileRefused(
            FileProblem.TOO_MANY_PIXELS,
            f"{dimensions} ({megapixels:.1f} megapixels); the most we accept is {allowed:g} megapixels.",
        )
    if min(width, height) < limits.min_side:
        yield FileRefused(
            FileProblem.TOO_SMALL, f"{dimensions}; each side must have at least {limits.min_side} pixels."
        )
    if max(width, height) > limits.max_aspect * min(width, height):
        yield FileRefused(
            FileProblem.EXTREME_ASPECT,
            f"{dimensions}; the longer side may be at most {limits.max_aspect:g} times the shorter one.",
        )


def open_photo(data: bytes, limits: Limits) -> Image.Image:
    """The photo upright, in sRGB, without metadata: mode RGB, or RGBA if some pixel is not opaque.

    Raises:
        FileRefused: any code of `check_size` or `check_header`, or UNSUPPORTED_COLOUR.
    """
    check_size(len(data), limits)
    header = check_header(data, complete=True, limits=limits)
    assert header is not None  # noqa: S101 - None only if not complete
    with _refuse_damaged():
        image = _open_checked(data, header, limits)
        image.info = {}
        return image


@contextmanager
def _refuse_damaged() -> Iterator[None]:
    """For damaged files Pillow raises more than seven types of exceptions, and warns."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except FileRefused:
        raise
    except Exception as error:
        raise _damaged() from error


def _open_checked(data: bytes, header: Header, limits: Limits) -> Image.Image:
    """In sRGB, by the rules of the file's format. Raises FileRefused; any other exception means damage."""
    if header.format == "PNG":
        return _open_png(data, header, limits)
    if header.format == "AVIF":
        return _open_avif(data, header, limits)
    pixels = pixels_of_jpeg(data) if header.format == "JPEG" else data
    image, _ = _decoded(pixels, header, limits)
    encoding = encoding_of_jpeg(image.info.get("exif")) if header.format == "JPEG" else None
    return to_srgb(image, header.bits, colour_facts(image.info.get("icc_profile"), encoding))


def _open_avif(data: bytes, header: Header, limits: Limits) -> Image.Image:
    """The mean of its decodings."""
    pictures = []
    for decoding in decodings_of_avif(data):
        image, _ = _decoded(decoding.data, header, limits)
        facts = colour_facts(image.info.get("icc_profile"), decoding.encoding)
        pictures.append(to_srgb(image, header.bits, facts))
    first, *others = pictures
    return Image.blend(first, others[0], 0.5) if others else first


def _open_png(data: bytes, header: Header, limits: Limits) -> Image.Image:
    chunks = whole_chunks(data)
    facts = colour_of_png(data, chunks)
    pixels = pixels_of_png(data, chunks)
    image, orientation = _decoded(pixels, header, limits)
    samples = None
    if facts.encoding and not facts.profile and header.bits == _DEEP_BITS:
        samples = DeepSamples(*(_upright(half, orientation) for half in deep_samples(pixels)))
    return to_srgb(image, header.bits, facts, samples)


def _decoded(data: bytes, header: Header, limits: Limits) -> tuple[Image.Image, int]:
    """The picture upright, and the orientation in which it is stored."""
    image = Image.open(BytesIO(data), formats=[header.format])
    frames = 1 if header.format == "JPEG" else getattr(image, "n_frames", 1)
    _check_declared(Header(header.format, *image.size, frames), limits)
    image.load()
    orientation = _orientation(image)
    return _upright(image, orientation), orientation


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    """Always a copy, so that the decoder is freed: its buffers are larger than the picture."""
    transpose = _TRANSPOSE_BY_ORIENTATION.get(orientation)
    return image.copy() if transpose is None else image.transpose(transpose)


def _orientation(image: Image.Image) -> int:
    """1 to 8, from EXIF (for AVIF, Pillow puts the container's own rotation there). XMP is ignored, as in
    browsers."""
    image.info = {name: value for name, value in image.info.items() if "xmp" not in str(name).lower()}
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # invalid EXIF is no reason to refuse a photo
        return 1
