"""Parts of the product: every colour of a stated share is one, whatever the rest of the product is."""

import numpy as np
import pytest
import torch

from style_engine.safety.metrics import MeasuredImage
from style_engine.safety.parts import PART_MIN_SHARE, ColourParts

STRIDE_PX = 6


def on_black(shades: list[tuple[int, int, int]], side: int, size: int = 360) -> torch.Tensor:
    """A dark case, size × size px, with a square of each shade in a row."""
    picture = np.full((size, size, 3), (30, 28, 26), np.uint8)
    for number, shade in enumerate(shades):
        left = 12 + number * (side + 12)
        picture[12 : 12 + side, left : left + side] = shade
    return torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255


def parts_of(picture: torch.Tensor, product: torch.Tensor | None = None) -> ColourParts:
    everywhere = torch.ones_like(picture[:, :1])
    return ColourParts.of(MeasuredImage(picture, 4, STRIDE_PX), everywhere if product is None else product)


@pytest.mark.parametrize("side", [36, 60, 90])
def test_each_shade_is_a_part(side):
    shades = [(200, 40, 60), (230, 150, 150), (40, 90, 200)]
    picture = on_black(shades, side)
    parts = parts_of(picture)
    assert len(parts) == 1 + len(shades)
    assert sorted(parts.sizes)[0] >= 0.8 * (side / STRIDE_PX) ** 2


def test_the_worst_part_is_found_though_it_is_a_fiftieth_of_the_product():
    picture = on_black([(200, 40, 60)], 54)
    parts = parts_of(picture)
    moved = torch.zeros_like(picture[:, :1, ::STRIDE_PX, ::STRIDE_PX])
    moved[..., 2:11, 2:11] = 9
    values = moved.flatten()[torch.from_numpy(parts.samples)]
    assert float(values.median()) == 0
    assert parts.medians(values).max() == 9


def test_a_colour_below_the_least_share_is_no_part_of_its_own():
    side_px = round((0.5 * PART_MIN_SHARE) ** 0.5 * 360)
    assert len(parts_of(on_black([(200, 40, 60)], side_px))) == 1


def test_every_sample_of_the_product_is_in_one_part():
    picture = torch.rand((1, 3, 120, 120), generator=torch.Generator().manual_seed(3))
    product = torch.zeros_like(picture[:, :1])
    product[..., 30:90, 30:90] = 1
    parts = parts_of(picture, product)
    inside = np.flatnonzero(product[..., ::STRIDE_PX, ::STRIDE_PX].flatten().numpy())
    assert sorted(parts.samples) == inside.tolist()
    assert parts.sizes.sum() == len(inside)


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (40, 3)])
def test_tiny_pictures_have_at_least_one_part(size):
    assert len(parts_of(torch.full((1, 3, *size), 0.4))) == 1


def test_without_a_product_there_are_no_parts():
    picture = on_black([], 40)
    parts = parts_of(picture, torch.zeros_like(picture[:, :1]))
    assert (len(parts), len(parts.samples), len(parts.thinned(10))) == (0, 0, 0)
    assert parts.medians(torch.zeros(0)).shape == (0,)


def test_thinned_parts_keep_every_part():
    parts = parts_of(on_black([(200, 40, 60), (40, 90, 200)], 60))
    thinned = parts.thinned(20)
    assert len(thinned) == len(parts)
    assert thinned.sizes.max() <= 20
    assert set(thinned.samples) <= set(parts.samples)
