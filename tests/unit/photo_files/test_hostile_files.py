"""Files built to cost the header readers most; `benchmarks.service.hostile_files` measures their time.

Here the work is counted as calls of functions, which depend neither on the machine nor on its load.
"""

import struct
import sys
import zlib
from pathlib import Path
from types import FrameType

import numpy as np
import pytest

from benchmarks.service.hostile_files import avif_of, hostile_files
from photo_files.errors import FileProblem, FileRefused
from photo_files.headers.common import MAX_PARTS
from photo_files.intake import Limits, check_header, open_photo
from tests.pictures import chart, encoded, png, png_chunk, png_rows

LIMITS = Limits()
DATA = Path(__file__).parents[2] / "data"
MAX_CALLS_PER_PART = 16
"""Of which 14 were counted; the costliest file then took 0.09 s."""
MEGABYTE = 2**20
FILES = dict(hostile_files(4 * MEGABYTE))
CASE_256_KB = avif_of(3, 1, b"\x0a\x02\x03\xf0" * 63_488)
"""As large as the router's first read, and so decided by it."""


def calls_of_header(data: bytes) -> int:
    """Calls of functions, Python's and C's, until the header is decided."""
    calls = 0

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        check_header(data, complete=True, limits=LIMITS)
    except FileRefused:
        pass
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_costs_the_header_reader_no_more_than_its_budget(name: str) -> None:
    assert calls_of_header(FILES[name]) <= MAX_CALLS_PER_PART * MAX_PARTS


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused_as_damaged(name: str) -> None:
    with pytest.raises(FileRefused) as caught:
        open_photo(FILES[name], LIMITS)
    assert caught.value.code == FileProblem.DAMAGED_IMAGE


def test_the_budget_is_shared_by_the_items_of_an_avif() -> None:
    with pytest.raises(FileRefused):
        check_header(CASE_256_KB, complete=True, limits=LIMITS)
    for data in (CASE_256_KB, (DATA / "slow_avif_256k.avif").read_bytes()):
        assert calls_of_header(data) <= MAX_CALLS_PER_PART * MAX_PARTS


# --- headers in which a reader and a decoder could find different sizes


def test_a_second_ihdr_is_refused_from_the_header() -> None:
    second = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 9000, 9000, 8, 0, 0, 0, 0))
    rows = png_rows(np.zeros((64, 64, 3), np.uint8))
    data = png((64, 64), 8, 2, rows, second)
    with pytest.raises(FileRefused) as caught:
        check_header(data[:100], complete=False, limits=LIMITS)
    assert caught.value.code == FileProblem.DAMAGED_IMAGE


def test_a_second_ihdr_behind_the_pixels_is_refused() -> None:
    data = encoded(chart(), "PNG")
    with pytest.raises(FileRefused):
        open_photo(data[:-12] + data[8:33] + data[-12:], LIMITS)


def test_a_second_frame_header_is_refused_from_the_header() -> None:
    data = encoded(chart(), "JPEG")
    at = data.index(b"\xff\xc0")
    frame = data[at : at + 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]]
    larger = frame[:5] + struct.pack(">HH", 9000, 9000) + frame[9:]
    with pytest.raises(FileRefused) as caught:
        check_header(data[:at] + frame + larger + data[at + len(frame) :], complete=True, limits=LIMITS)
    assert caught.value.code == FileProblem.DAMAGED_IMAGE


def test_a_frame_header_behind_the_first_scan_is_refused() -> None:
    data = encoded(chart(), "JPEG", progressive=True)
    at, last_scan = data.index(b"\xff\xc2"), data.rindex(b"\xff\xc4")
    frame = data[at : at + 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]]
    with pytest.raises(FileRefused):
        open_photo(data[:last_scan] + frame + data[last_scan:], LIMITS)


def test_a_jpeg_whose_height_follows_its_scan_is_refused() -> None:
    data = bytearray(encoded(chart(), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 7] = b"\0\0"
    with pytest.raises(FileRefused):
        check_header(bytes(data[:-2]) + b"\xff\xdc\0\4\0\x40\xff\xd9", complete=True, limits=LIMITS)


@pytest.mark.parametrize("canvas", [(40, 40), (4000, 4000)])
def test_a_webp_whose_canvas_differs_from_its_picture_is_refused(canvas: tuple[int, int]) -> None:
    data = encoded(chart(), "WEBP", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0")
    sides = b"".join((side - 1).to_bytes(3, "little") for side in canvas)
    with pytest.raises(FileRefused) as caught:
        open_photo(data[:24] + sides + data[30:], LIMITS)
    assert caught.value.code == FileProblem.DAMAGED_IMAGE


def test_a_profile_that_unpacks_to_64_megabytes_is_dropped() -> None:
    bomb = zlib.compress(bytes(64 * MEGABYTE))
    data = png((96, 64), 8, 2, png_rows(np.asarray(chart())), png_chunk(b"iCCP", b"x\0\0" + bomb))
    assert np.array_equal(open_photo(data, LIMITS), chart())
