"""A short training of FuseNet on synthetic pictures and a random VGG: loss, resuming, devices, tones."""

import re
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from style_engine.network.model import load_model
from style_engine.network.styles import load_catalogue
from style_engine.painting.media import MEDIA
from style_engine.perceptual import losses, vgg
from tests.fake_gpu import GPU_DEVICE, FakeGpu
from training.fusenet import fit_tones, train, warm_start
from training.fusenet.batches import StylePools, draw_batch, mixed_rows
from training.fusenet.networks import StyleNetworks
from training.fusenet.release import source_of
from training.shared import data
from training.shared.files import picture_files
from training.shared.paths import MODEL
from training.styles.recipes import RECIPES
from training.styles.tones import TONES

SIZE = 64
REPOSITORY = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def pictures() -> list[data.TrainingPicture]:
    rng = np.random.default_rng(3)
    return [data.TrainingPicture(draw_blob(rng), None) for _ in range(6)]


@pytest.fixture(scope="module")
def extractor() -> vgg.VggFeatures:
    """VGG-19 up to conv4_1 with random filters: enough for a gradient, and nothing to download."""
    generator = torch.Generator().manual_seed(5)
    weights: dict[str, Tensor] = {}
    inputs = 3
    for name, width in zip(vgg.VGG19_CONVOLUTIONS, (64, 64, 128, 128, 256, 256, 256, 256, 512), strict=False):
        filters = torch.randn(width, inputs, 3, 3, generator=generator)
        weights |= {f"{name}.weight": filters * (2 / (9 * inputs)) ** 0.5, f"{name}.bias": torch.zeros(width)}
        inputs = width
    return vgg.VggFeatures(weights, {})


def draw_blob(rng: np.random.Generator) -> Tensor:
    """(3, 96, 96) 8-bit: a disc of one colour before a gradient."""
    y, x = np.mgrid[0:96, 0:96]
    centre, colour = rng.uniform(30, 60, 2), rng.uniform(20, 230, 3)
    inside = np.hypot(y - centre[0], x - centre[1])[None] < rng.uniform(15, 35)
    shade = 235 - x[None] * rng.uniform(0, 0.8)
    return torch.from_numpy(np.where(inside, colour[:, None, None], shade)).byte()


def begin_run(
    extractor: vgg.VggFeatures, pictures: list[data.TrainingPicture]
) -> tuple[train.FuseNetRun, StylePools]:
    torch.manual_seed(0)
    networks = StyleNetworks(len(RECIPES))
    photo = pictures[0].pixels.unsqueeze(0).float() / 255
    networks.set_vectors(warm_start.predict_vectors(networks, extractor, photo))
    return train.begin_run(networks, rate=4e-3), StylePools(pictures, pictures, pictures)


def take_steps(
    run: train.FuseNetRun, extractor: vgg.VggFeatures, pools: StylePools, count: int
) -> list[float]:
    rng = np.random.default_rng(run.step)
    batch = draw_batch(pools, SIZE, mixed_rows(12, 2, rng), rng)
    return [train.train_step(run, extractor, batch, share=0.0)["loss"] for _ in range(count)]


def test_loss_falls_and_run_resumes(extractor, pictures, tmp_path: Path):
    run, pools = begin_run(extractor, pictures)
    step_losses = take_steps(run, extractor, pools, 8)
    assert step_losses[-1] < 0.9 * step_losses[0], step_losses
    run.save(tmp_path / "checkpoint.pt")
    resumed, _ = begin_run(extractor, pictures)
    resumed.resume(tmp_path / "checkpoint.pt")
    assert resumed.step == 8
    expected = take_steps(run, extractor, pools, 1)
    assert take_steps(resumed, extractor, pools, 1) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("name", TONES)
def test_tones_are_a_function_of_each_pixel(name, pictures):
    photo = pictures[0].pixels.unsqueeze(0).float() / 255
    toned = TONES[name](photo)
    assert toned.shape == photo.shape
    torch.testing.assert_close(TONES[name](photo[:, :, 3:9, 4:12]), toned[:, :, 3:9, 4:12])


def test_every_style_has_tones_and_a_medium():
    assert list(TONES) == list(MEDIA) == [recipe.id for recipe in RECIPES]


def test_source_of_each_style_names_existing_files():
    for recipe in RECIPES:
        paths = re.findall(r"\S+\.py", source_of(recipe))
        assert len(paths) == 2
        assert all((REPOSITORY / path).is_file() for path in paths), paths


def test_fitted_vector_is_nearer_to_the_tones(pictures):
    model = load_model(MODEL)
    pools = StylePools(pictures, pictures, pictures)
    style = load_catalogue(MODEL / "styles")["oil"]
    _, before = fit_tones.fit(model, pools, TONES["cyanotype"], style.vector, steps=0)
    _, after = fit_tones.fit(model, pools, TONES["cyanotype"], style.vector, steps=30)
    assert after < 0.9 * before


def test_masked_moments_are_those_of_the_masked_pixels():
    x = torch.rand(1, 4, 16, 16)
    mask = torch.zeros(1, 1, 16, 16)
    mask[:, :, :8] = 1
    mean, std = losses.masked_moments(x, mask)
    torch.testing.assert_close(mean, x[:, :, :8].mean((2, 3)))
    torch.testing.assert_close(std**2, x[:, :, :8].var((2, 3), correction=0) + 1e-6, atol=1e-5, rtol=1e-3)


def test_held_out_pictures_are_not_training_pictures(tmp_path: Path):
    for number in range(41):
        (tmp_path / f"{number:03}.webp").touch()
    training, held_out = picture_files(tmp_path), picture_files(tmp_path, held_out=True)
    assert len(held_out) == 2
    assert not set(training) & set(held_out)


def test_steps_on_a_gpu_equal_steps_on_the_cpu(extractor, pictures):
    (on_cpu, pools), (other, _) = (begin_run(extractor, pictures) for _ in range(2))
    rng = np.random.default_rng(0)
    batch = draw_batch(pools, SIZE, mixed_rows(12, 2, rng), rng)
    expected = [train.train_step(on_cpu, extractor, batch, share=0.0) for _ in range(2)]
    with FakeGpu():
        networks, gpu_extractor = (deepcopy(module).to(GPU_DEVICE) for module in (other.net, extractor))
        run = train.begin_run(networks, rate=4e-3)
        # The losses of the second step depend on the update of the first.
        losses_on_gpu = [
            train.train_step(run, gpu_extractor, batch.to(str(GPU_DEVICE)), share=0.0) for _ in range(2)
        ]
        average = run.averaged_net.affines.detach().cpu()
    assert losses_on_gpu == [pytest.approx(each) for each in expected]
    torch.testing.assert_close(average, on_cpu.averaged_net.affines)
