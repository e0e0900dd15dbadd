"""Cels: flat paint in light, base and shadow: animation cel and flat vector illustration."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging.filters import luminance
from ..strokes.directions import wide_gaussian
from .abstraction import Abstraction, abstracted, features, flesh_of, scene_behind
from .inking import rounded_light
from .keylines import key_lines, seams
from .shapes import crisp_lettering, reduced
from .steps import at_tone, rise, soft_steps
from .subject import PRODUCT_THRESHOLD, Subject, rgb, saturate

GRAPHIC_INK: Final = (0.06, 0.055, 0.075)
CEL_EDGE_SOFTNESS: Final = 0.03  # of a tone relative to its form's
TONE_OFFSET: Final = 0.025  # added to both tones of a ratio, so that it is defined in the darks
SHADOW_SHARE: Final = 0.30  # of a product's area that is darker than its first level
LIGHT_SHARE: Final = 0.10  # and lighter than its last one
SHADOW_RANGE, LIGHT_RANGE = (0.84, 0.95), (1.08, 1.22)  # of those levels
SHADOW_EXPONENT: Final = 2.0  # by which colours are deepened per share of lost tone
SHADOW_COLOUR: Final = 0.6
BACKGROUND_LIFT: Final = 0.75  # exponent of tones behind the product of a scene


class Cel(NamedTuple):
    """`values`: tones of shadow, base and light relative to a form's; `deep`: of its deepest shadow.

    `rounding`: sigma by which boundaries are rounded, in shares of the size; `flatness`: share of the form's
    mean tone; `solid`: how far light on the product as a rounded solid counts.
    """

    values: Sequence[float]
    deep: float
    rounding: float
    flatness: float
    solid: float


CARTOON: Final = Cel((0.82, 1.0, 1.13), 0.68, 0.006, 0.85, 0.20)
FLAT: Final = Cel((0.80, 1.0, 1.11), 0.64, 0.010, 0.92, 0.12)
SKIN_CEL: Final = Cel((0.84, 1.0, 1.06), 0.72, 0.005, 0.55, 0.0)


def cartoon(subject: Subject) -> Tensor:
    """Animation cel: flat paint in light, base and shadow, and an ink line of varied weight."""
    shapes = abstracted(subject, 0.011)
    painted = saturate(celled(shapes, CARTOON), 1.08)
    painted = brighter_behind(shapes, painted)
    painted = torch.lerp(painted, 1.3 * painted + 0.10, seams(shapes, 0.011)).clamp(0, 1)
    inked = torch.lerp(painted, 0.12 * painted + rgb(*GRAPHIC_INK), key_lines(shapes, 1.2))
    return crisp_lettering(subject, inked, 1 - flesh_of(subject))


def flat(subject: Subject) -> Tensor:
    """Flat vector illustration: few clean shapes of one colour each, small details kept."""
    shapes = abstracted(subject, 0.016)
    painted = brighter_behind(shapes, celled(shapes, FLAT))
    return crisp_lettering(subject, painted, 1 - flesh_of(subject))


def celled(shapes: Abstraction, cel: Cel) -> Tensor:
    """The colours of shapes with their tones in steps; features of faces stay as they are."""
    subject, form = shapes.subject, shapes.form_mean
    flesh = flesh_of(subject)
    keep = torch.maximum(shapes.detail, features(subject))
    light = relative_light(shapes)
    paint = torch.lerp(shapes.tone, form, cel.flatness) * stepped(shapes, light, cel)
    skin = torch.lerp(shapes.tone, form, SKIN_CEL.flatness) * stepped(shapes, light, SKIN_CEL)
    tone = torch.lerp(torch.lerp(paint, skin, flesh), shapes.tone, keep)
    return shaded(shapes, tone)


def shaded(shapes: Abstraction, tone: Tensor) -> Tensor:
    """The colours of shapes at other tones; shadows are deeper colours, not colours with black."""
    plain = at_tone(shapes.colours, shapes.tone, tone)
    share = (1 - (tone + TONE_OFFSET) / (shapes.tone + TONE_OFFSET)).clamp(0, 0.5)
    deeper = shapes.colours.clamp(min=1e-3) ** (1 + SHADOW_EXPONENT * share)
    return torch.lerp(plain, deeper, SHADOW_COLOUR * rise(share, 0.0, 0.1))


def relative_light(shapes: Abstraction) -> Tensor:
    """(1, 1, H, W) tone relative to that of its form."""
    return (shapes.tone + TONE_OFFSET) / (shapes.form_mean + TONE_OFFSET)


def stepped(shapes: Abstraction, light: Tensor, cel: Cel) -> Tensor:
    """Steps of a relative light with smooth, crisp boundaries, at levels that suit the product."""
    subject = shapes.subject
    light = light + cel.solid * rounded_light(subject) * (1 - shapes.detail) * rise(
        shapes.form_mean, 0.97, 0.85
    )
    small = reduced(subject, light)
    sigma = max(1.0, cel.rounding * subject.size_px * small.shape[3] / light.shape[3])
    smooth = F.interpolate(wide_gaussian(small, sigma), size=light.shape[2:], mode="bicubic")
    smooth = torch.lerp(smooth, light, rise((smooth - light).abs(), 0.06, 0.15))
    shadow, high = light_levels(small, reduced(subject, subject.product))
    deep = 1 - 2.2 * (1 - shadow)
    values = (cel.deep, *cel.values)
    return soft_steps(smooth, (deep, shadow, high), values, CEL_EDGE_SOFTNESS)


def light_levels(light: Tensor, product: Tensor) -> tuple[float, float]:
    """Relative light below which the product is in shadow and above which in full light."""
    inside = light[product > PRODUCT_THRESHOLD]
    if not len(inside):
        return SHADOW_RANGE[0], LIGHT_RANGE[1]
    shadow, high = torch.quantile(inside, torch.tensor([SHADOW_SHARE, 1 - LIGHT_SHARE])).tolist()
    return min(max(shadow, SHADOW_RANGE[0]), SHADOW_RANGE[1]), min(max(high, LIGHT_RANGE[0]), LIGHT_RANGE[1])


def brighter_behind(shapes: Abstraction, painted: Tensor) -> Tensor:
    """The painting with lighter tones behind the product of a scene: the product leads."""
    tone = luminance(painted).clamp(1e-3, 1)
    brighter = at_tone(painted, tone, tone**BACKGROUND_LIFT)
    return torch.lerp(painted, brighter, scene_behind(shapes.subject))
