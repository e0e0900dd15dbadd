"""Brush painting: layers of discrete strokes from large to small, with the relief of the paint.

Underpainting and layers after Hertzmann (1998): a layer has strokes where the painting is still far from the
photo, and everywhere on lettering. Textured strokes with a height after Hays and Essa (2004). The photo is
first simplified to planes of a few values, so that neither its texture nor its gradients are painted. Lights
are painted thickly and darks thinly; raking light from the upper left shows the relief.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import torch
from torch import Tensor

from ...imaging import windows
from ...imaging.filters import gaussian, luminance
from ..strokes.directions import gradients, wide_gaussian
from ..strokes.layers import LayerSettings, paint_layer_reduced
from .focus import fine_focus
from .lettering import drawn_letters
from .lines import contours
from .materials import light_relief
from .planes import difference, group_values, light_neutral, planes_of_colour, small_lights, white_beside
from .subject import Subject, rgb, simplify


class BrushLayer(NamedTuple):
    """`width` in shares of the subject's size, `length` and `spacing` in widths; `everywhere`: probability of
    a stroke where the painting is near to the photo, `gain`: what a difference of full scale adds to it."""

    width: float
    length: float
    spacing: float
    max_difference: float
    colour_noise: float
    angle_noise: float
    everywhere: float
    gain: float


class Contour(NamedTuple):
    """Width in shares of the subject's size, contrast (see `contours`), colour and opacity; `on_skin`: share
    of the opacity on people's skin, where a bold line reads as a bruise."""

    width: float
    contrast: float
    colour: tuple[float, float, float]
    opacity: float
    on_skin: float = 1.0


@dataclass(frozen=True)
class BrushStyle:
    """A way to paint with brushes.

    `opacity`: of the strokes; `warmth`: range of their warmth relative to that of their lightness;
    `values`: number of values into which tones are grouped, and how far; `plane_share`: size of the smallest
    plane of colour; `relief`: slope of the lit paint per height; `gloss`: of the brightest slopes;
    `paint_load`: height in the darks, and what full luminance adds; `support_share`: of `support` (RGB) in
    the underpainting; `streak`: relative change of colour by the height of the paint; `flow_share`: width
    over which directions are smoothed; `blend_share`: by which the underpainting is blurred, 0: crisp planes;
    `pale_calm`: share of the relief and of the colour of single strokes that light greys lack, as glass and
    white cloth, which would look crumpled; `least_width_px`: of the finest strokes, which are left out where
    they would be narrower than MIN_WIDTH_PX.
    """

    layers: Sequence[BrushLayer]
    shape: str = "brush"
    opacity: float = 1.0
    warmth: float = 1.0
    values: tuple[float, float] = (5, 0.6)
    plane_share: float = 1 / 90
    relief: float = 1.4
    gloss: float = 0.08
    paint_load: tuple[float, float] = (0.12, 0.85)
    support: tuple[float, float, float] = (0.0, 0.0, 0.0)
    support_share: float = 0.0
    contour: Contour | None = None
    form_contrast: float = 0.4
    streak: float = 0.2
    flow_share: float = 0.0
    blend_share: float = 0.012
    pale_calm: float = 0.0
    least_width_px: float = 0.0


FORM_SIGMA_SHARE: Final = 0.03
DETAIL_SIGMA_SHARE: Final = 0.018
DENSE_SLOPE: Final = 16.0  # mean slope, in full scale per size of the subject, at which the relief is halved
SKIN_SMOOTHNESS: Final = 0.65  # share of the relief that skin lacks: it would look wrinkled
SKIN_CALM: Final = 0.5  # share of the colour of single strokes that skin lacks
BACKGROUND_CALM: Final = 0.4  # and the background
DRAWN_LETTERS: Final = 0.85  # share of the drawn letters in those that the strokes give
PALE_SURROUNDINGS: Final = 0.85  # mean luminance beside the product from which they count as pale
SILHOUETTE_STEP: Final = 0.35  # luminance by which the product is set off for its contour
GLOSS_SHARE: Final = 0.04  # greatest radius of a light that has no contour
MEAN_HEIGHT: Final = 0.5  # of the paint in a footprint
MIN_WIDTH_PX: Final = 2.2  # narrower strokes are not visible as strokes
TOLERATED_DIFFERENCE: Final = 0.075  # from the photo, for which no smaller stroke is added
TOLERATED_FINE_DIFFERENCE: Final = 0.11  # by the smallest strokes
BACKGROUND_DETAIL: Final = 0.4  # of the fine strokes, relative to the product
FOCUS_PRECISION: Final = 0.7  # part of the tolerated difference that is not tolerated in faces and details
TEXT_MAX_WIDTH_SHARE: Final = 0.012  # of the strokes that lettering always gets
FINE_WIDTH_SHARE: Final = 0.010  # of strokes that follow the details of the photo
COVERED_HEIGHT_SHARE: Final = 0.25  # of the relief below that shows through a new stroke
REFERENCE_WIDTH_PX: Final = 12.0  # a stroke of this width has its footprint's own height
HEIGHT_EXPONENT: Final = 0.6  # of the width: fine strokes are flat
REFERENCE_SIZE_PX: Final = 720.0  # of the subject, for which REFERENCE_WIDTH_PX holds
REFERENCE_SIGMA_PX: Final = 0.8  # of the colours that strokes take: their edges are not ragged
WET_EDGE_PX: Final = 0.55  # std by which edges of strokes are antialiased


@dataclass(frozen=True, eq=False)
class Forms:
    """What is painted: `planes` of few values, `fine` forms for small strokes, `focus` 0..1; `calm`, 0..1:
    where single strokes differ less in colour; `pale`, 0..1: light greys that lack relief."""

    planes: Tensor
    fine: Tensor
    focus: Tensor
    calm: Tensor
    pale: Tensor
    directions: tuple[Tensor, Tensor]


def paint(subject: Subject, style: BrushStyle) -> Tensor:
    """(1, 3, H, W) the subject in layers of strokes, lit from the upper left."""
    forms = _forms(subject, style)
    painting = forms.planes
    if style.blend_share:
        painting = wide_gaussian(painting, subject.px(style.blend_share))
    painting = torch.lerp(painting, forms.fine, forms.focus)
    if style.support_share:
        open_share = style.support_share * (1 - forms.focus)
        painting = torch.lerp(painting, rgb(*style.support).to(painting), open_share)
    height = torch.zeros_like(painting[:, :1])
    for seed, layer in enumerate(style.layers):
        if subject.px(layer.width, style.least_width_px) >= MIN_WIDTH_PX:
            painting, height = _add_layer(subject, style, layer, forms, painting, height, seed)
    painting = gaussian(painting, WET_EDGE_PX)
    painting = torch.lerp(painting, drawn_letters(subject), DRAWN_LETTERS * subject.text)
    relief = height * _relief_share(subject, forms.fine) * (1 - forms.pale)
    return light_relief(painting, relief, style.relief, style.gloss)


def _forms(subject: Subject, style: BrushStyle) -> Forms:
    fine = simplify(_deepen_forms(subject, style.form_contrast), subject.px(1 / 300, 1.5), 0.03, 2)
    focus = fine_focus(subject, broad=True)
    planes = group_values(planes_of_colour(fine, subject.px(style.plane_share, 2.0)), *style.values)
    fine = torch.lerp(group_values(fine, *style.values), fine, focus)
    if style.contour:
        planes, fine = _add_contour(subject, style.contour, planes, fine)
    angle, curvature = subject.directions
    if style.flow_share:
        doubled = torch.cat([(2 * angle).cos(), (2 * angle).sin()], 1)
        doubled = wide_gaussian(doubled, subject.px(style.flow_share))
        angle = torch.atan2(doubled[:, 1:], doubled[:, :1]) / 2
    pale = style.pale_calm * light_neutral(planes)
    calm = torch.maximum(SKIN_CALM * subject.skin, BACKGROUND_CALM * (1 - subject.product))
    return Forms(planes, fine, focus, torch.maximum(calm, pale), pale, (angle, curvature))


def _add_layer(  # noqa: PLR0917
    subject: Subject,
    style: BrushStyle,
    layer: BrushLayer,
    forms: Forms,
    painting: Tensor,
    height: Tensor,
    seed: int,
) -> tuple[Tensor, Tensor]:
    """The painting and the height of its paint with one more layer."""
    width = subject.px(layer.width, style.least_width_px)
    settings = LayerSettings(
        spacing_px=layer.spacing * width,
        length_px=layer.length * width,
        width_px=width,
        max_difference=layer.max_difference,
        angle_noise=layer.angle_noise,
        colour_noise=layer.colour_noise,
        warmth=style.warmth,
        shape=style.shape if layer.width >= FINE_WIDTH_SHARE else "brush",
    )
    source = forms.fine if layer.width < FINE_WIDTH_SHARE else forms.planes
    density = _density(subject, style, source, painting, layer, forms.focus)
    strokes = paint_layer_reduced(
        gaussian(source, REFERENCE_SIGMA_PX), *forms.directions, settings, density, seed
    )
    load = style.paint_load[0] + style.paint_load[1] * luminance(strokes.colour)
    relative_width = width / REFERENCE_WIDTH_PX * REFERENCE_SIZE_PX / subject.size_px
    thickness = strokes.height * load * relative_width**HEIGHT_EXPONENT
    covered_height = COVERED_HEIGHT_SHARE * height + thickness
    paint_colour = strokes.colour * (1 + style.streak * (strokes.height - MEAN_HEIGHT))
    paint_colour = torch.lerp(paint_colour, source, forms.calm)
    return (
        torch.lerp(painting, paint_colour, style.opacity * strokes.covered),
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
    smooth = (1 - subject.text) * (1 - SKIN_SMOOTHNESS * subject.skin) * (1 - white_beside(subject))
    return smooth / (1 + (dense / DENSE_SLOPE).square())


def _add_contour(subject: Subject, contour: Contour, planes: Tensor, fine: Tensor) -> list[Tensor]:
    """Planes and fine forms with contours, which are then painted in strokes like any other form."""
    line = contours(
        luminance(planes) + _silhouette(subject),
        *subject.directions,
        subject.px(contour.width, 1.5),
        contour.contrast,
        threshold=0.012,
    )
    gloss = small_lights(luminance(planes), subject.px(GLOSS_SHARE))
    ink = contour.opacity * line * (1 - subject.text) * (1 - gloss)
    if contour.on_skin < 1:
        near = windows.maximum(subject.skin, max(1, round(subject.px(contour.width))))
        ink = ink * (1 - (1 - contour.on_skin) * near)
    return [torch.lerp(picture, rgb(*contour.colour).to(picture), ink) for picture in (planes, fine)]


def _silhouette(subject: Subject) -> Tensor:
    """(1, 1, H, W) what sets the product off from surroundings of the same luminance: it gets a contour."""
    beside = 1 - subject.product
    surroundings = (luminance(subject.photo) * beside).sum() / beside.sum().clamp(min=1)
    step = -SILHOUETTE_STEP if surroundings > PALE_SURROUNDINGS else SILHOUETTE_STEP
    return step * gaussian(subject.product, REFERENCE_SIGMA_PX)


def _density(  # noqa: PLR0917
    subject: Subject, style: BrushStyle, source: Tensor, painting: Tensor, layer: BrushLayer, focus: Tensor
) -> Tensor | None:
    """Probability of a stroke; None for strokes everywhere. A crisp underpainting stays at the focus."""
    if layer.everywhere >= 1:
        return 1 - focus if style.blend_share == 0 else None
    far = difference(source, painting, subject.px(layer.width) / 3)
    tolerated = TOLERATED_FINE_DIFFERENCE if layer.width < FINE_WIDTH_SHARE else TOLERATED_DIFFERENCE
    wanted = layer.gain * (far - tolerated * (1 - FOCUS_PRECISION * focus))
    if layer.width < FINE_WIDTH_SHARE:
        wanted = wanted * (BACKGROUND_DETAIL + (1 - BACKGROUND_DETAIL) * subject.product)
    density = (layer.everywhere + wanted.clamp(min=0)).clamp(0, 1)
    lettered = style.blend_share > 0 and layer.width < TEXT_MAX_WIDTH_SHARE
    return torch.maximum(density, subject.text) if lettered else density
