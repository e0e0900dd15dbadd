"""Campaign looks: smooth, monotone maps of colours (N, 3), sRGB in 0..1, to colours."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..imaging.filters import REC_601

Colours = NDArray[np.float64]

RED_FILTER: Final = np.array([0.45, 0.45, 0.10])  # as black-and-white film behind a red filter sees


def clean(colours: Colours) -> Colours:
    """A little lighter and crisper; white and black stay."""
    return saturated(crisper(colours**0.94, 0.12), 0.05)


def warm(colours: Colours) -> Colours:
    """Late sun: red up and blue down in the middle tones; white and black stay."""
    return saturated(crisper(colours ** np.array([0.86, 0.96, 1.12]), 0.08), 0.06)


def cool(colours: Colours) -> Colours:
    """Morning light: blue up and red down in the middle tones; white and black stay."""
    return crisper(colours ** np.array([1.08, 0.98, 0.88]), 0.10)


def matte(colours: Colours) -> Colours:
    """Printed on uncoated paper: soft blacks, calm colours, white a touch off."""
    return np.asarray(0.075 + 0.90 * saturated(colours**0.95, -0.22))


def noir(colours: Colours) -> Colours:
    """Black and white with deep shadows."""
    tone = (colours @ RED_FILTER)[:, None]
    return np.repeat(crisper(tone**1.05, 0.45), 3, axis=1)


def vivid(colours: Colours) -> Colours:
    """Strong colours, most where they were pale."""
    return saturated(crisper(colours, 0.16), 0.38)


PRESETS: Final[Mapping[str, Callable[[Colours], Colours]]] = MappingProxyType(
    {f"grade-{look.__name__}": look for look in (clean, warm, cool, matte, noir, vivid)}
)


def crisper(colours: Colours, amount: float) -> Colours:
    """An S curve: slope 1 + amount / 2 in the middle, 1 - amount at black and white."""
    return colours + amount * colours * (1 - colours) * (2 * colours - 1)


def saturated(colours: Colours, amount: float) -> Colours:
    """Away from the grey of the same luminance, or towards it when the amount is negative.

    Colours that are strong, very dark or very light have little room left, and get little more.
    """
    grey = (colours @ np.array(REC_601))[:, None]
    chroma = colours.max(1, keepdims=True) - colours.min(1, keepdims=True)
    room = (1 - chroma) * 4 * grey * (1 - grey) if amount > 0 else 1.0
    return np.asarray(np.clip(colours + amount * room * (colours - grey), 0, 1))
