"""Pigments: a picture in flat areas of a few colours with clean borders, as colour blocks print them."""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging.filters import gaussian, luminance
from ..strokes.directions import wide_gaussian
from .shapes import Shapes, reduced

PIGMENT_COUNT: Final = 9  # at most
SAMPLED_SIDE: Final = 72  # cells of the long side, of whose colours the pigments are means
MEAN_ROUNDS: Final = 8
BACKGROUND_WEIGHT: Final = 0.25  # of colours behind the product
HUE_WEIGHT: Final = 2.6  # of squared differences of hue against those of tone
LEAST_APART: Final = 0.0075  # squared difference below which two pigments are one
AREA_SHARE: Final = 0.0055  # sigma by which the borders of areas are rounded
FINE_AREA_SHARE: Final = 0.0012  # and where detail matters
CRISPNESS: Final = 900.0  # of borders, per squared difference of colour
EDO_PIGMENTS: Final = (
    (0.965, 0.935, 0.865),  # paper
    (0.900, 0.815, 0.680),  # cream
    (0.945, 0.800, 0.690),  # flesh
    (0.740, 0.540, 0.380),  # tan
    (0.430, 0.275, 0.205),  # brown
    (0.830, 0.270, 0.170),  # vermilion
    (0.890, 0.540, 0.500),  # safflower
    (0.900, 0.520, 0.240),  # orange
    (0.905, 0.730, 0.300),  # ochre
    (0.560, 0.610, 0.330),  # moss
    (0.265, 0.390, 0.280),  # deep green
    (0.520, 0.700, 0.640),  # celadon
    (0.380, 0.580, 0.690),  # pale indigo
    (0.140, 0.280, 0.470),  # Prussian blue
    (0.420, 0.340, 0.540),  # violet
    (0.690, 0.690, 0.660),  # grey
    (0.420, 0.430, 0.440),  # dark grey
    (0.150, 0.150, 0.190),  # sumi
)
SNAPPED: Final = 0.45  # share of the nearest of these in a pigment
SNAPPED_RANGE: Final = 0.05  # squared difference at which half of that share is left


def flat_areas(shapes: Shapes, pigments: Tensor, printed: Tensor | None = None) -> Tensor:
    """(1, 3, H, W) the shapes' colours in a few pigments (K, 3), each of them flat.

    `printed` (K, 3): the colours that stand for them.
    """
    subject = shapes.subject
    near = reduced(subject, shapes.colours)
    sigma = max(0.8, AREA_SHARE * subject.size_px * near.shape[3] / shapes.colours.shape[3])
    broad = gaussian(_nearness(near, pigments), sigma)
    broad = F.interpolate(broad, size=shapes.colours.shape[2:], mode="bilinear")
    fine = gaussian(_nearness(shapes.colours, pigments), subject.px(FINE_AREA_SHARE, 0.6))
    share = torch.softmax(CRISPNESS * torch.lerp(broad, fine, shapes.detail), 1)
    return torch.einsum("bkhw,kc->bchw", share, pigments if printed is None else printed)


def choose_pigments(shapes: Shapes, most: int = PIGMENT_COUNT, apart: float = LEAST_APART) -> Tensor:
    """(K, 3) at most so many colours, at least so far apart: means of like colours (k-means from the most
    different ones)."""
    height, width = shapes.colours.shape[2:]
    scale = min(1.0, SAMPLED_SIDE / max(height, width))
    size = [max(2, round(side * scale)) for side in (height, width)]
    planes = torch.cat([shapes.colours, shapes.subject.product], 1)
    samples = F.interpolate(planes, size=size, mode="area")[0].flatten(1).T
    colours, weights = samples[:, :3], BACKGROUND_WEIGHT + samples[:, 3:]
    chosen = ((colours * weights).sum(0) / weights.sum())[None]
    while len(chosen) < most + 1:
        far = _distance(colours, chosen).amin(1) * weights[:, 0].sqrt()
        if float(far.max()) < apart:
            break
        chosen = torch.cat([chosen, colours[far.argmax()][None]])
    chosen = chosen[1:] if len(chosen) > 1 else chosen
    for _ in range(MEAN_ROUNDS):
        member = F.one_hot(_distance(colours, chosen).argmin(1), len(chosen)).to(colours) * weights
        count = member.sum(0)[:, None]
        chosen = torch.where(count > 0, member.T @ colours / count.clamp(min=1e-6), chosen)
    return chosen


def snapped(colours: Tensor) -> Tensor:
    """(K, 3) colours (K, 3) nearer to the pigments that printers had."""
    pigments = torch.tensor(EDO_PIGMENTS)
    distance = _distance(colours, pigments)
    nearest, number = distance.min(1, keepdim=True)
    return torch.lerp(colours, pigments[number[:, 0]], SNAPPED / (1 + nearest / SNAPPED_RANGE))


def _distance(colours: Tensor, pigments: Tensor) -> Tensor:
    """(N, K) squared differences of colours (N, 3) from pigments, hue counting more than tone."""
    both = [
        torch.cat([tone, HUE_WEIGHT**0.5 * (x - tone)], 1) for x in (colours, pigments) for tone in [_tone(x)]
    ]
    return torch.cdist(both[0], both[1], compute_mode="donot_use_mm_for_euclid_dist").square()


def _nearness(colours: Tensor, pigments: Tensor) -> Tensor:
    """(1, K, H, W) minus the squared difference of each pixel from each pigment."""
    tone = luminance(colours)
    hue = colours - tone
    planes = []
    for pigment in pigments:
        own = _tone(pigment[None])
        shade, tint = tone - own.view(1, 1, 1, 1), hue - (pigment - own[0]).view(1, 3, 1, 1)
        planes.append(shade.square() + HUE_WEIGHT * tint.square().sum(1, keepdim=True))
    return -torch.cat(planes, 1)


def _tone(colours: Tensor) -> Tensor:
    """(N, 1) luminance of colours (N, 3)."""
    return luminance(colours.T[None, :, None])[0, 0].T


def bokashi_shade(shapes: Shapes, flat: Tensor, share: float) -> Tensor:
    """(1, 1, H, W) soft gradation within flat areas: the broad light and shade that they have lost."""
    subject = shapes.subject
    sigma = subject.px(share, 2.0)
    inside = subject.product.clamp(1e-3, 1)
    planes = torch.cat([luminance(shapes.colours) * inside, luminance(flat) * inside], 1)
    lit, flat_tone = wide_gaussian(planes, sigma).split(1, 1)
    ratio: Tensor = (lit + 1e-5) / (flat_tone + 1e-5)
    return ratio
