"""White balance and exposure of a photo: judged on a small view, done as one curve for each channel.

A cast and a change of light are factors in linear light; sRGB values are so nearly a power of it
that both are factors there too. Values here are sRGB, 0..1.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from .thumbnail import Mask, Plane, Thumbnail, floats

GAMMA: Final = 2.2  # of sRGB, near enough
LINEAR: Final = ((np.arange(256) / 255) ** GAMMA).astype(np.float32)
CLIPPED: Final = 0.985  # a channel above this has lost what it had to say

BALANCE_MOST: Final = 0.15  # no channel is moved by more
BALANCE_LEAST: Final = 0.01  # nor by less
EDGE_SHARE: Final = 0.4  # of the cast that edges show; they are right within 5 % or so
EDGE_IDLE: Final = 0.04  # a smaller cast is not seen
EDGE_CAST_TRUSTED: Final = 0.12  # a larger one is more and more the colour of things
EDGES_LEAST: Final = 64  # px

LIGHT: Final = 0.70  # a plain ground whose channels are all above this may be white paper,
TINT: Final = 0.17  # and may differ by so much;
TINT_SEEN: Final = 0.03  # from here on they do only if the product has that tint too:
ALIKE: Final = 0.03  # edges within this of the tint speak for it, those within this of grey against it;
LEAD: Final = 0.003  # share of edges that decides; where it is less, lamplight is believed and no other tint
OUTSHONE: Final = 0.03  # where things are lighter than the ground by this, it is meant to be grey

WHITE: Final = 251 / 255  # what white paper becomes
CLEAN: Final = 245 / 255  # what is white enough
GAIN_MOST: Final = 1.45  # a factor; a little more than one stop
DIM: Final = 0.84  # a photo whose lightest half percent stays below this is dim,
DOUBT: Final = 0.14  # and is surely so when it stays below by that much more
BRIGHT: Final = 0.97  # where that half percent is lifted to
HAZE: Final = 0.03  # the darkest half percent of a photo without haze
HAZE_MOST: Final = 0.12
BLANK: Final = 0.1  # a photo with less between dark and light shows nothing that could be dim
SHADED: Final = 0.28  # a median below this: shadows are lifted
BLOWN: Final = 0.06  # a share of clipped pixels above this: the photo is darkened
BENT_MOST: Final = 0.06
BENT_LEAST: Final = 0.02
BENT_OVER: Final = 0.15  # how far beyond SHADED or BLOWN the whole of it is due
TOP: Final = 0.985  # above this the curve only runs on to 1
SHOULDER: Final = 0.8  # from here a lowered channel finds its way back to white
CORNER: Final = 5.0  # levels over which corners of a curve are rounded


@dataclass(frozen=True)
class Balance:
    """What red, green and blue are multiplied by (mean of the logarithms 0), and what says so."""

    gains: tuple[float, float, float]
    evidence: str


@dataclass(frozen=True)
class Exposure:
    """A black point, a gain above it, then a power; and why."""

    black: float
    gain: float
    power: float
    reason: str

    @property
    def stops(self) -> float:
        return GAMMA * float(np.log2(self.gain)) + 1 - self.power


UNTOUCHED: Final = Exposure(0.0, 1.0, 1.0, "")


def white_paper(thumbnail: Thumbnail) -> Plane | None:
    """(3,) the colour that white paper has in this photo, if its plain ground is white paper."""
    if not thumbnail.background.any():
        return None
    colour: Plane = np.median(thumbnail.pixels[thumbnail.background], 0)
    if colour.min() < LIGHT or np.ptp(colour) > TINT or _outshone(thumbnail, colour):
        return None
    return colour if np.ptp(colour) < TINT_SEEN or _tint_agrees(thumbnail, colour) else None


def white_balance(thumbnail: Thumbnail, paper: Plane | None) -> Balance:
    """From white paper, else from edges: less where the ground is white already, nothing where in doubt."""
    if paper is not None and paper.min() < CLEAN:
        return _clamped(np.log(paper.mean() / paper), "the ground says")
    cast = _edge_cast(thumbnail)
    size = max(float(np.abs(cast).max()), 1e-6)
    confidence = np.clip((2 * EDGE_CAST_TRUSTED - size) / EDGE_CAST_TRUSTED, 0, 1) * max(
        0.0, 1 - EDGE_IDLE / size
    )
    share = EDGE_SHARE if paper is None else EDGE_SHARE / 2
    return _clamped(-share * confidence * cast, "the edges say")


def exposure(thumbnail: Thumbnail, paper: Plane | None, balance: Balance) -> Exposure:
    """White paper is lifted to clean white; without it the lightest and darkest half percent decide."""
    if paper is None:
        return _open_exposure(thumbnail)
    level = float((paper * balance.gains).min())
    if level >= CLEAN:
        return UNTOUCHED
    target = WHITE if paper.max() < CLEAN else 1.0  # the other channels follow one that is there already
    return Exposure(0.0, min(target / level, GAIN_MOST), 1.0, "the ground lifted to clean white")


def curves(balance: Balance, exposure: Exposure) -> list[int]:
    """What each value of each channel becomes, 3 × 256, as `Image.point` takes it."""
    planes = [_curve(exposure, gain * exposure.gain) for gain in balance.gains]
    return [int(value) for value in np.rint(np.concatenate(planes) * 255)]


def _clamped(shift: Plane, evidence: str) -> Balance:
    shift = shift - shift.mean()
    size = float(np.abs(shift).max())
    if size < BALANCE_LEAST:
        return Balance((1.0, 1.0, 1.0), "")
    red, green, blue = (float(gain) for gain in np.exp(shift * min(1.0, np.log1p(BALANCE_MOST) / size)))
    return Balance((red, green, blue), evidence)


def _outshone(thumbnail: Thumbnail, background: Plane) -> bool:
    product = thumbnail.pixels[thumbnail.product].mean(1)
    return bool(product.size and np.quantile(product, 0.995) > background.mean() + OUTSHONE)


def _tint_agrees(thumbnail: Thumbnail, background: Plane) -> bool:
    """Edges between two greys have the light's colour; a tint from red to blue is likely to be lamplight."""
    edges = _edges(thumbnail, thumbnail.product)
    strong = edges[edges.max(1) > np.median(edges.max(1))] if len(edges) else edges
    if len(strong) < EDGES_LEAST:
        return _is_lamplight(background)
    lead = np.log(np.sqrt(strong) + 1e-4) / GAMMA
    lead = lead - lead.mean(1, keepdims=True)
    tint = np.log(background) - np.log(background).mean()
    for_it, against = (np.exp(-((np.abs(lead - each).max(1) / ALIKE) ** 2)).mean() for each in (tint, 0))
    return bool(for_it - against > (-LEAD if _is_lamplight(background) else LEAD))


def _is_lamplight(colour: Plane) -> bool:
    """Rising or falling from red to blue."""
    red_to_green, green_to_blue = np.diff(colour)
    return bool(red_to_green * green_to_blue > 0)


def _edge_cast(thumbnail: Thumbnail) -> Plane:
    """(3,) logarithm of each channel's lead over the mean: grey-edge, p = 6 (van de Weijer et al. 2007)."""
    edges = _edges(thumbnail, thumbnail.visible)
    if len(edges) < EDGES_LEAST:
        return np.zeros(3, np.float32)
    squares = edges / max(float(edges.max()), 1e-9)
    lead = np.log((squares * squares * squares).mean(0) ** (1 / 6) + 1e-4)
    cast: Plane = (lead - lead.mean()) / GAMMA
    return cast


def _edges(thumbnail: Thumbnail, where: Mask) -> Plane:
    """(N, 3) squared steps of linear light at inner pixels of a mask, without those that are clipped."""
    linear = LINEAR[np.asarray(thumbnail.image)]
    across, down = linear[1:-1, 2:] - linear[1:-1, :-2], linear[2:, 1:-1] - linear[:-2, 1:-1]
    return np.asarray((across**2 + down**2)[_inner(where & (thumbnail.pixels.max(2) < CLIPPED))])


def _inner(mask: Mask) -> Mask:
    """Which inner pixels are in the mask with all four neighbours."""
    return mask[1:-1, 1:-1] & mask[:-2, 1:-1] & mask[2:, 1:-1] & mask[1:-1, :-2] & mask[1:-1, 2:]


def _open_exposure(thumbnail: Thumbnail) -> Exposure:
    tone, light = (
        floats(thumbnail.image.convert("L"))[thumbnail.visible] / 255,
        thumbnail.pixels.max(2)[thumbnail.visible],
    )
    dark, middle = (float(value) for value in np.quantile(tone, (0.005, 0.5)))
    bright = float(np.quantile(light, 0.995))
    if bright - dark < BLANK:
        return UNTOUCHED
    if bright < DIM:
        return _brightened(dark, middle, bright, bool(thumbnail.background.any()))
    if middle < SHADED:
        return _bent(_shadow_power(middle), "shadows lifted")
    blown = float((light > CLIPPED).mean())
    if blown > BLOWN and not thumbnail.background.any():
        return _bent(1 + BENT_MOST * min(1.0, (blown - BLOWN) / BENT_OVER), "an overexposed photo darkened")
    return UNTOUCHED


def _brightened(dark: float, middle: float, bright: float, plain: bool) -> Exposure:
    """A photo without light tones; half as much on a plain ground, which may be meant to be grey."""
    sure = min(1.0, (DIM - bright) / DOUBT) * (0.5 if plain else 1.0)
    black = sure * float(np.clip(0.8 * min(dark - HAZE, 1 - bright), 0, HAZE_MOST))
    gain = 1 + sure * (min(BRIGHT / max(bright - black, 0.1), GAIN_MOST) - 1)
    return Exposure(black, gain, _shadow_power((middle - black) * gain), "a dim photo lifted")


def _shadow_power(middle: float) -> float:
    return 1 - BENT_MOST * float(np.clip((SHADED - middle) / BENT_OVER, 0, 1))


def _bent(power: float, reason: str) -> Exposure:
    return Exposure(0.0, 1.0, power, reason) if abs(power - 1) > BENT_LEAST else UNTOUCHED


def _curve(exposure: Exposure, gain: float) -> Plane:
    """(256,) from black, straight, then on to white, without a corner."""
    values: Plane = np.linspace(0, 1, 256)
    if gain == 1 and exposure.black == 0:
        return np.asarray(values**exposure.power)
    black = exposure.black
    knee = min(black + TOP / gain, TOP) if gain >= 1 else SHOULDER
    line = np.interp(values, [0, black + 1e-6, knee, 1], [0, 0, (knee - black) * gain, 1])
    return np.asarray(_rounded(line) ** exposure.power)


def _rounded(curve: Plane) -> Plane:
    """Corners taken off; both ends stay."""
    reach = round(3 * CORNER)
    bell = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * CORNER**2))
    grown = np.pad(curve, reach, "reflect", reflect_type="odd")
    return np.clip(np.convolve(grown, bell / bell.sum(), "valid"), 0, 1)
