"""Parts of the product: every area of one colour of a stated share is one, whatever the rest of the product is."""

import numpy as np
import pytest
import torch

from style_engine.safety.metrics import MeasuredImage
from style_engine.safety.parts import PART_MAX_PIXELS, PART_MIN_SHARE, ColourParts, label_areas

STRIDE_PX = 6
RED, PINK, BLUE = (200, 40, 60), (230, 150, 150), (40, 90, 200)


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


def shades_by_part(picture: torch.Tensor, parts: ColourParts) -> list[set[tuple[int, ...]]]:
    pixels = (255 * parts.pixels(picture)[0, :, 0]).round().int().T.numpy()
    return [{tuple(pixel.tolist()) for pixel in part} for part in np.split(pixels, parts.starts)[1:]]


@pytest.mark.parametrize("side", [30, 60, 90])
def test_each_shade_is_a_part(side):
    picture = on_black([RED, PINK, BLUE], side)
    found = shades_by_part(picture, parts_of(picture))
    assert [{RED}, {PINK}, {BLUE}] == [
        part for shade in (RED, PINK, BLUE) for part in found if part == {shade}
    ]


def test_areas_of_one_colour_that_do_not_touch_are_parts_of_their_own():
    picture = on_black([RED, RED], 60)
    parts = parts_of(picture)
    assert shades_by_part(picture, parts).count({RED}) == 2
    assert len(parts.colours) < len(parts)


def test_the_worst_part_is_found_though_it_is_a_fiftieth_of_the_product():
    picture = on_black([RED], 54)
    parts = parts_of(picture)
    moved = torch.zeros_like(picture)
    moved[..., 12:66, 12:66] = 9
    values = parts.pixels(moved)[:, :1]
    assert float(moved.median()) == 0
    assert parts.quantiles(values).max() == 9


def test_quantiles_are_those_of_each_part():
    parts = parts_of(on_black([RED], 60))
    values = torch.arange(len(parts.samples)).float()
    for quantile in (0.0, 0.5, 1.0):
        expected = [
            np.quantile(part.numpy(), quantile, method="nearest")
            for part in values.tensor_split(torch.from_numpy(parts.starts))[1:]
        ]
        assert parts.quantiles(values, quantile).tolist() == pytest.approx(expected, abs=1)


def test_a_colour_below_the_least_share_is_no_part_of_its_own():
    side_px = round((0.3 * PART_MIN_SHARE) ** 0.5 * 360)
    assert len(parts_of(on_black([RED], side_px)).colours) == 1


def test_small_areas_of_a_colour_are_one_part_or_belong_to_its_largest():
    colour = np.zeros((8, 12), np.int64)
    colour[:, 6:] = 1
    colour[[0, 2, 4], [0, 2, 4]] = 1
    assert len(np.unique(label_areas(colour, 3)[colour == 1])) == 2
    assert len(np.unique(label_areas(colour, 4)[colour == 1])) == 1


def test_measured_pixels_are_inside_the_product_or_beside_it_and_not_too_many():
    picture = torch.rand((1, 3, 120, 120), generator=torch.Generator().manual_seed(3))
    product = torch.zeros_like(picture[:, :1])
    product[..., 30:90, 30:90] = 1
    parts = parts_of(picture, product)
    rows, columns = np.divmod(parts.samples, 120)
    assert min(rows.min(), columns.min()) >= 28
    assert max(rows.max(), columns.max()) < 92
    assert 0 < parts.sizes.min() <= parts.sizes.max() <= PART_MAX_PIXELS


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (40, 3)])
def test_tiny_pictures_have_one_part(size):
    assert len(parts_of(torch.full((1, 3, *size), 0.4))) == 1


def test_without_a_product_there_are_no_parts():
    picture = on_black([], 40)
    parts = parts_of(picture, torch.zeros_like(picture[:, :1]))
    assert (len(parts), len(parts.samples)) == (0, 0)
    assert parts.quantiles(torch.zeros(0)).shape == (0,)
