"""The plain-ground guard: finds an even ground that reaches the picture's border, and keeps it the photo's.

A style that may paint anywhere paints the empty ground first. A shop wants a painted product on clean paper,
so where the photo has one even colour that runs in from its border, the photo stays.
"""

import math
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ..imaging import windows
from ..imaging.flood_fill import Mask, connected_to_border, dilate, flood

LONG_SIDE: Final = 192  # px of the picture on which the ground is flooded
EVEN: Final = 7 / 255  # a ground pixel is this close to the ground colour in every channel
FADE: Final = 18 / 255  # and at this distance it is the product's
SMOOTH: Final = 4 / 255  # greatest step within 3 × 3 px of a ground that shades off
BORDER_SHARE: Final = 0.5  # of the border that must be ground of one colour
WHITE: Final = 0.93  # a border pixel with every channel above this may be white ground
WHITE_BORDER_SHARE: Final = 0.15  # of the border, enough when the ground is white
AREA_SHARE: Final = 0.08  # of the picture that must be ground
BESIDE: Final = 1.5  # px of the small copy by which the ground's rim may lie beyond what was flooded there


def plain_background(photo: Tensor) -> Tensor:
    """(1, 1, H, W) share of ground, 0..1, soft at the product's rim; all 0 without an even ground."""
    small = _shrink(photo)
    colour = _background_colour(_border(small))
    if colour is None:
        return torch.zeros_like(photo[:, :1])
    distance = _distance(small, colour)
    even = _mask(distance < EVEN)
    reached = connected_to_border(even)
    if reached.mean() < AREA_SHARE:
        return torch.zeros_like(photo[:, :1])
    # Where the ground shades off it fades out with its colour, instead of ending at a line.
    shaded = _mask((distance < FADE) & (_steps(small) < SMOOTH))
    reached = flood(shaded | reached, reached)
    share = torch.from_numpy(dilate(reached)).to(photo)[None, None]
    inside = F.interpolate(share, size=photo.shape[2:], mode="bilinear", align_corners=False)
    fade = ((FADE - _distance(photo, colour)) / (FADE - EVEN)).clamp_(0, 1)
    return inside.mul_(_open(reached, fade > 0)).mul_(fade)


def _background_colour(border: Tensor) -> Tensor | None:
    """(1, 3, 1, 1) the colour that most of the border (3, N) has, or the white that some of it has."""
    white = border[:, border.amin(0) > WHITE]
    for pixels, share in ((border, BORDER_SHARE), (white, WHITE_BORDER_SHARE)):
        if pixels.shape[1] == 0:
            continue
        colour = pixels.median(1, keepdim=True).values
        if ((border - colour).abs().amax(0) < EVEN).float().mean() >= share:
            return colour.view(1, 3, 1, 1)
    return None


def _shrink(photo: Tensor) -> Tensor:
    scale = min(1.0, LONG_SIDE / max(photo.shape[2:]))
    size = [max(3, round(side * scale)) for side in photo.shape[2:]]
    return (
        photo
        if size == [*photo.shape[2:]]
        else F.interpolate(photo, size=size, mode="bilinear", antialias=True)
    )


def _border(picture: Tensor) -> Tensor:
    """(C, N) the outermost pixels of (1, C, H, W) or (C, H, W)."""
    planes = picture.reshape(-1, *picture.shape[-2:])
    edges = (planes[:, 0], planes[:, -1], planes[:, 1:-1, 0], planes[:, 1:-1, -1])
    return torch.cat(edges, 1)


def _distance(picture: Tensor, colour: Tensor) -> Tensor:
    planes = zip(picture.split(1, 1), colour.split(1, 1), strict=True)
    red, green, blue = (plane.sub(value).abs_() for plane, value in planes)
    return torch.maximum(torch.maximum(red, green), blue)


def _steps(picture: Tensor) -> Tensor:
    """(1, 1, H, W) greatest range of a channel within 3 × 3 px."""
    return (windows.maximum(picture, 1) + windows.maximum(-picture, 1)).amax(1, keepdim=True)


def _mask(plane: Tensor) -> Mask:
    """A plane (1, 1, H, W) of yes and no as an array (H, W): floods run faster there."""
    mask: Mask = plane[0, 0].cpu().numpy()
    return mask


def _open(reached: Mask, near: Tensor) -> Tensor:
    """(1, 1, H, W) what of `near`, of the photo's size, lies beside what was reached on the small copy.

    Beside: no contour between, however thin. White goods on white ground are told apart by nothing else.
    """
    free = near.to(torch.uint8)
    first = torch.from_numpy(reached).to(free)[None, None]
    grown = F.interpolate(first, size=near.shape[2:], mode="nearest").mul_(free)
    for _ in range(math.ceil(BESIDE * near.shape[2] / len(reached))):
        grown = windows.maximum(grown, 1).mul_(free)
    return grown
