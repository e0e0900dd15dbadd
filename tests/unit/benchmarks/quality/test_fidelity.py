"""Fidelity: ΔE from the upload by part, measured without the engine."""

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.quality.safety.fidelity import (
    PhotoParts,
    fidelity_by_mode,
    measure_fidelity,
    summarise_fidelity,
)
from benchmarks.quality.safety.photos import PhotoScene
from style_engine import Stylizer
from style_engine.imaging import tensors
from style_engine.looks import Protection
from style_engine.regions.finder import Regions
from style_engine.safety.scene import Scene
from tests.engine_fixtures import model_folder, stylizer  # noqa: F401 - fixtures

CASE, SHADE = (30, 30, 32), (200, 40, 60)


@pytest.fixture
def lipstick() -> Image.Image:
    """A black case with a small red tip on white, 160 × 160."""
    page = Image.new("RGB", (160, 160), "white")
    page.paste(CASE, (40, 60, 120, 140))
    page.paste(SHADE, (60, 30, 100, 60))
    return page


def with_other_tip(image: Image.Image) -> Image.Image:
    pixels = np.array(image)
    pixels[(pixels == SHADE).all(-1)] = (160, 60, 90)
    return Image.fromarray(pixels)


def test_the_worst_part_shows_what_the_median_hides(lipstick):
    photo = PhotoParts.of_colours("lipstick", lipstick, [CASE, SHADE])
    unchanged, moved = (measure_fidelity(photo, image) for image in (lipstick, with_other_tip(lipstick)))
    assert (unchanged.median, unchanged.worst_part) == (0, 0)
    assert moved.median == 0
    assert moved.worst_part == moved.percentile_95 > 10
    assert summarise_fidelity([unchanged, moved])["worst_part"] == moved.worst_part


def test_parts_of_a_scene_are_segments_inside_the_product_mask(lipstick):
    product = torch.zeros(1, 1, 160, 160)
    product[..., 30:140, 40:120] = 1
    regions = Regions(product, 0 * product, found=True, confidence=1.0)
    scene = Scene(tensors.to_tensor(lipstick), 1 - product, regions)
    parts = PhotoParts.of_scene(PhotoScene("lipstick", lipstick, scene)).parts
    tip, case = np.zeros((160, 160), bool), np.zeros((160, 160), bool)
    tip[34:56, 64:96] = case[64:136, 44:116] = True
    assert any((part & tip).sum() > 0.9 * tip.sum() and not (part & case).any() for part in parts)
    assert any((part & case).sum() > 0.9 * case.sum() and not (part & tip).any() for part in parts)


def test_figures_of_each_mode_keep_its_promise(stylizer: Stylizer, lipstick):  # noqa: F811
    photo = PhotoParts.of_colours("lipstick", lipstick, [CASE, SHADE])
    figures = fidelity_by_mode(stylizer, [photo], ["cartoon"], enhance=True)
    assert set(figures) == {Protection.SOFT, Protection.STRICT}
    assert figures["soft"]["pictures"] == 1
    assert figures["soft"]["worst_part"] <= 7
    assert figures["strict"]["worst_part"] <= 2
