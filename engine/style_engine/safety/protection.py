"""Product protection: where a style may paint, and how much of its change is kept inside the product.

Each mode sets the strengths at which the network paints the product and the background. Afterwards `protect`
splits the change inside the product into tone (low frequencies) and detail, and keeps as much of both as the
mode's limits on SSIM and ΔE2000 allow. Text keeps the photo's detail in every mode but `off`.
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
from ..imaging.colour import WHITE_LEVEL_8BIT, delta_e2000, lab
from ..imaging.tensors import MASK_THRESHOLD
from ..looks import Protection
from . import metrics
from .metrics import MeasuredImage
from .scene import GATE_STRIDE_PX, Scene

TONE_CELL_PX: Final = 16  # a change averaged over cells of this size is tone, the rest is detail
TEXT_TONE_SHARE: Final = 0.25  # of the tone change that is kept on text; detail changes are dropped
WHITE_UNPAINTED_SHARE, CLEAN_UNPAINTED_SHARE = 0.5, 0.75  # clean-area values from which nothing is painted
BISECTION_STEPS: Final = 5
BISECTION_WINDOW_SKIP: Final = 3  # the bisection uses every third of the gates' windows in each direction
BISECTION_STRIDE_PX: Final = BISECTION_WINDOW_SKIP * GATE_STRIDE_PX
BISECTION_COLOUR_STRIDE_PX: Final = 12
WHITE_RESTORE_REACH_PX: Final = 8
"""Px of the scene beyond the clean area: upsampled changes spill over its edge."""
WHITE_RESTORE_SURE_PX: Final = 2
"""Px of the scene beyond the clean area that are restored across contours too."""
NEAR_WHITE_LEVEL_8BIT: Final = 230  # a least channel from here on may be white background with noise


@dataclass(frozen=True)
class ProtectionMode:
    """Strengths of the style on product and background; limits on the product's SSIM and median ΔE2000."""

    product_strength: float = 1.0
    background_strength: float = 1.0
    min_ssim: float = 0.0
    max_delta_e: float = 100.0

    @property
    def limits_change(self) -> bool:
        return self.min_ssim > 0


MODES: Final = {
    Protection.OFF: ProtectionMode(),
    Protection.SOFT: ProtectionMode(min_ssim=0.88, max_delta_e=6.0),
    Protection.STRICT: ProtectionMode(product_strength=0.3, min_ssim=0.96, max_delta_e=1.7),
    Protection.BACKGROUND_ONLY: ProtectionMode(product_strength=0.0),
    Protection.PRODUCT_ONLY: ProtectionMode(background_strength=0.0),
}


def protect(scene: Scene, change: Tensor, protection: Protection) -> Tensor:
    """(1, 3, H, W) the part of the network's change that may be added to the photo; works in place."""
    mode, product = MODES[protection], scene.regions.product
    # A mask value of 0.5 or more is protected fully.
    product_cover, text_cover = ((2 * mask).clamp(max=1) for mask in (product, scene.regions.text))
    paintable = _paintable_share(scene)
    if mode.background_strength == 0:
        paintable = paintable * product * (1 - scene.certain_background)
    change.mul_(paintable)
    if mode.product_strength == 0:
        return change.mul_(1 - product_cover)
    if protection is Protection.OFF:
        return change
    change.add_(scene.photo).clamp_(0, 1).sub_(scene.photo)  # drop what would be clipped
    tone = _tone(change, product).mul_(paintable)
    if mode.limits_change:
        change.lerp_(limit_change(scene, change, tone, mode), product_cover)
    return change.lerp_(tone.mul_(TEXT_TONE_SHARE), text_cover)


def unprotected_area(scene: Scene, protection: Protection) -> Tensor:
    """(1, 1, H, W) the share, 0..1, of each pixel's detail that marks may replace."""
    product = (2 * scene.regions.product).clamp(max=1)
    area = _paintable_share(scene).expand_as(product)
    if protection is Protection.OFF:
        return area
    return area * product if protection is Protection.PRODUCT_ONLY else area * (1 - product)


def restore_white(photo: Image.Image, result: Image.Image, scene: Scene) -> Image.Image:
    """The result with the photo's white pixels restored on a white clean area and a little beyond it.

    Photo and result have the photo's own size. Needed where that is not the scene's: the upsampled change
    spills over the mask's edge, and the scene shows white edges and specks as grey.
    """
    if photo.size == (scene.photo.shape[3], scene.photo.shape[2]) or not scene.white_area.any():
        return result
    red, green, blue = tensors.over_white(photo).split()
    least_channel = ImageChops.darker(ImageChops.darker(red, green), blue)
    white = least_channel.point([0] * WHITE_LEVEL_8BIT + [255] * (256 - WHITE_LEVEL_8BIT))
    result = result.copy()
    # Pasting with a 1-bit mask is four times as fast as with an 8-bit one.
    restorable = _restorable_area(least_channel, scene)
    mask = ImageChops.darker(white, restorable).convert("1", dither=Image.Dither.NONE)
    result.paste(photo, mask=mask)
    return result


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


def _paintable_share(scene: Scene) -> Tensor:
    """(1, 1, H, W) share of a change that each pixel may keep; (1, 1, 1, 1) if it is 1."""
    if not scene.has_plain_background:
        return scene.photo.new_ones(1, 1, 1, 1)
    slope = torch.where(scene.white_area > 0, 1 / WHITE_UNPAINTED_SHARE, 1 / CLEAN_UNPAINTED_SHARE)
    return (1 - slope * scene.clean_area).clamp_(0, 1)


def limit_change(scene: Scene, change: Tensor, tone: Tensor, mode: ProtectionMode) -> Tensor:
    """share * tone + share² * detail, with the largest share (by bisection) that meets the mode's limits."""
    detail = change - tone
    budget = ChangeBudget(scene, detail, tone)
    if budget.allows(1.0, mode):
        return change
    low, high = 0.0, 1.0
    for _ in range(BISECTION_STEPS):
        share = (low + high) / 2
        low, high = (share, high) if budget.allows(share, mode) else (low, share)
    return detail.mul_(low**2).add_(tone, alpha=low)


class ChangeBudget:
    """SSIM and ΔE2000 inside the product for any share of a change.

    The result, photo + share² * detail + share * tone, is linear in its parts, so its window moments follow
    from the parts' means and mean products, which are computed once.
    """

    def __init__(self, scene: Scene, detail: Tensor, tone: Tensor) -> None:
        skip = BISECTION_WINDOW_SKIP
        photo = scene.measured.centred_luminance
        changes = [MeasuredImage(part).centred_luminance + 128 for part in (detail, tone)]
        photo_mean, photo_variance = (moment[..., ::skip, ::skip] for moment in scene.measured.ssim_moments)
        self._photo_moments = photo_mean, photo_variance
        self._means = torch.cat([photo_mean, *(_window_means(part) for part in changes)])
        photo_row = [
            photo_variance + photo_mean.square(),
            *(_window_means(photo * part) for part in changes),
        ]
        detail_tone = _window_means(changes[0] * changes[1])
        detail_square, tone_square = (_window_means(part.square()) for part in changes)
        rows = [
            photo_row,
            [photo_row[1], detail_square, detail_tone],
            [photo_row[2], detail_tone, tone_square],
        ]
        self._products = torch.cat([product for row in rows for product in row]).unflatten(0, (3, 3))
        product = scene.regions.product
        self._weight = metrics.at_window_centres(product, metrics.SSIM_WINDOW_PX, BISECTION_STRIDE_PX)
        inside = metrics.subsample(product, BISECTION_COLOUR_STRIDE_PX)[0, 0] > MASK_THRESHOLD
        self._colours = [
            metrics.subsample(part, BISECTION_COLOUR_STRIDE_PX)[:, :, inside].unsqueeze(2)
            for part in (scene.photo, detail, tone)
        ]
        self._lab = lab(self._colours[0])

    def allows(self, share: float, mode: ProtectionMode) -> bool:
        return self._ssim(share) >= mode.min_ssim and self._delta_e(share) <= mode.max_delta_e

    def _ssim(self, share: float) -> float:
        factors = self._means.new_tensor(_factors(share))
        mean = torch.einsum("i,ichw->chw", factors, self._means)
        square = torch.einsum("i,j,ijchw->chw", factors, factors, self._products)
        covariance = torch.einsum("j,jchw->chw", factors, self._products[0]) - self._photo_moments[0] * mean
        ssim = metrics.ssim_from_moments(self._photo_moments, (mean, square - mean.square()), covariance)
        return metrics.weighted_mean(ssim, self._weight, empty=1.0)

    def _delta_e(self, share: float) -> float:
        parts = [part * factor for part, factor in zip(self._colours, _factors(share), strict=True)]
        delta_e = delta_e2000(self._lab, lab(torch.stack(parts).sum(0).clamp(0, 1)))
        return float(delta_e.median()) if delta_e.numel() else 0.0


def _factors(share: float) -> tuple[float, float, float]:
    """Factors of photo, detail and tone; tone is reduced less than detail."""
    return 1.0, share**2, share


def _window_means(plane: Tensor) -> Tensor:
    return metrics.strided_window_means(plane, metrics.SSIM_WINDOW_PX, BISECTION_STRIDE_PX)


def _tone(change: Tensor, product: Tensor) -> Tensor:
    """The low frequencies of the change: cell means over the product alone, so that edges do not fade."""
    size = change.shape[2:]
    coarse = [max(1, side // TONE_CELL_PX) for side in size]
    weight = F.interpolate(product, size=coarse, mode="area") + 1e-3
    tone = F.interpolate((change * (product + 1e-3)), size=coarse, mode="area") / weight
    # Antialiasing changes nothing in upsampling, but selects the faster of torch's two kernels.
    return F.interpolate(tone, size=size, mode="bilinear", antialias=True)
