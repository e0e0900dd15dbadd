"""Media of dots: pointillist painting."""

from typing import Final, NamedTuple

import torch
from torch import Tensor

from ...imaging.filters import gaussian, luminance
from ..strokes.directions import wide_gaussian
from ..strokes.layers import LayerSettings, paint_layer
from .focus import face_area
from .materials import light_relief
from .planes import VIVID, light_neutral
from .shapes import rise, with_lettering
from .subject import Subject, rgb, saturate, simplify
from .tesserae import detail


class DotLayer(NamedTuple):
    """Sizes in shares of the subject's size; `division`: of the dot's colour from the local colour, towards
    the hue `in_light` in light places and `in_shade` in dark ones; `everywhere`: share of places with a dot,
    and `fine`: what full detail adds to it."""

    spacing: float
    size: float
    max_difference: float
    colour_noise: float
    division: float
    everywhere: float
    fine: float
    in_light: tuple[float, float, float] = (0, 0, 0)
    in_shade: tuple[float, float, float] = (0, 0, 0)


# Changes of colour of about the same luminance: single dots of other tones would look like gravel.
ORANGE: Final = (0.80, -0.05, -1.50)
BLUE: Final = (-0.80, 0.05, 1.50)
YELLOW_TINT: Final = (0.35, 0.12, -1.80)
VIOLET_TINT: Final = (0.35, -0.22, 1.10)
TEAL: Final = (-0.80, 0.26, 0.10)
ROSE: Final = (0.80, -0.28, 0.40)
LAYERS: Final = (
    DotLayer(0.0165, 0.0205, 0.18, 0.015, 0.0, 1.0, 0.0),
    DotLayer(0.0185, 0.0185, 0.17, 0.020, 0.17, 0.62, 0.0, ORANGE, ROSE),
    DotLayer(0.0185, 0.0180, 0.17, 0.020, 0.17, 0.62, 0.0, BLUE, TEAL),
    DotLayer(0.0175, 0.0165, 0.15, 0.020, 0.13, 0.50, 0.0, YELLOW_TINT, VIOLET_TINT),
    DotLayer(0.0086, 0.0106, 0.13, 0.025, 0.08, 0.0, 1.0, ORANGE, ROSE),
    DotLayer(0.0086, 0.0100, 0.13, 0.025, 0.08, 0.0, 0.7, BLUE, BLUE),
    DotLayer(0.0046, 0.0062, 0.10, 0.020, 0.0, 0.0, 1.0),
)
LIGHT_FROM: Final = (0.30, 0.60)  # tone up to which a place is dark, and from which it is light
DOT_WARMTH: Final = 2.5  # range of the warmth of dots relative to that of their lightness
FROM_DETAIL: Final = (0.03, 0.060)  # detail where small dots begin, and where the smallest do
DETAIL_RANGE: Final = 0.02
SMALL: Final = 0.008  # size of the smallest dots
NEUTRAL_DIVISION: Final = 0.45  # of light greys, which would turn to gravel
LETTERING: Final = 0.75  # share of the drawn lettering in the dots on it
FACE_DRAWN: Final = 0.35  # and of the features of a face
DOT_SKIN_CALM: Final = 0.25  # of the contrast of dots that skin loses
SKIN_LOCAL: Final = 0.5  # and of their division
CALM: Final = 0.15  # of the contrast of dots that light greys lose
SUPPORT: Final = (0.93, 0.88, 0.79)
SUPPORT_SHARE: Final = 0.22
MIN_SIZE_PX: Final = 2.2
RELIEF_SLOPE: Final = 1.15
RELIEF: Final = 0.22


def pointillist(subject: Subject) -> Tensor:
    """Oil in dots of divided colour on a toned support, after Seurat and Signac (Signac 1899).

    Each layer of dots deviates from the local colour towards a hue of its own, warm or cold, so that together
    they average to it nearly; the dots are small at faces, lettering and small forms.
    """
    planes = simplify(subject.toned, subject.px(1 / 170, 2), 0.06, 3)
    face = face_area(subject)
    fine = torch.maximum(detail(subject), 0.11 * torch.maximum(subject.text, face))
    angle = torch.zeros_like(planes[:, :1])
    sharp = with_lettering(subject, simplify(subject.toned, subject.px(1 / 400, 1), 0.035, 2))
    underpainting = wide_gaussian(planes, subject.px(0.012))
    # Bare support is visible between the dots in the lights only: in the shade it would sparkle.
    painting = torch.lerp(
        underpainting, rgb(*SUPPORT).expand_as(underpainting), SUPPORT_SHARE * luminance(underpainting)
    )
    height = torch.zeros_like(angle)
    for seed, layer in enumerate(LAYERS):
        size_px = subject.px(layer.size, MIN_SIZE_PX)
        settings = LayerSettings(
            spacing_px=size_px * layer.spacing / layer.size,
            length_px=size_px,
            width_px=size_px,
            max_difference=layer.max_difference,
            angle_noise=0,
            colour_noise=layer.colour_noise,
            warmth=DOT_WARMTH,
            size_noise=0.3,
            shape="dab",
            variants=1,
        )
        start = FROM_DETAIL[layer.size < SMALL]
        density = layer.everywhere + layer.fine * ((fine - start) / DETAIL_RANGE).clamp(0, 1)
        source = planes if layer.everywhere else sharp
        colours = torch.lerp(divided(source, layer, size_px), source, SKIN_LOCAL * subject.skin)
        dots = paint_layer(colours, angle, angle, settings, density=density, seed=seed)
        painting = torch.lerp(painting, dots.colour.clamp(0, 1), dots.covered)
        height = torch.where(dots.covered > 0, 0.3 * height + RELIEF * dots.height, height)
    painting = torch.lerp(painting, sharp, torch.maximum(LETTERING * subject.text, FACE_DRAWN * face))
    calm = torch.maximum(CALM * light_neutral(underpainting), DOT_SKIN_CALM * subject.skin * (1 - face))
    calm = calm * (1 - subject.text)
    return light_relief(
        torch.lerp(painting, underpainting, calm), height * (1 - calm), RELIEF_SLOPE, gloss=0.0
    )


def divided(planes: Tensor, layer: DotLayer, size_px: float) -> Tensor:
    """The colours of dots, shifted towards the layer's hue, and purer the further they are shifted."""
    local = gaussian(planes, max(0.5, size_px / 6))
    if not layer.division:
        return local
    tone = luminance(local)
    # No glaring dots in blacks and whites.
    room = ((4 * tone * (1 - tone)).sqrt() * (0.4 + 1.6 * tone).clamp(max=1)).clamp(min=0.15)
    vivid = ((local.amax(1, keepdim=True) - local.amin(1, keepdim=True)) / VIVID).clamp(0, 1)
    room = room * (0.6 + 0.4 * vivid) * (1 - (1 - NEUTRAL_DIVISION) * light_neutral(local))
    hue = torch.lerp(rgb(*layer.in_shade), rgb(*layer.in_light), rise(tone, *LIGHT_FROM))
    return (saturate(local, 1.2) + layer.division * room * hue).clamp(0, 1)
