"""Posters of the Art Deco: bands of airbrushed light on the product, rays behind it."""

import math
from typing import Final

import numpy as np
import torch
from torch import Tensor

from ..strokes.directions import wide_gaussian
from .cutouts import Cutouts
from .inking import rounded_light, with_room
from .materials import value_noise
from .shapes import soft_steps
from .subject import Subject, rgb

NIGHT: Final = (0.04, 0.06, 0.13)
GOLD: Final = (0.83, 0.65, 0.32)
CREAM: Final = (0.98, 0.93, 0.78)
RAY_COLOURS: Final = (  # behind the product, from dark to light
    (0.05, 0.09, 0.19),
    (0.07, 0.22, 0.30),
    (0.20, 0.46, 0.49),
    (0.66, 0.74, 0.66),
    (0.95, 0.89, 0.74),
)
RAY_TONES: Final = (0.14, 0.36, 0.64)  # of what was there, between the pairs of colours of rays
RAYS: Final = 12
RAYS_SHARE: Final = 0.9  # how far they replace what is behind
FORM_LEVELS: Final = (-0.24, -0.12, -0.03, 0.06, 0.16)  # of light on a rounded form, between its bands
FORM_TONES: Final = (-0.48, -0.32, -0.16, 0.0, 0.16, 0.34)  # share of night blue, below 0, or cream
PURE_WHITE: Final = 0.999
BAND_STEP: Final = 0.02  # of light, over which a band ends
BAND_AREA_PX: Final = (10.0, 18.0)  # mean width on the copy, from which an area has bands
AIRBRUSH: Final = 0.6  # of a step of tone, by which the paint fades against the light
GRAIN: Final = 0.022  # std of the airbrush's spatter
FOUND_CHROMA: Final = (0.22, 0.34)  # behind the product: from the second on what may be one, too
RAY_AREA_PX: Final = (6.0, 14.0)  # mean width on the copy, from which rays replace an area


def banded(cutouts: Cutouts, painted: Tensor) -> Tensor:
    """Light in a few bands along the product's rounding, from night blue to cream, airbrushed at edges."""
    subject = cutouts.subject
    form = wide_gaussian(rounded_light(subject), subject.px(0.03, 2.0))
    steps = soft_steps(form, FORM_LEVELS, FORM_TONES, BAND_STEP)
    fade = AIRBRUSH * (form - steps).clamp(-0.15, 0.15)
    height, width = form.shape[2:]
    grain = value_noise(height, width, 1.4, 5) * GRAIN * (0.4 + 4 * fade.abs())
    room = with_room(cutouts, BAND_AREA_PX) * cutouts.is_product * (1 - cutouts.skin)
    room = room * (cutouts.tones < PURE_WHITE)  # not the white through a hole
    light = cutouts.areas.painted(room[:, None]) * (steps - fade + grain)
    darker = torch.lerp(painted, rgb(*NIGHT), (-light).clamp(0, 1))
    # A dark colour is not turned grey by the cream.
    own = (1.35 * darker + 0.04).clamp(max=1)
    bright = cutouts.areas.painted((0.15 + 0.85 * cutouts.tones)[:, None])
    return torch.lerp(darker, torch.lerp(own, rgb(*CREAM), bright), light.clamp(0, 1))


def sunburst(cutouts: Cutouts, painted: Tensor) -> Tensor:
    """Broad rays in bands of night blue, teal and cream with gold between, behind the product of a scene."""
    ray, between = rays(cutouts.subject)
    place = cutouts.areas.painted(np.digitize(cutouts.tones, RAY_TONES).astype(float)[:, None])
    scene = torch.lerp(ray_colours(place), ray_colours(place + 1), ray)
    height, width = painted.shape[2:]
    scene = torch.lerp(scene, rgb(*GOLD), between) + value_noise(height, width, 1.4, 9) * GRAIN
    # What is as colourful as a product may be one that was not found; so may be skin, and small shapes.
    chroma = cutouts.colours.max(1) - cutouts.colours.min(1)
    least, most = FOUND_CHROMA
    replaced = ((most - chroma) / (most - least)).clip(0, 1) * (1 - cutouts.skin)
    replaced = replaced * with_room(cutouts, RAY_AREA_PX)
    behind = (1 - cutouts.inside) * (1 - cutouts.plain)
    return torch.lerp(painted, scene, RAYS_SHARE * behind * cutouts.areas.painted(replaced[:, None]))


def ray_colours(place: Tensor) -> Tensor:
    """(1, 3, H, W) colours of a place (1, 1, H, W) between the first of RAY_COLOURS, 0, and the last."""
    shares = [(1 - (place - n).abs()).clamp(min=0) for n in range(len(RAY_COLOURS))]
    return torch.stack([rgb(*one) * share for one, share in zip(RAY_COLOURS, shares, strict=True)]).sum(0)


def rays(subject: Subject) -> tuple[Tensor, Tensor]:
    """(1, 1, H, W) each, 0..1: every other ray from the middle of the product; lines between rays."""
    height, width = subject.product.shape[2:]
    rows, columns = torch.arange(height).view(-1, 1) + 0.5, torch.arange(width) + 0.5
    weights = subject.product[0, 0] + 1e-3
    middle_row, middle = (float((weights * axis).sum() / weights.sum()) for axis in (rows, columns))
    down, right = rows - middle_row, columns - middle
    turn = torch.atan2(right, -down) * (RAYS / (2 * math.pi))
    across = (down.square() + right.square()).sqrt() * (2 * math.pi / RAYS)
    from_edge = (((turn % 1 - 0.5).abs() - 0.25) * across)[None, None]
    line = (subject.px(0.0022, 0.8) - from_edge.abs() + 0.5).clamp(0, 1)
    return (from_edge + 0.5).clamp(0, 1), line
