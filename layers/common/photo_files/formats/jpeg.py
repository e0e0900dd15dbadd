"""What of a JPEG the decoder gets: no notes, and an end where only the end is missing; and its colours."""

from collections.abc import Collection, Iterator
from io import BytesIO
from itertools import takewhile

from PIL import ExifTags, Image, ImageChops

from photo_files.colour.encodings import ADOBE_RGB, Encoding
from photo_files.formats.jpeg_scans import lacks_coefficients, lacks_restarts
from photo_files.headers.common import Incomplete, Malformed, Parts
from photo_files.headers.jpeg import FRAME_MARKERS, MAX_SCANS, START_OF_SCAN, Segment, read_segments

_START, _END = b"\xff\xd8", b"\xff\xd9"
_TABLES_AND_FRAMES = FRAME_MARKERS | {0xC4, 0xCC, 0xDB, 0xDD}
_LEAST_NOTE_BYTES = {(0xE0, b"JFIF\0"): 14, (0xE1, b"Exif\0\0"): 6, (0xE2, b"ICC_PROFILE\0"): 14,
                     (0xEE, b"Adobe"): 12}  # fmt: skip
"""Segments that say how the pixels are to be shown; shorter ones are invalid."""
_LEAST_FILL_BYTES, _MAX_SURPLUS_BYTES = 16, 4
"""Fewer zeros at the end may be coded pixels."""
_ARBITRARY_BYTES = bytes(range(3, 250, 17))
_PADDINGS = tuple(bytes([first_bits]) + _ARBITRARY_BYTES for first_bits in (0x1B, 0x5E, 0xA7))
"""They begin with the bits 00, 01 and 10, so that they continue a cut off code in different ways."""


def pixels_of_jpeg(data: bytes) -> bytes:
    """The file without its notes, and with an end if that is all it lacks.

    Raises:
        Malformed: pixels are missing, or there are too many scans or parts, or a second frame header.
    """
    segments, has_end = _all_segments(data)
    scans = [segment for segment in segments if segment.marker == START_OF_SCAN]
    if not 0 < len(scans) <= MAX_SCANS:
        raise Malformed(f"{len(scans)} scans")
    if sum(segment.marker in FRAME_MARKERS for segment in segments) != 1:
        raise Malformed("not one frame header")
    first = scans[0].start
    head = _START + b"".join(
        data[s.start : s.end] for s in segments if s.start < first and _is_for_the_decoder(data, s)
    )
    return head + (data[first:] if has_end else _with_end(data, segments, head))


def header_of_jpeg(data: bytes, notes: Collection[int] = ()) -> bytes:
    """The file up to the header of its first scan: tables, frame, and the notes with these markers.

    What lies between segments is left out. Raises Malformed for a file without a scan.
    """
    segments, _ = _all_segments(data)
    before = [*takewhile(lambda segment: segment.marker != START_OF_SCAN, segments)]
    if len(before) == len(segments):
        raise Malformed("no scan")
    kept = [s for s in before if s.marker in _TABLES_AND_FRAMES or s.marker in notes]
    return _START + b"".join(data[s.start : s.end] for s in [*kept, segments[len(before)]])


def _all_segments(data: bytes) -> tuple[list[Segment], bool]:
    """The segments, and whether the end of the image follows them."""
    segments: list[Segment] = []
    try:
        for segment in read_segments(data, Parts()):
            segments.append(segment)
    except Incomplete:
        return segments, False
    return segments, True


def _is_for_the_decoder(data: bytes, segment: Segment) -> bool:
    if segment.marker in _TABLES_AND_FRAMES:
        return True
    return any(
        segment.marker == marker
        and data.startswith(beginning, segment.body)
        and segment.end - segment.body >= least_bytes
        for (marker, beginning), least_bytes in _LEAST_NOTE_BYTES.items()
    )


def encoding_of_jpeg(exif: bytes | None) -> Encoding | None:
    """Adobe RGB if the interoperability index says so (DCF 2.0): some cameras embed no profile."""
    fields = Image.Exif()
    try:
        fields.load(exif or b"")
        index = str(fields.get_ifd(ExifTags.IFD.Interop).get(ExifTags.Interop.InteropIndex, ""))
    except Exception:  # invalid EXIF says nothing
        return None
    return ADOBE_RGB if index.rstrip("\0 ") == "R03" else None


# ── A file that ends too early ───────────────────────────────────────────────────────────────────────


def _with_end(data: bytes, segments: list[Segment], head: bytes) -> bytes:
    """From the first scan to a new end. Raises Malformed if pixels are missing."""
    scans = [segment for segment in segments if segment.marker == START_OF_SCAN]
    first, last = scans[0], scans[-1]
    if last.end > len(data) or lacks_coefficients(data, segments):
        raise Malformed("scans are missing")
    ends = [segment.start for segment in segments if segment.start > last.start]
    coded_pixels = data[last.end : ends[0] if ends else len(data)]
    before = head + data[first.start : last.end]
    for coded in _possible_ends(before, coded_pixels):
        if not lacks_restarts(data, segments, coded) and _is_complete(before, coded):
            return data[first.start : last.end] + coded + _END
    raise Malformed("coded pixels are missing")


def _possible_ends(before: bytes, coded: bytes) -> Iterator[bytes]:
    """Without the zeros with which interrupted transfers fill a file, and without half a marker.

    Zeros at the end may also be coded, if they are few or if nearly none is too many. A last byte 0xFF may
    be coded, and then is followed by a zero.
    """
    bare = coded.rstrip(b"\0")
    if bare.endswith(b"\xff"):
        yield bare + b"\0"
        yield bare[:-1]
    elif len(coded) - len(bare) < _LEAST_FILL_BYTES:
        yield coded
    else:
        yield bare
        if not _is_complete(before, coded[:-_MAX_SURPLUS_BYTES]):
            yield coded


def _is_complete(before: bytes, coded: bytes) -> bool:
    """Whether the pixels are the same whatever follows the coded ones.

    libjpeg takes missing bits from what follows, and leaves grey what then is still missing; what lies after
    the last bit that it needs changes nothing. Pillow hides the warnings of libjpeg.
    """
    as_it_is = _decoded(before + coded + _END)
    padded = (_decoded(before + coded + padding + _END) for padding in _PADDINGS)
    return all(ImageChops.difference(as_it_is, other).getbbox() is None for other in padded)


def _decoded(data: bytes) -> Image.Image:
    with Image.open(BytesIO(data), formats=["JPEG"]) as image:
        image.load()
        return image.copy()
