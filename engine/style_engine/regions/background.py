"""Plain background segmentation: a uniform background that is connected to the picture's border.

A shop wants the product painted on a clean background, so a uniform background keeps the photo's pixels. It
is found by a flood fill from the border on a small copy, then refined at the photo's size. The background of
a cut-out is what is transparent.
"""

import math
from typing import Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from ..imaging import windows
from ..imaging.flood_fill import Mask, connected_to_border, dilate, flood

FLOOD_LONG_SIDE_PX: Final = 192  # of the copy on which the background is flooded
BACKGROUND_MAX_DISTANCE: Final = 7 / 255  # of a background pixel to the background colour, in every channel
PRODUCT_MIN_DISTANCE: Final = 18 / 255  # of a product pixel; the mask is soft between the two
SHADE_MAX_RANGE: Final = 4 / 255  # of a channel within 3 × 3 px where the background shades off
MIN_BORDER_SHARE: Final = 0.5  # of the border that must have the background colour
WHITE_BORDER_MIN_LEVEL: Final = 0.93  # of every channel of a border pixel that may be white background
MIN_WHITE_BORDER_SHARE: Final = 0.15  # of the border, sufficient for a white background
MIN_BACKGROUND_SHARE: Final = 0.08  # of the picture
FLOOD_EDGE_TOLERANCE_PX: Final = 1.5  # px of the small copy by which the background may extend past the flood


def plain_background(photo: Tensor) -> Tensor:
    """(1, 1, H, W) background mask, 0..1, soft at the product's edge; all 0 without a plain background."""
    small = _shrink(photo)
    colour = _background_colour(_border_pixels(small))
    if colour is None:
        return torch.zeros_like(photo[:, :1])
    distance = _distance(small, colour)
    uniform = _to_numpy(distance < BACKGROUND_MAX_DISTANCE)
    flooded = connected_to_border(uniform)
    if flooded.mean() < MIN_BACKGROUND_SHARE:
        return torch.zeros_like(photo[:, :1])
    # Where the background shades off smoothly the mask fades with the colour instead of ending at a line.
    shaded = _to_numpy((distance < PRODUCT_MIN_DISTANCE) & (_local_range(small) < SHADE_MAX_RANGE))
    flooded = flood(shaded | flooded, flooded)
    near_flood = torch.from_numpy(dilate(flooded)).to(photo)[None, None]
    mask = F.interpolate(near_flood, size=photo.shape[2:], mode="bilinear", align_corners=False)
    softness = PRODUCT_MIN_DISTANCE - BACKGROUND_MAX_DISTANCE
    similarity = ((PRODUCT_MIN_DISTANCE - _distance(photo, colour)) / softness).clamp_(0, 1)
    return mask.mul_(_connected_to_flood(flooded, similarity > 0)).mul_(similarity)


def transparent_background(picture: Image.Image, height: int, width: int) -> Tensor | None:
    """(1, 1, H, W) 1 where a cut-out is fully transparent, soft at its edge; None for other pictures.

    A picture is a cut-out where so much of it is transparent as a background takes.
    """
    if picture.mode != "RGBA":
        return None
    transparent = (
        picture.getchannel("A").point([255] + [0] * 255).resize((width, height), Image.Resampling.BOX)
    )
    mask = torch.from_numpy(np.array(transparent)).float()[None, None] / 255
    return mask if float(mask.mean()) >= MIN_BACKGROUND_SHARE else None


def _background_colour(border: Tensor) -> Tensor | None:
    """(1, 3, 1, 1) the colour of at least half of the border (3, N), or white if 15 % of it is; else None."""
    white = border[:, border.amin(0) > WHITE_BORDER_MIN_LEVEL]
    for pixels, min_share in ((border, MIN_BORDER_SHARE), (white, MIN_WHITE_BORDER_SHARE)):
        if pixels.shape[1] == 0:
            continue
        colour = pixels.median(1, keepdim=True).values
        if ((border - colour).abs().amax(0) < BACKGROUND_MAX_DISTANCE).float().mean() >= min_share:
            return colour.view(1, 3, 1, 1)
    return None


def _shrink(photo: Tensor) -> Tensor:
    scale = min(1.0, FLOOD_LONG_SIDE_PX / max(photo.shape[2:]))
    size = [max(3, round(side * scale)) for side in photo.shape[2:]]
    return (
        photo
        if size == [*photo.shape[2:]]
        else F.interpolate(photo, size=size, mode="bilinear", antialias=True)
    )


def _border_pixels(picture: Tensor) -> Tensor:
    """(C, N) the outermost pixels of (1, C, H, W)."""
    planes = picture.reshape(-1, *picture.shape[-2:])
    edges = (planes[:, 0], planes[:, -1], planes[:, 1:-1, 0], planes[:, 1:-1, -1])
    return torch.cat(edges, 1)


def _distance(picture: Tensor, colour: Tensor) -> Tensor:
    """(1, 1, H, W) greatest difference of a channel from a colour (1, 3, 1, 1)."""
    planes = zip(picture.split(1, 1), colour.split(1, 1), strict=True)
    red, green, blue = (plane.sub(value).abs_() for plane, value in planes)
    return torch.maximum(torch.maximum(red, green), blue)


def _local_range(picture: Tensor) -> Tensor:
    """(1, 1, H, W) greatest range of a channel within 3 × 3 px."""
    return (windows.maximum(picture, 1) + windows.maximum(-picture, 1)).amax(1, keepdim=True)


def _to_numpy(plane: Tensor) -> Mask:
    """A boolean plane (1, 1, H, W) as an array (H, W): the flood fill is faster in numpy."""
    mask: Mask = plane[0, 0].cpu().numpy()
    return mask


def _connected_to_flood(flooded: Mask, similar: Tensor) -> Tensor:
    """(1, 1, H, W) the part of `similar` that is connected to the flooded area of the small copy.

    Even a contour one pixel thin separates: nothing else separates a white product from a white background.
    """
    allowed = similar.to(torch.uint8)
    seeds = torch.from_numpy(flooded).to(allowed)[None, None]
    connected = F.interpolate(seeds, size=similar.shape[2:], mode="nearest").mul_(allowed)
    for _ in range(math.ceil(FLOOD_EDGE_TOLERANCE_PX * similar.shape[2] / len(flooded))):
        connected = windows.maximum(connected, 1).mul_(allowed)
    return connected
