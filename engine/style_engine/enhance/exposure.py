"""White balance and exposure: measured on a thumbnail, applied as one curve per channel.

A colour cast and a change of light are factors in linear light, and sRGB values are nearly a power of linear
light, so both are factors of sRGB values too. Values here are sRGB, 0..1.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..imaging.colour import WHITE_LEVEL
from ..imaging.flood_fill import Mask
from .thumbnail import Plane, Thumbnail, to_floats

SRGB_GAMMA: Final = 2.2  # approximately
LINEAR_OF_8BIT: Final = ((np.arange(256) / 255) ** SRGB_GAMMA).astype(np.float32)
NEARLY_CLIPPED_LEVEL: Final = 0.985  # a channel above this is clipped or nearly so

# White balance
BALANCE_MAX_GAIN: Final = 0.15  # greatest and least change of a channel, as a share
BALANCE_MIN_GAIN: Final = 0.01
EDGE_CAST_CORRECTED_SHARE: Final = 0.4  # of a cast estimated from edges, which is accurate to about 5 %
EDGE_CAST_IGNORED_BELOW: Final = 0.04  # smaller casts are not visible
EDGE_CAST_TRUSTED_BELOW: Final = 0.12  # larger ones are more and more likely the colour of objects
MIN_EDGE_PIXELS: Final = 64

# Is a plain background meant to be white?
WHITE_CANDIDATE_MIN_LEVEL: Final = 0.70  # of every channel
WHITE_CANDIDATE_MAX_TINT: Final = 0.17  # greatest difference between channels
TINT_NEEDS_EVIDENCE_FROM: Final = 0.03  # from this difference on, the product's edges must show the same tint
EDGE_COLOUR_TOLERANCE: Final = 0.03  # of an edge's colour that counts for the tint, or for grey
TINT_EVIDENCE_MARGIN: Final = 0.003  # difference between the shares of tinted and of grey edges that decides
BRIGHTER_PRODUCT_MARGIN: Final = 0.03  # a product lighter than the background by this means a grey background

# Exposure
CLEAN_WHITE_TARGET: Final = 251 / 255  # level that a white background is raised to
EXPOSURE_MAX_GAIN: Final = 1.45  # a little more than one stop
DIM_BELOW_HIGHLIGHT: Final = 0.84  # a photo whose 99.5th percentile is below this is dim,
DIM_CERTAINTY_RANGE: Final = 0.14  # certainly so this far below it
HIGHLIGHT_TARGET: Final = 0.97  # level that the 99.5th percentile of a dim photo is raised to
HAZE_FREE_SHADOW: Final = 0.03  # 0.5th percentile of a photo without haze
MAX_BLACK_POINT: Final = 0.12
MIN_TONE_RANGE: Final = 0.1  # a photo with a smaller range cannot be judged
DARK_BELOW_MEDIAN: Final = 0.28  # shadows are raised below this median
OVEREXPOSED_SHARE: Final = 0.06  # of clipped pixels, above which a photo is darkened
MAX_POWER_CHANGE: Final = 0.06  # of the exponent of a curve
MIN_POWER_CHANGE: Final = 0.02
FULL_POWER_CHANGE_RANGE: Final = 0.15  # beyond DARK_BELOW_MEDIAN or OVEREXPOSED_SHARE, for the full change
CURVE_TOP: Final = 0.985  # above this level a brightening curve only runs on to 1
CURVE_SHOULDER: Final = 0.8  # from this level a darkening curve returns to white
CURVE_SMOOTHING_SIGMA_8BIT: Final = 5.0


@dataclass(frozen=True)
class Balance:
    """Factors of red, green and blue (their logarithms have mean 0), and the evidence for them."""

    gains: tuple[float, float, float]
    evidence: str


@dataclass(frozen=True)
class Exposure:
    """A black point, a gain above it, then an exponent; and the reason."""

    black: float
    gain: float
    power: float
    reason: str

    @property
    def stops(self) -> float:
        return SRGB_GAMMA * float(np.log2(self.gain)) + 1 - self.power


NO_EXPOSURE_CHANGE: Final = Exposure(0.0, 1.0, 1.0, "")


def white_background(thumbnail: Thumbnail) -> Plane | None:
    """(3,) colour of the plain background if it is meant to be white; else None."""
    if not thumbnail.background.any():
        return None
    colour: Plane = np.median(thumbnail.pixels[thumbnail.background], 0)
    tint = np.ptp(colour)
    if colour.min() < WHITE_CANDIDATE_MIN_LEVEL or tint > WHITE_CANDIDATE_MAX_TINT:
        return None
    if _product_is_brighter(thumbnail, colour):
        return None
    return colour if tint < TINT_NEEDS_EVIDENCE_FROM or _edges_have_tint(thumbnail, colour) else None


def estimate_white_balance(thumbnail: Thumbnail, white: Plane | None) -> Balance:
    """From a white background that is not clean white, else from edges, as far as their cast is trusted.

    Half as much from edges where the background is clean white already.
    """
    if white is not None and white.min() < WHITE_LEVEL:
        return _limited(np.log(white.mean() / white), "the background shows")
    cast = _edge_cast(thumbnail)
    size = max(float(np.abs(cast).max()), 1e-6)
    trust = np.clip((2 * EDGE_CAST_TRUSTED_BELOW - size) / EDGE_CAST_TRUSTED_BELOW, 0, 1)
    confidence = trust * max(0.0, 1 - EDGE_CAST_IGNORED_BELOW / size)
    share = EDGE_CAST_CORRECTED_SHARE if white is None else EDGE_CAST_CORRECTED_SHARE / 2
    return _limited(-share * confidence * cast, "the edges show")


def estimate_exposure(thumbnail: Thumbnail, white: Plane | None, balance: Balance) -> Exposure:
    """A white background is raised to clean white; without one, exposure follows from percentiles."""
    if white is None:
        return _exposure_from_percentiles(thumbnail)
    level = float((white * balance.gains).min())
    if level >= WHITE_LEVEL:
        return NO_EXPOSURE_CHANGE
    # A channel that is clean white already stays so; the others are raised to it.
    target = CLEAN_WHITE_TARGET if white.max() < WHITE_LEVEL else 1.0
    return Exposure(0.0, min(target / level, EXPOSURE_MAX_GAIN), 1.0, "the background raised to clean white")


def correction_curves(balance: Balance, exposure: Exposure) -> list[int]:
    """Three curves of 256 levels, in one list as `Image.point` takes it."""
    planes = [_curve(exposure, gain * exposure.gain) for gain in balance.gains]
    return [int(value) for value in np.rint(np.concatenate(planes) * 255)]


def _limited(shift: Plane, evidence: str) -> Balance:
    """Balance of logarithmic gains (3,), limited in size."""
    shift = shift - shift.mean()
    size = float(np.abs(shift).max())
    if size < BALANCE_MIN_GAIN:
        return Balance((1.0, 1.0, 1.0), "")
    limit = np.log1p(BALANCE_MAX_GAIN)
    red, green, blue = (float(gain) for gain in np.exp(shift * min(1.0, limit / size)))
    return Balance((red, green, blue), evidence)


def _product_is_brighter(thumbnail: Thumbnail, background: Plane) -> bool:
    product = thumbnail.pixels[thumbnail.product].mean(1)
    return bool(product.size and np.quantile(product, 0.995) > background.mean() + BRIGHTER_PRODUCT_MARGIN)


def _edges_have_tint(thumbnail: Thumbnail, background: Plane) -> bool:
    """Whether the product's edges show the background's tint: an edge between greys has the light's colour.

    In doubt a tint between red and blue is taken for the light's, any other for the background's own.
    """
    edges = _edges(thumbnail, thumbnail.product)
    strong = edges[edges.max(1) > np.median(edges.max(1))] if len(edges) else edges
    if len(strong) < MIN_EDGE_PIXELS:
        return _is_light_colour(background)
    edge_tint = np.log(np.sqrt(strong) + 1e-4) / SRGB_GAMMA
    edge_tint = edge_tint - edge_tint.mean(1, keepdims=True)
    tint = np.log(background) - np.log(background).mean()
    tinted, neutral = (
        np.exp(-((np.abs(edge_tint - reference).max(1) / EDGE_COLOUR_TOLERANCE) ** 2)).mean()
        for reference in (tint, 0)
    )
    margin = -TINT_EVIDENCE_MARGIN if _is_light_colour(background) else TINT_EVIDENCE_MARGIN
    return bool(tinted - neutral > margin)


def _is_light_colour(colour: Plane) -> bool:
    """Whether a colour rises or falls from red over green to blue, as warm and cold light does."""
    red_to_green, green_to_blue = np.diff(colour)
    return bool(red_to_green * green_to_blue > 0)


def _edge_cast(thumbnail: Thumbnail) -> Plane:
    """(3,) logarithmic cast of each channel: grey-edge, p = 6 (van de Weijer et al. 2007)."""
    edges = _edges(thumbnail, thumbnail.visible)
    if len(edges) < MIN_EDGE_PIXELS:
        return np.zeros(3, np.float32)
    squares = edges / max(float(edges.max()), 1e-9)
    channel_log = np.log((squares * squares * squares).mean(0) ** (1 / 6) + 1e-4)
    cast: Plane = (channel_log - channel_log.mean()) / SRGB_GAMMA
    return cast


def _edges(thumbnail: Thumbnail, mask: Mask) -> Plane:
    """(N, 3) squared gradients of linear light at the inner, unclipped pixels of a mask."""
    linear = LINEAR_OF_8BIT[np.asarray(thumbnail.image)]
    gradient_x = linear[1:-1, 2:] - linear[1:-1, :-2]
    gradient_y = linear[2:, 1:-1] - linear[:-2, 1:-1]
    unclipped = thumbnail.pixels.max(2) < NEARLY_CLIPPED_LEVEL
    return np.asarray((gradient_x**2 + gradient_y**2)[_eroded(mask & unclipped)])


def _eroded(mask: Mask) -> Mask:
    """(h - 2, w - 2): the inner pixels that are in the mask with all four neighbours."""
    return mask[1:-1, 1:-1] & mask[:-2, 1:-1] & mask[2:, 1:-1] & mask[1:-1, :-2] & mask[1:-1, 2:]


def _exposure_from_percentiles(thumbnail: Thumbnail) -> Exposure:
    tone = to_floats(thumbnail.image.convert("L"))[thumbnail.visible] / 255
    brightest_channel = thumbnail.pixels.max(2)[thumbnail.visible]
    shadow, median = (float(value) for value in np.quantile(tone, (0.005, 0.5)))
    highlight = float(np.quantile(brightest_channel, 0.995))
    has_background = bool(thumbnail.background.any())
    if highlight - shadow < MIN_TONE_RANGE:
        return NO_EXPOSURE_CHANGE
    if highlight < DIM_BELOW_HIGHLIGHT:
        return _brightened(shadow, median, highlight, has_background)
    if median < DARK_BELOW_MEDIAN:
        return _power_curve(_shadow_power(median), "shadows raised")
    clipped = float((brightest_channel > NEARLY_CLIPPED_LEVEL).mean())
    if clipped > OVEREXPOSED_SHARE and not has_background:
        excess = min(1.0, (clipped - OVEREXPOSED_SHARE) / FULL_POWER_CHANGE_RANGE)
        return _power_curve(1 + MAX_POWER_CHANGE * excess, "an overexposed photo darkened")
    return NO_EXPOSURE_CHANGE


def _brightened(shadow: float, median: float, highlight: float, has_background: bool) -> Exposure:
    """Exposure of a dim photo; half as much on a plain background, which may be meant to be grey."""
    certainty = min(1.0, (DIM_BELOW_HIGHLIGHT - highlight) / DIM_CERTAINTY_RANGE)
    certainty *= 0.5 if has_background else 1.0
    haze = 0.8 * min(shadow - HAZE_FREE_SHADOW, 1 - highlight)
    black = certainty * float(np.clip(haze, 0, MAX_BLACK_POINT))
    gain = 1 + certainty * (min(HIGHLIGHT_TARGET / max(highlight - black, 0.1), EXPOSURE_MAX_GAIN) - 1)
    return Exposure(black, gain, _shadow_power((median - black) * gain), "a dim photo brightened")


def _shadow_power(median: float) -> float:
    """Exponent, at most 1, that raises the shadows of a photo with a dark median."""
    return 1 - MAX_POWER_CHANGE * float(np.clip((DARK_BELOW_MEDIAN - median) / FULL_POWER_CHANGE_RANGE, 0, 1))


def _power_curve(power: float, reason: str) -> Exposure:
    if abs(power - 1) <= MIN_POWER_CHANGE:
        return NO_EXPOSURE_CHANGE
    return Exposure(0.0, 1.0, power, reason)


def _curve(exposure: Exposure, gain: float) -> Plane:
    """(256,) linear above the black point, then on to white, with rounded corners."""
    values: Plane = np.linspace(0, 1, 256)
    if gain == 1 and exposure.black == 0:
        return np.asarray(values**exposure.power)
    black = exposure.black
    knee = min(black + CURVE_TOP / gain, CURVE_TOP) if gain >= 1 else CURVE_SHOULDER
    line = np.interp(values, [0, black + 1e-6, knee, 1], [0, 0, (knee - black) * gain, 1])
    return np.asarray(_smoothed(line) ** exposure.power)


def _smoothed(curve: Plane) -> Plane:
    """Gaussian smoothing of a curve; both ends are kept."""
    sigma = CURVE_SMOOTHING_SIGMA_8BIT
    radius = round(3 * sigma)
    kernel = np.exp(-(np.arange(-radius, radius + 1) ** 2) / (2 * sigma**2))
    padded = np.pad(curve, radius, "reflect", reflect_type="odd")
    return np.clip(np.convolve(padded, kernel / kernel.sum(), "valid"), 0, 1)
