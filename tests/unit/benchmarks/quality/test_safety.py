"""The safety benchmark measures what it says."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.quality import safety
from style_engine.regions.finder import Regions
from style_engine.safety.scene import Scene


@pytest.fixture
def shown() -> safety.Shown:
    """A grey disc on white."""
    y, x = np.mgrid[0:96, 0:96]
    disc = (y - 48) ** 2 + (x - 48) ** 2 < 30**2
    pixels = np.where(disc[..., None], (90 + x % 40)[..., None], 255).repeat(3, -1).astype(np.uint8)
    product = torch.from_numpy(disc).float()[None, None]
    photo = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
    scene = Scene(photo, 1 - product, Regions(product, 0 * product, found=True, confidence=1.0))
    return safety.Shown("disc", Image.fromarray(pixels), scene)


def test_the_photo_itself_is_kept_whole(shown):
    assert safety.against(shown, shown.image) == pytest.approx({"ssim": 1, "delta_e": 0, "drift": 0})


def test_a_stain_is_a_drift_and_a_tint_a_colour_shift(shown):
    pixels = np.asarray(shown.image).copy()
    pixels[2, 3, 1] -= 7
    pixels[40:56, 40:56, 0] += 60
    row = safety.against(shown, Image.fromarray(pixels))
    assert row["drift"] == 7
    assert row["delta_e"] == 0
    assert row["ssim"] < 1


def test_lines_read_alike_whatever_their_order():
    assert safety.likeness(["OATMEAL", "500 gram"], ["500 gram", "oatmeal"]) == 1
    assert safety.likeness(["OATMEAL"], ["0ATMEA1"]) == pytest.approx(5 / 7)
    assert safety.likeness(["OATMEAL"], []) == 0


def test_promises_stand_beside_what_was_measured():
    rows = safety.promises({"soft": {"passed_as_asked": 0.9}, "cost": {"safety_percent": 20.0}})
    kept = {row["name"]: row["kept"] for row in rows}
    assert kept == {"soft.passed_as_asked": False, "cost.safety_percent": True}


def test_a_folder_of_photos_gives_figures_and_sheets(shown, tmp_path, monkeypatch):
    monkeypatch.setattr(safety, "ROUNDS", 1)
    monkeypatch.setattr(safety, "SIDE", 64)
    folder = tmp_path / "photos"
    folder.mkdir()
    shown.image.save(folder / "disc.png")
    out, sheets = tmp_path / "figures.json", tmp_path / "sheets"
    arguments = [
        "--photos",
        str(folder),
        "--out",
        str(out),
        "--styles",
        "oil",
        "--save",
        str(sheets),
        "--no-baselines",
    ]
    safety.main(arguments)
    figures = json.loads(out.read_text("utf-8"))
    assert figures["soft"]["published_unsafe"] == 0
    assert figures["soft"]["passed_as_asked"] <= figures["soft"]["passed_in_the_end"] <= 1
    assert figures["cost"]["engine_ms"] > 0
    assert {path.name for path in sheets.iterdir()} == {"disc-soft.webp", "disc-strict.webp"}


def test_a_line_that_a_smaller_copy_loses_does_not_count(shown):
    def read(image: Image.Image) -> list[str]:
        return ["LIMNER", "small print"] if image.width >= shown.image.width else ["LIMNER"]

    assert safety._steady(read, shown.image, read(shown.image)) == ["LIMNER"]
