"""Files that lack no pixels are accepted, whatever is wrong with their notes or their end; others are damaged."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from photo_files.errors import FileProblem, FileRefused
from photo_files.intake import Limits, open_photo
from tests.pictures import DISPLAY_P3, chart, png, png_chunk, png_rows, rgb_profile

LIMITS = Limits()
RNG = np.random.default_rng(3)
PICTURES = {
    "noise": Image.fromarray(RNG.integers(0, 256, (48, 64, 3), np.uint8)),
    "flat white": Image.new("RGB", (64, 48), "white"),
    "flat grey": Image.new("RGB", (64, 48), (128, 128, 128)),
    "patches": chart(64, 48),
    "photo over white": Image.fromarray(
        np.concatenate([RNG.integers(0, 256, (24, 64, 3)), np.full((24, 64, 3), 255)]).astype(np.uint8)
    ),
}
ENCODERS = {
    "baseline": {"quality": 75},
    "4:4:4": {"quality": 95, "subsampling": "4:4:4"},
    "own tables": {"quality": 75, "optimize": True},
    "progressive": {"quality": 85, "progressive": True},
    "restarts": {"quality": 75, "restart_marker_blocks": 3},
    "progressive with restarts": {"quality": 75, "progressive": True, "restart_marker_rows": 1},
}


def jpeg(picture: str, encoder: str, mode: str = "RGB") -> bytes:
    body = BytesIO()
    PICTURES[picture].convert(mode).save(body, "JPEG", **ENCODERS[encoder])
    return body.getvalue()


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(open_photo(data, LIMITS))


def is_damaged(data: bytes) -> bool:
    try:
        open_photo(data, LIMITS)
    except FileRefused as refused:
        return refused.code == FileProblem.DAMAGED_IMAGE
    return False


# --- JPEG


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("missing", [1, 2])
def test_a_jpeg_without_its_end_marker_has_all_pixels(
    picture: str, encoder: str, mode: str, missing: int
) -> None:
    data = jpeg(picture, encoder, mode)
    assert np.array_equal(pixels(data[:-missing]), pixels(data))


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_jpeg_that_is_cut_off_has_the_whole_pixels_or_is_damaged(picture: str, encoder: str) -> None:
    """The last bytes may hold only bits that change no pixel."""
    data = jpeg(picture, encoder)
    whole, first_scan = pixels(data), data.index(b"\xff\xda")
    for cut in [*range(3, 30), *range(30, len(data) - first_scan, 37)]:
        assert is_damaged(data[:-cut]) or np.array_equal(pixels(data[:-cut]), whole), cut


@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_jpeg_of_noise_without_a_tenth_is_damaged(encoder: str) -> None:
    data = jpeg("noise", encoder)
    for tail in (b"", bytes(len(data) // 10), bytes(5000), b"\xff", b"\xff\xd9"[:1]):
        assert is_damaged(data[: -len(data) // 10] + tail)


def test_a_jpeg_without_an_end_that_is_filled_with_zeros_has_all_pixels() -> None:
    data = jpeg("patches", "baseline")
    assert np.array_equal(pixels(data[:-2] + bytes(64)), pixels(data))


@pytest.mark.parametrize(("mode", "zeros"), [("L", 19), ("RGB", 24)])
def test_a_jpeg_cut_off_in_the_header_of_its_scan_and_filled_with_zeros_is_damaged(
    mode: str, zeros: int
) -> None:
    data = jpeg("flat white", "own tables", mode)
    assert is_damaged(data[:-zeros] + bytes(zeros))


def test_a_progressive_jpeg_without_its_last_scan_is_damaged() -> None:
    data = jpeg("noise", "progressive")
    assert is_damaged(data[: data.rindex(b"\xff\xc4")])
    assert is_damaged(data[: data.rindex(b"\xff\xda") + 4])


def test_a_jpeg_whose_pixels_are_broken_by_a_marker_is_damaged() -> None:
    data = jpeg("noise", "baseline")
    middle = (data.index(b"\xff\xda") + len(data)) // 2
    assert is_damaged(data[:middle] + b"\xff\xdd\x60\x00" + data[middle:])


BROKEN_NOTES = {
    "a short Photoshop block": b"\xff\xed\x00\x15Photoshop 3.0\x008BIM\x04",
    "a short JFIF": b"\xff\xe0\x00\x07JFIF\0",
    "a short Adobe": b"\xff\xee\x00\x07Adobe",
    "a short profile": b"\xff\xe2\x00\x0eICC_PROFILE\0",
    "fill bytes": b"\xff" * 5000,
    "bytes between segments": b"\0\1\2" * 1000,
}


@pytest.mark.parametrize("note", BROKEN_NOTES)
def test_a_jpeg_with_a_broken_note_has_all_pixels(note: str) -> None:
    data = jpeg("patches", "baseline")
    tables = data.index(b"\xff\xdb")
    assert np.array_equal(pixels(data[:tables] + BROKEN_NOTES[note] + data[tables:]), pixels(data))


# --- PNG

ROWS = np.asarray(PICTURES["noise"])
TWO_MEGABYTES = bytes(range(256)) * 2**13


def noisy_png(*chunks: bytes) -> bytes:
    return png((64, 48), 8, 2, png_rows(ROWS), *chunks)


def profile_of(nbytes: int) -> bytes:
    profile = bytearray(rgb_profile(DISPLAY_P3, 2.2)).ljust(nbytes, b"\0")
    struct.pack_into(">I", profile, 0, nbytes)
    return png_chunk(b"iCCP", b"p3\0\0" + zlib.compress(bytes(profile)))


LARGE_NOTES = {
    "zTXt": png_chunk(b"zTXt", b"k\0\0" + zlib.compress(TWO_MEGABYTES)),
    "iTXt": png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(TWO_MEGABYTES)),
    "tEXt": png_chunk(b"tEXt", b"k\0" + TWO_MEGABYTES),
    "zTXt bombs": png_chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(30_000_000))) * 50,
    "an unknown method": png_chunk(b"zTXt", b"k\0\7junk"),
    "a short pHYs": png_chunk(b"pHYs", b"\0"),
    "a wrong checksum": png_chunk(b"tEXt", b"k\0v")[:-1] + b"\0",
}


@pytest.mark.parametrize("note", LARGE_NOTES)
def test_a_png_with_a_large_or_broken_note_has_all_pixels(note: str) -> None:
    assert np.array_equal(pixels(noisy_png(LARGE_NOTES[note])), ROWS)


def test_a_profile_is_applied_up_to_four_megabytes_and_then_dropped() -> None:
    small, large = (pixels(noisy_png(profile_of(nbytes))) for nbytes in (600, 3 * 2**20))
    assert np.array_equal(small, large)
    assert not np.array_equal(small, ROWS)
    assert np.array_equal(pixels(noisy_png(profile_of(5 * 2**20))), ROWS)


@pytest.mark.parametrize("bits", [8, 16])
def test_a_png_that_is_cut_off_behind_its_pixels_has_all_of_them(bits: int) -> None:
    rows = png_rows(ROWS if bits == 8 else ROWS.astype(np.uint16) * 257)
    data = png((64, 48), bits, 2, rows)
    for cut in range(1, 21):  # IEND has 12 bytes, the checksums of IDAT and of zlib 4 each
        assert np.array_equal(pixels(data[:-cut]), ROWS), cut
    for cut in (30, 100, 2000):
        assert is_damaged(data[:-cut])


def test_a_png_with_a_wrong_checksum_in_its_pixels_is_damaged_with_and_without_an_end() -> None:
    data = bytearray(noisy_png())
    data[data.index(b"IDAT") + 500] ^= 1
    assert is_damaged(bytes(data))
    assert is_damaged(bytes(data[:-12]))
