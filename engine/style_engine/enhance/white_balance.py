"""White balance: factors of the channels, from white paper or from the edges of a scene.

A colour cast is a factor of each channel in linear light, and sRGB values are nearly a power of linear light,
so it is a factor of sRGB values too. Values here are sRGB, 0..1.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from .light_evidence import MIN_EDGE_PIXELS, SRGB_GAMMA, WhitePaper, edge_gradients
from .thumbnail import Plane, Thumbnail

BALANCE_MAX_GAIN: Final = 0.15  # greatest and least change of a channel, as a share
BALANCE_MIN_GAIN: Final = 0.01
EDGE_CAST_CORRECTED_SHARE: Final = 0.4  # of a cast estimated from edges, which is accurate to about 5 %
EDGE_CAST_IGNORED_BELOW: Final = 0.07  # smaller ones are within the error of the estimate
EDGE_CAST_TRUSTED_BELOW: Final = 0.12  # larger ones are more and more likely the colour of objects


@dataclass(frozen=True)
class Balance:
    """Factors of red, green and blue (their logarithms have mean 0), and the evidence for them."""

    gains: tuple[float, float, float]
    evidence: str


NO_BALANCE_CHANGE: Final = Balance((1.0, 1.0, 1.0), "")


def estimate_white_balance(thumbnail: Thumbnail, paper: WhitePaper | None, scene_trust: float) -> Balance:
    """From white paper, else from the edges of a scene, as far as scene and cast are trusted."""
    if paper is not None:
        if paper.is_clean:
            return NO_BALANCE_CHANGE
        return _limited(np.log(paper.colour.mean() / paper.colour), "the white background shows")
    if scene_trust == 0:
        return NO_BALANCE_CHANGE
    cast = _edge_cast(thumbnail)
    size = max(float(np.abs(cast).max()), 1e-6)
    trust = np.clip((2 * EDGE_CAST_TRUSTED_BELOW - size) / EDGE_CAST_TRUSTED_BELOW, 0, 1)
    confidence = scene_trust * trust * max(0.0, 1 - EDGE_CAST_IGNORED_BELOW / size)
    return _limited(-EDGE_CAST_CORRECTED_SHARE * confidence * cast, "the edges in the scene show")


def _limited(shift: Plane, evidence: str) -> Balance:
    """Balance of logarithmic gains (3,), limited in size."""
    shift = shift - shift.mean()
    size = float(np.abs(shift).max())
    if size < BALANCE_MIN_GAIN:
        return NO_BALANCE_CHANGE
    limit = np.log1p(BALANCE_MAX_GAIN)
    red, green, blue = (float(gain) for gain in np.exp(shift * min(1.0, limit / size)))
    return Balance((red, green, blue), evidence)


def _edge_cast(thumbnail: Thumbnail) -> Plane:
    """(3,) logarithmic cast of each channel: grey-edge, p = 6 (van de Weijer et al. 2007)."""
    edges = edge_gradients(thumbnail, ~thumbnail.background)
    if len(edges) < MIN_EDGE_PIXELS:
        return np.zeros(3, np.float32)
    squares = edges / max(float(edges.max()), 1e-9)
    channel_log = np.log((squares * squares * squares).mean(0) ** (1 / 6) + 1e-4)
    cast: Plane = (channel_log - channel_log.mean()) / SRGB_GAMMA
    return cast
