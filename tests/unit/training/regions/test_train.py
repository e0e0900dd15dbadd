"""A short training of the region network on drawn products: loss, resuming, release, masks of composites."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from style_engine.regions.finder import ConfidenceModel, RegionFinder
from training.regions import loop, release, train
from training.regions.backgrounds import draw_background
from training.regions.composites import composite, draw_batch, draw_product
from training.regions.lettering import draw_text
from training.regions.loop import RegionRun, take_step
from training.regions.measures import boundary_f, iou
from training.regions.photos import RegionPools, cut_out, mask_photo

NO_PHOTOS = RegionPools([], [], [], [])
SIZE = (96, 96)


def test_loss_falls_and_run_resumes(tmp_path: Path):
    run = train.begin_run(rate=3e-3, seed=0)
    batch = draw_batch(NO_PHOTOS, SIZE, 6, np.random.default_rng(1))

    def step(one: RegionRun) -> float:
        return take_step(one, lambda batch: train.batch_loss(one.net.train(), batch), batch, 3e-3)["loss"]

    losses = [step(run) for _ in range(12)]
    assert losses[-1] < 0.9 * losses[0], losses
    run.save(tmp_path / "checkpoint.pt")
    resumed = train.begin_run(rate=3e-3, seed=5)
    resumed.resume(tmp_path / "checkpoint.pt")
    assert resumed.step == 12
    next_losses = [step(one) for one in (resumed, run)]
    assert next_losses[0] == pytest.approx(next_losses[1], rel=1e-3)


def test_the_loop_continues_from_the_checkpoint_of_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(train, "SAMPLE_SIZES_PX", (SIZE,))
    steps_taken = []
    for steps in (2, 3):
        run = train.begin_run(rate=1e-3, seed=0)
        task = train.task_of(run.net, run.averaged_net, NO_PHOTOS, 2)
        loop.train(run, task, tmp_path, steps=steps, rate=1e-3, keep_every=2, seed=0)
        steps_taken.append(run.step)
    assert steps_taken == [2, 3]
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"] == 3
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (4 * 2 * 256, 4 * 256), "sixteen samples beside their predictions"


def test_released_weights_are_read_back(tmp_path: Path):
    net = train.begin_run(rate=1e-3, seed=2).averaged_net
    release.release(net, tmp_path)
    finder = RegionFinder.load(tmp_path)
    photo = torch.rand(1, 3, 320, 320, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        # An untrained network is not certain, so the finder averages it with its result on the mirrored photo.
        passes = net(photo).sigmoid(), net(photo.flip(3)).sigmoid().flip(3)
        expected = (passes[0] + passes[1]) / 2
        torch.testing.assert_close(finder.predict(photo)[1], expected, atol=5e-3, rtol=0)


def test_release_keeps_the_confidence_model_of_the_folder(tmp_path: Path):
    net = train.begin_run(rate=1e-3, seed=2).averaged_net
    first_names = {"bias": -9.0, "sure": 12.0, "ground": -2.0, "agreement": 4.0}
    (tmp_path / "config.json").write_text(json.dumps({"trust": first_names}))
    release.release(net, tmp_path)
    assert RegionFinder.load(tmp_path).confidence_model == ConfidenceModel(-9.0, 12.0, -2.0, 4.0)


def test_composite_mask_is_empty_without_a_product_and_holds_its_text():
    for seed in range(8):
        rng = np.random.default_rng(seed)
        background, product = draw_background(NO_PHOTOS, SIZE, rng), draw_product(NO_PHOTOS, 70, rng)
        empty, sample = (composite(background, layers, rng) for layers in ([], [product]))
        assert empty.product.getbbox() is None
        assert np.asarray(sample.product).mean() > 2
        text_inside = np.asarray(sample.text).astype(int) <= np.asarray(sample.product).astype(int) + 40
        assert text_inside.all()


def test_ink_of_text_is_inside_its_lines():
    for seed in range(5):
        text = draw_text((160, 60), np.random.default_rng(seed))
        ink, lines = np.asarray(text.ink) > 127, np.asarray(text.lines) > 127
        assert ink.any()
        assert lines[ink].all()


def test_uncertain_teacher_mask_gives_no_cut_out():
    image = Image.effect_noise((64, 64), 60).convert("RGB")
    assert not cut_out(mask_photo(image, Image.new("L", (64, 64), 110), 0.3))


def test_boundary_f_is_1_for_edges_within_tolerance_and_low_for_distant_ones():
    masks = np.zeros((3, 120, 160), np.float32)
    masks[0, 30:90, 40:100] = masks[1, 31:91, 41:101] = masks[2, 10:60, 60:150] = 1
    assert boundary_f(masks[0], masks[1]) == 1
    assert boundary_f(masks[0], masks[2]) < 0.2
    assert iou(masks[0], masks[1]) == pytest.approx(59 * 59 / (2 * 3600 - 59 * 59), abs=1e-3)
