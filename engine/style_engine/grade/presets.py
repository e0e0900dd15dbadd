"""Presets: smooth, monotone maps from colours (N, 3), sRGB in 0..1, to colours."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..imaging.filters import REC_601

Colours = NDArray[np.float64]

RED_FILTER_WEIGHTS: Final = np.array([0.45, 0.45, 0.10])  # black-and-white film with a red filter


def clean(colours: Colours) -> Colours:
    """A little lighter, with more contrast; white and black are kept."""
    return change_saturation(increase_contrast(colours**0.94, 0.12), 0.05)


def warm(colours: Colours) -> Colours:
    """Late sun: red raised and blue lowered in the midtones; white and black are kept."""
    return change_saturation(increase_contrast(colours ** np.array([0.86, 0.96, 1.12]), 0.08), 0.06)


def cool(colours: Colours) -> Colours:
    """Morning light: blue raised and red lowered in the midtones; white and black are kept."""
    return increase_contrast(colours ** np.array([1.08, 0.98, 0.88]), 0.10)


def matte(colours: Colours) -> Colours:
    """Uncoated paper: raised blacks, muted colours, slightly grey white."""
    return np.asarray(0.075 + 0.90 * change_saturation(colours**0.95, -0.22))


def noir(colours: Colours) -> Colours:
    """Black and white with deep shadows."""
    tone = (colours @ RED_FILTER_WEIGHTS)[:, None]
    return np.repeat(increase_contrast(tone**1.05, 0.45), 3, axis=1)


def vivid(colours: Colours) -> Colours:
    """Stronger colours, most where they were pale."""
    return change_saturation(increase_contrast(colours, 0.16), 0.38)


PRESETS: Final[Mapping[str, Callable[[Colours], Colours]]] = MappingProxyType(
    {f"grade-{look.__name__}": look for look in (clean, warm, cool, matte, noir, vivid)}
)


def increase_contrast(colours: Colours, amount: float) -> Colours:
    """An S curve: slope 1 + amount / 2 in the middle, 1 - amount at black and white."""
    return colours + amount * colours * (1 - colours) * (2 * colours - 1)


def change_saturation(colours: Colours, amount: float) -> Colours:
    """Scale chroma around the grey of the same luminance; a negative amount desaturates.

    Saturated, very dark and very light colours are saturated less, as they would be clipped.
    """
    grey = (colours @ np.array(REC_601))[:, None]
    chroma = colours.max(1, keepdims=True) - colours.min(1, keepdims=True)
    room = (1 - chroma) * 4 * grey * (1 - grey) if amount > 0 else 1.0
    return np.asarray(np.clip(colours + amount * room * (colours - grey), 0, 1))
