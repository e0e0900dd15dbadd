"""Areas: closed, few, without crumbs, with smooth boundaries; and lettering on them."""

import numpy as np
import pytest
import torch

from style_engine.painting.media.areas import distinct_classes, find_areas
from style_engine.painting.media.merging import borders, merged, without_fringes

PRICE = 0.25


def discs(*radii, size=96, level=0.2, contrast=0.6):
    rows, columns = np.mgrid[:size, :size]
    plane = np.full((size, size), level, np.float32)
    for number, radius in enumerate(radii):
        centre = size * (number + 1) / (len(radii) + 1)
        plane[(rows - centre) ** 2 + (columns - centre) ** 2 < radius**2] += contrast
    return torch.from_numpy(np.stack([plane] * 3))[None]


def areas_of(planes, price=PRICE, least_px=0.0, size=None, importance=1.0, held=0.0):
    height, width = planes.shape[2:]
    weight = torch.full((1, 1, height, width), importance)
    return find_areas(planes, weight, price, least_px, size or (height, width), torch.full_like(weight, held))


def test_a_plain_picture_is_one_area():
    areas = areas_of(torch.full((1, 3, 40, 50), 0.4))
    assert areas.count == 1
    assert torch.allclose(areas.painted(areas.means(torch.full((1, 3, 40, 50), 0.4))), torch.tensor(0.4))


def test_a_disc_is_an_area_of_its_colour_with_one_boundary():
    planes = discs(20)
    areas = areas_of(planes)
    assert areas.count == 2
    painted = areas.painted(areas.means(planes))
    assert painted[0, :, 48, 48] == pytest.approx(torch.full((3,), 0.8), abs=0.01)
    assert painted[0, :, 2, 2] == pytest.approx(torch.full((3,), 0.2), abs=0.01)
    assert len(areas.borders[0]) == 1


def test_noise_makes_no_areas():
    noise = torch.randn((1, 3, 96, 96), generator=torch.Generator().manual_seed(0))
    assert areas_of(discs(20) + 0.04 * noise).count == 2


def test_dearer_boundaries_leave_fewer_areas():
    planes = discs(10, 14, 20, size=200, contrast=0.6)
    counts = [areas_of(planes, price).count for price in (0.25, 7.0, 30.0)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == 4
    assert counts[-1] < 4


def test_a_crumb_joins_its_neighbour_unless_it_is_important():
    planes = discs(3, 20)
    assert areas_of(planes, least_px=60).count == 2
    assert areas_of(planes, least_px=60, importance=5.0, held=1.0).count == 3


def test_a_slow_gradient_is_a_few_bands():
    ramp = torch.linspace(0.2, 0.8, 200).view(1, 1, 1, 200).expand(1, 3, 120, 200).contiguous()
    assert 2 <= areas_of(ramp).count <= 8


def test_a_blurred_edge_is_no_area():
    planes = torch.full((1, 3, 60, 60), 0.1)
    planes[..., 30:] = 0.9
    planes[..., 28:32] = 0.5
    labels = np.repeat(np.digitize(np.arange(60), (28, 32))[None], 60, 0)
    assert len(np.unique(without_fringes(labels, planes))) == 2


def test_a_line_between_two_like_areas_stays():
    planes = torch.full((1, 3, 60, 60), 0.9)
    planes[..., 28:32] = 0.1
    labels = np.repeat(np.digitize(np.arange(60), (28, 32))[None], 60, 0)
    assert len(np.unique(without_fringes(labels, planes))) == 3


def test_areas_near_each_other_have_different_classes():
    labels = merged(
        torch.rand((3, 40, 40), generator=torch.Generator().manual_seed(3)).numpy(),
        np.ones((40, 40), np.float32),
        0.2,
        6,
    )
    classes = distinct_classes(labels)
    pairs, length, _ = borders(labels, [])
    assert (classes[pairs[:, 0]] != classes[pairs[:, 1]]).all()
    assert length.sum() == (labels[:, 1:] != labels[:, :-1]).sum() + (labels[1:] != labels[:-1]).sum()


def test_the_distance_grows_from_the_boundary():
    areas = areas_of(discs(20), size=(192, 192))
    row = areas.distance[96, 96:150]
    at = int(row.argmin())
    assert at == pytest.approx(40, abs=3)
    assert float(row[at]) < 1
    assert float(row[at + 3] - row[at]) == pytest.approx(3, abs=1)
