"""Highlights are limited to the light of a style's picture; light areas are hardly brightened."""

from dataclasses import replace

import pytest
import torch

from style_engine import Look
from style_engine.imaging.filters import luminance
from style_engine.network.light import WHITE_PIXEL, highlight_colour
from style_engine.network.styles import style_target
from style_engine.painting.highlights import (
    EXCESS_BRIGHTENING_SHARE,
    HIGHLIGHT_KNEE_LUMINANCE,
    LIGHT_AREA_MAX_BRIGHTENING,
    compress_above,
    limit_brightening,
)

DIM_LIGHT = torch.tensor([0.6, 0.5, 0.3]).view(1, 3, 1, 1)


def ramp() -> torch.Tensor:
    """(1, 3, 4, 256) greys from black to white."""
    return torch.linspace(0, 1, 256).expand(1, 3, 4, 256)


def test_highlight_colour_is_the_mean_of_the_lightest_pixels():
    picture = torch.full((1, 3, 40, 40), 0.2)
    picture[:, :, :4, :8] = DIM_LIGHT
    assert highlight_colour(picture) == pytest.approx((0.6, 0.5, 0.3))


def test_a_white_limit_changes_nothing():
    assert torch.equal(compress_above(ramp(), WHITE_PIXEL), ramp())


def test_compressed_tones_keep_their_order_and_stay_below_the_limit():
    tones = luminance(compress_above(ramp(), DIM_LIGHT))[0, 0, 0]
    limit = float(luminance(DIM_LIGHT))
    assert tones.diff().min() >= 0
    assert tones.max() <= limit + HIGHLIGHT_KNEE_LUMINANCE + 1e-6
    assert torch.equal(tones[tones < limit], luminance(ramp())[0, 0, 0][tones < limit])


def test_white_takes_the_colour_of_the_limit():
    red, green, blue = compress_above(torch.ones(1, 3, 2, 2), DIM_LIGHT)[0, :, 0, 0]
    assert float(red / blue) == pytest.approx(2, rel=1e-3)
    assert float(green / blue) == pytest.approx(5 / 3, rel=1e-3)


def test_light_of_a_target_is_white_at_strength_0_and_the_mean_of_its_styles(stylizer):
    dark = replace(stylizer.styles["oil"], id="dark", light=(0.6, 0.5, 0.3))
    styles = {**stylizer.styles, "dark": dark}
    looks = (Look.of("dark", 0), Look.of("dark"), Look({"dark": 1, "oil": 1}))
    lights = [style_target(look, styles).light for look in looks]
    assert torch.equal(lights[0], WHITE_PIXEL)
    torch.testing.assert_close(lights[1], DIM_LIGHT)
    torch.testing.assert_close(lights[2], (DIM_LIGHT + 1) / 2)


def test_a_light_area_is_hardly_brightened():
    wall = torch.full((1, 3, 8, 8), 0.9)
    painted = wall.clone()
    painted[..., :4] = 1.0  # a white patch
    limited = limit_brightening(painted, wall)
    assert torch.equal(limited[..., 4:], wall[..., 4:])
    allowed = LIGHT_AREA_MAX_BRIGHTENING
    expected = 0.9 + allowed + EXCESS_BRIGHTENING_SHARE * (0.1 - allowed)
    assert limited[..., :4].max() == pytest.approx(expected)


def test_dark_areas_may_become_white_and_white_is_kept():
    photo = torch.tensor([0.3, 0.5, 1.0]).expand(1, 3, 2, 3)
    assert torch.equal(limit_brightening(torch.ones_like(photo), photo), torch.ones_like(photo))
