"""Grading: presets are smooth and monotone, tables keep white and alpha, models are verified."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from style_engine.errors import InvalidLook, ModelRefused, UnknownStyle, UnsupportedPicture
from style_engine.grade.lut import (
    BASIS_TABLE_SIDE,
    BASIS_TABLES,
    Grader,
    TablePredictor,
    apply_table,
    identity_table,
    look_up,
)
from style_engine.grade.presets import PRESETS

FOLDER = Path(__file__).parents[4] / "engine" / "models" / "grade-lite"
AXIS = np.linspace(0, 1, 33)
COLOURS = np.stack(np.meshgrid(AXIS, AXIS, AXIS, indexing="ij"), -1)


@pytest.fixture(scope="module")
def grader() -> Grader:
    return Grader.load(FOLDER)


def graded_colours(look: str, colours: np.ndarray) -> np.ndarray:
    return PRESETS[look](colours.reshape(-1, 3)).reshape(colours.shape)


def test_model_is_small_and_has_the_expected_number_of_weights():
    predictor = TablePredictor()
    tables = predictor.bases.numel()
    assert tables == BASIS_TABLES * 3 * BASIS_TABLE_SIDE**3 == 117_912
    assert sum(weights.numel() for weights in predictor.parameters()) - tables <= 20_000
    assert (FOLDER / "model.safetensors").stat().st_size < 300_000


@pytest.mark.parametrize("look", PRESETS)
def test_presets_are_in_range_monotone_and_smooth(look):
    after = graded_colours(look, COLOURS)
    assert after.min() >= 0
    assert after.max() <= 1
    for channel in range(3):
        rise = np.diff(after[..., channel], axis=channel)
        assert rise.min() >= -1e-9
    steps = np.concatenate([np.diff(after, axis=axis).ravel() for axis in range(3)]) * 32
    assert np.abs(steps).max() < 1.7
    grey = np.diff(graded_colours(look, np.repeat(AXIS[:, None], 3, 1)), axis=0) * 32
    assert grey.min() > 0.4


@pytest.mark.parametrize("look", ["grade-clean", "grade-warm", "grade-cool"])
def test_white_background_stays_white(grader, product, look):
    graded = np.asarray(grader.grade(product, look)).astype(int)
    background = np.asarray(product).min(2) >= 254
    assert np.abs(graded[background] - 255).max() <= 3


def test_noir_has_no_colour(grader, scene):
    assert np.ptp(np.asarray(grader.grade(scene, "grade-noir")).astype(int), axis=2).max() <= 1


def test_warm_is_warmer_and_cool_is_cooler(grader, scene):
    def warmth(look: str) -> float:
        red, _, blue = np.asarray(grader.grade(scene, look)).reshape(-1, 3).mean(0)
        return float(red - blue)

    assert warmth("grade-cool") < warmth("grade-clean") < warmth("grade-warm")


def test_strength_zero_is_the_photo_and_half_strength_the_mean(grader, scene):
    photo = np.asarray(scene).astype(float)
    assert grader.grade(scene, "grade-noir", 0).tobytes() == scene.tobytes()
    half, full = (np.asarray(grader.grade(scene, "grade-noir", s)).astype(float) for s in (0.5, 1))
    assert np.abs(half - (photo + full) / 2).max() <= 2


def test_equal_colours_are_mapped_to_equal_colours(grader, product):
    before = np.asarray(product).reshape(-1, 3)
    after = np.asarray(grader.grade(product, "grade-vivid")).reshape(-1, 3)
    _, first, inverse = np.unique(before, axis=0, return_index=True, return_inverse=True)
    assert (after == after[first][inverse.ravel()]).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (31, 7)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_any_size_and_alpha_are_kept(grader, size, mode):
    values = np.random.default_rng(2).integers(0, 256, (size[1], size[0], len(mode)), np.uint8)
    image = Image.fromarray(values, mode)
    result = grader.grade(image, "grade-matte")
    assert (result.size, result.mode) == (size, mode)
    if mode == "RGBA":
        assert result.getchannel("A").tobytes() == image.getchannel("A").tobytes()


def test_correction_reduces_the_error_of_a_dark_tinted_photo(grader):
    from skimage import data

    photo = data.coffee().astype(float)
    degraded = Image.fromarray((photo * (0.72, 0.66, 0.58)).astype(np.uint8))
    after = np.asarray(apply_table(degraded, grader.correction(degraded))).astype(float)
    assert np.abs(after - photo).mean() < 0.85 * np.abs(np.asarray(degraded) - photo).mean()


def test_correction_is_monotone_on_the_tables_axes(grader, scene, product):
    for photo in (scene, product):
        table = grader.correction(photo)
        for channel, axis in ((0, 2), (1, 1), (2, 0)):
            assert table[channel].diff(dim=axis).min() > -0.01


def test_identity_table_changes_nothing(scene):
    assert apply_table(scene, identity_table(BASIS_TABLE_SIDE)).tobytes() == scene.tobytes()
    colours = torch.rand(3, 500, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(look_up(identity_table(BASIS_TABLE_SIDE), colours), colours, atol=1e-6)


def test_unknown_presets_strengths_and_modes_are_refused(grader, scene):
    with pytest.raises(UnknownStyle, match="grade-neon"):
        grader.grade(scene, "grade-neon")
    with pytest.raises(InvalidLook, match="strength is 2"):
        grader.grade(scene, "grade-warm", 2)
    with pytest.raises(UnsupportedPicture):
        grader.grade(scene.convert("L"), "grade-warm")


def test_altered_model_is_refused(tmp_path):
    for path in FOLDER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelRefused, match=r"config\.json"):
        Grader.load(tmp_path)
