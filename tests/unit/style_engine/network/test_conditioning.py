"""Conditioning maps: streaks, outlines, flat areas, posterised luminance, names and range."""

import pytest
import torch

from style_engine.network import conditioning, patterns


def stripes(along: str) -> torch.Tensor:
    """(1, 3, 96, 96) soft stripes along rows or columns."""
    wave = (torch.arange(96) / 4).sin().mul(0.4).add(0.5)
    plane = wave.view(-1, 1).expand(96, 96) if along == "rows" else wave.expand(96, 96)
    return plane.expand(1, 3, 96, 96).contiguous()


@pytest.mark.parametrize(("along", "bristle"), [("rows", "bristle_0"), ("columns", "bristle_90")])
def test_streaks_follow_the_structure(along: str, bristle: str):
    bristles = patterns.patterns_at(96, 96)
    streak = conditioning.streaks(stripes(along), bristles, fine=1.0, coarse=4.0)
    expected = bristles[:, patterns.PATTERN_NAMES.index(bristle)]
    assert torch.corrcoef(torch.stack([streak.flatten(), expected.flatten()]))[0, 1] > 0.9


def test_outline_marks_only_edges():
    photo = torch.ones(1, 3, 40, 40)
    photo[..., 20:] = 0.2
    line = conditioning.outline(photo, sigma=1.0, bold=70.0)
    assert line[..., 18:23].max() > 0.8
    assert line[..., :14].max() == 0
    assert line[..., 30:].max() == 0


def test_kuwahara_smooths_flat_areas_and_keeps_edges():
    noise = 0.02 * torch.randn(1, 3, 40, 40, generator=torch.Generator().manual_seed(0))
    photo = (0.3 + noise).clamp(0, 1)
    photo[..., 20:] += 0.5
    flat = conditioning.kuwahara(photo, 3)
    assert flat[..., :18].std() < 0.5 * photo[..., :18].std()
    assert flat[..., 20].mean() - flat[..., 19].mean() > 0.4


def test_posterised_tones_are_near_few_levels_and_keep_black_and_white():
    ramp = torch.linspace(0, 1, 128).expand(1, 3, 64, 128).contiguous()
    levels = conditioning.posterize(ramp)
    at_level = (levels * 4 - (levels * 4).round()).abs() < 0.1
    assert at_level.float().mean() > 0.6
    assert conditioning.posterize(torch.ones(1, 3, 16, 16)).min() > 0.99
    assert conditioning.posterize(torch.zeros(1, 3, 16, 16)).max() < 0.01


def test_all_maps_have_a_name_and_a_bounded_range(scene):
    from style_engine.imaging import tensors

    photo = tensors.padded(tensors.to_tensor(scene))
    maps = conditioning.conditioning_maps(photo, patterns.half_size_patterns(*photo.shape[2:]))
    assert maps.shape[1] == len(conditioning.CONDITIONING_NAMES)
    assert maps.abs().max() <= 1.01
