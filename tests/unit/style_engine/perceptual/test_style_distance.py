"""SL, gain and CLn on hand-made activations, whose answers can be worked out on paper."""

import pytest
import torch
from torch import Tensor

from style_engine.perceptual.style_distance import (
    CONTENT_LAYERS,
    LAYERS,
    content_loss,
    see,
    style_gain,
    style_loss,
)


class Eye:
    """Sees one map of two filters in every layer: the picture's red as it is, and its green times ten."""

    def __call__(self, picture: Tensor, layers: tuple[str, ...]) -> dict[str, Tensor]:
        seen = torch.cat([picture[:, :1], 10 * picture[:, 1:2]], 1)
        return dict.fromkeys(layers, seen)


def stripes(red: tuple[float, float], green: tuple[float, float]) -> Tensor:
    """(1, 3, 4, 8) columns that alternate between two values in red and in green."""
    picture = torch.zeros(1, 3, 4, 8)
    for channel, (even, odd) in enumerate((red, green)):
        picture[:, channel, :, ::2], picture[:, channel, :, 1::2] = even, odd
    return picture


FLAT_SHARE = see(Eye(), stripes((0.5, 0.5), (0.3, 0.3)))
BRIGHT = see(Eye(), stripes((0.9, 0.9), (0.3, 0.3)))
STRIPED = see(Eye(), stripes((0.1, 0.9), (0.3, 0.3)))
INVERTED = see(Eye(), stripes((0.9, 0.1), (0.3, 0.3)))


def test_style_loss_is_mean_and_deviation_squared_over_the_filters():
    assert style_loss(FLAT_SHARE, FLAT_SHARE) == 0
    assert style_loss(FLAT_SHARE, BRIGHT) == pytest.approx(
        0.4**2 / 2, rel=1e-3
    )  # one filter of two, mean alone
    assert style_loss(FLAT_SHARE, STRIPED) == pytest.approx(
        0.4**2 / 2, rel=1e-2
    )  # one filter of two, deviation alone


def test_style_does_not_see_where_things_are():
    assert style_loss(STRIPED, INVERTED) == pytest.approx(0, abs=1e-9)


def test_gain_is_nothing_for_the_photo_and_all_for_the_style():
    assert style_gain(FLAT_SHARE, FLAT_SHARE, STRIPED) == 0
    assert style_gain(INVERTED, FLAT_SHARE, STRIPED) == pytest.approx(1)
    assert style_gain(FLAT_SHARE, STRIPED, STRIPED) == 0  # a photo that is the style has nothing to gain


def test_content_loss_sees_structure_and_not_brightness_or_contrast():
    fainter = see(Eye(), stripes((0.4, 0.6), (0.3, 0.3)))
    assert content_loss(fainter, STRIPED) == pytest.approx(0, abs=1e-4)
    assert content_loss(INVERTED, STRIPED) == pytest.approx(4 / 2, rel=1e-3)  # (-1 - 1)², one filter of two


def test_layers_are_those_of_the_literature():
    assert LAYERS == ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
    assert set(CONTENT_LAYERS) <= set(LAYERS)
