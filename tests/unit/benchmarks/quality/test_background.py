"""The benchmark of plain grounds sees what is done to them."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.quality import background, evaluator, safety
from style_engine.regions.finder import Regions
from style_engine.safety.scene import Scene


@pytest.fixture(scope="module")
def extractor() -> object:
    return evaluator.Evaluator.load(quick=True).extractor


@pytest.fixture
def shown() -> safety.Shown:
    """A striped disc on white."""
    y, x = np.mgrid[0:128, 0:128]
    disc = (y - 64) ** 2 + (x - 64) ** 2 < 36**2
    pixels = np.where(disc[..., None], (60 + 9 * (x % 16))[..., None], 255).repeat(3, -1).astype(np.uint8)
    product = torch.from_numpy(disc).float()[None, None]
    photo = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
    scene = Scene(photo, 1 - product, Regions(product, 0 * product, found=True, confidence=1.0))
    return safety.Shown("disc", Image.fromarray(pixels), scene)


def inverted(shown: safety.Shown, product: bool) -> Image.Image:
    inside = shown.scene.regions.product[0, 0].numpy() > 0.5
    pixels = np.asarray(shown.image)
    return Image.fromarray(np.where((inside == product)[..., None], 255 - pixels, pixels))


def test_only_what_is_inside_the_product_counts_as_style(extractor, shown):
    drawing = Image.new("RGB", shown.image.size, (90, 40, 20))
    inside = background.Inside(extractor, shown, drawing)
    assert inside.gain(shown.image) == pytest.approx(0)
    assert inside.gain(drawing) == pytest.approx(1)


def test_a_painted_ground_drifts_and_a_painted_product_does_not(extractor, shown):
    inside = background.Inside(extractor, shown, inverted(shown, product=True))
    good, bad = (background.measure(shown, inverted(shown, product=p), inside) for p in (True, False))
    assert good["drift"] == 0
    assert good["halo"] == 0
    assert good["gain"] == pytest.approx(1)
    assert bad["drift"] == pytest.approx(255)
    assert bad["halo"] > 100
    assert bad["gain"] < 0.5


def test_a_folder_gives_figures(shown, tmp_path: Path):
    (tmp_path / "photos").mkdir()
    shown.image.resize((256, 256)).save(tmp_path / "photos" / "disc.png")
    Image.effect_noise((256, 256), 80).convert("RGB").save(tmp_path / "photos" / "no_ground.png")
    background.main(photos=tmp_path / "photos", out=tmp_path / "f.json", styles_per_photo=1)
    found = json.loads((tmp_path / "f.json").read_text())
    assert found["photos"] == 1
    assert set(found["figures"]) == {"off", "soft", "magenta int8"}
    assert found["figures"]["soft"]["drift"] <= 6
