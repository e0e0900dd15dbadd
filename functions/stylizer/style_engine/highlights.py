"""Highlights of a learned style: no brighter than the light of its picture, and of that light's colour.

The net answers the palest places of a photo with white, which glows in a style that has none. Catalogue
styles are drawn on white paper: their light is white, and nothing of them changes.
"""

from typing import Final

import torch
from torch import Tensor

from .guides import luminance

LIGHT_SHARE: Final = 0.02  # of a picture: its palest pixels, whose mean colour is its light
KNEE: Final = 0.08  # luminance above the light that is left to tell highlights apart
WHITE: Final = (1.0, 1.0, 1.0)
PAPER: Final = torch.ones(1, 3, 1, 1)  # white as a picture


def light_of(picture: Tensor) -> tuple[float, float, float]:
    """Mean red, green, blue of the palest pixels of a picture (1, 3, H, W)."""
    pixels = picture[0].flatten(1)
    count = max(1, round(LIGHT_SHARE * pixels.shape[1]))
    palest = luminance(picture).flatten().topk(count).indices
    red, green, blue = pixels[:, palest].mean(1).tolist()
    return red, green, blue


def within_light(painted: Tensor, light: Tensor) -> Tensor:
    """A picture (1, 3, H, W), its luminance above that of the light (1, 3, 1, 1) held by a soft knee."""
    if light.min() >= 1:
        return painted
    light = light.to(painted)
    tone, top = luminance(painted), luminance(light).clamp(min=KNEE)
    over = (tone - top).clamp(min=0)
    if not over.any():
        return painted
    held = torch.where(over > 0, top + KNEE * torch.tanh(over / KNEE), tone)
    tinted = torch.lerp(painted / tone.clamp(min=KNEE), light / top, (over / KNEE).clamp(max=1))
    return torch.where(over > 0, held * tinted, painted)
