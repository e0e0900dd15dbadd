"""A smoke training of the region net on drawn goods: exact masks, a falling loss, a run that resumes."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from style_engine.regions.finder import RegionFinder
from training.regions import evaluate, release, train
from training.regions.composites import (
    Pools,
    composite,
    cut_out,
    draw_background,
    draw_batch,
    draw_product,
    overlap,
    with_mask,
)
from training.regions.lettering import letter

NO_PHOTOS = Pools([], [], [], [])
SIZE = (96, 96)


def test_loss_falls_and_run_resumes(tmp_path: Path):
    run = train.begin(rate=3e-3, seed=0)
    batch = draw_batch(NO_PHOTOS, SIZE, 6, np.random.default_rng(1))
    losses = [train.train_step(run, batch, 3e-3)["loss"] for _ in range(12)]
    assert losses[-1] < 0.9 * losses[0], losses
    run.save(tmp_path / "checkpoint.pt")
    again = train.begin(rate=3e-3, seed=5)
    again.resume(tmp_path / "checkpoint.pt")
    assert again.step == 12
    parts = [train.train_step(one, batch, 3e-3)["loss"] for one in (again, run)]
    assert parts[0] == pytest.approx(parts[1], rel=1e-3)


def test_released_weights_are_read_back(tmp_path: Path):
    net = train.begin(rate=1e-3, seed=2).average
    release.release(net, tmp_path)
    finder = RegionFinder.load(tmp_path)
    photo = torch.rand(1, 3, 320, 320, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        # Untrained it is not sure, and looks twice.
        looks = net(photo).sigmoid(), net(photo.flip(3)).sigmoid().flip(3)
        torch.testing.assert_close(finder.predict(photo)[1], (looks[0] + looks[1]) / 2, atol=5e-3, rtol=0)


def test_composite_mask_is_where_goods_are():
    for seed in range(8):
        rng = np.random.default_rng(seed)
        background, products = draw_background(NO_PHOTOS, SIZE, rng), draw_product(NO_PHOTOS, 70, rng)
        empty, one = (composite(background, layers, rng) for layers in ([], [products]))
        assert empty.product.getbbox() is None
        assert np.asarray(one.product).mean() > 2
        within = np.asarray(one.text).astype(int) <= np.asarray(one.product).astype(int) + 40
        assert within.all(), "words on goods lie on goods"


def test_ink_lies_within_its_lines():
    for seed in range(5):
        words = letter((160, 60), np.random.default_rng(seed))
        ink, lines = np.asarray(words.ink) > 127, np.asarray(words.lines) > 127
        assert ink.any()
        assert lines[ink].all()


def test_unsure_teacher_cuts_nothing_out():
    image = Image.effect_noise((64, 64), 60).convert("RGB")
    assert not cut_out(with_mask(image, Image.new("L", (64, 64), 110), 0.3))


def test_boundary_f_tells_near_rims_from_far_ones():
    masks = np.zeros((3, 120, 160), np.float32)
    masks[0, 30:90, 40:100] = masks[1, 31:91, 41:101] = masks[2, 10:60, 60:150] = 1
    assert evaluate.boundary_f(masks[0], masks[1]) == 1
    assert evaluate.boundary_f(masks[0], masks[2]) < 0.2
    assert overlap(masks[0], masks[1]) == pytest.approx(59 * 59 / (2 * 3600 - 59 * 59), abs=1e-3)
