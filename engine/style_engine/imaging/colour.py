"""CIE L*a*b* of sRGB under D65, and the colour difference ΔE2000 (Sharma, Wu, Dalal 2005)."""

import math
from typing import Final

import torch
from torch import Tensor

XYZ_OF_RGB: Final = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
WHITE_POINT_XYZ: Final = (0.95047, 1.0, 1.08883)  # D65, 2°
LINEAR_BELOW_SRGB, LINEAR_BELOW_XYZ = 0.04045, 0.008856  # the transfer curves are linear below these
CHROMA_25_POW_7: Final = 25.0**7  # constant of ΔE2000
WHITE_LEVEL_8BIT: Final = 245  # a pixel whose channels are all at or above this level is white
WHITE_LEVEL: Final = WHITE_LEVEL_8BIT / 255


def lab(picture: Tensor) -> Tensor:
    """(B, 3, H, W) sRGB in [0, 1] → L* in 0..100, a* and b*."""
    linear = torch.where(picture > LINEAR_BELOW_SRGB, ((picture + 0.055) / 1.055).pow(2.4), picture / 12.92)
    matrix = linear.new_tensor(XYZ_OF_RGB) / linear.new_tensor(WHITE_POINT_XYZ).unsqueeze(1)
    xyz = torch.einsum("ij,bjhw->bihw", matrix, linear)
    x, y, z = torch.where(
        xyz > LINEAR_BELOW_XYZ, xyz.clamp(min=1e-9).pow(1 / 3), 7.787 * xyz + 16 / 116
    ).unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


def lengths(vectors: Tensor) -> Tensor:
    """(B, 1, H, W) norm over the channels; `torch.linalg.vector_norm` takes eighty times as long there."""
    return vectors.square().sum(1, keepdim=True).sqrt()


def delta_e2000(first: Tensor, second: Tensor) -> Tensor:
    """(B, 1, H, W) ΔE2000 of two Lab pictures: about 1 is just noticeable, above 10 is another colour."""
    (l1, a1, b1), (l2, a2, b2) = first.unbind(1), second.unbind(1)
    mean_chroma = (torch.hypot(a1, b1) + torch.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * _chroma_weight(mean_chroma)  # ΔE2000 stretches a* near grey
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = torch.hypot(a1, b1), torch.hypot(a2, b2)
    mean_hue, hue_difference = _mean_hue_and_difference(a1, b1, a2, b2)
    mean_lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    hue_chord = 2 * (c1 * c2).sqrt() * (hue_difference / 2).sin()
    mid_distance_squared = (mean_lightness - 50).square()
    delta_lightness = (l2 - l1) / (1 + 0.015 * mid_distance_squared / (20 + mid_distance_squared).sqrt())
    delta_chroma = (c2 - c1) / (1 + 0.045 * chroma)
    delta_hue = hue_chord / (1 + 0.015 * chroma * _hue_weight(mean_hue))
    blue_rotation = (60 * (-((mean_hue.rad2deg() - 275) / 25).square()).exp()).deg2rad().sin()
    rotation = -2 * _chroma_weight(chroma) * blue_rotation * delta_chroma * delta_hue
    total = delta_lightness.square() + delta_chroma.square() + delta_hue.square() + rotation
    return total.clamp(min=0).sqrt().unsqueeze(1)


def _chroma_weight(chroma: Tensor) -> Tensor:
    seventh = chroma.pow(7)
    return (seventh / (seventh + CHROMA_25_POW_7)).sqrt()


def _mean_hue_and_difference(a1: Tensor, b1: Tensor, a2: Tensor, b2: Tensor) -> tuple[Tensor, Tensor]:
    """Mean hue, 0..2π, and hue difference second - first, -π..π; a grey takes the other colour's hue."""
    h1, h2 = torch.atan2(b1, a1) % (2 * math.pi), torch.atan2(b2, a2) % (2 * math.pi)
    grey = (a1.square() + b1.square()) * (a2.square() + b2.square()) == 0
    hue_difference = h2 - h1
    beyond_half_turn = hue_difference.abs() > math.pi
    hue_difference = torch.where(
        beyond_half_turn, hue_difference - 2 * math.pi * hue_difference.sign(), hue_difference
    )
    mean = (h1 + h2) / 2
    mean = torch.where(beyond_half_turn, torch.where(mean < math.pi, mean + math.pi, mean - math.pi), mean)
    return torch.where(grey, h1 + h2, mean), torch.where(
        grey, torch.zeros_like(hue_difference), hue_difference
    )


def _hue_weight(hue: Tensor) -> Tensor:
    terms = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63))
    return 1 + sum(
        (weight * (multiple * hue + math.radians(shift)).cos() for weight, multiple, shift in terms),
        0.0 * hue,
    )
