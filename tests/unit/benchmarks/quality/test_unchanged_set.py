"""The set of correctly exposed photos: what is taken, its crops, and its figures."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from benchmarks.quality import unchanged_set
from style_engine.enhance.limits import DEFAULT_LIMITS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A product on clean white, the same a stop darker, and one on grey."""
    photo = Image.new("RGB", (120, 120), "white")
    photo.paste(Image.fromarray(data.coffee()).resize((60, 60)), (30, 30))
    photo.save(tmp_path / "white.png")
    photo.point(lambda value: value * 0.73).save(tmp_path / "dark.png")
    Image.new("RGB", (120, 120), (128, 128, 128)).save(tmp_path / "grey.png")
    return tmp_path


def test_only_photos_that_prove_their_exposure_are_taken(folder: Path):
    assert [path.name for path in unchanged_set.correctly_exposed(folder)] == ["white.png"]


def test_each_photo_is_taken_whole_and_as_crops(folder: Path):
    taken = [photo for photo in unchanged_set.unchanged_set(folder, None) if photo.name == "white.png"]
    assert [photo.kind for photo in taken] == [f"photo, {crop}" for crop in unchanged_set.CROP_BOXES]
    assert taken[0].image.size == (120, 120)
    assert taken[1].image.size == (60, 60)


def test_set_has_at_least_two_hundred_pictures_without_any_photo(tmp_path: Path):
    assert len(unchanged_set.unchanged_set(tmp_path, None)) >= 200


def test_figures_count_what_was_changed_and_are_json():
    noisy = np.random.default_rng(1).normal(0, 12, (400, 600, 3)) + data.coffee()
    pictures = [
        unchanged_set.CorrectPhoto("flat", "one", Image.new("RGB", (64, 64), (180, 40, 60)), is_texture=True),
        unchanged_set.CorrectPhoto("noisy", "two", Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))),
    ]
    pictures[0].image.paste((170, 40, 60), (0, 0, 32, 64))
    figures = json.loads(json.dumps(unchanged_set.measure_unchanged(pictures, DEFAULT_LIMITS)))
    assert figures["count"] == 2
    assert figures["unchanged"] == 0.5
    assert [row["name"] for row in figures["changed"]] == ["two"]
    assert figures["textures"] == {"count": 1, "kept_min": 1.0, "kept_mean": 1.0}


def test_large_photos_are_sampled_evenly():
    photo = Image.fromarray(np.random.default_rng(1).integers(0, 256, (2400, 2000, 3), np.uint8))
    moved = photo.point(lambda value: min(255, value + 8))
    corner = (0, 0, 600, 500)
    sampled, of_corner = (
        unchanged_set.median_delta_e(*pair)
        for pair in ((photo, moved), (photo.crop(corner), moved.crop(corner)))
    )
    assert sampled == pytest.approx(of_corner, rel=0.05)


def test_only_some_photos_of_a_large_folder_are_looked_at(folder: Path):
    assert unchanged_set.correctly_exposed(folder, candidates=1) == []  # dark.png comes first
