"""Spot inks: the flat areas of a subject as paper, one ink and its cover, as comics were printed."""

from typing import Final

import torch
from torch import Tensor

from ...imaging.filters import luminance
from .cutouts import Cutouts
from .steps import rise
from .subject import rgb

GRAPHIC_INK: Final = (0.06, 0.055, 0.075)
PURITY: Final = 0.85  # share of white that is taken out of colours
BEHIND_INK: Final = (0.30, 0.62, 0.84)  # of dots on grey behind the product
GREY_INK: Final = 0.30  # of dots on grey parts of the product
CLEAR_COLOUR: Final = (0.12, 0.40)  # chroma, relative to the value: from the second on a colour of its own
LOUD_COLOUR: Final = 0.45  # from which it is printed solid
DARK: Final = 0.40  # tone below which an area is printed in its own colour under black dots
LEAST_COVER: Final = 0.13  # below which there are no dots: white stays white
MOST_COVER: Final = 0.60


def separated(cutouts: Cutouts) -> tuple[Tensor, Tensor, Tensor]:
    """Paper colour (N, 3), ink (N, 3) and cover of the ink (N, 1), 0..1, of each area."""
    colours = torch.from_numpy(cutouts.colours).float()
    skin, product = (torch.from_numpy(x)[:, None] for x in (cutouts.is_skin, cutouts.is_product))
    high, low = colours.amax(1, keepdim=True), colours.amin(1, keepdim=True)
    chroma, tone = (high - low) / high.clamp(min=0.05), tone_of(colours)
    pure = (colours - PURITY * low) / (high - PURITY * low).clamp(min=0.02)  # of the same hue
    vivid = torch.lerp(colours / high.clamp(min=0.02), pure, rise(chroma, 0.08, 0.3))
    paper, ink, cover = pale_plates(tone, vivid, rise(chroma, *CLEAR_COLOUR), product)
    for others, chosen in (
        (dark_plates(colours, tone), tone < DARK),
        (loud_plates(vivid, tone), (chroma > LOUD_COLOUR) & (tone >= DARK / 2)),
        (skin_plates(colours, tone), skin),
    ):
        paper, ink, cover = (
            torch.where(chosen, other, plate)
            for other, plate in zip(others, (paper, ink, cover), strict=True)
        )
    return paper.clamp(0, 1), ink.clamp(0, 1), torch.where(cover < LEAST_COVER, 0.0, cover)


def pale_plates(tone: Tensor, vivid: Tensor, clear: Tensor, product: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Dots on paper that together have the area's tone; behind the product, greys are dots of another ink."""
    paper = torch.lerp(torch.ones_like(vivid), vivid, 0.45 * clear)
    ink = torch.lerp(GREY_INK * torch.ones_like(vivid), 0.62 * vivid, clear)
    ink = torch.where(~product & (clear == 0), rgb(*BEHIND_INK)[:, :, 0, 0], ink)
    cover = (tone_of(paper) - tone) / (tone_of(paper) - tone_of(ink)).clamp(min=0.1)
    return paper, ink, cover.clamp(0, MOST_COVER)


def dark_plates(colours: Tensor, tone: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """A solid colour under black dots."""
    paper = colours * (1 + 0.25 * rise(tone, 0.05, 0.2))
    return paper, rgb(*GRAPHIC_INK)[:, :, 0, 0].expand_as(colours), 0.42 * rise(tone, DARK, 0.10)


def loud_plates(vivid: Tensor, tone: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """A pure solid colour, shaded by dots of a darker one."""
    paper = vivid * (tone / tone_of(vivid).clamp(min=0.1)).clamp(0.80, 1.0)
    shade = 1 - tone / tone_of(paper).clamp(min=0.1)
    return paper, 0.55 * paper, (1.2 * shade).clamp(0, 0.4)


def skin_plates(colours: Tensor, tone: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The skin's own colour, shaded by dots of a redder one."""
    paper, ink = saturated(1.12 * colours, 1.15), saturated(0.75 * colours, 1.5)
    return paper, ink, 0.45 * rise(tone, 0.75, 0.25)


def saturated(colours: Tensor, factor: float) -> Tensor:
    """Colours (N, 3) farther from the grey of their luminance."""
    grey = tone_of(colours)
    return (grey + factor * (colours - grey)).clamp(0, 1)


def tone_of(colours: Tensor) -> Tensor:
    """(N, 1) luminance of colours (N, 3)."""
    return luminance(colours[:, :, None, None])[:, :, 0, 0]
