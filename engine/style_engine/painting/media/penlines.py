"""Lines of a pen or of the point of a brush: continuous, swelling, with tapered ends."""

from typing import Final, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging import windows
from ...imaging.filters import gaussian, luminance
from ...imaging.tensors import area_resize
from ..strokes.directions import wide_gaussian
from .glazes import noise_of
from .lines import flow_mean
from .subject import Subject

EDGE_CONTRAST: Final = 0.022  # difference of Gaussians above which edges get nearly the same ink
PEN_REDUCED_SIGMA_PX: Final = 0.8  # of a line on the copy where it is found
QUIET_BACKGROUND: Final = 0.12  # rise of the threshold of lines around the product
PEN_SILHOUETTE_CONTRAST: Final = (
    0.22  # added between product and background, so that pale products get a line
)
LIGHT_TONE: Final = 0.55  # from which the lights of a product are compressed
DARKEST_DRAWN: Final = 0.10  # tone of the lighter side of an edge, below which a line would be lost
TRACINGS: Final = 3  # rounds in which lines grow along their forms and short ones vanish


class Line(NamedTuple):
    """`width`, `least_length` in shares of the product's size; `threshold`: contrast, 0..1, of the weakest
    edge at which a line goes on; `start`: contrast above it at which a line begins; `swelling`: relative
    change of pressure; `texture`: rise of the threshold where there are many edges."""

    width: float
    threshold: float
    start: float
    swelling: float
    least_length: float
    texture: float


def drawn_lines(subject: Subject, picture: Tensor, line: Line, seed: int) -> Tensor:
    """(1, 1, H, W) ink of lines along the edges of a picture (1, 3, H, W), on their dark side.

    A difference of Gaussians smoothed along the forms (Kang, Lee and Chui 2009) with hysteresis (Canny 1986):
    an edge is drawn where much of the streamline through it is drawn, so that lines go on and specks vanish.
    """
    height, width = picture.shape[2:]
    factor = max(1, int(subject.px(line.width) / 2 / PEN_REDUCED_SIGMA_PX))
    size = (-(-height // factor), -(-width // factor))
    sigma = max(0.7, subject.px(line.width) / 2 / factor)
    planes = torch.cat([picture, subject.product, subject.text], 1)
    planes = area_resize(planes, size) if factor > 1 else planes
    picture, product, text = planes.split((3, 1, 1), 1)
    # Sampled, since a mean of angles on both sides of the vertical is false.
    angle, curvature = (plane[..., ::factor, ::factor] for plane in subject.directions)
    curvature = curvature * factor
    tone = 0.6 * luminance(picture) + 0.4 * picture.amin(1, keepdim=True)
    # Lights on the product are brought nearer to its middle tones: no pen outlines a gleam.
    inside = gaussian(product, sigma)
    tone = tone.clamp(min=0) - inside * (PEN_SILHOUETTE_CONTRAST + 0.6 * (tone - LIGHT_TONE).clamp(min=0))
    narrow = gaussian((tone + 0.15).clamp(min=0.02).sqrt(), sigma)
    ridge = gaussian(narrow, 1.25 * sigma) - narrow
    ridge = flow_mean(flow_mean(ridge, angle, curvature, 10 * sigma, 5), angle, curvature, 5 * sigma, 5)
    edge = torch.tanh(ridge / EDGE_CONTRAST)
    lighter_side = (
        windows.maximum(narrow, max(1, round(2 * sigma))).square() - 0.15 + PEN_SILHOUETTE_CONTRAST * product
    )
    drawable = ((lighter_side - DARKEST_DRAWN) / DARKEST_DRAWN).clamp(0, 1) * (1 - text)
    reduced_px = subject.size_px / factor
    threshold = line.threshold + line.texture * wide_gaussian(edge.abs(), max(1.0, 0.04 * reduced_px))
    threshold = threshold + QUIET_BACKGROUND * (1 - wide_gaussian(product, max(1.0, 0.01 * reduced_px)))
    edge = edge * drawable
    traced = _traced(edge, threshold, line, (angle, curvature), max(4.0, line.least_length * reduced_px))
    pressure = (
        area_resize(noise_of(subject, 0.11, seed), size) if factor > 1 else noise_of(subject, 0.11, seed)
    )
    # A light hand thins the line of a clear edge, but does not break it.
    level = edge * (1 + line.swelling * pressure.clamp(-1.4, 1.4)).clamp(min=0.65) - traced
    level = F.interpolate(level, size=(height, width), mode="bilinear") if factor > 1 else level
    return (level * max(1.5 * sigma * factor, 1.8) + 0.5).clamp(0, 1)


def joined(subject: Subject, inks: list[Tensor], gap: float) -> Tensor:
    """Lines of several widths as one, without gaps and bits smaller than `gap`, a share of the size."""
    sigma = subject.px(gap, 0.6)
    ink = torch.stack(inks).amax(0)
    return ((gaussian(ink, sigma) - 0.44) * (2.2 * max(1.0, sigma)) + 0.5).clamp(0, 1)


def _traced(
    edge: Tensor, threshold: Tensor, line: Line, directions: tuple[Tensor, Tensor], length_px: float
) -> Tensor:
    """The threshold, raised where little of the streamline through a pixel is drawn; on a reduced copy."""
    height, width = edge.shape[2:]
    half = (max(1, height // 2), max(1, width // 2))
    planes = F.interpolate(torch.cat([edge, threshold], 1), size=half, mode="bilinear", antialias=True)
    edge, base = planes.split(1, 1)
    angle, curvature = (F.interpolate(plane, size=half) for plane in directions)
    raised = base + line.start
    for _ in range(TRACINGS):
        ink = ((edge - raised) * 6 + 0.5).clamp(0, 1)
        support = flow_mean(ink, angle, 2 * curvature, length_px / 2, 7)
        raised = base + line.start * (1 - 3.2 * (support - 0.26)).clamp(0, 2.5)
    return F.interpolate(raised, size=(height, width), mode="bilinear")
