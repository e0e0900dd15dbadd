"""The benchmark of plain backgrounds: measures inside and outside the product, and figures of a folder."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.quality import background
from benchmarks.quality.safety.photos import PhotoScene
from style_engine.regions.finder import Regions
from style_engine.safety.scene import Scene


@pytest.fixture
def photo() -> PhotoScene:
    """A striped disc on white."""
    y, x = np.mgrid[0:128, 0:128]
    disc = (y - 64) ** 2 + (x - 64) ** 2 < 36**2
    pixels = np.where(disc[..., None], (60 + 9 * (x % 16))[..., None], 255).repeat(3, -1).astype(np.uint8)
    product = torch.from_numpy(disc).float()[None, None]
    tensor = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
    scene = Scene(tensor, 1 - product, Regions(product, 0 * product, found=True, confidence=1.0))
    return PhotoScene("disc", Image.fromarray(pixels), scene)


def inverted(photo: PhotoScene, product: bool) -> Image.Image:
    inside = photo.scene.regions.product[0, 0].numpy() > 0.5
    pixels = np.asarray(photo.image)
    return Image.fromarray(np.where((inside == product)[..., None], 255 - pixels, pixels))


def test_drift_is_of_a_changed_background_and_not_of_a_changed_product(photo):
    good, bad = (background.measure(photo, inverted(photo, product=p)) for p in (True, False))
    assert good["drift"] == 0
    assert good["halo"] == 0
    assert bad["drift"] == pytest.approx(255)
    assert bad["halo"] > 100


def test_main_writes_figures_of_a_folder(photo, tmp_path: Path):
    (tmp_path / "photos").mkdir()
    photo.image.resize((256, 256)).save(tmp_path / "photos" / "disc.png")
    Image.effect_noise((256, 256), 80).convert("RGB").save(tmp_path / "photos" / "no_background.png")
    background.main(photos=tmp_path / "photos", out=tmp_path / "f.json", styles_per_photo=1)
    result = json.loads((tmp_path / "f.json").read_text())
    assert result["photos"] == 1
    assert set(result["figures"]) == {"off", "soft", "magenta int8"}
    assert result["figures"]["soft"]["drift"] <= 6
