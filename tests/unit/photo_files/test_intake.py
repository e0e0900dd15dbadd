"""Which files are accepted and which are refused with which code; test_colour.py tests how they are decoded."""

import struct
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from photo_files.errors import FileProblem, FileRefused
from photo_files.headers.jpeg import MAX_SCANS
from photo_files.intake import Limits, check_header, check_size, open_photo
from tests.pictures import (
    CODING_MAX_DE2000,
    COLOURS,
    DISPLAY_P3,
    FORMATS,
    INKS,
    assert_patches,
    chart,
    cmyk_profile,
    encoded,
    full_inks,
    png,
    png_chunk,
    png_rows,
    rgb_profile,
    with_orientation,
)

LIMITS = Limits()


def refusal(data: bytes, limits: Limits = LIMITS) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        open_photo(data, limits)
    return caught.value


# --- accepted


def test_an_orientation_in_xmp_alone_is_not_applied() -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf tiff:Orientation="6"/></x:xmpmeta>'
    assert open_photo(encoded(chart(), "JPEG", xmp=xmp), LIMITS).size == (96, 64)


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0nonsense", b"Exif\0\0II*\0\xff\xff\xff\xff"])
def test_a_photo_with_invalid_exif_is_accepted(exif: bytes) -> None:
    assert_patches(
        open_photo(encoded(chart(), "JPEG", exif=exif), LIMITS), COLOURS, CODING_MAX_DE2000["JPEG"]
    )


QUARTERS = np.array([[0, 1], [2, 3]], np.uint8).repeat(32, 0).repeat(32, 1)
TWO_BITS = b"".join(b"\0" + np.packbits(row[:, None] >> [1, 0] & 1).tobytes() for row in QUARTERS)
SIXTEEN_BITS = (QUARTERS.astype(np.uint16) * 20000 + 300)[..., None]
PALETTE = png_chunk(b"PLTE", bytes(range(12)))
WITH_TRANSPARENT_COLOUR = {
    "2-bit grey": (2, 0, TWO_BITS, b"\0\2"),
    "8-bit grey": (8, 0, png_rows(QUARTERS), b"\0\2"),
    "16-bit grey": (16, 0, png_rows(SIXTEEN_BITS), struct.pack(">H", 40300)),
    "16-bit RGB": (16, 2, png_rows(SIXTEEN_BITS.repeat(3, 2)), struct.pack(">3H", *[40300] * 3)),
    "one entry of a palette": (8, 3, png_rows(QUARTERS), b"\xff\xff\0"),
    "a palette's table": (8, 3, png_rows(QUARTERS), b"\xff\xff\0\xff"),
}


@pytest.mark.parametrize("kind", WITH_TRANSPARENT_COLOUR)
def test_a_transparent_colour_is_matched_at_the_files_bit_depth(kind: str) -> None:
    bits, colour_type, rows, key = WITH_TRANSPARENT_COLOUR[kind]
    extra = [PALETTE] if colour_type == 3 else []
    image = open_photo(png((64, 64), bits, colour_type, rows, *extra, png_chunk(b"tRNS", key)), LIMITS)
    quarters = [image.getpixel(at) for at in ((16, 16), (48, 16), (16, 48), (48, 48))]
    assert [quarter[3] for quarter in quarters] == [255, 255, 0, 255]


def test_partial_transparency_in_a_palette_is_kept() -> None:
    alpha = png_chunk(b"tRNS", b"\xff\x80\x40\xff")
    image = open_photo(png((64, 64), 8, 3, png_rows(QUARTERS), PALETTE, alpha), LIMITS)
    assert image.getpixel((48, 16)) == (3, 4, 5, 0x80)
    assert image.getpixel((16, 48)) == (6, 7, 8, 0x40)


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "AVIF"])
def test_alpha_is_kept_only_if_some_pixel_is_not_opaque(format_: str) -> None:
    clear = chart(mode="RGBA")
    assert open_photo(encoded(clear, format_), LIMITS).mode == "RGB"
    clear.paste((0, 0, 0, 0), (0, 0, 32, 32))
    assert open_photo(encoded(clear, format_), LIMITS).mode == "RGBA"


@pytest.mark.parametrize("format_", FORMATS)
def test_data_appended_after_the_picture_is_ignored(format_: str) -> None:
    film = b"\0\0\0\x18ftypmp42" + b"\xff\xda\0\2" * 500
    box = struct.pack(">I4s", 8 + len(film), b"free") if format_ == "AVIF" else b""
    assert_patches(
        open_photo(encoded(chart(), format_) + box + film, LIMITS), COLOURS, CODING_MAX_DE2000[format_]
    )


# --- refused

UNSUPPORTED = {
    "GIF": b"GIF89a",
    "TIFF": b"II*\0",
    "BMP": b"BM" + bytes(12) + b"\x28\0\0\0",
    "ICO": b"\0\0\1\0",
    "PSD": b"8BPS",
    "PDF": b"%PDF-1.7",
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "HEIF": b"\0\0\0\x18ftypmif1\0\0\0\0mif1miaf",
    "JPEG XL": b"\xff\x0a",
    "JPEG 2000": b"\0\0\0\x0cjP  \r\n",
    "video": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
    "SVG": b'<?xml version="1.0"?>\n<!-- a drawing -->\n<svg xmlns="http://www.w3.org/2000/svg">',
}


@pytest.mark.parametrize("name", UNSUPPORTED)
@pytest.mark.parametrize("padding", [0, 5000])
def test_refusal_names_a_known_unsupported_format(name: str, padding: int) -> None:
    refused = refusal(UNSUPPORTED[name] + bytes(padding))
    assert refused.code == FileProblem.UNSUPPORTED_FORMAT
    assert name in refused.message


@pytest.mark.parametrize(
    "format_", ["GIF", "TIFF", "BMP", "ICO", "PPM", "PDF", "JPEG2000", "DDS", "QOI", "EPS"]
)
def test_other_formats_written_by_pillow_are_unsupported(format_: str) -> None:
    assert refusal(encoded(chart(), format_)).code == FileProblem.UNSUPPORTED_FORMAT


@pytest.mark.parametrize(
    "data",
    [b"x", b"hello, this is a price list\n" * 200, b"<html><body>", bytes(9000), b"\xff\xd8", b"PK\3\4" * 50],
)
def test_files_that_are_no_images_are_refused_as_not_an_image(data: bytes) -> None:
    assert refusal(data).code == FileProblem.NOT_AN_IMAGE


def test_empty_and_too_large_files_are_refused() -> None:
    assert refusal(b"").code == FileProblem.EMPTY_FILE
    check_size(20 * 2**20, LIMITS)
    with pytest.raises(FileRefused, match=r"20\.0? ?MB|25 MB") as caught:
        check_size(25 * 2**20, LIMITS)
    assert caught.value.code == FileProblem.TOO_MANY_BYTES


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97])
def test_a_truncated_file_is_damaged(format_: str, share: float) -> None:
    noisy = Image.effect_noise((96, 64), 80).convert("RGB")
    data = encoded(noisy, format_)
    cut = max(13, int(len(data) * share))
    assert refusal(data[:cut]).code == FileProblem.DAMAGED_IMAGE


@pytest.mark.parametrize("format_", ["WEBP", "AVIF"])
def test_a_file_without_its_last_byte_is_damaged(format_: str) -> None:
    assert refusal(encoded(chart(), format_)[:-1]).code == FileProblem.DAMAGED_IMAGE


def test_a_png_with_a_wrong_checksum_is_damaged() -> None:
    data = bytearray(encoded(chart(), "PNG"))
    at = data.index(b"IDAT")
    length = struct.unpack(">I", data[at - 4 : at])[0]
    data[at + 4 + length] ^= 1
    assert refusal(bytes(data)).code == FileProblem.DAMAGED_IMAGE


@pytest.mark.parametrize(
    ("size", "code"),
    [
        ((10_000, 6_000), FileProblem.TOO_MANY_PIXELS),
        ((5_001, 5_000), FileProblem.TOO_MANY_PIXELS),
        ((2**31 - 1, 2**31 - 1), FileProblem.TOO_MANY_PIXELS),
        ((4, 400), FileProblem.TOO_SMALL),
        ((31, 32), FileProblem.TOO_SMALL),
        ((32, 641), FileProblem.EXTREME_ASPECT),
        ((641, 32), FileProblem.EXTREME_ASPECT),
        ((0, 100), FileProblem.DAMAGED_IMAGE),
    ],
)
def test_sizes_are_checked_on_the_header_alone(size: tuple[int, int], code: FileProblem) -> None:
    data = png(size, 8, 2, None)
    assert refusal(data).code == code
    with pytest.raises(FileRefused) as caught:
        check_header(data[:60], complete=len(data) <= 60, limits=LIMITS)
    assert caught.value.code == code


def test_limits_are_inclusive() -> None:
    assert open_photo(encoded(chart(32, 640), "PNG"), LIMITS).size == (32, 640)
    assert check_header(png((5_000, 5_000), 8, 2, None), complete=True, limits=LIMITS)


def test_a_refusal_states_the_actual_and_the_allowed_size() -> None:
    assert refusal(png((10_000, 6_000), 8, 2, None)).message == (
        "This photo is 10000 × 6000 pixels (60.0 megapixels); the most we accept is 25 megapixels."
    )


def test_a_twelve_bit_jpeg_is_unsupported_rather_than_damaged() -> None:
    data = bytearray(encoded(chart(), "JPEG"))
    data[data.index(b"\xff\xc0") + 4] = 12
    assert refusal(bytes(data)).code == FileProblem.UNSUPPORTED_FORMAT


# --- files built to exhaust time or memory


def test_a_jpeg_with_too_many_scans_is_refused() -> None:
    data = encoded(chart(), "JPEG", progressive=True)
    last_scan = data[data.rindex(b"\xff\xda") : -2]
    assert open_photo(data[:-2] + last_scan * 3 + data[-2:], LIMITS)
    hostile = data[:-2] + last_scan * MAX_SCANS + data[-2:]
    assert refusal(hostile).code == FileProblem.DAMAGED_IMAGE


@pytest.mark.parametrize(
    "data",
    [
        png((64, 64), 8, 2, b"", *[png_chunk(b"tEXt", b"")] * 300_000),
        b"\xff\xd8" + b"\xff\xfe\0\2" * 900_000,
        b"\0\0\0\x10ftypavif\0\0\0\0" + b"\0\0\0\x08free" * 400_000,
    ],
    ids=["PNG", "JPEG", "AVIF"],
)
def test_a_file_with_too_many_parts_is_refused(data: bytes) -> None:
    assert refusal(data).code == FileProblem.DAMAGED_IMAGE


@pytest.mark.parametrize("alpha", [False, True])
def test_an_avif_with_a_payload_larger_than_declared_is_refused(alpha: bool) -> None:
    data = encoded(chart(800, 600, "RGBA" if alpha else "RGB"), "AVIF")
    hidden = data.replace(struct.pack(">II", 800, 600), struct.pack(">II", 80, 60))
    limits = Limits(max_pixels=100_000)
    assert refusal(hidden, limits).code == FileProblem.TOO_MANY_PIXELS


def _avif_with_extents(items: int, count: int) -> bytes:
    """An AVIF of many items, each with `count` extents whose offsets and lengths take no bytes."""
    entries = b"".join(struct.pack(">HHH", number, 0, count) for number in range(items))
    iloc = b"iloc\0\0\0\0\0\0" + struct.pack(">H", items) + entries
    sizes = b"\0\0\0\x24iprp\0\0\0\x1cipco\0\0\0\x14ispe\0\0\0\0" + struct.pack(">II", 64, 64)
    meta = b"meta\0\0\0\0" + sizes + struct.pack(">I", len(iloc) + 4) + iloc
    return b"\0\0\0\x10ftypavif\0\0\0\0" + struct.pack(">I", len(meta) + 4) + meta


@pytest.mark.parametrize(("items", "count"), [(65_535, 1), (4096, 16), (2, 65_535)])
def test_an_avif_with_too_many_items_or_extents_is_refused(items: int, count: int) -> None:
    assert refusal(_avif_with_extents(items, count)).code == FileProblem.DAMAGED_IMAGE


# --- the beginning of a file


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("extended", [False, True])
def test_the_beginning_of_a_file_gives_the_same_header_or_none(format_: str, extended: bool) -> None:
    options = {"icc_profile": rgb_profile(DISPLAY_P3, 2.2)} if extended else {}
    data = encoded(chart(), format_, **options)
    whole = check_header(data, complete=True, limits=LIMITS)
    parts = [check_header(data[:cut], complete=False, limits=LIMITS) for cut in range(len(data) + 1)]
    assert whole is not None
    assert (whole.format, whole.width, whole.height, whole.frames) == (format_, 96, 64, 1)
    decided = next(i for i, part in enumerate(parts) if part)
    assert parts == [None] * decided + [whole] * (len(parts) - decided)


def test_the_beginning_of_a_non_image_is_refused_once_long_enough() -> None:
    text = b"a price list " * 1000
    assert check_header(text[:1000], complete=False, limits=LIMITS) is None
    with pytest.raises(FileRefused):
        check_header(text[:8000], complete=False, limits=LIMITS)


# --- mutated files and noise

_PROFILE = rgb_profile(DISPLAY_P3, 2.2)
SEEDS = [
    *[encoded(chart(), f, icc_profile=_PROFILE) for f in FORMATS],
    *[with_orientation(chart(mode="RGBA" if f != "JPEG" else "RGB"), f, 6) for f in FORMATS],
    *[encoded(chart(), f, save_all=True, append_images=[chart().rotate(180)]) for f in FORMATS[1:]],
    encoded(full_inks(INKS), "JPEG", icc_profile=cmyk_profile()),
    encoded(chart(), "JPEG", progressive=True),
    encoded(chart(), "MPO", save_all=True, append_images=[chart()]),
    encoded(chart().quantize(4), "PNG", bits=2),
]

edits = st.lists(
    st.tuples(
        st.floats(0, 1), st.sampled_from(["set", "cut", "put", "swap"]), st.binary(min_size=1, max_size=4)
    ),
    min_size=1,
    max_size=8,
)


def mutated(data: bytes, changes: list[tuple[float, str, bytes]]) -> bytes:
    for share, kind, new in changes:
        # Squared: most of the headers are at the beginning.
        at = int(share**2 * len(data))
        keep = {"set": len(new), "cut": 40 * len(new), "put": 0, "swap": 4 * len(new)}[kind]
        middle = {"set": new, "cut": b"", "put": new, "swap": data[at : at + keep][::-1]}[kind]
        data = data[:at] + middle + data[at + keep :]
    return data


def assert_opened_or_refused(data: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            image = open_photo(data, LIMITS)
        except FileRefused as caught:
            refused = caught
        else:
            assert image.mode in ("RGB", "RGBA")
            assert min(image.size) >= LIMITS.min_side
            return
    assert refused.code in FileProblem
    assert refused.message


@settings(max_examples=1000, deadline=None)
@given(st.sampled_from(SEEDS), edits)
def test_a_mutated_file_is_either_opened_or_refused(
    data: bytes, changes: list[tuple[float, str, bytes]]
) -> None:
    assert_opened_or_refused(mutated(data, changes))


@settings(max_examples=150, deadline=None)
@given(edits)
def test_a_photo_with_a_mutated_profile_is_opened(changes: list[tuple[float, str, bytes]]) -> None:
    for profile, picture in ((_PROFILE, chart()), (cmyk_profile(), full_inks(INKS))):
        broken = mutated(profile, changes)
        open_photo(encoded(picture, "JPEG", icc_profile=broken), LIMITS)


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP"]),
)
def test_noise_is_opened_or_refused(noise: bytes, beginning: bytes) -> None:
    assert_opened_or_refused(beginning + noise)
