"""Product protection: where a style may paint, and how much of its change stays inside the product.

Each mode says at which strength the net paints the product and all else. After the net, a guard splits the
change inside the product into broad tones and detail, and lets through as much of it as keeps the structure
and the colours that the mode promises. Text keeps its strokes in every mode but `off`.
"""

from dataclasses import dataclass
from typing import Final

import torch
from PIL import Image, ImageChops
from torch import Tensor
from torch.nn import functional as F

from . import gates, measures, pictures
from .gates import Scene
from .looks import Protection

BROAD: Final = 16  # px over which a change is tone and not detail
TEXT_TONE: Final = 0.25  # of the tone that reaches text; of the detail, nothing
TRIALS: Final = 5
LEAST_WHITE: Final = round(255 * measures.WHITE)


@dataclass(frozen=True)
class Mode:
    """Strengths of the net inside the product and outside, and what the guard keeps inside: SSIM and the
    median ΔE2000."""

    inside: float = 1.0
    outside: float = 1.0
    ssim: float = 0.0
    delta_e: float = 100.0

    @property
    def guards(self) -> bool:
        return self.ssim > 0


MODES: Final = {
    Protection.OFF: Mode(),
    Protection.SOFT: Mode(ssim=0.87, delta_e=9.0),
    Protection.STRICT: Mode(inside=0.3, ssim=0.96, delta_e=1.7),
    Protection.BACKGROUND_ONLY: Mode(inside=0.0),
    Protection.PRODUCT_ONLY: Mode(outside=0.0),
}


def guarded(scene: Scene, change: Tensor, protection: Protection) -> Tensor:
    """(1, 3, H, W) what may be added to the photo, of a change that the net would make."""
    mode, product = MODES[protection], scene.regions.product
    paintable = _paintable(scene)
    change = change * paintable
    if mode.inside == 0:
        return change * (1 - product)
    if mode.outside == 0:
        change = change * product
    if protection is Protection.OFF:
        return change
    tone = _tone(change, product) * paintable
    if mode.guards:
        change = torch.lerp(change, _gentle(scene, change, tone, mode), product)
    return torch.lerp(change, TEXT_TONE * tone, scene.regions.text)


def with_white(photo: Image.Image, result: Image.Image, scene: Scene) -> Image.Image:
    """The result, the white ground of the photo put back to the pixel.

    Both are of the photo's own size: where that is not the scene's, a change brought to size spills a little
    over the rim that the guard drew.
    """
    if photo.size == (scene.photo.shape[3], scene.photo.shape[2]) or not scene.white.any():
        return result
    near = Image.fromarray((255 * (scene.white[0, 0] > 0)).byte().cpu().numpy())
    red, green, blue = pictures.over_white(photo).split()
    least = ImageChops.darker(ImageChops.darker(red, green), blue)
    white = ImageChops.darker(
        least.point([0] * LEAST_WHITE + [255] * (256 - LEAST_WHITE)),
        near.resize(photo.size, Image.Resampling.BILINEAR).point([0] + [255] * 255),
    )
    return Image.composite(photo, result, white)


def _paintable(scene: Scene) -> Tensor:
    """(1, 1, H, W) how far each pixel may change: clean ground not at all, its white not even at the rim."""
    rim = (1 - 2 * scene.outside).clamp(0, 1)
    return torch.where(scene.white > 0, rim, scene.paintable)


def _gentle(scene: Scene, change: Tensor, tone: Tensor, mode: Mode) -> Tensor:
    """The largest share of the change that keeps what the mode promises inside the product.

    Tone passes more freely than detail: at a share s, s of the detail and the root of s of the tone.
    """
    low, high = 0.0, 1.0
    best = torch.zeros_like(change)
    for trial in range(TRIALS):
        share = 1.0 if trial == 0 else (low + high) / 2
        candidate = share * (change - tone) + share**0.5 * tone
        if _keeps(scene, candidate, mode):
            low, best = share, candidate
            if share == 1:
                break
        else:
            high = share
    return best


def _keeps(scene: Scene, change: Tensor, mode: Mode) -> bool:
    result = gates.seen((scene.photo + change).clamp(0, 1))
    product = scene.regions.product
    return (
        measures.masked_ssim(scene.view, result, product) >= mode.ssim
        and measures.colour_shift(scene.view, result, product) <= mode.delta_e
    )


def _tone(change: Tensor, product: Tensor) -> Tensor:
    """The change without its detail: means over the product alone, so that nothing fades at its rim."""
    size = change.shape[2:]
    coarse = [max(1, side // BROAD) for side in size]
    weight = F.interpolate(product, size=coarse, mode="area") + 1e-3
    tone = F.interpolate((change * (product + 1e-3)), size=coarse, mode="area") / weight
    return F.interpolate(tone, size=size, mode="bicubic", align_corners=False)
