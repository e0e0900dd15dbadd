"""What a photo shows of the light it was taken in: white paper behind the product, or a scene.

A dark, coloured or flat product and a dim, tinted or flat capture can have the same histogram. They differ in
what else the photo holds. A background that is meant to be white shows brightness and colour of the light. A
scene with many colours, many tones, dark shadows and something neutral near its highlights should also reach
white. A product that fills the frame, a cut-out and a product on a coloured background show neither.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..imaging.colour import WHITE_LEVEL
from ..imaging.flood_fill import Mask
from .thumbnail import Plane, Thumbnail

SRGB_GAMMA: Final = 2.2  # approximately
LINEAR_OF_8BIT: Final = ((np.arange(256) / 255) ** SRGB_GAMMA).astype(np.float32)
NEARLY_CLIPPED_LEVEL: Final = 0.985  # a channel above this is clipped or nearly so
MIN_EDGE_CONTRAST: Final = 0.02  # of linear light across 2 px; weaker edges are rounding or compression

# Is a plain background meant to be white?
WHITE_CANDIDATE_MIN_LEVEL: Final = 0.70  # of every channel
WHITE_CANDIDATE_MAX_TINT: Final = 0.17  # greatest difference between channels
MIN_SHARE_BESIDE_BACKGROUND: Final = 0.02  # of the photo; an even sheet alone may have any colour
FRAMED_MIN_SHARE: Final = 0.5  # of the photo; a smaller rectangle is a box on paper
FRAMED_MIN_FULLNESS: Final = 0.98  # of its bounding box
BRIGHTEST_BACKGROUND_QUANTILE: Final = 0.95  # white paper that shades off is clean where the light falls
TINT_NEEDS_EVIDENCE_FROM: Final = 0.03  # from this difference on, the product's edges must show the same tint
EDGE_COLOUR_TOLERANCE: Final = 0.03  # of an edge's colour that counts for the tint, or for grey
TINT_EVIDENCE_MARGIN: Final = 0.003  # by which the share of tinted edges must exceed that of grey ones
BRIGHTER_PRODUCT_MARGIN: Final = 0.03  # a product lighter than the background by this means a grey background
MIN_EDGE_PIXELS: Final = 64

# Does a photo without plain background show a scene?
HIGHLIGHT_QUANTILE: Final = 0.995
SHADOW_QUANTILE: Final = 0.005
COLOUR_LEVELS: Final = 6  # of each channel, relative to the highlight
TONE_LEVELS: Final = 16
NEUTRAL_MAX_SATURATION: Final = 0.2
NEUTRAL_MIN_LEVEL: Final = 0.85  # relative to the highlight
MAX_NEUTRAL_SHARE: Final = 0.05  # more neutral pixels are no further evidence
SHADOW_OFFSET: Final = 0.01
# Logistic regression on darkened scenes and on crops of correct product photos (decision 0110).
COLOURS_WEIGHT, TONES_WEIGHT, NEUTRALS_WEIGHT, SHADOWS_WEIGHT, SCENE_BIAS = 2.0, 0.7, 11.0, 0.8, 9.0
FULL_SCENE_EVIDENCE_RANGE: Final = 1.0  # above the limit, for full trust


@dataclass(frozen=True)
class WhitePaper:
    """Colour (3,) of a background that is meant to be white, 0..1, and whether it is clean white already."""

    colour: Plane
    is_clean: bool


def find_white_paper(thumbnail: Thumbnail) -> WhitePaper | None:
    """The plain background if it is meant to be white; else None."""
    background = thumbnail.background
    if not background.any() or _is_frame(background):
        return None
    if thumbnail.product.mean() < MIN_SHARE_BESIDE_BACKGROUND:
        return None
    pixels = thumbnail.pixels[background]
    colour: Plane = np.median(pixels, 0)
    if colour.min() < WHITE_CANDIDATE_MIN_LEVEL or np.ptp(colour) > WHITE_CANDIDATE_MAX_TINT:
        return None
    if np.quantile(pixels.min(1), BRIGHTEST_BACKGROUND_QUANTILE) >= WHITE_LEVEL:
        return WhitePaper(colour, is_clean=True)
    is_tinted = np.ptp(colour) >= TINT_NEEDS_EVIDENCE_FROM
    if _product_is_brighter(thumbnail, colour) or (is_tinted and not _edges_have_tint(thumbnail, colour)):
        return None
    return WhitePaper(colour, is_clean=False)


def trust_in_scene(thumbnail: Thumbnail, min_evidence: float) -> float:
    """0..1: how far the photo is trusted to show a scene whose brightest parts should be nearly white."""
    if thumbnail.background.any():
        return 0.0
    return float(np.clip((scene_evidence(thumbnail.pixels) - min_evidence) / FULL_SCENE_EVIDENCE_RANGE, 0, 1))


def scene_evidence(pixels: Plane) -> float:
    """Log odds that pixels (h, w, 3), 0..1, show a scene rather than a product that fills the frame.

    They rise with the number of colours and of tones, with neutral highlights and with dark shadows, all
    relative to the highlights, so that a photo that is a stop darker has the same odds.
    """
    relative = pixels.reshape(-1, 3) / max(highlight_level(pixels), 1e-3)
    brightest, tone = relative.max(1), relative.mean(1)
    saturated = brightest - relative.min(1) >= NEUTRAL_MAX_SATURATION * brightest
    neutrals = float((~saturated & (brightest > NEUTRAL_MIN_LEVEL)).mean())
    steps = np.clip((relative * COLOUR_LEVELS).astype(int), 0, COLOUR_LEVELS - 1)
    colours = steps @ np.array([COLOUR_LEVELS**2, COLOUR_LEVELS, 1])
    tones = np.clip((tone * TONE_LEVELS).astype(int), 0, TONE_LEVELS - 1)
    return (
        COLOURS_WEIGHT * _entropy(colours)
        + TONES_WEIGHT * _entropy(tones)
        + NEUTRALS_WEIGHT * min(neutrals, MAX_NEUTRAL_SHARE)
        - SHADOWS_WEIGHT * float(np.log(np.quantile(tone, SHADOW_QUANTILE) + SHADOW_OFFSET))
        - SCENE_BIAS
    )


def highlight_level(pixels: Plane) -> float:
    """The level that the brightest channel exceeds in half a percent of the pixels."""
    return float(np.quantile(pixels.max(-1), HIGHLIGHT_QUANTILE))


def edge_gradients(thumbnail: Thumbnail, mask: Mask) -> Plane:
    """(N, 3) squared gradients of linear light at the inner, unclipped pixels of a mask; no weak ones."""
    linear = LINEAR_OF_8BIT[np.asarray(thumbnail.image)]
    gradient_x = linear[1:-1, 2:] - linear[1:-1, :-2]
    gradient_y = linear[2:, 1:-1] - linear[:-2, 1:-1]
    unclipped = thumbnail.pixels.max(2) < NEARLY_CLIPPED_LEVEL
    squares = np.asarray((gradient_x**2 + gradient_y**2)[_eroded(mask & unclipped)])
    return np.asarray(squares[squares.max(1) > MIN_EDGE_CONTRAST**2])


def _entropy(values: Plane) -> float:
    """Entropy in nats of non-negative integers (N,); its exponential is their effective number."""
    counts = np.bincount(values)
    shares = counts[counts > 0] / len(values)
    return float(-(shares * np.log(shares)).sum())


def _is_frame(background: Mask) -> bool:
    """Whether the rest is one rectangle: a border drawn around a picture, which no light fell on."""
    rows, columns = (np.flatnonzero(~background.all(axis)) for axis in (1, 0))
    if not len(rows):
        return False
    inside = ~background[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return bool(inside.mean() > FRAMED_MIN_FULLNESS and inside.sum() > FRAMED_MIN_SHARE * background.size)


def _product_is_brighter(thumbnail: Thumbnail, background: Plane) -> bool:
    product = thumbnail.pixels[thumbnail.product].mean(1)
    return bool(np.quantile(product, HIGHLIGHT_QUANTILE) > background.mean() + BRIGHTER_PRODUCT_MARGIN)


def _edges_have_tint(thumbnail: Thumbnail, background: Plane) -> bool:
    """Whether the product's edges have the background's tint, as edges between greys have the light's."""
    edges = edge_gradients(thumbnail, thumbnail.product)
    strong = edges[edges.max(1) > np.median(edges.max(1))] if len(edges) else edges
    if len(strong) < MIN_EDGE_PIXELS:
        return False
    edge_tint = np.log(np.sqrt(strong) + 1e-4) / SRGB_GAMMA
    edge_tint = edge_tint - edge_tint.mean(1, keepdims=True)
    tint = np.log(background) - np.log(background).mean()
    tinted, neutral = (
        np.exp(-((np.abs(edge_tint - reference).max(1) / EDGE_COLOUR_TOLERANCE) ** 2)).mean()
        for reference in (tint, 0)
    )
    return bool(tinted - neutral > TINT_EVIDENCE_MARGIN)


def _eroded(mask: Mask) -> Mask:
    """(h - 2, w - 2): the inner pixels that are in the mask with all four neighbours."""
    return mask[1:-1, 1:-1] & mask[:-2, 1:-1] & mask[2:, 1:-1] & mask[1:-1, :-2] & mask[1:-1, 2:]
