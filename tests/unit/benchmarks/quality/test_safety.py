"""The safety benchmark: its measures, its targets, and figures of a folder."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.quality.safety import cost, figures, photos, targets, text
from benchmarks.quality.safety.__main__ import main
from benchmarks.quality.safety.photos import PhotoScene
from style_engine.regions.finder import Regions
from style_engine.safety.scene import Scene


@pytest.fixture
def photo() -> PhotoScene:
    """A grey disc on white."""
    y, x = np.mgrid[0:96, 0:96]
    disc = (y - 48) ** 2 + (x - 48) ** 2 < 30**2
    pixels = np.where(disc[..., None], (90 + x % 40)[..., None], 255).repeat(3, -1).astype(np.uint8)
    product = torch.from_numpy(disc).float()[None, None]
    tensor = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
    scene = Scene(tensor, 1 - product, Regions(product, 0 * product, found=True, confidence=1.0))
    return PhotoScene("disc", Image.fromarray(pixels), scene)


def test_the_photo_itself_has_no_changes(photo):
    assert figures.measure_changes(photo, photo.image) == pytest.approx({"ssim": 1, "delta_e": 0, "drift": 0})


def test_a_changed_white_pixel_is_a_drift_and_a_tint_lowers_ssim(photo):
    pixels = np.asarray(photo.image).copy()
    pixels[2, 3, 1] -= 7
    pixels[40:56, 40:56, 0] += 60
    row = figures.measure_changes(photo, Image.fromarray(pixels))
    assert row["drift"] == 7
    assert row["delta_e"] == 0
    assert row["ssim"] < 1


def test_line_similarity_ignores_order_and_case():
    assert text.line_similarity(["OATMEAL", "500 gram"], ["500 gram", "oatmeal"]) == 1
    assert text.line_similarity(["OATMEAL"], ["0ATMEA1"]) == pytest.approx(5 / 7)
    assert text.line_similarity(["OATMEAL"], []) == 0


def test_targets_are_compared_with_the_measured_figures_only():
    rows = targets.compare_with_targets({"soft": {"passed_as_asked": 0.9}, "cost": {"safety_percent": 20.0}})
    met = {row["name"]: row["kept"] for row in rows}
    assert met == {"soft.passed_as_asked": False, "cost.safety_percent": True}


def test_main_writes_figures_and_sheets_of_a_folder(photo, tmp_path, monkeypatch):
    monkeypatch.setattr(cost, "TIMED_ROUNDS", 1)
    monkeypatch.setattr(cost, "TIMED_SIDE_PX", 64)
    monkeypatch.setattr(photos, "MEASURED_MAX_PIXELS", 64 * 64)
    folder = tmp_path / "photos"
    folder.mkdir()
    photo.image.save(folder / "disc.png")
    out, sheets = tmp_path / "figures.json", tmp_path / "sheets"
    main(folder, out, styles="oil", save=sheets, baselines=False)
    result = json.loads(out.read_text("utf-8"))
    assert result["soft"]["published_unsafe"] == 0
    assert result["soft"]["passed_as_asked"] <= result["soft"]["passed_in_the_end"] <= 1
    assert result["cost"]["engine_ms"] > 0
    assert {path.name for path in sheets.iterdir()} == {"disc-soft.webp", "disc-strict.webp"}


def test_a_line_that_a_smaller_copy_loses_is_not_stable(photo):
    def read_lines(image: Image.Image) -> list[str]:
        return ["LIMNER", "small print"] if image.width >= photo.image.width else ["LIMNER"]

    assert text.select_stable_lines(read_lines, photo.image, read_lines(photo.image)) == ["LIMNER"]
