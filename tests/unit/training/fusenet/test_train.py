"""A smoke training: drawn pictures, a random eye, a few steps; the loss must fall and a run must resume."""

from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from style_engine.perceptual import losses, vgg
from tests.fake_gpu import GPU_DEVICE, FakeGpu
from training.fusenet import train, warm_start
from training.fusenet.batches import Pools, draw_batch, mixed_rows
from training.fusenet.checkpoint import Run, Trainee
from training.shared import data
from training.styles import drawings
from training.styles.recipes import RECIPES

SIZE = 64


@pytest.fixture(scope="module")
def pictures() -> list[data.Picture]:
    rng = np.random.default_rng(3)
    return [data.Picture(_blob(rng), None) for _ in range(6)]


@pytest.fixture(scope="module")
def extractor() -> vgg.VggFeatures:
    """VGG-19 up to conv4_1 with random filters: enough for a gradient, and nothing to fetch."""
    generator = torch.Generator().manual_seed(5)
    weights: dict[str, Tensor] = {}
    inputs = 3
    for name, width in zip(vgg.VGG19_CONVOLUTIONS, (64, 64, 128, 128, 256, 256, 256, 256, 512), strict=False):
        filters = torch.randn(width, inputs, 3, 3, generator=generator)
        weights |= {f"{name}.weight": filters * (2 / (9 * inputs)) ** 0.5, f"{name}.bias": torch.zeros(width)}
        inputs = width
    return vgg.VggFeatures(weights, {})


def _blob(rng: np.random.Generator) -> Tensor:
    y, x = np.mgrid[0:96, 0:96]
    centre, colour = rng.uniform(30, 60, 2), rng.uniform(20, 230, 3)
    inside = np.hypot(y - centre[0], x - centre[1])[None] < rng.uniform(15, 35)
    shade = 235 - x[None] * rng.uniform(0, 0.8)
    return torch.from_numpy(np.where(inside, colour[:, None, None], shade)).byte()


def begin(extractor: vgg.VggFeatures, pictures: list[data.Picture]) -> tuple[Run, Pools]:
    torch.manual_seed(0)
    trainee, average = Trainee(len(RECIPES)), Trainee(len(RECIPES))
    photo = pictures[0].pixels.unsqueeze(0).float() / 255
    trainee.set_vectors(warm_start.first_vectors(trainee, extractor, photo))
    average.load_state_dict(trainee.state_dict())
    run = Run(trainee, average, train.optimiser_for(trainee, rate=4e-3))
    return run, Pools(pictures, pictures, pictures)


def steps(run: Run, extractor: vgg.VggFeatures, pools: Pools, count: int) -> list[float]:
    rng = np.random.default_rng(run.step)
    batch = draw_batch(pools, SIZE, mixed_rows(12, 2, rng), rng)
    return [train.train_step(run, extractor, batch, share=0.0)["loss"] for _ in range(count)]


def test_loss_falls_and_run_resumes(extractor, pictures, tmp_path: Path):
    run, pools = begin(extractor, pictures)
    seen = steps(run, extractor, pools, 8)
    assert seen[-1] < 0.9 * seen[0], seen
    run.save(tmp_path / "checkpoint.pt")
    again, *_ = begin(extractor, pictures)
    again.resume(tmp_path / "checkpoint.pt")
    assert again.step == 8
    assert steps(again, extractor, pools, 1) == pytest.approx(steps(run, extractor, pools, 1), rel=1e-4)


@pytest.mark.parametrize("name", drawings.DRAWINGS)
def test_each_drawing_keeps_white_paper_and_changes_the_rest(name, pictures):
    photo = pictures[0].pixels.unsqueeze(0).float() / 255
    fields = data.random_patterns(photo.shape[2], np.random.default_rng(0))
    drawn = drawings.DRAWINGS[name](photo, fields)
    assert drawn.shape == photo.shape
    assert (drawn - photo).abs().mean() > 0.02
    assert drawings.DRAWINGS[name](torch.ones_like(photo), fields).mean() > 0.93


def test_masked_moments_see_only_the_mask():
    x = torch.rand(1, 4, 16, 16)
    mask = torch.zeros(1, 1, 16, 16)
    mask[:, :, :8] = 1
    mean, std = losses.masked_moments(x, mask)
    torch.testing.assert_close(mean, x[:, :, :8].mean((2, 3)))
    torch.testing.assert_close(std**2, x[:, :, :8].var((2, 3), correction=0) + 1e-6, atol=1e-5, rtol=1e-3)


def test_held_out_pictures_are_never_trained_on(tmp_path: Path):
    for number in range(41):
        (tmp_path / f"{number:03}.webp").touch()
    kept, limit_highlights = data.picture_files(tmp_path), data.picture_files(tmp_path, held_out=True)
    assert len(limit_highlights) == 2
    assert not set(kept) & set(limit_highlights)


def test_a_step_on_a_card_is_the_step_on_a_cpu(extractor, pictures):
    (here, pools), (there, _) = (begin(extractor, pictures) for _ in range(2))
    rng = np.random.default_rng(0)
    batch = draw_batch(pools, SIZE, mixed_rows(12, 2, rng), rng)
    expected = [train.train_step(here, extractor, batch, share=0.0) for _ in range(2)]
    with FakeGpu():
        moved = [deepcopy(each).to(GPU_DEVICE) for each in (there.trainee, there.average, extractor)]
        run = Run(*moved[:2], train.optimiser_for(moved[0], rate=4e-3))
        on_card = batch.to(str(GPU_DEVICE))
        # The second one's losses follow from what the first has learned.
        losses_there = [train.train_step(run, moved[2], on_card, share=0.0) for _ in range(2)]
        average = run.average.affines.detach().cpu()
    assert losses_there == [pytest.approx(each) for each in expected]
    torch.testing.assert_close(average, here.average.affines)
