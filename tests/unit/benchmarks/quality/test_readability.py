"""Readability: lines and faces of the photos that are found again in pictures, by style."""

import json
from pathlib import Path

import pytest
import typer
from PIL import Image
from skimage import data
from typer.testing import CliRunner

from benchmarks.quality import readability
from benchmarks.quality.readability import (
    Found,
    Sample,
    compare,
    face_finder,
    is_found,
    overlap,
    reliable_faces,
    summarise,
)

FACE = (0.1, 0.1, 0.2, 0.2)


@pytest.fixture(scope="module")
def portrait() -> Image.Image:
    return Image.fromarray(data.astronaut())


def test_overlap_of_boxes():
    assert overlap(FACE, FACE) == pytest.approx(1)
    assert overlap(FACE, (0.2, 0.1, 0.2, 0.2)) == pytest.approx(1 / 3)
    assert overlap(FACE, (0.5, 0.5, 0.2, 0.2)) == 0
    assert is_found(FACE, [(0.6, 0.6, 0.1, 0.1), (0.11, 0.11, 0.2, 0.2)])
    assert not is_found(FACE, [])


def test_a_face_is_found_in_a_portrait_and_none_in_its_blurred_part(portrait):
    find = face_finder()
    faces = reliable_faces(find, portrait)
    head = (0.34, 0.13, 0.19, 0.19)
    assert is_found(head, faces)
    left, top, width, height = (round(512 * share) for share in head)
    covered = portrait.copy()
    covered.paste((120, 90, 80), (left, top, left + width, top + height))
    assert not is_found(head, find(covered))


def test_lines_and_faces_are_compared_one_by_one():
    sample = Sample("pack", Image.new("RGB", (40, 40)), ["FRESH MILK", "ONE LITRE"], [FACE])
    found = Found()
    compare(sample, sample.photo, lambda _: ["fresh milk"], lambda _: [], found)
    figures = summarise({"oil": found, "pencil": Found([1.0], [True])})
    oil = figures["oil"]
    assert (oil["lines"], oil["read_alike"], oil["faces"], oil["faces_found"]) == (2, 0.5, 1, 0)
    assert 0.5 < oil["likeness"] < 0.9
    assert figures["all"]["lines"] == 3
    assert figures["all"]["faces_found"] == 0.5


def test_the_command_measures_stored_pictures(tmp_path: Path, portrait, monkeypatch):
    monkeypatch.setattr(readability, "load_reader", lambda: lambda _: [])
    photos, pictures = tmp_path / "photos", tmp_path / "pictures"
    photos.mkdir()
    pictures.mkdir()
    portrait.save(photos / "portrait.png")
    portrait.save(pictures / "portrait__oil.png")
    Image.new("RGB", portrait.size, "grey").save(pictures / "portrait__mosaic.png")
    app = typer.Typer()
    app.command()(readability.main)
    out = tmp_path / "figures.json"
    result = CliRunner().invoke(
        app, ["--photos", str(photos), "--pictures", str(pictures), "--out", str(out)]
    )
    assert result.exit_code == 0, result.output
    styles = json.loads(out.read_text("utf-8"))["styles"]
    assert (styles["oil"]["faces_found"], styles["mosaic"]["faces_found"]) == (1, 0)
