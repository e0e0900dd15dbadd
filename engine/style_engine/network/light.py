"""The light of a style: the colour that the highlights of its picture have."""

from typing import Final

import torch
from torch import Tensor

from ..imaging.filters import luminance

LIGHT_SHARE: Final = 0.02  # of a picture: its palest pixels, whose mean colour is its light
WHITE: Final = (1.0, 1.0, 1.0)
PAPER: Final = torch.ones(1, 3, 1, 1)  # white as a picture


def light_of(picture: Tensor) -> tuple[float, float, float]:
    """Mean red, green, blue of the palest pixels of a picture (1, 3, H, W)."""
    pixels = picture[0].flatten(1)
    count = max(1, round(LIGHT_SHARE * pixels.shape[1]))
    palest = luminance(picture).flatten().topk(count).indices
    red, green, blue = pixels[:, palest].mean(1).tolist()
    return red, green, blue
