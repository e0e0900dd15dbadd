"""Beautify: lift a seller's photo towards a good one, and leave a good one as it is.

Everything is judged on small copies (a thumbnail; a crop for noise) and done as curves and local maps in
strips, so that 24 megapixels cost time, not memory. Noise first, then white balance, exposure, local contrast
and sharpness.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from PIL import Image

from ..imaging.tensors import require_supported
from .denoise import Dirt, cleaned, find_dirt
from .detail import Detail, add_detail, lacking_detail
from .exposure import UNTOUCHED, Balance, Exposure, curves, exposure, white_balance, white_paper
from .thumbnail import view

SMALLEST: Final = 16  # px; a shorter side tells nothing, and the picture is left alone
STRAIGHT: Final = [*range(256)] * 3  # curves that change nothing
SAMPLE: Final = 512  # px, side of the crop in which noise and sharpness are measured


@dataclass(frozen=True)
class Step:
    """One thing done: how much, in the unit that the note names, and the note as part of a sentence."""

    name: str
    amount: float
    note: str


def beautify(image: Image.Image) -> tuple[Image.Image, tuple[Step, ...]]:
    """An upright sRGB picture (RGB or RGBA) lifted, of the same size, mode and alpha; and the steps in order.

    Without a step the pixels are the photo's. Raises UnsupportedPicture.
    """
    require_supported(image)
    if min(image.size) < SMALLEST:
        return image.copy(), ()
    dirt = find_dirt(_middle(image))
    clean = cleaned(image, dirt)
    plan = _plan(clean, dirt)
    steps = tuple(_steps(plan))
    return (_carried_out(plan, clean) if steps else image.copy()), steps


@dataclass(frozen=True)
class _Plan:
    dirt: Dirt
    balance: Balance
    exposure: Exposure
    detail: Detail

    @property
    def curves(self) -> list[int]:
        return curves(self.balance, self.exposure)


def _plan(image: Image.Image, dirt: Dirt) -> _Plan:
    small = view(image)
    paper = white_paper(small)
    balance = white_balance(small, paper)
    light = exposure(small, paper, balance)
    lifted = small.image.point(curves(balance, light))
    detail = lacking_detail(small, lifted, None if dirt.found else _middle(image))
    return _Plan(dirt, balance, light, detail)


def _middle(image: Image.Image) -> Image.Image:
    left, top = (max(0, (side - SAMPLE) // 2) for side in image.size)
    box = (left, top, min(image.width, left + SAMPLE), min(image.height, top + SAMPLE))
    return image.crop(box).convert("RGB")


def _steps(plan: _Plan) -> Iterator[Step]:
    dirt, detail = plan.dirt, plan.detail
    if dirt.luminance:
        yield Step("denoise", dirt.luminance, f"noise of {dirt.luminance:.1f} levels smoothed")
    if dirt.blocks:
        yield Step("deblock", dirt.blocks, f"JPEG blocks with steps of {dirt.blocks:.1f} levels smoothed")
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
