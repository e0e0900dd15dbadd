"""Lines along the forms of a photo: smoothing along streamlines, and contours drawn by a flow-based DoG."""

import math
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging.filters import gaussian

DOG_RATIO: Final = 1.6  # of the wide to the narrow Gaussian of the difference of Gaussians


def flow_mean(plane: Tensor, angle: Tensor, curvature: Tensor, length_px: float, samples: int = 9) -> Tensor:
    """Mean of a plane (1, C, H, W) along the streamline through each pixel, with Gaussian weights.

    A streamline is the parabola of the angle (radians) and curvature (radians per px), each (1, 1, H, W), at
    the pixel; `length_px` is its whole length (Cabral and Leedom 1993, with one integration step).
    """
    height, width = plane.shape[2:]
    rows = torch.arange(height, device=plane.device, dtype=plane.dtype)[:, None]
    columns = torch.arange(width, device=plane.device, dtype=plane.dtype)
    cosine, sine = angle[0, 0].cos(), angle[0, 0].sin()
    bend = curvature[0, 0].clamp(-1 / length_px, 1 / length_px) / 2
    total, weights = torch.zeros_like(plane), 0.0
    for index in range(samples):
        share = 2 * index / (samples - 1) - 1
        weight = math.exp(-2 * share**2)
        step = share * length_px / 2
        sideways = bend * step**2
        x = (columns + step * cosine - sideways * sine + 0.5) * (2 / width) - 1
        y = (rows + step * sine + sideways * cosine + 0.5) * (2 / height) - 1
        grid = torch.stack([x, y], -1)[None]
        sampled = F.grid_sample(plane, grid, padding_mode="border", align_corners=False)
        total, weights = total.add_(sampled, alpha=weight), weights + weight
    return total / weights


def contours(  # noqa: PLR0917
    tone: Tensor, angle: Tensor, curvature: Tensor, width_px: float, contrast: float, threshold: float = 0.01
) -> Tensor:
    """(1, 1, H, W) ink, 0..1, of contours on the dark side of the edges of a tone (1, 1, H, W).

    A difference of Gaussians smoothed along the forms (Kang, Lee and Chui 2009), softly thresholded
    (Winnemöller 2011): weak edges give thin, pale lines. `contrast`: 60 is soft, 300 is crisp.
    """
    sigma = width_px / 2
    difference = gaussian(tone, sigma * DOG_RATIO) - gaussian(tone, sigma)
    smooth = flow_mean(difference, angle, curvature, 8 * width_px)
    return torch.tanh(contrast * (smooth - threshold).clamp(min=0))
