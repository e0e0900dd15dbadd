"""Guides: each does the one thing its style counts on."""

import pytest
import torch

from style_engine.network import conditioning, patterns


def stripes(along: str) -> torch.Tensor:
    """(1, 3, 96, 96) soft stripes that run along rows or columns."""
    wave = (torch.arange(96) / 4).sin().mul(0.4).add(0.5)
    plane = wave.view(-1, 1).expand(96, 96) if along == "rows" else wave.expand(96, 96)
    return plane.expand(1, 3, 96, 96).contiguous()


@pytest.mark.parametrize(("along", "bristle"), [("rows", "bristle_0"), ("columns", "bristle_90")])
def test_streaks_run_along_the_forms(along: str, bristle: str):
    drawn = patterns.patterns_at(96, 96)
    streak = conditioning.streaks(stripes(along), drawn, fine=1.0, coarse=4.0)
    expected = drawn[:, patterns.NAMES.index(bristle)]
    assert torch.corrcoef(torch.stack([streak.flatten(), expected.flatten()]))[0, 1] > 0.9


def test_outline_marks_the_edge_and_nothing_else():
    photo = torch.ones(1, 3, 40, 40)
    photo[..., 20:] = 0.2
    line = conditioning.outline(photo, sigma=1.0, bold=70.0)
    assert line[..., 18:23].max() > 0.8
    assert line[..., :14].max() == 0
    assert line[..., 30:].max() == 0


def test_flat_touches_calm_a_tone_and_keep_an_edge():
    noise = 0.02 * torch.randn(1, 3, 40, 40, generator=torch.Generator().manual_seed(0))
    photo = (0.3 + noise).clamp(0, 1)
    photo[..., 20:] += 0.5
    flat_share = conditioning.kuwahara(photo, 3)
    assert flat_share[..., :18].std() < 0.5 * photo[..., :18].std()
    assert flat_share[..., 20].mean() - flat_share[..., 19].mean() > 0.4


def test_tones_fall_into_few_levels_and_ends_stay():
    ramp = torch.linspace(0, 1, 128).expand(1, 3, 64, 128).contiguous()
    levels = conditioning.flat_posterize(ramp, radius=2)
    near = (levels * 4 - (levels * 4).round()).abs() < 0.1
    assert near.float().mean() > 0.6
    assert conditioning.flat_posterize(torch.ones(1, 3, 16, 16), 2).min() > 0.99
    assert conditioning.flat_posterize(torch.zeros(1, 3, 16, 16), 2).max() < 0.01


def test_all_guides_have_a_name_and_a_moderate_range(scene):
    from style_engine.imaging import tensors

    photo = tensors.padded(tensors.to_tensor(scene))
    stack = conditioning.conditioning_maps(photo, patterns.half_size_patterns(*photo.shape[2:]))
    assert stack.shape[1] == len(conditioning.NAMES)
    assert stack.abs().max() <= 1.01
