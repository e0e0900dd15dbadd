"""Stroke layers: deterministic, local, limited to their own colour and to the requested density."""

import math

import pytest
import torch

from style_engine.painting.strokes.footprints import ORIENTATIONS, SHAPES, footprint_bank
from style_engine.painting.strokes.layers import LayerSettings, paint_layer

SETTINGS = LayerSettings(spacing_px=6, length_px=24, width_px=8)
MARGIN_PX = 40


def planes(height=96, width=128):
    """A photo of smooth colours, directions that turn, and no curvature."""
    rows, columns = torch.meshgrid(torch.arange(float(height)), torch.arange(float(width)), indexing="ij")
    photo = torch.stack([rows / height, columns / width, (rows + columns) / (height + width)])[None]
    angle = ((rows + 2 * columns) / 60)[None, None]
    return photo, angle, torch.zeros_like(angle)


def test_the_same_layer_is_painted_twice():
    first, second = (paint_layer(*planes(), SETTINGS, seed=3) for _ in range(2))
    assert torch.equal(first.colour, second.colour)
    assert torch.equal(first.height, second.height)


def test_another_seed_places_other_strokes():
    first, second = (paint_layer(*planes(), SETTINGS, seed=seed) for seed in (1, 2))
    assert not torch.equal(first.colour, second.colour)


def test_a_window_with_a_margin_equals_the_same_window_of_the_whole():
    whole = paint_layer(*planes(), SETTINGS)
    top, left = 7, 13
    window = (slice(None), slice(None), slice(top, None), slice(left, None))
    part = paint_layer(*(plane[window] for plane in planes()), SETTINGS, origin=(top, left))
    inner = (slice(None), slice(None), slice(MARGIN_PX, -MARGIN_PX), slice(MARGIN_PX, -MARGIN_PX))
    for name in ("colour", "height", "covered"):
        assert torch.equal(getattr(part, name)[inner], getattr(whole, name)[window][inner]), name


def test_strokes_cover_nearly_everything_without_a_density():
    assert paint_layer(*planes(), SETTINGS).covered.mean() > 0.9


def test_there_are_no_strokes_where_the_density_is_zero():
    photo, angle, curvature = planes()
    layer = paint_layer(photo, angle, curvature, SETTINGS, density=torch.zeros_like(angle))
    assert layer.covered.sum() == 0
    assert layer.height.sum() == 0


def test_strokes_end_at_an_edge():
    """No pixel of the black half has the colour of a stroke of the white half."""
    photo, angle, curvature = planes()
    photo = torch.zeros_like(photo)
    photo[..., 64:] = 1
    layer = paint_layer(photo, angle, curvature, LayerSettings(6, 24, 8, colour_noise=0))
    painted = torch.where(layer.covered > 0, layer.colour, photo)
    assert torch.equal(painted, photo)


@pytest.mark.parametrize("shape", SHAPES)
def test_footprints_lie_along_their_orientation(shape):
    bank = footprint_bank(shape, 30.0, 8.0, 1)
    for orientation in (0, ORIENTATIONS // 4, ORIENTATIONS // 2):
        straight = orientation * 3 + 1
        rows, columns = bank.offsets[straight][bank.covered[straight]].float().T
        turn = math.pi * orientation / ORIENTATIONS
        along = columns * math.cos(turn) + rows * math.sin(turn)
        across = rows * math.cos(turn) - columns * math.sin(turn)
        assert along.std() > 2 * across.std()
