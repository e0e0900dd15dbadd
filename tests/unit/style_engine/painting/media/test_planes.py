"""Planes: few values, whole shapes; what is not painted as form."""

import torch

from style_engine.imaging.filters import luminance
from style_engine.painting.media.planes import (
    difference,
    group_values,
    plain_surroundings,
    planes_of_colour,
    small_lights,
    white_beside,
)
from style_engine.painting.media.subject import Subject


def ramp() -> torch.Tensor:
    return torch.linspace(0.02, 0.95, 256).expand(1, 3, 8, 256).contiguous()


def square_on(background: float) -> Subject:
    """A grey square on an even background, the product."""
    photo = torch.full((1, 3, 120, 120), background)
    product = torch.zeros(1, 1, 120, 120)
    photo[..., 30:90, 30:90], product[..., 30:90, 30:90] = 0.4, 1
    return Subject(photo, photo, product, 0 * product)


def test_grouped_tones_keep_their_order_and_gather_around_few_values():
    grouped = luminance(group_values(ramp(), 4, 1.0))[0, 0, 0]
    assert (grouped.diff() > -1e-4).all()
    counts = torch.histc(grouped.sqrt(), bins=40, min=0.0, max=1.0)
    even = torch.histc(ramp()[0, 0, 0].sqrt(), bins=40, min=0.0, max=1.0)
    assert counts.max() > 1.8 * even.max()


def test_no_grouping_changes_nothing():
    assert torch.allclose(group_values(ramp(), 4, 0.0), ramp(), atol=1e-3)


def test_planes_lose_texture_and_keep_edges():
    noise = 0.04 * torch.randn(1, 3, 96, 96, generator=torch.Generator().manual_seed(1))
    halves = torch.full((1, 3, 96, 96), 0.25)
    halves[..., 48:] = 0.75
    planes = planes_of_colour((halves + noise).clamp(0, 1), 8.0)
    assert (planes - halves)[..., :40].std() < 0.4 * noise.std()
    assert (planes[..., 54:].mean() - planes[..., :42].mean()) > 0.45


def test_only_lights_smaller_than_the_radius_are_small_lights():
    tone = torch.full((1, 1, 120, 120), 0.3)
    tone[..., 20:28, 20:28] = 1.0
    tone[..., 50:115, 50:115] = 1.0
    lights = small_lights(tone, 16.0)
    assert lights[..., 22:26, 22:26].min() > 0.9
    assert lights[..., 70:100, 70:100].max() == 0


def test_a_difference_counts_more_in_the_dark():
    dark, light = torch.full((1, 3, 16, 16), 0.05), torch.full((1, 3, 16, 16), 0.9)
    assert difference(dark, dark + 0.05, 2.0).mean() > 1.5 * difference(light, light + 0.05, 2.0).mean()


def test_white_and_pale_surroundings_are_found_beside_the_product_alone():
    for background, white, pale in ((1.0, 1, 1), (0.93, 0, 1), (0.5, 0, 0)):
        subject = square_on(background)
        assert white_beside(subject)[..., :10, :10].mean().round() == white
        assert plain_surroundings(subject)[..., :10, :10].mean().round() == pale
        assert plain_surroundings(subject)[..., 50:70, 50:70].max() < 0.01
