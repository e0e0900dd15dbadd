"""Product protection: where a style may paint, and how much of its change stays inside the product.

Each mode says at which strength the net paints the product and all else. After the net, a guard splits the
change inside the product into broad tones and detail, and lets through as much of it as keeps the structure
and the colours that the mode promises. Text keeps its strokes in every mode but `off`.
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
from ..imaging.colour import delta_e2000, lab
from ..looks import Protection
from . import metrics
from .metrics import MeasuredImage
from .scene import STEP, Scene

BROAD: Final = 16  # px over which a change is tone and not detail
TEXT_TONE: Final = 0.25  # of the tone that reaches text; of the detail, nothing
WHITE_FROM, CLEAN_FROM = 0.5, 0.75  # share of clean ground, white or not, from which nothing is painted
TRIALS: Final = 5
TRIAL_SKIP: Final = 3  # of the gates' windows, in each direction, a trial looks at every so many-th,
TRIAL_STEP: Final = 12  # px between the colours that a trial looks at
TRIAL_WINDOWS: Final = TRIAL_SKIP * STEP  # px between them
SPILL: Final = 8  # px of the scene beyond the clean ground over which white stays: changes spill, rims err
CLOSE: Final = 2  # px of the scene over which it stays in any case
PALE: Final = 230  # a photo's least channel from which it may be ground with a little noise
LEAST_WHITE: Final = round(255 * metrics.WHITE)


@dataclass(frozen=True)
class Mode:
    """Strengths of the net inside the product and outside, and what the guard keeps inside: SSIM and the
    median ΔE2000."""

    inside: float = 1.0
    outside: float = 1.0
    ssim: float = 0.0
    delta_e: float = 100.0

    @property
    def limits_change(self) -> bool:
        return self.ssim > 0


MODES: Final = {
    Protection.OFF: Mode(),
    Protection.SOFT: Mode(ssim=0.88, delta_e=6.0),
    Protection.STRICT: Mode(inside=0.3, ssim=0.96, delta_e=1.7),
    Protection.BACKGROUND_ONLY: Mode(inside=0.0),
    Protection.PRODUCT_ONLY: Mode(outside=0.0),
}


def protect(scene: Scene, change: Tensor, protection: Protection) -> Tensor:
    """(1, 3, H, W) what may be added to the photo, of a change that the net would make; takes its place."""
    mode, product = MODES[protection], scene.regions.product
    # What is half product, or half text, is protected wholly.
    covered, lettered = ((2 * mask).clamp(max=1) for mask in (product, scene.regions.text))
    paintable = _paintable(scene)
    if mode.outside == 0:
        paintable = paintable * product * (1 - scene.certain_background)
    change.mul_(paintable)
    if mode.inside == 0:
        return change.mul_(1 - covered)
    if protection is Protection.OFF:
        return change
    change.add_(scene.photo).clamp_(0, 1).sub_(scene.photo)  # what can be shown of it
    tone = _tone(change, product).mul_(paintable)
    if mode.limits_change:
        change.lerp_(limit_change(scene, change, tone, mode), covered)
    return change.lerp_(tone.mul_(TEXT_TONE), lettered)


def restore_white(photo: Image.Image, result: Image.Image, scene: Scene) -> Image.Image:
    """The result; where clean ground is white, what is white in the photo put back on it and a little beyond.

    Both are of the photo's own size: where that is not the scene's, a change brought to size spills a little
    over the rim that the guard drew, and the scene shows rims and specks of white as grey.
    """
    if photo.size == (scene.photo.shape[3], scene.photo.shape[2]) or not scene.white.any():
        return result
    red, green, blue = tensors.over_white(photo).split()
    least = ImageChops.darker(ImageChops.darker(red, green), blue)
    white = least.point([0] * LEAST_WHITE + [255] * (256 - LEAST_WHITE))
    result = result.copy()
    # A mask of bits is pasted four times as fast as one of bytes.
    mask = ImageChops.darker(white, _open_background(least, scene)).convert("1", dither=Image.Dither.NONE)
    result.paste(photo, mask=mask)
    return result


def _open_background(least: Image.Image, scene: Scene) -> Image.Image:
    """L, 255 on clean ground and CLOSE px on, and SPILL px as far as no contour of the photo stops it.

    `least` is the least channel of the photo at its own size: in it the outline of white goods is a contour.
    """
    scale = least.width / scene.photo.shape[3]
    cell = math.ceil(scale)
    cells = least.reduce(cell)
    free = torch.from_numpy(np.asarray(cells) >= PALE).to(torch.uint8)[None, None]
    some, most = ((scene.outside > share).to(torch.uint8).cpu() for share in (0, metrics.HALF))
    close, clean = (F.interpolate(mask, size=free.shape[2:]) for mask in (windows.highest(some, CLOSE), most))
    grown = clean
    for _ in range(math.ceil(SPILL * scale / cell)):
        grown = windows.highest(grown, 1).mul_(free)
    reached = Image.fromarray(torch.maximum(grown, close)[0, 0].mul_(255).numpy())
    box = (0.0, 0.0, least.width / cell, least.height / cell)
    return reached.resize(least.size, Image.Resampling.NEAREST, box)


def _paintable(scene: Scene) -> Tensor:
    """(1, 1, H, W) how far each pixel may change: clean ground not at all, its rim a little; or 1 for all."""
    if not scene.on_plain_background:
        return scene.photo.new_ones(1, 1, 1, 1)
    cleaner = torch.where(scene.white > 0, 1 / WHITE_FROM, 1 / CLEAN_FROM)
    return (1 - cleaner * scene.outside).clamp_(0, 1)


def limit_change(scene: Scene, change: Tensor, tone: Tensor, mode: Mode) -> Tensor:
    """As much of the change as keeps what the mode promises inside the product: of its tone a share, of its
    detail the square of that."""
    detail = change - tone
    trials = ChangeBudget(scene, detail, tone)
    if trials.keeps(1.0, mode):
        return change
    low, high = 0.0, 1.0
    for _ in range(TRIALS):
        share = (low + high) / 2
        low, high = (share, high) if trials.keeps(share, mode) else (low, share)
    return detail.mul_(low**2).add_(tone, alpha=low)


class ChangeBudget:
    """What each share of a change would keep inside the product, from sums that are taken once."""

    def __init__(self, scene: Scene, detail: Tensor, tone: Tensor) -> None:
        photo = scene.measured.tone
        tones = [MeasuredImage(part).tone + 128 for part in (detail, tone)]
        photo_style, variance = (each[..., ::TRIAL_SKIP, ::TRIAL_SKIP] for each in scene.measured.moments)
        self._photo_style = photo_style, variance
        self._means = torch.cat([photo_style, *(_windows(part) for part in tones)])
        first = [variance + photo_style.square(), *(_windows(photo * part) for part in tones)]
        both = _windows(tones[0] * tones[1])
        second, third = (_windows(part.square()) for part in tones)
        rows = [first, [first[1], second, both], [first[2], both, third]]
        self._products = torch.cat([each for row in rows for each in row]).unflatten(0, (3, 3))
        self._weight = metrics.at_window_centres(scene.regions.product, metrics.SSIM_WINDOW, TRIAL_WINDOWS)
        inside = metrics.subsample(scene.regions.product, TRIAL_STEP)[0, 0] > metrics.HALF
        parts = (scene.photo, detail, tone)
        self._colours = [metrics.subsample(part, TRIAL_STEP)[:, :, inside].unsqueeze(2) for part in parts]
        self._lab = lab(self._colours[0])

    def keeps(self, share: float, mode: Mode) -> bool:
        return self._ssim(share) >= mode.ssim and self._delta_e(share) <= mode.delta_e

    def _ssim(self, share: float) -> float:
        shares = self._means.new_tensor(_shares(share))
        mean = torch.einsum("i,ichw->chw", shares, self._means)
        square = torch.einsum("i,j,ijchw->chw", shares, shares, self._products)
        covariance = torch.einsum("j,jchw->chw", shares, self._products[0]) - self._photo_style[0] * mean
        similar = metrics.ssim_from_moments(self._photo_style, (mean, square - mean.square()), covariance)
        return metrics.weighted_mean(similar, self._weight, empty=1.0)

    def _delta_e(self, share: float) -> float:
        weighted = [part * weight for part, weight in zip(self._colours, _shares(share), strict=True)]
        shift = delta_e2000(self._lab, lab(torch.stack(weighted).sum(0).clamp(0, 1)))
        return float(shift.median()) if shift.numel() else 0.0


def _shares(share: float) -> tuple[float, float, float]:
    """Of the photo, of the detail and of the tone: tone passes more freely."""
    return 1.0, share**2, share


def _windows(plane: Tensor) -> Tensor:
    return metrics.window_means(plane, metrics.SSIM_WINDOW, TRIAL_WINDOWS)


def _tone(change: Tensor, product: Tensor) -> Tensor:
    """The change without its detail: means over the product alone, so that nothing fades at its rim."""
    size = change.shape[2:]
    coarse = [max(1, side // BROAD) for side in size]
    weight = F.interpolate(product, size=coarse, mode="area") + 1e-3
    tone = F.interpolate((change * (product + 1e-3)), size=coarse, mode="area") / weight
    # Antialiasing changes nothing when a picture grows, but takes the faster of torch's two ways.
    return F.interpolate(tone, size=size, mode="bilinear", antialias=True)
