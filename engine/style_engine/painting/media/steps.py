"""Steps: planes of colour and tone simplified into steps, with antialiased or soft boundaries."""

import math
from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging.filters import gaussian, luminance
from ..strokes.directions import gradients

SECTORS: Final = 8  # of the Kuwahara filter
VARIANCE_FLOOR: Final = 2e-4  # of colour in a sector, below which sectors count alike
EDGE_PX: Final = 1.3  # width of an antialiased boundary
SLOPE_FLOOR: Final = 0.004  # per px: boundaries in flatter places become soft instead of ragged
STEP_WIDTH: Final = 0.10  # of tone, over which a step rises: soft on smooth forms, crisp at edges


def kuwahara(planes: Tensor, radius_px: float) -> Tensor:
    """Generalised Kuwahara filter: means of eight sectors, weighted by how little each varies.

    After Papari et al. (2007); the sectors are one Gaussian, displaced in eight directions.
    """
    channels, (height, width) = planes.shape[1], planes.shape[2:]
    blurred = gaussian(torch.cat([planes, planes.square().mean(1, keepdim=True)], 1), 0.5 * radius_px)
    reach = math.ceil(radius_px)
    padded = F.pad(blurred, (reach,) * 4, "replicate")
    total, weights = torch.zeros_like(planes), torch.zeros_like(planes[:, :1])
    for sector in range(SECTORS):
        turn = 2 * math.pi * sector / SECTORS
        top, left = (reach + round(radius_px * part) for part in (math.sin(turn), math.cos(turn)))
        moments = padded[:, :, top : top + height, left : left + width]
        mean = moments[:, :channels]
        variance = (moments[:, channels:] - mean.square().mean(1, keepdim=True)).clamp(min=0)
        weight = (1 + variance / VARIANCE_FLOOR) ** -4
        total, weights = total.addcmul_(mean, weight), weights + weight
    return total / weights


def rise(x: Tensor, start: float, end: float) -> Tensor:
    """0 up to the start, 1 from the end on, linear between; the end may be the lower one."""
    return ((x - start) / (end - start)).clamp(0, 1)


def boundaries(field: Tensor, levels: Sequence[float]) -> Tensor:
    """(1, levels, H, W) 1 where a smooth field is above each level, antialiased; or each field above one."""
    right, down = gradients(field)
    slope = (right.square() + down.square()).sqrt().clamp(min=SLOPE_FLOOR)
    heights = torch.tensor(levels, device=field.device).view(1, -1, 1, 1)
    return ((field - heights) / (EDGE_PX * slope) + 0.5).clamp(0, 1)


def soft_steps(
    plane: Tensor, levels: Sequence[float], values: Sequence[float], step_width: float = STEP_WIDTH
) -> Tensor:
    """A plane in steps that are as soft as its own gradients: crisp at edges, faint on smooth forms.

    Soft quantisation after Winnemöller et al. (2006).
    """
    heights = torch.tensor(levels, device=plane.device).view(1, -1, 1, 1)
    masks = ((plane - heights) / step_width + 0.5).clamp(0, 1)
    masks = masks * masks * (3 - 2 * masks)
    rises = torch.tensor(values, device=plane.device).diff().view(1, -1, 1, 1)
    return values[0] + (masks * rises).sum(1, keepdim=True)


def boundary(field: Tensor, level: float) -> Tensor:
    """As `boundaries`, of one level."""
    return boundaries(field, (level,))


def at_tone(colours: Tensor, tone: Tensor, new_tone: Tensor) -> Tensor:
    """Colours brought to another luminance: darker ones keep their saturation, lighter ones go to white."""
    darker = colours * (new_tone / tone.clamp(min=0.02)).clamp(max=1.4)
    return (darker + (new_tone - luminance(darker)).clamp(min=0)).clamp(0, 1)
