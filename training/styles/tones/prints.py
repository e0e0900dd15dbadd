"""Tones of colour prints: woodblock, risograph, cyanotype."""

import math
from typing import Final

import torch
from torch import Tensor

from style_engine.imaging.filters import luminance
from style_engine.painting.media.subject import rgb, saturate

PIGMENTS: Final = (
    (0.975, 0.950, 0.890),  # paper
    (0.880, 0.800, 0.680),  # cream
    (0.930, 0.760, 0.620),  # skin
    (0.730, 0.520, 0.370),  # tan
    (0.420, 0.270, 0.200),  # brown
    (0.830, 0.270, 0.170),  # vermilion
    (0.640, 0.190, 0.160),  # madder
    (0.900, 0.560, 0.520),  # rose
    (0.900, 0.500, 0.230),  # orange
    (0.910, 0.740, 0.300),  # ochre
    (0.560, 0.600, 0.300),  # moss
    (0.260, 0.380, 0.250),  # deep green
    (0.480, 0.700, 0.660),  # celadon
    (0.340, 0.560, 0.680),  # pale indigo
    (0.130, 0.270, 0.450),  # indigo
    (0.660, 0.760, 0.810),  # sky
    (0.640, 0.590, 0.750),  # wisteria
    (0.720, 0.680, 0.860),  # lilac
    (0.430, 0.340, 0.510),  # violet
    (0.700, 0.680, 0.640),  # warm grey
    (0.420, 0.410, 0.410),  # grey
    (0.130, 0.130, 0.165),  # sumi
)
PIGMENT_SOFTNESS: Final = 0.010  # squared distance at which a pigment's weight falls to 1/e
RISO_PAPER: Final = (0.985, 0.975, 0.945)
RISO_INKS: Final = ((0.0, 0.45, 0.72), (0.985, 0.275, 0.470), (1.0, 0.87, 0.12))  # blue, pink, yellow
RISO_GREY: Final = (0.155, 0.20, 0.25)
CYANOTYPE: Final = (
    (0.020, 0.075, 0.220),
    (0.050, 0.215, 0.445),
    (0.330, 0.560, 0.740),
    (0.955, 0.965, 0.950),
)


def ukiyo_e(photo: Tensor) -> Tensor:
    """Mineral pigments in place of the photo's colours, each hue kept in its family."""
    # Lighter than the photo, but for its blacks, which the key block prints.
    lighter = saturate(photo.clamp(min=1e-3) ** 0.78 - 0.13 * (1 - photo) ** 6, 1.2)
    grey = luminance(lighter)
    total, weights = torch.zeros_like(photo), torch.full_like(grey, 1e-6)
    for pigment in PIGMENTS:
        colour = rgb(*pigment)
        tone = grey - luminance(colour)
        hue = (lighter - grey) - (colour - luminance(colour))
        distance = 0.7 * tone.square() + 1.6 * hue.square().mean(1, keepdim=True)
        weight = torch.exp(-distance / PIGMENT_SOFTNESS)
        total, weights = total + weight * colour, weights + weight
    pigments = (total + 1e-6 * lighter) / weights
    return torch.lerp(lighter, pigments, 0.5).clamp(0, 1)


def risograph(photo: Tensor) -> Tensor:
    """The colours that three overprinted inks and a grey on warm paper can give."""
    vivid = saturate(photo.clamp(min=1e-3) ** 0.85, 1.3)
    vivid = vivid + 0.12 * torch.sin(2 * math.pi * (vivid - 0.5)) / math.pi
    # What the inks have in common is printed in grey: three inks would make it muddy.
    grey = 0.85 * (1.04 * (1 - vivid)).clamp(0, 1).amin(1, keepdim=True)
    printed = rgb(*RISO_PAPER) * (1 - grey * (1 - rgb(*RISO_GREY)))
    # Blue, pink and yellow are solved in this order for red, green and blue light: each of them absorbs
    # most of its own light and some of the next one's.
    for channel, ink in enumerate(rgb(*colour) for colour in RISO_INKS):
        light = vivid[:, channel : channel + 1] / printed[:, channel : channel + 1]
        coverage = ((1 - light) / (1 - ink[:, channel : channel + 1])).clamp(0, 1)
        printed = printed * (1 - coverage * (1 - ink))
    # Blue alone gives no mint or turquoise: yellow brings back the green that it absorbs.
    light = vivid[:, 1:2]
    missing_green = (light / printed[:, 1:2] - 1.03).clamp(0, 0.5) * (4 * light - 2.4).clamp(0, 0.8)
    return (printed * (1 - missing_green * (1 - rgb(*RISO_INKS[2])))).clamp(0, 1)


def cyanotype(photo: Tensor) -> Tensor:
    """Prussian blue over a long scale, from deep blue to the white of the paper."""
    tone = torch.lerp(luminance(photo), photo.amax(1, keepdim=True), 0.25).clamp(0, 1) ** 0.85
    tone = (tone + 0.22 * torch.sin(2 * math.pi * (tone - 0.5)) / math.pi).clamp(0, 1) * 3
    first, *others = (rgb(*colour) for colour in CYANOTYPE)
    result, before = first.expand_as(photo), first
    for index, colour in enumerate(others):
        result, before = result + (colour - before) * (tone - index).clamp(0, 1), colour
    return result
