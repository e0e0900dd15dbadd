"""Washes of transparent colour in layers, from light to dark.

Colour is optical density, so that layers add up. A picture is a first wash of flat shapes, and glazes of
smaller shapes, each added where the picture is not yet as dark as the target (Bousseau et al. 2006).
"""

import math
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging import windows
from ...imaging.filters import gaussian, luminance
from ...imaging.tensors import area_resize
from ..strokes.directions import gradients, wide_gaussian
from .materials import fractal_noise
from .subject import Subject, rgb, simplify
from .wash_settings import Glaze, Washes

LEAST_REFLECTANCE: Final = 0.04
SHADOW_PIGMENT: Final = rgb(1.0, 0.0, -1.2)  # of a shadow glaze: it is cooler than the local colour
WARM_TO_COOL: Final = rgb(1.0, 0.2, -1.0)
PALE_SHADOW: Final = rgb(1.15, 1.0, 0.85)  # relative density of the shadow on white things
BROAD_SIZE_PX: Final = 250  # of the product on the copy on which broad shapes are found
FINE_GLAZE: Final = 0.004  # size, in shares of the product's, below which edges dry with less pigment


def flat_shapes(picture: Tensor, radius_px: float, rounds: int) -> Tensor:
    """Flat shapes with crisp, rounded edges: each pixel takes the calmest of nine windows around it.

    Kuwahara filter with weights of the variance (Papari et al. 2007), repeated.
    """
    radius = max(1, round(radius_px))
    height, width = picture.shape[2:]
    diagonal = max(1, round(0.75 * radius))
    offsets = [(0, radius), (0, -radius), (radius, 0), (-radius, 0)]
    offsets += [(y, x) for y in (-diagonal, diagonal) for x in (-diagonal, diagonal)]
    for _ in range(rounds):
        moments = windows.mean(torch.cat([picture, picture.square().mean(1, keepdim=True)], 1), radius)
        mean = moments[:, :3]
        variance = (moments[:, 3:] - mean.square().mean(1, keepdim=True)).clamp(min=0)
        weight = (1 + variance / 4e-4).square().square().reciprocal()
        weighted = torch.cat([mean * weight, weight], 1)
        total = weighted.clone()
        padded = F.pad(weighted, (radius,) * 4, "replicate")
        for y, x in offsets:
            total += padded[:, :, radius + y : radius + y + height, radius + x : radius + x + width]
        picture = total[:, :3] / total[:, 3:]
    return picture


def density_of(picture: Tensor) -> Tensor:
    """Optical density of a picture, 0 for white paper."""
    return -picture.clamp(min=LEAST_REFLECTANCE, max=1.0).log()


def thinned(density: Tensor, paper: float) -> Tensor:
    """Less by `paper`, and in the lights by a share of the density, so that no pale wash ends abruptly."""
    return density - paper * (1 - torch.exp(-density / paper)) if paper else density


def noise_of(subject: Subject, period: float, seed: int, octaves: int = 2) -> Tensor:
    """Noise of a period in shares of the product's size, on a reduced copy where it is smooth."""
    height, width = subject.photo.shape[2:]
    period_px = subject.px(period, 1.5)
    factor = max(1, int(period_px / 2 ** (octaves + 1)))
    rows, columns = -(-height // factor), -(-width // factor)
    noise = fractal_noise(rows, columns, period_px / factor, seed, octaves)
    if factor == 1:
        return noise
    full = F.interpolate(noise, scale_factor=factor, mode="bilinear")
    return full[:, :, :height, :width]


def _displaced(plane: Tensor, right_px: Tensor, down_px: Tensor) -> Tensor:
    """The plane (1, C, H, W) sampled at displaced places; displacements (1, 1, H, W)."""
    height, width = plane.shape[2:]
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    grid = torch.stack([(x + right_px[0, 0]) * 2 / width - 1, (y + down_px[0, 0]) * 2 / height - 1], -1)
    return F.grid_sample(plane, grid[None], padding_mode="border", align_corners=False)


def wobbly(subject: Subject, plane: Tensor, amplitude: float) -> Tensor:
    """The plane with faint boundaries that waver as a hand does; strong edges and lettering keep theirs."""
    free = subject.px(1) * (1 - subject.text) * (1 - small_features(subject)) * (1 - strong_edges(subject))
    shift = (free * amplitude * noise_of(subject, 0.035, 11 + 9 * axis) for axis in range(2))
    return _displaced(plane, *shift)


def strong_edges(subject: Subject) -> Tensor:
    """0..1, high around the edges of forms and of the product, which stay where they are."""
    planes = torch.cat([subject.photo, 0.4 * subject.product], 1)
    smooth = gaussian(planes, subject.px(0.003, 0.7))
    right, down = gradients(smooth)
    slope = (right.square() + down.square()).amax(1, keepdim=True).sqrt() * subject.px(0.006, 1.4)
    near = wide_gaussian(((slope - 0.03) * 16).clamp(0, 1), subject.px(0.010, 1.0))
    return (4 * near).clamp(0, 1)


def small_features(subject: Subject) -> Tensor:
    """0..1, high where the photo has small features, as faces and buckles have."""
    fine = luminance(subject.photo)
    # Saturated, so that one strong edge, which fills little of a neighbourhood, does not count as many.
    deviation = torch.tanh(30 * (fine - gaussian(fine, subject.px(0.006, 1))).abs())
    return ((wide_gaussian(deviation, subject.px(0.026, 1.5)) - 0.34) * 5).clamp(0, 1)


def washed(subject: Subject, picture: Tensor, washes: Washes) -> Tensor:
    """Density (1, 3, H, W) of a first wash and of glazes over it, each nearer to the picture."""
    size = picture.shape[2:]
    factor = max(1, int(subject.size_px / BROAD_SIZE_PX))
    small = _reduced(subject, factor)
    broad = _broad_washes(small, area_resize(picture, small.photo) if factor > 1 else picture, washes)
    broad = F.interpolate(broad, size=size, mode="bilinear") if factor > 1 else broad
    painted, local, shapes, kept, focus, variation = broad.split((3, 3, 3, 1, 1, 3), 1)
    share = washes.background + (1 - washes.background) * focus
    # Around the product the shapes stay as broad as those of the layer before.
    finest = flat_shapes(picture, subject.px(1.1 * washes.glazes[-1].size, 1.0), 1)
    broad = washes.fine * torch.lerp(torch.full_like(focus, 0.3), torch.ones_like(focus), focus)
    shapes = torch.lerp(shapes, finest, torch.maximum(broad, _kept_fine(subject, washes)))
    aim = _aim(density_of(shapes) * kept, local, share, washes)
    painted = _glazed(subject, painted, aim, washes.glazes[-1], washes.warmth, 45)
    density: Tensor = painted * ((luminance(aim) - 0.008) / 0.03).clamp(0, 1) * variation
    return density + _silhouette(subject, density, washes)


def _kept_fine(subject: Subject, washes: Washes) -> Tensor:
    """(1, 1, H, W) 0..1: small features, lettering and skin, whose fine shapes are kept by broad washes."""
    if washes.fine == 1:
        return torch.zeros_like(subject.product)
    return (2 * small_features(subject) * subject.product + subject.text + subject.skin).clamp(max=1)


def _reduced(subject: Subject, factor: int) -> Subject:
    """The subject on a copy that is smaller by a factor."""
    if factor == 1:
        return subject
    height, width = (-(-side // factor) for side in subject.photo.shape[2:])
    planes = (subject.photo, subject.toned, subject.product, subject.text, subject.skin)
    return Subject(*(area_resize(plane, (height, width)) for plane in planes))


def _broad_washes(subject: Subject, picture: Tensor, washes: Washes) -> Tensor:
    """(1, 14, H, W): density, density of the broad masses, flat shapes, their steps, focus, variation."""
    px = subject.px
    mass = flat_shapes(simplify(picture, px(0.020, 1.0), 0.12, 2), px(0.007, 1.0), 2)
    focus = torch.maximum(wide_gaussian(subject.product, px(0.02, 1.0)), subject.text)
    share = washes.background + (1 - washes.background) * focus
    kept = _steps_of(density_of(mass), washes, 0.03 * noise_of(subject, 0.09, 19))
    local = thinned(density_of(mass), washes.paper) * share
    painted = washes.first * local
    painted = painted + _dried_edge(subject, painted, 1.8, 3)
    for index, glaze in enumerate(washes.glazes[:-1]):
        shapes = flat_shapes(picture, px(1.1 * glaze.size, 1.0), 2)
        aim = _aim(density_of(shapes) * kept, local, share, washes)
        painted = _glazed(subject, painted, aim, glaze, washes.warmth, 31 + 7 * index)
    temperature = 1 + washes.warmth * noise_of(subject, 0.22, 8) * WARM_TO_COOL
    variation = _faded(subject, painted, washes) * (1 + washes.flow * _flow(subject, mass)) * temperature
    return torch.cat([painted, local, shapes, kept, focus, variation], 1)


def _aim(density: Tensor, local: Tensor, share: Tensor, washes: Washes) -> Tensor:
    """The density to paint: lights and shadows of a form exaggerated around its local tone."""
    aim = thinned(density, washes.paper) * share
    # Limited, because the broad shapes smear into pale surroundings, which would get a white fringe.
    exaggerated: Tensor = aim * (1 + (washes.form * (aim - local) / (aim + 0.1)).clamp(-0.2, 0.6))
    return exaggerated


def _steps_of(density: Tensor, washes: Washes, meander: Tensor) -> Tensor:
    """Factor that draws a density towards a few strengths of wash, with meandering borders."""
    amount = luminance(density).clamp(min=1e-3)
    level = washes.steps * amount.sqrt()
    turn = 2 * math.pi * (level + meander)
    stepped = (level - washes.stepping * turn.sin() / (2 * math.pi)).clamp(min=0) / washes.steps
    return (stepped.square() / amount).clamp(0.5, 1.6)


def _silhouette(subject: Subject, density: Tensor, washes: Washes) -> Tensor:
    """A tint over the palest parts of the product, and its edge, where a wash dries darker than inside."""
    amount = luminance(density)
    smooth = gaussian(subject.product, subject.px(0.0012, 0.7))
    inside = (smooth - gaussian(smooth, subject.px(0.006, 1.0))).clamp(0, 0.5)
    varied = (1 + 0.5 * noise_of(subject, 0.07, 23)).clamp(0.4, 1.6)
    hue = (density + 0.04 * PALE_SHADOW) / (amount + 0.04)
    # None where the photo is pure white, which may be background within a handle.
    toned = gaussian(((1 - subject.photo.amin(1, keepdim=True)) * 25).clamp(0, 1), subject.px(0.003, 0.7))
    tint = washes.tint * smooth * toned * torch.exp(-amount / 0.06) * PALE_SHADOW
    return tint + washes.edge * inside * varied * hue * torch.exp(-0.7 * amount)


def _faded(subject: Subject, density: Tensor, washes: Washes) -> Tensor:
    """Share of the density that stays: a wash starts pale at the upper left, where the light comes from."""
    reach = subject.px(washes.fade_reach, 1.0)
    amount = luminance(density)
    shift = torch.full_like(amount, -0.8 * reach)
    beyond = _displaced(wide_gaussian(amount, 0.7 * reach), shift, shift)
    paler = (1 - (beyond + 0.05) / (amount + 0.05)).clamp(0, 1)
    return 1 - washes.fade * paler * (1 - (amount - 0.4).clamp(0, 0.9))


def _flow(subject: Subject, mass: Tensor) -> Tensor:
    """Turbulent flow of the pigment, different in neighbouring washes of different colours."""
    red, green, blue = mass.split(1, 1)
    phase = 9 * (red - blue) + 7 * green
    flow: Tensor = 0.7 * (
        phase.cos() * noise_of(subject, 0.26, 1, 4) + phase.sin() * noise_of(subject, 0.26, 5, 4)
    )
    return flow


def _dried_edge(subject: Subject, density: Tensor, strength: float, seed: int) -> Tensor:
    """Pigment carried to the boundary of a wash while it dries: inside it only, more in some places."""
    inside = (density - gaussian(density, subject.px(0.0032, 0.7))).clamp(0, 0.6)
    return strength * inside * (1 + 0.8 * noise_of(subject, 0.06, seed)).clamp(0, 2.2)


def _shape(subject: Subject, missing: Tensor, glaze: Glaze, drying: Tensor, seed: int) -> Tensor:
    """Coverage 0..1 of smooth shapes where `missing`, in units of the glaze's difference, exceeds one.

    The weighted median of an indicator: a blurred indicator above one half (Merriman, Bence and Osher 1992).
    Wet edges are soft, mainly towards the light at the upper left.
    """
    sigma = subject.px(glaze.size, 0.6)
    blurred = gaussian(torch.sigmoid((missing - 1) * 2.5), sigma)
    centred = blurred - 0.5 + 0.07 * noise_of(subject, 0.03, seed)
    crisp = (centred * sigma * 3.0 + 0.5).clamp(0, 1)
    soft = wide_gaussian(centred, 2 * sigma + 0.5)
    right, down = gradients(soft)
    towards_light = (0.6 * right + 0.8 * down) / (right.square() + down.square() + 1e-6).sqrt()
    noise = noise_of(subject, 0.09, seed + 3, 1)
    wet = glaze.wet * (1 + 0.9 * towards_light) + 0.4 * glaze.wet * noise
    wet = (wet + drying).clamp(0, 1)
    return torch.lerp(crisp, (soft * 1.7 + 0.5).clamp(0, 1), wet)


def _form_edges(subject: Subject, amount: Tensor) -> Tensor:
    """0..1, high near places where the density of flat shapes jumps."""
    amount = gaussian(amount.clamp(max=1.5), subject.px(0.0016, 0.7))
    right, down = gradients(amount)
    slope = (right.square() + down.square()).sqrt() * subject.px(0.006, 1.4) / (0.25 + amount)
    return (3 * wide_gaussian(((slope - 0.10) * 8).clamp(0, 1), subject.px(0.006, 1.0))).clamp(0, 1)


def _flat(subject: Subject, amount: Tensor, coverage: Tensor, size: float) -> Tensor:
    """An amount nearer to its mean over the covered neighbourhood: a wash has one strength over its shape."""
    means = wide_gaussian(torch.cat([amount * coverage, coverage], 1), subject.px(3 * size, 1.0))
    return torch.lerp(amount, means[:, :1] / (means[:, 1:] + 1e-3), 0.8)


def _glazed(  # noqa: PLR0917
    subject: Subject, painted: Tensor, aim: Tensor, glaze: Glaze, warmth: float, seed: int
) -> Tensor:
    """With one more glaze: darker shapes in the hue of the aim, and shapes that the washes leave lighter."""
    have, want = luminance(painted), luminance(aim)
    # In the lights a smaller difference shows.
    difference = glaze.difference * (0.5 + 0.8 * want).clamp(max=1.3)
    # Across a gentle slope of the tone the wash is still wet; at the edge of a form it is dry.
    drying = glaze.blend * (1 - _form_edges(subject, want))
    darker = _shape(subject, (want - have) / difference, glaze, drying, seed)
    amount = _flat(subject, (want - have).clamp(min=0), darker, glaze.size)
    hue = (aim + 0.02) / (want + 0.02) * (1 + warmth * SHADOW_PIGMENT)
    added = glaze.strength * amount * darker * hue
    added = added + _dried_edge(subject, added, 2.3 * min(1.0, glaze.size / FINE_GLAZE), seed + 1)
    lighter = _shape(subject, (have - want) / difference, glaze, drying, seed + 2)
    kept = _flat(subject, (want / (have + 1e-3)).clamp(0, 1), lighter, glaze.size)
    return painted * (1 - glaze.strength * lighter * (1 - kept)) + added
