"""The light of a style: the colour of the highlights of its picture."""

from typing import Final

import torch
from torch import Tensor

from ..imaging.filters import luminance

HIGHLIGHT_PIXEL_SHARE: Final = 0.02  # the lightest pixels of a picture, whose mean colour is its light
WHITE_RGB: Final = (1.0, 1.0, 1.0)
WHITE_PIXEL: Final = torch.ones(1, 3, 1, 1)


def highlight_colour(picture: Tensor) -> tuple[float, float, float]:
    """Mean red, green, blue, 0..1, of the lightest pixels of a picture (1, 3, H, W)."""
    pixels = picture[0].flatten(1)
    count = max(1, round(HIGHLIGHT_PIXEL_SHARE * pixels.shape[1]))
    lightest = luminance(picture).flatten().topk(count).indices
    red, green, blue = pixels[:, lightest].mean(1).tolist()
    return red, green, blue
