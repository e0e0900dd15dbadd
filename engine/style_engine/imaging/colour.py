"""Colour as people see it: CIE L*a*b* of sRGB under D65, and ΔE2000 (Sharma, Wu, Dalal 2005)."""

import math
from typing import Final

import torch
from torch import Tensor

XYZ_OF_RGB: Final = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
WHITE_POINT: Final = (0.95047, 1.0, 1.08883)  # D65, 2°
DARK_SRGB, DARK_XYZ = 0.04045, 0.008856  # below these the curves are straight
FAR: Final = 25.0**7  # chroma to the seventh at which hue turns matter


def lab(picture: Tensor) -> Tensor:
    """(B, 3, H, W) sRGB in [0, 1] → L* in 0..100, a* and b*."""
    linear = torch.where(picture > DARK_SRGB, ((picture + 0.055) / 1.055).pow(2.4), picture / 12.92)
    matrix = linear.new_tensor(XYZ_OF_RGB) / linear.new_tensor(WHITE_POINT).unsqueeze(1)
    xyz = torch.einsum("ij,bjhw->bihw", matrix, linear)
    x, y, z = torch.where(xyz > DARK_XYZ, xyz.clamp(min=1e-9).pow(1 / 3), 7.787 * xyz + 16 / 116).unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


def lengths(vectors: Tensor) -> Tensor:
    """(B, 1, H, W) of the vectors along the channels; torch's own norm takes eighty times as long there."""
    return vectors.square().sum(1, keepdim=True).sqrt()


def delta_e2000(first: Tensor, second: Tensor) -> Tensor:
    """(B, 1, H, W) difference of two Lab pictures: about 1 is just seen, above 10 is another colour."""
    (l1, a1, b1), (l2, a2, b2) = first.unbind(1), second.unbind(1)
    mean_chroma = (torch.hypot(a1, b1) + torch.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * _saturation(mean_chroma)  # greys' red-green is stretched
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = torch.hypot(a1, b1), torch.hypot(a2, b2)
    hue, turn = _hues(a1, b1, a2, b2)
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    angle = 2 * (c1 * c2).sqrt() * (turn / 2).sin()
    off_middle = (light - 50).square()
    d_light = (l2 - l1) / (1 + 0.015 * off_middle / (20 + off_middle).sqrt())
    d_chroma = (c2 - c1) / (1 + 0.045 * chroma)
    d_hue = angle / (1 + 0.015 * chroma * _hue_weight(hue))
    blue = (60 * (-((hue.rad2deg() - 275) / 25).square()).exp()).deg2rad().sin()
    rotation = -2 * _saturation(chroma) * blue * d_chroma * d_hue
    total = d_light.square() + d_chroma.square() + d_hue.square() + rotation
    return total.clamp(min=0).sqrt().unsqueeze(1)


def _saturation(chroma: Tensor) -> Tensor:
    seventh = chroma.pow(7)
    return (seventh / (seventh + FAR)).sqrt()


def _hues(a1: Tensor, b1: Tensor, a2: Tensor, b2: Tensor) -> tuple[Tensor, Tensor]:
    """Mean hue in 0..2π and the turn from the first to the second in -π..π; a grey takes the other's hue."""
    h1, h2 = torch.atan2(b1, a1) % (2 * math.pi), torch.atan2(b2, a2) % (2 * math.pi)
    grey = (a1.square() + b1.square()) * (a2.square() + b2.square()) == 0
    turn = h2 - h1
    wide = turn.abs() > math.pi
    turn = torch.where(wide, turn - 2 * math.pi * turn.sign(), turn)
    mean = (h1 + h2) / 2
    mean = torch.where(wide, torch.where(mean < math.pi, mean + math.pi, mean - math.pi), mean)
    return torch.where(grey, h1 + h2, mean), torch.where(grey, torch.zeros_like(turn), turn)


def _hue_weight(hue: Tensor) -> Tensor:
    parts = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63))
    return 1 + sum(
        (share * (times * hue + math.radians(shift)).cos() for share, times, shift in parts), 0.0 * hue
    )
