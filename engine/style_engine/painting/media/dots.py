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
from .shapes import with_lettering
from .subject import Subject, rgb, saturate, simplify
from .tesserae import detail


class DotLayer(NamedTuple):
    """Sizes in shares of the subject's size; `division`: of the dot's colour from the local colour, along the
    axis from blue to orange (positive: orange); `everywhere`: share of places with a dot, and `fine`: what
    full detail adds to it."""

    spacing: float
    size: float
    max_difference: float
    colour_noise: float
    division: float
    everywhere: float
    fine: float


LAYERS: Final = (
    DotLayer(0.0100, 0.0128, 0.20, 0.045, 0.0, 1.0, 0.0),
    DotLayer(0.0104, 0.0116, 0.18, 0.045, 0.11, 0.62, 0.0),
    DotLayer(0.0104, 0.0112, 0.18, 0.045, -0.11, 0.62, 0.0),
    DotLayer(0.0098, 0.0100, 0.16, 0.045, 0.0, 0.50, 0.0),
    DotLayer(0.0060, 0.0078, 0.13, 0.09, 0.08, 0.0, 1.0),
    DotLayer(0.0060, 0.0072, 0.13, 0.09, -0.08, 0.0, 0.7),
    DotLayer(0.0040, 0.0056, 0.10, 0.10, 0.0, 0.0, 1.0),
)
FROM_DETAIL: Final = (0.03, 0.060)  # detail where small dots begin, and where the smallest do
DETAIL_RANGE: Final = 0.02
SMALL: Final = 0.006  # size of the smallest dots
NEUTRAL_DIVISION: Final = 0.15  # of light greys, which would turn to gravel
LETTERING: Final = 0.75  # share of the drawn lettering in the dots on it
FACE_DRAWN: Final = 0.35  # and of the features of a face
SKIN_CALM: Final = 0.5  # of the contrast of dots, and of their division, that skin loses
CALM: Final = 0.45  # of the contrast of dots that light greys lose
ORANGE_SHIFT: Final = (1.0, 0.15, -1.35)  # orange against blue, of about the same luminance
SUPPORT: Final = (0.93, 0.88, 0.79)
SUPPORT_SHARE: Final = 0.22
MIN_SIZE_PX: Final = 2.2
RELIEF_SLOPE: Final = 1.15
RELIEF: Final = 0.30


def pointillist(subject: Subject) -> Tensor:
    """Oil in dots of divided colour on a toned support, after Seurat and Signac (Signac 1899).

    Each layer of dots deviates from the local colour towards orange or blue, so that together they average
    to it; the dots are small at faces, lettering and small forms.
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
            size_noise=0.3,
            shape="dab",
            variants=1,
        )
        start = FROM_DETAIL[layer.size < SMALL]
        density = layer.everywhere + layer.fine * ((fine - start) / DETAIL_RANGE).clamp(0, 1)
        source = planes if layer.everywhere else sharp
        colours = torch.lerp(divided(source, layer.division, size_px), source, SKIN_CALM * subject.skin)
        dots = paint_layer(colours, angle, angle, settings, density=density, seed=seed)
        painting = torch.lerp(painting, dots.colour.clamp(0, 1), dots.covered)
        height = torch.where(dots.covered > 0, 0.3 * height + RELIEF * dots.height, height)
    painting = torch.lerp(painting, sharp, torch.maximum(LETTERING * subject.text, FACE_DRAWN * face))
    calm = torch.maximum(CALM * light_neutral(underpainting), SKIN_CALM * subject.skin * (1 - face))
    calm = calm * (1 - subject.text)
    return light_relief(
        torch.lerp(painting, underpainting, calm), height * (1 - calm), RELIEF_SLOPE, gloss=0.0
    )


def divided(planes: Tensor, division: float, size_px: float) -> Tensor:
    """The colours of dots, shifted along orange and blue, and purer the further they are shifted."""
    local = gaussian(planes, max(0.5, size_px / 6))
    if not division:
        return local
    tone = luminance(local)
    room = (4 * tone * (1 - tone) * (0.3 + 1.4 * tone).clamp(max=1)).clamp(
        0.15, 1
    )  # no glaring dots in blacks and whites
    vivid = ((local.amax(1, keepdim=True) - local.amin(1, keepdim=True)) / VIVID).clamp(0, 1)
    room = room * (0.6 + 0.4 * vivid) * (1 - (1 - NEUTRAL_DIVISION) * light_neutral(local))
    return (saturate(local, 1.15) + division * room * rgb(*ORANGE_SHIFT)).clamp(0, 1)
