"""Compositing in strips and in fixed point gives the pictures of compositing in floats."""

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data

from benchmarks.speed.float_compositing import composited_in_floats
from style_engine.imaging import compositing, tensors
from style_engine.imaging.compositing import FullSizePhoto
from style_engine.imaging.resampling import AxisWeights

SIZES_PX = [(1600, 1067), (517, 311), (96, 64), (151, 190), (1, 7), (7, 1)]
"""Enlarged, nearly the small copy's, reduced, and narrow ones."""
SMALL_SIZES_PX = {size: size if min(size) < 64 else (300, 200) for size in SIZES_PX}


def photo(size: tuple[int, int], mode: str) -> Image.Image:
    image = Image.fromarray(data.coffee()).resize(size)
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize(size))
    return image


def painting(size: tuple[int, int], seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A change with smooth parts, hard edges, noise, and values that are clipped; and a share of marks."""
    width, height = size
    generator = torch.Generator().manual_seed(seed)
    noise = torch.rand(1, 4, height, width, generator=generator)
    change = noise[:, :3] - 0.5
    change[..., : width // 3] = torch.linspace(-1, 1, max(1, height))[:, None].expand(height, width // 3)
    change[..., height // 2 :, width // 2 :] = 0
    share = (1.6 * noise[:, 3:] - 0.3).clamp(0, 1)
    return change, share


def difference(one: Image.Image, other: Image.Image) -> int:
    return int(np.abs(np.asarray(one, int) - np.asarray(other, int)).max())


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("size", SIZES_PX, ids=str)
@pytest.mark.parametrize("with_marks", [False, True], ids=["change alone", "marks replace detail"])
def test_every_pixel_is_within_one_level_of_compositing_in_floats(size, mode, with_marks):
    image = photo(size, mode)
    small = photo(SMALL_SIZES_PX[size], "RGB")
    change, share = painting(small.size, seed=size[0])
    cover = share if with_marks else None
    full_size = FullSizePhoto.of(image, tensors.to_tensor(small))
    result = full_size.composited(change, cover)
    assert (result.size, result.mode) == (image.size, image.mode)
    assert difference(result, composited_in_floats(full_size, change, cover)) <= 1
    if mode == "RGBA":
        assert result.getchannel("A").tobytes() == image.getchannel("A").tobytes()


@pytest.mark.parametrize("strip_values", [1, 2**14, 2**30], ids=["rows", "strips", "whole"])
def test_the_height_of_the_strips_changes_no_pixel(strip_values, monkeypatch):
    image, small = photo((900, 600), "RGB"), photo((300, 200), "RGB")
    change, share = painting(small.size, seed=3)
    full_size = FullSizePhoto.of(image, tensors.to_tensor(small))
    usual = full_size.composited(change, share)
    monkeypatch.setattr(compositing, "STRIP_VALUES", strip_values)
    assert full_size.composited(change, share).tobytes() == usual.tobytes()


def test_without_a_change_the_photo_keeps_its_pixels_and_has_no_metadata():
    image = photo((900, 600), "RGB")
    image.info["dpi"] = (72, 72)
    result = FullSizePhoto.of(image).composited(torch.zeros(1, 3, 200, 300))
    assert result.tobytes() == image.tobytes()
    assert not result.info
    assert image.info


@pytest.mark.parametrize(("inputs", "outputs"), [(300, 1000), (600, 300), (5, 5), (1, 40), (2, 1), (2, 3)])
def test_weights_are_those_of_pillows_bicubic_filter_and_sum_to_one(inputs, outputs):
    weights = AxisWeights.of(inputs, outputs)
    matrix = np.zeros((outputs, inputs))
    for row, (first, values) in enumerate(zip(weights.first, weights.values, strict=True)):
        matrix[row, first : first + len(values)] = values
    impulses = Image.fromarray(np.eye(inputs, dtype=np.float32))
    expected = np.asarray(impulses.resize((outputs, inputs), Image.Resampling.BICUBIC)).T
    assert np.abs(matrix - expected).max() < 1 / 512
    assert (weights.values.sum(1) == 1).all()
