"""Highlights stay within the light of the picture a style was learned from."""

from dataclasses import replace

import pytest
import torch

from style_engine import Look
from style_engine.imaging.filters import luminance
from style_engine.network.light import WHITE_PIXEL, highlight_colour
from style_engine.network.styles import style_target
from style_engine.painting.highlights import BRIGHTENED, KNEE, LEFT, compress_above, limit_brightening

DIM = torch.tensor([0.6, 0.5, 0.3]).view(1, 3, 1, 1)


def ramp() -> torch.Tensor:
    """(1, 3, 4, 256) greys from black to white."""
    return torch.linspace(0, 1, 256).expand(1, 3, 4, 256)


def test_light_is_the_colour_of_the_palest_pixels():
    picture = torch.full((1, 3, 40, 40), 0.2)
    picture[:, :, :4, :8] = DIM
    assert highlight_colour(picture) == pytest.approx((0.6, 0.5, 0.3))


def test_white_light_changes_nothing():
    assert torch.equal(compress_above(ramp(), WHITE_PIXEL), ramp())


def test_tones_keep_their_order_and_stay_under_the_light():
    limit_highlights, top = luminance(compress_above(ramp(), DIM))[0, 0, 0], float(luminance(DIM))
    assert limit_highlights.diff().min() >= 0
    assert limit_highlights.max() <= top + KNEE + 1e-6
    assert torch.equal(
        limit_highlights[limit_highlights < top], luminance(ramp())[0, 0, 0][limit_highlights < top]
    )


def test_white_takes_the_colour_of_the_light():
    red, green, blue = compress_above(torch.ones(1, 3, 2, 2), DIM)[0, :, 0, 0]
    assert float(red / blue) == pytest.approx(2, rel=1e-3)
    assert float(green / blue) == pytest.approx(5 / 3, rel=1e-3)


def test_light_of_a_look_is_white_at_strength_0_and_a_mean_of_its_styles(stylizer):
    dark = replace(stylizer.styles["oil"], id="dark", light=(0.6, 0.5, 0.3))
    styles = {**stylizer.styles, "dark": dark}
    looks = (Look.of("dark", 0), Look.of("dark"), Look({"dark": 1, "oil": 1}))
    lights = [style_target(look, styles).light for look in looks]
    assert torch.equal(lights[0], WHITE_PIXEL)
    torch.testing.assert_close(lights[1], DIM)
    torch.testing.assert_close(lights[2], (DIM + 1) / 2)


def test_a_pale_wall_does_not_break_up_into_white():
    wall = torch.full((1, 3, 8, 8), 0.9)
    painted = wall.clone()
    painted[..., :4] = 1.0  # a patch that the net takes for paper
    limit_highlights = limit_brightening(painted, wall)
    assert torch.equal(limit_highlights[..., 4:], wall[..., 4:])
    assert limit_highlights[..., :4].max() == pytest.approx(0.9 + BRIGHTENED + LEFT * (0.1 - BRIGHTENED))


def test_darker_places_may_become_paper_and_white_stays_white():
    photo = torch.tensor([0.3, 0.5, 1.0]).expand(1, 3, 2, 3)
    assert torch.equal(limit_brightening(torch.ones_like(photo), photo), torch.ones_like(photo))
