"""Brush painting: layers of discrete strokes from large to small, with the relief of the paint.

Underpainting and layers after Hertzmann (1998): a layer has strokes only where the painting is still far from
the photo, and everywhere on lettering. The photo is first simplified to planes of colour. Lights are painted
thickly and darks thinly; raking light from the upper left shows the relief.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import torch
from torch import Tensor

from ...imaging.filters import luminance
from ..strokes.directions import gradients, wide_gaussian
from ..strokes.layers import LayerSettings, paint_layer_reduced
from .drawing import fine_focus
from .lines import contours, flow_mean
from .materials import light_relief
from .subject import Subject, rgb, simplify


class BrushLayer(NamedTuple):
    """Sizes in shares of the subject's size; `density_gain`: 0 for strokes everywhere, else their probability
    per difference of full scale between photo and painting; `tone_steps` as in `LayerSettings`."""

    spacing: float
    length: float
    width: float
    max_difference: float
    colour_noise: float
    angle_noise: float
    density_gain: float
    tone_steps: float


class Contour(NamedTuple):
    """Width in shares of the subject's size, contrast (see `contours`), colour and opacity."""

    width: float
    contrast: float
    colour: tuple[float, float, float]
    opacity: float


@dataclass(frozen=True)
class BrushStyle:
    """A way to paint with brushes.

    `relief`: slope of the lit paint per height; `gloss`: of the brightest slopes; `paint_load`: height in
    the darks, and what full luminance adds; `simplify_*`: window, rounds and edge std of the simplification;
    `support_share`: of `support` (RGB) in the underpainting; `streak`: relative change of colour by the
    height of the paint; `drawn_share`: length over which the bristles draw the paint out; `weave`: relative
    change of lightness by the canvas.
    """

    layers: Sequence[BrushLayer]
    relief: float = 1.4
    gloss: float = 0.08
    paint_load: tuple[float, float] = (0.12, 0.85)
    simplify_radius_share: float = 1 / 90
    simplify_rounds: int = 3
    simplify_std: float = 0.06
    support: tuple[float, float, float] = (0.0, 0.0, 0.0)
    support_share: float = 0.0
    contour: Contour | None = None
    form_contrast: float = 0.25
    streak: float = 0.2
    drawn_share: float = 0.022
    weave: float = 0.0


FORM_SIGMA_SHARE: Final = 0.03
DETAIL_SIGMA_SHARE: Final = 0.018
DENSE_SLOPE: Final = 16.0  # mean slope, in full scale per size of the subject, at which the relief is halved
MEAN_HEIGHT: Final = 0.5  # of the paint in a footprint
WEAVE_SHARE: Final = 1 / 240  # distance of the threads of the canvas
MIN_WIDTH_PX: Final = 2.2  # narrower strokes are not visible as strokes
UNDERPAINTING_SIGMA_SHARE: Final = 0.012
TOLERATED_DIFFERENCE: Final = 0.08  # from the photo, for which no smaller stroke is added
TOLERATED_FINE_DIFFERENCE: Final = 0.055  # by the smallest strokes
DARK_SENSITIVITY: Final = 0.35  # differences are relative to the luminance, from this share of white on
FOCUS_PRECISION: Final = 0.7  # part of the tolerated difference that is not tolerated in faces and details
TEXT_MAX_WIDTH_SHARE: Final = 0.012  # of the strokes that lettering always gets
FINE_WIDTH_SHARE: Final = 0.010  # of strokes that follow the details of the photo
COVERED_HEIGHT_SHARE: Final = 0.25  # of the relief below that shows through a new stroke
REFERENCE_WIDTH_PX: Final = 12.0  # a stroke of this width has its footprint's own height
HEIGHT_EXPONENT: Final = 0.85  # of the width: fine strokes are flat
REFERENCE_SIZE_PX: Final = 720.0  # of the subject, for which REFERENCE_WIDTH_PX holds


def paint(subject: Subject, style: BrushStyle) -> Tensor:
    """(1, 3, H, W) the subject in layers of strokes, lit from the upper left."""
    fine_planes = simplify(_deepen_forms(subject, style.form_contrast), subject.px(1 / 300, 1.5), 0.03, 2)
    planes = simplify(
        fine_planes, subject.px(style.simplify_radius_share, 2), style.simplify_std, style.simplify_rounds
    )
    painting = wide_gaussian(planes, subject.px(UNDERPAINTING_SIGMA_SHARE))
    if style.support_share:
        support = rgb(*style.support).to(painting)
        painting = torch.lerp(painting, support, style.support_share)
    height, focus = torch.zeros_like(painting[:, :1]), fine_focus(subject, broad=True)
    for seed, layer in enumerate(style.layers):
        if subject.px(layer.width) >= MIN_WIDTH_PX:
            source = fine_planes if layer.width < FINE_WIDTH_SHARE else planes
            painting, height = _add_layer(subject, style, layer, source, painting, height, focus, seed)
    painting, height = _draw_out(subject, style, painting, height)
    if style.contour:
        painting = _add_contour(subject, style.contour, planes, painting)
    if style.weave:
        painting = painting * (1 + style.weave * _canvas(subject))
    relief = height * _relief_share(subject, fine_planes)
    return light_relief(painting, relief, style.relief, style.gloss)


def _add_layer(  # noqa: PLR0917
    subject: Subject,
    style: BrushStyle,
    layer: BrushLayer,
    planes: Tensor,
    painting: Tensor,
    height: Tensor,
    focus: Tensor,
    seed: int,
) -> tuple[Tensor, Tensor]:
    """The painting and the height of its paint with one more layer."""
    width = subject.px(layer.width)
    settings = LayerSettings(
        spacing_px=subject.px(layer.spacing),
        length_px=subject.px(layer.length),
        width_px=width,
        max_difference=layer.max_difference,
        angle_noise=layer.angle_noise,
        colour_noise=layer.colour_noise,
        tone_steps=layer.tone_steps,
    )
    reference = wide_gaussian(planes, max(0.6, width / 4))
    density = _density(subject, planes, painting, layer, focus)
    strokes = paint_layer_reduced(reference, *subject.directions, settings, density, seed)
    load = style.paint_load[0] + style.paint_load[1] * luminance(strokes.colour)
    relative_width = width / REFERENCE_WIDTH_PX * REFERENCE_SIZE_PX / subject.size_px
    thickness = strokes.height * load * relative_width**HEIGHT_EXPONENT
    covered_height = COVERED_HEIGHT_SHARE * height + thickness
    paint_colour = strokes.colour * (1 + style.streak * (strokes.height - MEAN_HEIGHT))
    return (
        torch.lerp(painting, paint_colour, strokes.covered),
        torch.lerp(height, covered_height, strokes.covered),
    )


def _deepen_forms(subject: Subject, amount: float) -> Tensor:
    """The toned photo with more contrast between the sides of its forms, so that folds survive as planes."""
    tone = subject.tone
    forms = tone - wide_gaussian(tone, subject.px(FORM_SIGMA_SHARE))
    return (subject.toned * (1 + amount * forms / tone.clamp(min=0.15))).clamp(0, 1)


def _relief_share(subject: Subject, planes: Tensor) -> Tensor:
    """(1, 1, H, W) 1 on broad planes, less where details are dense: faces and lettering are painted flat."""
    right, down = gradients(luminance(planes))
    slope_per_size = (right.abs() + down.abs()) * subject.size_px
    dense = wide_gaussian(slope_per_size, subject.px(DETAIL_SIGMA_SHARE))
    return (1 - subject.text) / (1 + (dense / DENSE_SLOPE).square())


def _draw_out(subject: Subject, style: BrushStyle, painting: Tensor, height: Tensor) -> tuple[Tensor, Tensor]:
    """Colour and height of the paint, drawn out along the forms by the bristles; lettering less."""
    layers = torch.cat([painting, height], 1)
    drawn = flow_mean(layers, *subject.directions, subject.px(style.drawn_share, 2.0))
    layers = torch.lerp(drawn, layers, 0.7 * subject.text)
    return layers[:, :3], layers[:, 3:]


def _add_contour(subject: Subject, contour: Contour, planes: Tensor, painting: Tensor) -> Tensor:
    line = contours(
        luminance(planes),
        *subject.directions,
        subject.px(contour.width, 1.5),
        contour.contrast,
        threshold=0.012,
    )
    return torch.lerp(
        painting, rgb(*contour.colour).to(painting), contour.opacity * line * (1 - subject.text)
    )


def _canvas(subject: Subject) -> Tensor:
    """(1, 1, H, W) -1..1, plain weave of a canvas."""
    rows, columns = (
        torch.arange(side).to(subject.tone) * (math.pi / subject.px(WEAVE_SHARE, 2.0))
        for side in subject.tone.shape[2:]
    )
    return rows.sin()[None, None, :, None] * columns.sin()


def _density(
    subject: Subject, planes: Tensor, painting: Tensor, layer: BrushLayer, focus: Tensor
) -> Tensor | None:
    """Probability of a stroke; None for strokes everywhere."""
    if layer.density_gain == 0:
        return None
    brightness = DARK_SENSITIVITY + (1 - DARK_SENSITIVITY) * luminance(planes)
    missing = (planes - painting).abs().mean(1, keepdim=True) / brightness
    smooth = wide_gaussian(missing, max(1.0, subject.px(layer.width) / 3))
    tolerated = TOLERATED_FINE_DIFFERENCE if layer.width < FINE_WIDTH_SHARE else TOLERATED_DIFFERENCE
    density = (layer.density_gain * (smooth - tolerated * (1 - FOCUS_PRECISION * focus))).clamp(0, 1)
    return torch.maximum(density, subject.text) if layer.width < TEXT_MAX_WIDTH_SHARE else density
