"""Oil painting from discrete brush strokes, in layers from large to small.

Underpainting and layers after Hertzmann (1998): a layer has strokes only where the painting is still far from
the photo. The photo is first simplified to planes of colour; lights are painted thickly and darks thinly;
raking light from the upper left shows the relief of the paint.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import torch
from PIL import Image
from torch import Tensor

from ...imaging import tensors, windows
from ...imaging.filters import gaussian, luminance
from ...regions.background import plain_background
from .directions import gradients, stroke_directions, wide_gaussian
from .layers import LayerSettings, paint_layer


class OilLayer(NamedTuple):
    """Sizes in shares of the product's size; `density_gain`: 0 for strokes everywhere, else their probability
    per difference of full scale between photo and painting."""

    spacing: float
    length: float
    width: float
    max_difference: float
    colour_noise: float
    angle_noise: float
    density_gain: float


LAYERS: Final = (
    OilLayer(0.0300, 0.190, 0.0580, 0.170, 0.050, 0.55, 0),
    OilLayer(0.0150, 0.090, 0.0260, 0.120, 0.040, 0.40, 15),
    OilLayer(0.0066, 0.036, 0.0100, 0.085, 0.020, 0.30, 20),
    OilLayer(0.0032, 0.015, 0.0044, 0.060, 0.010, 0.20, 34),
)
MIN_WIDTH_PX: Final = 2.2  # narrower strokes cannot be seen as strokes
SATURATION: Final = 1.18
SIMPLIFY_ROUNDS: Final = 3
SIMPLIFY_RADIUS_SHARE: Final = 1 / 220
SIMPLIFY_STD: Final = 0.04  # of colour in a window, from which an edge is kept
UNDERPAINTING_SIGMA_SHARE: Final = 0.012
TOLERATED_DIFFERENCE: Final = 0.016  # from the photo, for which no smaller stroke is added
DARK_SENSITIVITY: Final = 0.35  # differences are relative to the luminance, from this share of white on
PAINT_LOAD: Final = (0.12, 0.85)  # paint height in the darks, and what full luminance adds
COVERED_HEIGHT_SHARE: Final = 0.25  # of the relief below that shows through a new stroke
REFERENCE_WIDTH_PX: Final = 9.0  # a stroke of this width has its footprint's own height
RELIEF: Final = 1.5
RELIEF_SIGMA_PX: Final = 0.7
LIGHT: Final = (-0.5, -0.6, 0.62)  # towards the light: right, down, out of the picture
AMBIENT: Final = 0.45
GLOSS, GLOSS_FROM = 0.10, 1.15


def paint_oil(photo: Tensor, size_px: float, layers: Sequence[OilLayer] = LAYERS) -> Tensor:
    """(1, 3, H, W) the photo (1, 3, H, W) in oil; stroke sizes are shares of `size_px`.

    The same photo at another resolution, with `size_px` in proportion, gives the same painting.
    """
    planes = simplify(saturate(photo, SATURATION), max(2, round(SIMPLIFY_RADIUS_SHARE * size_px)))
    angle, curvature = stroke_directions(planes, size_px)
    painting = wide_gaussian(planes, UNDERPAINTING_SIGMA_SHARE * size_px)
    height = torch.zeros_like(painting[:, :1])
    for seed, layer in enumerate(layers):
        width = layer.width * size_px
        if width < MIN_WIDTH_PX:
            continue
        settings = LayerSettings(
            spacing_px=layer.spacing * size_px,
            length_px=layer.length * size_px,
            width_px=width,
            max_difference=layer.max_difference,
            angle_noise=layer.angle_noise,
            colour_noise=layer.colour_noise,
        )
        reference = wide_gaussian(planes, max(0.6, width / 4))
        density = _density(planes, painting, layer, width)
        strokes = paint_layer(reference, angle, curvature, settings, density=density, seed=seed)
        painting = torch.lerp(painting, strokes.colour, strokes.covered)
        load = PAINT_LOAD[0] + PAINT_LOAD[1] * luminance(strokes.colour)
        thickness = strokes.height * load * (width / REFERENCE_WIDTH_PX) ** 0.6
        height = torch.where(strokes.covered > 0, COVERED_HEIGHT_SHARE * height + thickness, height)
    return light_relief(painting, height)


@torch.inference_mode()
def paint_photo_in_oil(photo: Image.Image, max_pixels: int) -> Image.Image:
    """An RGB photo in oil, painted at no more than `max_pixels`; plain backgrounds stay."""
    working = tensors.to_tensor(tensors.to_working_size(photo, max_pixels))
    painted = paint_oil(working, float(max(working.shape[2:])))
    return tensors.apply_change(photo, (1 - plain_background(working)) * (painted - working))


def simplify(photo: Tensor, radius_px: int, rounds: int = SIMPLIFY_ROUNDS) -> Tensor:
    """Planes of colour with their edges: a guided filter of the photo (1, 3, H, W) by itself, repeated."""
    for _ in range(rounds):
        moments = windows.mean(torch.cat([photo, photo.square().mean(1, keepdim=True)], 1), radius_px)
        mean = moments[:, :3]
        variance = (moments[:, 3:] - mean.square().mean(1, keepdim=True)).clamp(min=0)
        kept = windows.mean(variance / (variance + SIMPLIFY_STD**2), radius_px)
        photo = torch.lerp(mean, photo, kept)
    return photo


def saturate(photo: Tensor, factor: float) -> Tensor:
    grey = luminance(photo)
    return (grey + factor * (photo - grey)).clamp(0, 1)


def light_relief(painting: Tensor, height: Tensor) -> Tensor:
    """The painting (1, 3, H, W) in raking light on paint of a height (1, 1, H, W)."""
    right, down = (-RELIEF * slope for slope in gradients(gaussian(height, RELIEF_SIGMA_PX)))
    towards = [part / math.hypot(*LIGHT) for part in LIGHT]
    facing = towards[0] * right + towards[1] * down + towards[2]
    shade = facing / (1 + right.square() + down.square()).sqrt() / towards[2]
    gloss = GLOSS * (shade - GLOSS_FROM).clamp(0, 1)
    return (painting * (AMBIENT + (1 - AMBIENT) * shade) + gloss).clamp(0, 1)


def _density(planes: Tensor, painting: Tensor, layer: OilLayer, width_px: float) -> Tensor | None:
    if layer.density_gain == 0:
        return None
    brightness = DARK_SENSITIVITY + (1 - DARK_SENSITIVITY) * luminance(planes)
    missing = (planes - painting).abs().mean(1, keepdim=True) / brightness
    smooth = wide_gaussian(missing, max(1.0, width_px / 3))
    return (layer.density_gain * (smooth - TOLERATED_DIFFERENCE)).clamp(0, 1)
