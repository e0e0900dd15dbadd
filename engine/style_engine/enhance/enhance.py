"""Enhancement: correct noise, white balance, exposure, local contrast and sharpness, in that order.

A photo that needs no correction is left as it is. Everything is measured on small copies (a thumbnail; a crop
for noise and sharpness) and applied as curves and in strips, so that large photos need little memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from ..imaging.tensors import over_white, require_supported
from .denoise import NoiseEstimate, denoise, estimate_noise
from .detail import NO_DETAIL, Detail, add_detail, missing_detail
from .exposure import NO_EXPOSURE_CHANGE, Exposure, correction_curves, estimate_exposure
from .light_evidence import find_white_paper, trust_in_scene
from .limits import DEFAULT_LIMITS, EvidenceLimits
from .thumbnail import make_thumbnail
from .white_balance import NO_BALANCE_CHANGE, Balance, estimate_white_balance

MIN_ENHANCED_SIDE_PX: Final = 16  # smaller pictures give no reliable measurements and are left as they are
IDENTITY_CURVES: Final = [*range(256)] * 3
OPAQUE_8BIT: Final = 255  # alpha
SAMPLE_SIDE_PX: Final = 512  # of the central crop in which noise and sharpness are measured


@dataclass(frozen=True)
class Step:
    """One applied correction: its amount, in the unit that the note names, and a note for people."""

    name: str
    amount: float
    note: str


def enhance(
    image: Image.Image, limits: EvidenceLimits = DEFAULT_LIMITS
) -> tuple[Image.Image, tuple[Step, ...]]:
    """Enhance an upright sRGB picture (RGB or RGBA); size, mode and alpha are kept. Returns the steps too.

    Without steps the pixels are unchanged. Raises UnsupportedPicture.
    """
    require_supported(image)
    if min(image.size) < MIN_ENHANCED_SIDE_PX:
        return image.copy(), ()
    noise = estimate_noise(_central_crop(image), limits)
    denoised = denoise(image, noise)
    corrections = _measure(denoised, noise, limits)
    steps = tuple(_steps(corrections))
    return (_apply(corrections, denoised) if steps else image.copy()), steps


@dataclass(frozen=True)
class _Corrections:
    noise: NoiseEstimate
    balance: Balance = NO_BALANCE_CHANGE
    exposure: Exposure = NO_EXPOSURE_CHANGE
    detail: Detail = NO_DETAIL

    @property
    def curves(self) -> list[int]:
        return correction_curves(self.balance, self.exposure)


def _measure(image: Image.Image, noise: NoiseEstimate, limits: EvidenceLimits) -> _Corrections:
    """A cut-out shows nothing of the light around it, so its light and detail are left."""
    if _is_cutout(image):
        return _Corrections(noise)
    thumbnail = make_thumbnail(image)
    paper = find_white_paper(thumbnail)
    scene_trust = trust_in_scene(thumbnail, limits.scene)
    balance = estimate_white_balance(thumbnail, paper, scene_trust)
    exposure = estimate_exposure(thumbnail, paper, balance, scene_trust)
    if scene_trust == 0:
        return _Corrections(noise, balance, exposure)
    adjusted = thumbnail.image.point(correction_curves(balance, exposure))
    detail = missing_detail(adjusted, None if noise.found else _central_crop(image))
    return _Corrections(noise, balance, exposure, detail)


def _is_cutout(image: Image.Image) -> bool:
    return image.mode == "RGBA" and bool((np.asarray(image.getchannel("A")) < OPAQUE_8BIT).any())


def _central_crop(image: Image.Image) -> Image.Image:
    """RGB, transparent pixels white: clipped pixels are not measured."""
    left, top = (max(0, (side - SAMPLE_SIDE_PX) // 2) for side in image.size)
    box = (left, top, min(image.width, left + SAMPLE_SIDE_PX), min(image.height, top + SAMPLE_SIDE_PX))
    return over_white(image.crop(box))


def _steps(corrections: _Corrections) -> Iterator[Step]:
    noise, balance, exposure, detail = (
        corrections.noise,
        corrections.balance,
        corrections.exposure,
        corrections.detail,
    )
    if noise.luminance:
        yield Step("denoise", noise.luminance, f"noise of {noise.luminance:.1f} levels smoothed")
    if noise.blocks:
        yield Step("deblock", noise.blocks, f"JPEG blocks with steps of {noise.blocks:.1f} levels smoothed")
    if balance.evidence:
        yield _balance_step(balance)
    if exposure != NO_EXPOSURE_CHANGE:
        yield Step("exposure", exposure.stops, f"{exposure.reason} ({exposure.stops:+.1f} stops)")
    if detail.local:
        yield Step("local-contrast", detail.local, f"local contrast raised by {detail.local:.0%}")
    if detail.sharp:
        yield Step("sharpen", detail.sharp, f"fine detail raised by {detail.sharp:.0%}")


def _balance_step(balance: Balance) -> Step:
    gains = dict(zip(("red", "green", "blue"), balance.gains, strict=True))
    name = max(gains, key=lambda channel: abs(gains[channel] - 1))
    change = gains[name] - 1
    verb = "raised" if change > 0 else "lowered"
    return Step("white-balance", abs(change), f"{name} {verb} by {abs(change):.0%}, as {balance.evidence}")


def _apply(corrections: _Corrections, image: Image.Image) -> Image.Image:
    result = image if image.mode == "RGB" else image.convert("RGB")
    if corrections.curves != IDENTITY_CURVES:
        result = result.point(corrections.curves)
    detail = corrections.detail
    if detail.local or detail.sharp:
        result = add_detail(result, detail)
    if image.mode == "RGBA":
        result.putalpha(image.getchannel("A"))
    return result
