"""Highlights: what the net makes of the palest places of a photo, held within bounds.

The net has learned that pale and even means white paper. A learned style is no brighter than the light of its
picture, and of that light's colour; catalogue styles are drawn on white paper, and their light is white. In
any style a pale wall stays about as pale as it is, instead of breaking up into white patches.
"""

from typing import Final

import torch
from torch import Tensor

from ..imaging.filters import luminance

EVEN: Final = 1e-4  # what rounding may take from white
KNEE: Final = 0.08  # luminance above the light that is left to tell highlights apart
PALE: Final = 0.86  # luminance from which a place of the photo is pale
BRIGHTENED: Final = 0.02  # how much lighter a style may make a pale place before it is held back
FREER: Final = 2.0  # how much more for each step of luminance below
LEFT: Final = 0.2  # of what goes beyond


def limit_highlights(painted: Tensor, photo: Tensor, light: Tensor) -> Tensor:
    """What the net painted of a photo, both (1, 3, H, W), its highlights within the light (1, 3, 1, 1)."""
    return limit_brightening(compress_above(painted, light), photo)


def compress_above(painted: Tensor, light: Tensor) -> Tensor:
    """A picture (1, 3, H, W), its luminance above that of the light (1, 3, 1, 1) held by a soft knee."""
    if light.min() > 1 - EVEN:
        return painted
    light = light.to(painted)
    tone, top = luminance(painted), luminance(light).clamp(min=KNEE)
    over = (tone - top).clamp(min=0)
    if not over.any():
        return painted
    limit_highlights = torch.where(over > 0, top + KNEE * torch.tanh(over / KNEE), tone)
    tinted = torch.lerp(painted / tone.clamp(min=KNEE), light / top, (over / KNEE).clamp(max=1))
    return torch.where(over > 0, limit_highlights * tinted, painted)


def limit_brightening(painted: Tensor, photo: Tensor) -> Tensor:
    """A picture (1, 3, H, W), hardly lighter than the photo where the photo is pale; each pixel by itself."""
    tone = luminance(photo)
    room = BRIGHTENED + FREER * (PALE - tone).clamp(min=0)
    over = (luminance(painted) - tone - room).clamp(min=0)
    return painted - (1 - LEFT) * over
