"""Enhance: lift a seller's photo towards a good one, and leave a good one as it is.

Everything is judged on small copies (a thumbnail; a crop for noise) and done as curves and local maps in
strips, so that 24 megapixels cost time, not memory. Noise first, then white balance, exposure, local contrast
and sharpness.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from PIL import Image

from ..imaging.tensors import require_supported
from .denoise import NoiseEstimate, denoise, estimate_noise
from .detail import Detail, add_detail, lacking_detail
from .exposure import UNTOUCHED, Balance, Exposure, curves, exposure, white_balance, white_paper
from .thumbnail import make_thumbnail

SMALLEST: Final = 16  # px; a shorter side tells nothing, and the picture is left alone
STRAIGHT: Final = [*range(256)] * 3  # curves that change nothing
SAMPLE: Final = 512  # px, side of the crop in which noise and sharpness are measured


@dataclass(frozen=True)
class Step:
    """One thing done: how much, in the unit that the note names, and the note as part of a sentence."""

    name: str
    amount: float
    note: str


def enhance(image: Image.Image) -> tuple[Image.Image, tuple[Step, ...]]:
    """An upright sRGB picture (RGB or RGBA) lifted, of the same size, mode and alpha; and the steps in order.

    Without a step the pixels are the photo's. Raises UnsupportedPicture.
    """
    require_supported(image)
    if min(image.size) < SMALLEST:
        return image.copy(), ()
    noise = estimate_noise(_middle(image))
    clean = denoise(image, noise)
    plan = _plan(clean, noise)
    steps = tuple(_steps(plan))
    return (_carried_out(plan, clean) if steps else image.copy()), steps


@dataclass(frozen=True)
class _Plan:
    noise: NoiseEstimate
    balance: Balance
    exposure: Exposure
    detail: Detail

    @property
    def curves(self) -> list[int]:
        return curves(self.balance, self.exposure)


def _plan(image: Image.Image, noise: NoiseEstimate) -> _Plan:
    small = make_thumbnail(image)
    paper = white_paper(small)
    balance = white_balance(small, paper)
    light = exposure(small, paper, balance)
    enhanced = small.image.point(curves(balance, light))
    detail = lacking_detail(small, enhanced, None if noise.found else _middle(image))
    return _Plan(noise, balance, light, detail)


def _middle(image: Image.Image) -> Image.Image:
    left, top = (max(0, (side - SAMPLE) // 2) for side in image.size)
    box = (left, top, min(image.width, left + SAMPLE), min(image.height, top + SAMPLE))
    return image.crop(box).convert("RGB")


def _steps(plan: _Plan) -> Iterator[Step]:
    noise, detail = plan.noise, plan.detail
    if noise.luminance:
        yield Step("denoise", noise.luminance, f"noise of {noise.luminance:.1f} levels smoothed")
    if noise.blocks:
        yield Step("deblock", noise.blocks, f"JPEG blocks with steps of {noise.blocks:.1f} levels smoothed")
    if plan.balance.evidence:
        yield _balance_step(plan.balance)
    if plan.exposure != UNTOUCHED:
        stops = plan.exposure.stops
        yield Step("exposure", stops, f"{plan.exposure.reason} ({stops:+.1f} stops)")
    if detail.local:
        yield Step("local-contrast", detail.local, f"local contrast raised by {detail.local:.0%}")
    if detail.sharp:
        yield Step("sharpen", detail.sharp, f"fine detail raised by {detail.sharp:.0%}")


def _balance_step(balance: Balance) -> Step:
    named = dict(zip(("red", "green", "blue"), balance.gains, strict=True))
    name = max(named, key=lambda channel: abs(named[channel] - 1))
    change = named[name] - 1
    way = "raised" if change > 0 else "lowered"
    return Step("white-balance", abs(change), f"{name} {way} by {abs(change):.0%}, as {balance.evidence}")


def _carried_out(plan: _Plan, image: Image.Image) -> Image.Image:
    result = image if image.mode == "RGB" else image.convert("RGB")
    if plan.curves != STRAIGHT:
        result = result.point(plan.curves)
    if plan.detail.local or plan.detail.sharp:
        result = add_detail(result, plan.detail)
    if image.mode == "RGBA":
        result.putalpha(image.getchannel("A"))
    return result
