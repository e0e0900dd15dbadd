"""The mask of people's skin: the region network's, along the photo's edges; none in photos without people."""

from typing import Final

import torch
from torch import Tensor

from ..imaging.colour import lab, lengths
from ..imaging.guided_filter import guided_upsample

CERTAIN_SKIN_PROBABILITY: Final = 0.8
CERTAIN_SKIN_MIN_SHARE: Final = 0.005  # of the picture; less is as often wood, fur or food
SKIN_MIN_CHROMA, SKIN_MAX_CHROMA = (2.0, 5.0), (43.0, 48.0)  # Lab; between the two of a pair skin fades out
SKIN_HUE_DEGREES, SKIN_HUE_REACH_DEGREES = 42.0, (55.0, 65.0)  # of Lab: the middle, and distances from it


def refine_skin(photo: Tensor, small: Tensor, skin: Tensor) -> Tensor | None:
    """The network's probability of skin (1, 1, h, w) at the photo's size, 0..1; None where there is none.

    `small` (1, 3, h, w) is the copy of the photo (1, 3, H, W) that the network saw. What has a colour that
    skin has in no light, such as grey or the orange of terracotta, is no skin.
    """
    likely = skin * colour_plausibility(small)
    if float((likely > CERTAIN_SKIN_PROBABILITY).float().mean()) < CERTAIN_SKIN_MIN_SHARE:
        return None
    return guided_upsample(photo, small, likely)


def colour_plausibility(picture: Tensor) -> Tensor:
    """(1, 1, h, w) 0 where no skin has the colour of a picture (1, 3, h, w) in any light, 1 where it may."""
    components = lab(picture)[:, 1:]
    chroma = lengths(components)
    hue = torch.rad2deg(torch.atan2(components[:, 1:], components[:, :1]))
    distance = ((hue - SKIN_HUE_DEGREES + 180) % 360 - 180).abs()
    rises = _fade(chroma, *SKIN_MIN_CHROMA)
    return rises * (1 - _fade(chroma, *SKIN_MAX_CHROMA)) * (1 - _fade(distance, *SKIN_HUE_REACH_DEGREES))


def _fade(x: Tensor, start: float, end: float) -> Tensor:
    """0 up to the start, 1 from the end on."""
    return ((x - start) / (end - start)).clamp(0, 1)
