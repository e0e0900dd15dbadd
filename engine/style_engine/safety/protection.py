"""Product protection: where a style may paint, and how much of its change is kept inside the product.

Each mode sets the strengths at which the network paints the product and the background. Afterwards `protect`
splits the change inside the product into tone (low frequencies) and detail, and keeps as much of both as the
mode's limits on SSIM and ΔE2000 allow (change_limits.py). Text keeps the photo's detail and people's skin its
colours (skin.py) in every mode but `off`.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from PIL import Image, ImageChops
from torch import Tensor
from torch.nn import functional as F

from ..imaging import tensors, windows
from ..imaging.colour import WHITE_LEVEL_8BIT
from ..imaging.tensors import MASK_THRESHOLD
from ..looks import Protection
from .change_limits import ChangeLimits, limit_change
from .scene import Scene
from .skin import limit_skin_change, skin_cover

TONE_CELL_PX: Final = 16  # a change averaged over cells of this size is tone, the rest is detail
TEXT_TONE_SHARE: Final = 0.25  # of the tone change that is kept on text; detail changes are dropped
WHITE_RESTORE_REACH_PX: Final = 8
"""Px of the scene beyond the clean area: upsampled changes spill over its edge."""
WHITE_RESTORE_SURE_PX: Final = 2
"""Px of the scene beyond the clean area that are restored across contours too."""
NEAR_WHITE_LEVEL_8BIT: Final = 230  # a least channel from here on may be white background with noise


@dataclass(frozen=True)
class ProtectionMode:
    """Strengths of the style on product and background; how far the product may differ from the upload.

    `skin_max_delta_e`: of every pixel of people's skin, wherever it is.
    """

    product_strength: float = 1.0
    background_strength: float = 1.0
    limits: ChangeLimits | None = None
    skin_max_delta_e: float | None = 7.0


MODES: Final = {
    Protection.OFF: ProtectionMode(skin_max_delta_e=None),
    Protection.SOFT: ProtectionMode(limits=ChangeLimits(min_ssim=0.88, max_delta_e=6.0, min_kept_edges=0.8)),
    Protection.STRICT: ProtectionMode(
        product_strength=0.3,
        limits=ChangeLimits(min_ssim=0.96, max_delta_e=1.5, min_kept_edges=0.9),
        skin_max_delta_e=2.0,
    ),
    Protection.BACKGROUND_ONLY: ProtectionMode(product_strength=0.0),
    Protection.PRODUCT_ONLY: ProtectionMode(background_strength=0.0),
}


def protect(scene: Scene, change: Tensor, protection: Protection) -> Tensor:
    """(1, 3, H, W) the part of the network's change that may be added to the photo; works in place."""
    mode = MODES[protection]
    change = _protect_product(scene, change, protection)
    return (
        change if mode.skin_max_delta_e is None else limit_skin_change(scene, change, mode.skin_max_delta_e)
    )


def _protect_product(scene: Scene, change: Tensor, protection: Protection) -> Tensor:
    """The change that product, text and clean background allow."""
    mode, product = MODES[protection], scene.regions.product
    # A mask value of 0.5 or more is protected fully.
    product_cover, text_cover = scene.product_cover, (2 * scene.regions.text).clamp(max=1)
    paintable = scene.paintable_share
    if mode.background_strength == 0:
        paintable = paintable * product * (1 - scene.certain_background)
    change.mul_(paintable)
    if mode.product_strength == 0:
        return change.mul_(1 - product_cover)
    if protection is Protection.OFF:
        return change
    change.add_(scene.photo).clamp_(0, 1).sub_(scene.photo)  # drop what would be clipped
    tone = _tone(change, product).mul_(paintable)
    detail = change.sub_(tone).mul_(1 - text_cover)
    tone.mul_(1 - (1 - TEXT_TONE_SHARE) * text_cover)
    if mode.limits:
        limited = limit_change(scene, product_cover * detail, product_cover * tone, mode.limits)
        return detail.add_(tone).mul_(1 - product_cover).add_(limited)
    return detail.add_(tone)


def unprotected_area(scene: Scene, protection: Protection) -> Tensor:
    """(1, 1, H, W) the share, 0..1, of each pixel's detail that marks may replace."""
    product = scene.product_cover
    area = scene.paintable_share.expand_as(product)
    if protection is Protection.OFF:
        return area
    area = area * (1 - skin_cover(scene))
    return area * product if protection is Protection.PRODUCT_ONLY else area * (1 - product)


def white_to_restore(photo: Image.Image, scene: Scene) -> Image.Image | None:
    """A 1-bit mask of the photo's own size: its white pixels on a white clean area and a little beyond it.

    A picture gets these pixels back, as the upsampled change spills over the mask's edge and the scene shows
    white edges and specks as grey. None where the photo has the scene's size, or no white area.
    """
    if photo.size == (scene.photo.shape[3], scene.photo.shape[2]) or not scene.white_area.any():
        return None
    red, green, blue = tensors.over_white(photo).split()
    least_channel = ImageChops.darker(ImageChops.darker(red, green), blue)
    white = least_channel.point([0] * WHITE_LEVEL_8BIT + [255] * (256 - WHITE_LEVEL_8BIT))
    mask = ImageChops.darker(white, _restorable_area(least_channel, scene))
    # Pasting with a 1-bit mask is four times as fast as with an 8-bit one.
    return mask.convert("1", dither=Image.Dither.NONE)


def _restorable_area(least_channel: Image.Image, scene: Scene) -> Image.Image:
    """L, 255 on the clean area and around it: 2 px in any case, up to 8 px where no contour lies between.

    `least_channel` is the minimum over the photo's channels at its own size; it shows the outline of a white
    product on white.
    """
    scale = least_channel.width / scene.photo.shape[3]
    cell = math.ceil(scale)
    near_white = np.asarray(least_channel.reduce(cell)) >= NEAR_WHITE_LEVEL_8BIT
    allowed = torch.from_numpy(near_white).to(torch.uint8)[None, None]
    any_clean, clean = ((scene.clean_area > share).to(torch.uint8).cpu() for share in (0, MASK_THRESHOLD))
    sure = F.interpolate(windows.maximum(any_clean, WHITE_RESTORE_SURE_PX), size=allowed.shape[2:])
    grown = F.interpolate(clean, size=allowed.shape[2:])
    for _ in range(math.ceil(WHITE_RESTORE_REACH_PX * scale / cell)):
        grown = windows.maximum(grown, 1).mul_(allowed)
    area = Image.fromarray(torch.maximum(grown, sure)[0, 0].mul_(255).numpy())
    box = (0.0, 0.0, least_channel.width / cell, least_channel.height / cell)
    return area.resize(least_channel.size, Image.Resampling.NEAREST, box)


def _tone(change: Tensor, product: Tensor) -> Tensor:
    """The low frequencies of the change: cell means over the product alone, so that edges do not fade."""
    size = change.shape[2:]
    coarse = [max(1, side // TONE_CELL_PX) for side in size]
    weight = F.interpolate(product, size=coarse, mode="area") + 1e-3
    tone = F.interpolate((change * (product + 1e-3)), size=coarse, mode="area") / weight
    # Antialiasing changes nothing in upsampling, but selects the faster of torch's two kernels.
    return F.interpolate(tone, size=size, mode="bilinear", antialias=True)
