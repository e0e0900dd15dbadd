"""Art Deco poster of about 1930: stepped airbrush gradients, planes of light, night blue and gold."""

import math
from typing import Final

import torch
from torch import Tensor

from ...imaging.filters import gaussian, luminance
from ..strokes.directions import wide_gaussian
from .abstraction import Abstraction, abstracted, flesh_of, scene_behind
from .cels import Cel, celled
from .keylines import key_lines, seams
from .materials import value_noise
from .shapes import crisp_lettering
from .steps import at_tone, rise
from .subject import Subject, rgb

NIGHT: Final = (0.04, 0.06, 0.13)
GOLD: Final = (0.83, 0.65, 0.32)
POSTER: Final = Cel((0.84, 1.0, 1.15), 0.68, 0.010, 0.92, 0.30)
BANDS: Final = (  # colours behind the product of a scene, from dark to light
    (0.05, 0.09, 0.19),
    (0.07, 0.22, 0.30),
    (0.20, 0.46, 0.49),
    (0.66, 0.74, 0.66),
    (0.95, 0.89, 0.74),
)
PLANES: Final = ((62.0, -0.20, 1.09), (62.0, 0.16, 0.90), (118.0, 0.10, 1.06))
"""Straight planes of light across the product: angle in degrees, place in shares of its size, and factor of
the tone beyond it."""
BACKDROP_SHARE: Final = 0.85  # of the poster's colours behind the product
AIRBRUSH_SHARE: Final = 0.05  # distance over which the paint fades from an edge of a plane
PHOTO_COLOUR_SHARE: Final = 0.55  # share of the photo's own colours in the product's
GRAIN: Final = 0.018  # std of the airbrush's spatter


def art_deco(subject: Subject) -> Tensor:
    """Poster of about 1930 after Cassandre: stepped airbrush, straight planes of light, gold."""
    subject = subject.with_tones(
        torch.lerp(subject.toned, subject.photo, PHOTO_COLOUR_SHARE * subject.product)
    )
    shapes = abstracted(subject, 0.014)
    flesh = flesh_of(subject)
    painted = celled(shapes, POSTER)
    keep = torch.stack([flesh, subject.text, 0.7 * shapes.detail]).amax(0)
    light = 1 + (planes_of_light(subject) - 1) * (1 - keep)
    tone = luminance(painted)
    painted = at_tone(painted, tone, (tone * light).clamp(0, 1))
    painted = torch.lerp(painted, behind(shapes, painted), backdrop(shapes))
    height, width = painted.shape[2:]
    painted = painted + value_noise(height, width, subject.px(0.0014, 1.2), 5) * GRAIN * (1 - keep)
    dark = rise(wide_gaussian(shapes.tone, subject.px(0.012, 1.0)), 0.34, 0.20)
    inner = rise(gaussian(subject.product, subject.px(0.006, 1.0)), 0.8, 0.97)
    line = torch.lerp(rgb(*NIGHT), rgb(*GOLD), dark * inner)
    painted = torch.lerp(painted, line, key_lines(shapes))
    painted = torch.lerp(painted, rgb(*GOLD), 0.8 * seams(shapes))
    return crisp_lettering(subject, painted, 1 - flesh).clamp(0, 1)


def planes_of_light(subject: Subject) -> Tensor:
    """(1, 1, H, W) factor of tone: each plane begins at a straight edge and fades from there."""
    height, width = subject.product.shape[2:]
    rows, columns = torch.arange(height).view(-1, 1) + 0.5, torch.arange(width) + 0.5
    weights = subject.product[0, 0] + 1e-3
    down = rows - float((weights * rows).sum() / weights.sum())
    right = columns - float((weights * columns).sum() / weights.sum())
    factor = torch.ones_like(subject.product)
    for degrees, place, beyond in PLANES:
        angle = math.radians(degrees)
        distance = (right * math.cos(angle) + down * math.sin(angle)) / subject.size_px - place
        edge = (distance * subject.size_px + 0.5).clamp(0, 1)
        fade = torch.exp(-distance.clamp(min=0) / (4 * AIRBRUSH_SHARE))
        factor = factor * (1 + (beyond - 1) * (edge * (0.25 + 0.75 * fade))[None, None])
    return factor


def backdrop(shapes: Abstraction) -> Tensor:
    """(1, 1, H, W) 0..1: how far what is behind the product of a scene is in the poster's colours."""
    subject = shapes.subject
    outside = scene_behind(subject) * (1 - shapes.plain) * (1 - flesh_of(subject))
    # What is as colourful as a product may be one that was not found.
    chroma = subject.photo.amax(1, keepdim=True) - subject.photo.amin(1, keepdim=True)
    outside = outside * rise(wide_gaussian(chroma, subject.px(0.03, 2.0)), 0.32, 0.18)
    # A hole in a product's mask is not its background.
    outside = outside * rise(wide_gaussian(subject.product, subject.px(0.03, 2.0)), 0.75, 0.60)
    return BACKDROP_SHARE * outside


def behind(shapes: Abstraction, painted: Tensor) -> Tensor:
    """The scene in the poster's five colours, in beams of light from above."""
    subject = shapes.subject
    tone = wide_gaussian(luminance(painted), subject.px(0.006, 1.0))
    place = 4 * rise(tone, 0.05, 0.90)
    stepped = place.floor() + rise(place - place.floor(), 0.25, 0.75)
    shares = [(1 - (stepped - n).abs()).clamp(min=0) for n in range(len(BANDS))]
    return torch.stack([rgb(*band) * share for band, share in zip(BANDS, shares, strict=True)]).sum(0)
