"""Photo folders of the benchmarks."""

from pathlib import Path

import pytest
from PIL import Image

from benchmarks.shared.photos import image_files, read_accepted, read_upright, select_evenly


def test_image_files_are_pictures_in_name_order(tmp_path: Path):
    for name in ("b.JPG", "a.png", "notes.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in image_files(tmp_path)] == ["a.png", "b.JPG"]


@pytest.mark.parametrize(
    ("count", "expected"),
    [(None, [0, 1, 2, 3, 4, 5]), (2, [0, 3]), (4, [0, 1, 2, 3]), (9, [0, 1, 2, 3, 4, 5])],
)
def test_select_evenly(count: int | None, expected: list[int]):
    paths = [Path(str(n)) for n in range(6)]
    assert select_evenly(paths, count) == [paths[n] for n in expected]


def test_read_upright_turns_the_photo_and_lays_it_over_white(tmp_path: Path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGBA", (64, 32), (0, 0, 0, 0)).save(tmp_path / "photo.png", exif=exif)
    photo = read_upright(tmp_path / "photo.png")
    assert (photo.mode, photo.size, photo.getpixel((0, 0))) == ("RGB", (32, 64), (255, 255, 255))


def test_files_that_the_service_refuses_are_named_and_left_out(tmp_path: Path, capsys):
    Image.new("RGB", (60, 40)).save(tmp_path / "good.png")
    (tmp_path / "damaged.jpg").write_bytes(b"\xff\xd8\xff\xdb junk")
    Image.new("RGB", (60, 40)).save(tmp_path / "small.avif")
    accepted = [path.name for path, _ in read_accepted(image_files(tmp_path))]
    assert accepted == ["good.png", "small.avif"]
    assert "damaged.jpg: damaged_image" in capsys.readouterr().out
