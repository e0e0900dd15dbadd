"""SL, gain and CLn on simple activations, for which the expected values follow by hand."""

import pytest
import torch
from torch import Tensor

from style_engine.perceptual.style_distance import (
    CONTENT_LAYERS,
    STYLE_DISTANCE_LAYERS,
    content_loss,
    extract_statistics,
    style_gain,
    style_loss,
)


class FakeExtractor:
    """Two filters in every layer: the picture's red channel, and its green channel times ten."""

    def __call__(self, picture: Tensor, layers: tuple[str, ...]) -> dict[str, Tensor]:
        activations = torch.cat([picture[:, :1], 10 * picture[:, 1:2]], 1)
        return dict.fromkeys(layers, activations)


def stripes(red: tuple[float, float], green: tuple[float, float]) -> Tensor:
    """(1, 3, 4, 8) columns that alternate between two values in red and in green."""
    picture = torch.zeros(1, 3, 4, 8)
    for channel, (even, odd) in enumerate((red, green)):
        picture[:, channel, :, ::2], picture[:, channel, :, 1::2] = even, odd
    return picture


FLAT = extract_statistics(FakeExtractor(), stripes((0.5, 0.5), (0.3, 0.3)))
BRIGHT = extract_statistics(FakeExtractor(), stripes((0.9, 0.9), (0.3, 0.3)))
STRIPED = extract_statistics(FakeExtractor(), stripes((0.1, 0.9), (0.3, 0.3)))
INVERTED = extract_statistics(FakeExtractor(), stripes((0.9, 0.1), (0.3, 0.3)))


def test_style_loss_is_the_mse_of_means_and_stds():
    assert style_loss(FLAT, FLAT) == 0
    assert style_loss(FLAT, BRIGHT) == pytest.approx(0.4**2 / 2, rel=1e-3)  # one filter of two, mean alone
    assert style_loss(FLAT, STRIPED) == pytest.approx(0.4**2 / 2, rel=1e-2)  # one filter of two, std alone


def test_style_loss_is_independent_of_positions():
    assert style_loss(STRIPED, INVERTED) == pytest.approx(0, abs=1e-9)


def test_style_gain_is_0_for_the_photo_and_1_for_the_style():
    assert style_gain(FLAT, FLAT, STRIPED) == 0
    assert style_gain(INVERTED, FLAT, STRIPED) == pytest.approx(1)
    assert style_gain(FLAT, STRIPED, STRIPED) == 0  # the photo has the style already


def test_content_loss_depends_on_structure_not_on_brightness_or_contrast():
    low_contrast = extract_statistics(FakeExtractor(), stripes((0.4, 0.6), (0.3, 0.3)))
    assert content_loss(low_contrast, STRIPED) == pytest.approx(0, abs=1e-4)
    assert content_loss(INVERTED, STRIPED) == pytest.approx(4 / 2, rel=1e-3)  # (-1 - 1)², one filter of two


def test_layers_are_those_of_the_literature():
    assert STYLE_DISTANCE_LAYERS == ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
    assert set(CONTENT_LAYERS) <= set(STYLE_DISTANCE_LAYERS)
