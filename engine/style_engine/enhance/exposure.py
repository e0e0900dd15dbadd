"""Exposure: measured on a thumbnail, applied with the white balance as one curve per channel.

A change of light is a factor in linear light, and sRGB values are nearly a power of linear light, so it is a
factor of sRGB values too. Values here are sRGB, 0..1.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..imaging.colour import WHITE_LEVEL
from .light_evidence import SHADOW_QUANTILE, SRGB_GAMMA, WhitePaper, highlight_level
from .thumbnail import Plane, Thumbnail
from .white_balance import Balance

CLEAN_WHITE_TARGET: Final = 251 / 255  # level that a white background is raised to
EXPOSURE_MAX_GAIN: Final = 1.45  # a little more than one stop
DIM_BELOW_HIGHLIGHT: Final = 0.84  # a scene whose highlights are below this is dim,
DIM_CERTAINTY_RANGE: Final = 0.14  # certainly so this far below it
HIGHLIGHT_TARGET: Final = 0.97  # level that the highlights of a dim scene are raised to
HAZE_FREE_SHADOW: Final = 0.03  # shadows of a photo without haze
MAX_BLACK_POINT: Final = 0.12
CURVE_TOP: Final = 0.985  # above this level a brightening curve only runs on to 1
CURVE_SHOULDER: Final = 0.8  # from this level a darkening curve returns to white
CURVE_SMOOTHING_SIGMA_8BIT: Final = 5.0


@dataclass(frozen=True)
class Exposure:
    """A black point and a gain above it; and the reason."""

    black: float
    gain: float
    reason: str

    @property
    def stops(self) -> float:
        return SRGB_GAMMA * float(np.log2(self.gain))


NO_EXPOSURE_CHANGE: Final = Exposure(0.0, 1.0, "")


def estimate_exposure(
    thumbnail: Thumbnail, paper: WhitePaper | None, balance: Balance, scene_trust: float
) -> Exposure:
    """White paper is raised to clean white, a dim scene brightened; anything else is left."""
    if paper is None:
        return _brightened_scene(thumbnail, scene_trust)
    level = float((paper.colour * balance.gains).min())
    if paper.is_clean or level >= WHITE_LEVEL:
        return NO_EXPOSURE_CHANGE
    # A channel that is clean white already stays so; the others are raised to it.
    target = CLEAN_WHITE_TARGET if paper.colour.max() < WHITE_LEVEL else 1.0
    return Exposure(0.0, min(target / level, EXPOSURE_MAX_GAIN), "the white background raised to clean white")


def correction_curves(balance: Balance, exposure: Exposure) -> list[int]:
    """Three curves of 256 levels, in one list as `Image.point` takes it."""
    planes = [_curve(exposure.black, gain * exposure.gain) for gain in balance.gains]
    return [int(value) for value in np.rint(np.concatenate(planes) * 255)]


def _brightened_scene(thumbnail: Thumbnail, scene_trust: float) -> Exposure:
    highlight = highlight_level(thumbnail.pixels)
    certainty = scene_trust * float(np.clip((DIM_BELOW_HIGHLIGHT - highlight) / DIM_CERTAINTY_RANGE, 0, 1))
    if certainty == 0:
        return NO_EXPOSURE_CHANGE
    shadow = float(np.quantile(thumbnail.pixels.mean(2), SHADOW_QUANTILE))
    haze = 0.8 * min(shadow - HAZE_FREE_SHADOW, 1 - highlight)
    black = certainty * float(np.clip(haze, 0, MAX_BLACK_POINT))
    gain = 1 + certainty * (min(HIGHLIGHT_TARGET / max(highlight - black, 0.1), EXPOSURE_MAX_GAIN) - 1)
    return Exposure(black, gain, "a dim scene brightened")


def _curve(black: float, gain: float) -> Plane:
    """(256,) linear above the black point, then on to white, with rounded corners."""
    values: Plane = np.linspace(0, 1, 256)
    if gain == 1 and black == 0:
        return values
    knee = min(black + CURVE_TOP / gain, CURVE_TOP) if gain >= 1 else CURVE_SHOULDER
    line = np.interp(values, [0, black + 1e-6, knee, 1], [0, 0, (knee - black) * gain, 1])
    return _smoothed(line)


def _smoothed(curve: Plane) -> Plane:
    """Gaussian smoothing of a curve; both ends are kept."""
    sigma = CURVE_SMOOTHING_SIGMA_8BIT
    radius = round(3 * sigma)
    kernel = np.exp(-(np.arange(-radius, radius + 1) ** 2) / (2 * sigma**2))
    padded = np.pad(curve, radius, "reflect", reflect_type="odd")
    return np.clip(np.convolve(padded, kernel / kernel.sum(), "valid"), 0, 1)
