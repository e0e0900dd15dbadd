"""The container's engine: the networks paint looks in batches, tenants in turn; failures are retried."""

import gc
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

import torch
from PIL.Image import Image

from limner.looks import ENHANCE
from photo_files.bounded import OpenedPhoto
from photo_files.packs.profile import Profile
from photo_files.variants import Encoded
from style_engine import Look as EngineLook
from style_engine import StyledPicture as EngineStyledPicture
from style_engine import StyleEngineError, Stylizer
from style_engine.commands.packing import Pack, make_pack
from style_engine.network.styles import Style
from style_engine.painted_look import PaintedLook
from style_engine.perceptual.fine_tune import refine_style
from style_engine.perceptual.learn import learn_style
from style_engine.prepared_photo import PreparedPhoto
from style_engine.toned_look import TonedLook

from .device_stage import AddSeconds, DeviceStage, not_counted

logger = logging.getLogger("stylizer")
NO_TENANT = ""
"""Takes its turns for the self-test."""

PREVIEW_MAX_SIDE_PX = 768
BATCH_WAIT_SECONDS = 0.004
"""For further looks while a batch is not full: a tenth of what the network takes for one on a T4 or less."""
DEVICE_PLACES = 32
"""Looks that wait for the device; whoever has more waits with them."""

Result = TypeVar("Result")
PaintRequest = tuple[PreparedPhoto, EngineLook]


class RetryingEngine:
    """The engine, whose device one thread has. Looks of several photos are painted together, up to
    `looks_at_once`; if that fails, such as for lack of memory, each is painted alone, and once again if it
    fails alone too."""

    def __init__(self, stylizer: Stylizer, looks_at_once: int = 1) -> None:
        self._stylizer = stylizer
        self.device: DeviceStage[PaintRequest, TonedLook] = DeviceStage(
            self._paint, most=looks_at_once, wait_seconds=BATCH_WAIT_SECONDS, places=DEVICE_PLACES
        )

    @property
    def model(self) -> str:
        return f"{self._stylizer.model.name}@{self._stylizer.version}"

    def prepare(
        self, photo: Image, looks: Sequence[EngineLook], own_styles: Sequence[Style] = ()
    ) -> PreparedPhoto:
        """What needs no device; the looks may use `own_styles` too. Raises StyleEngineError."""
        stylizer = self._stylizer.with_styles(own_styles) if own_styles else self._stylizer
        return stylizer.prepare(photo, looks)

    def paint(
        self, photo: PreparedPhoto, look: EngineLook, tenant: str, add_seconds: AddSeconds = not_counted
    ) -> "Future[TonedLook]":
        """A look to be finished when the networks have painted it, or the error of the second attempt.

        `add_seconds` is given those in which the device was the look's.
        """
        return self.device.submit(tenant, (photo, look), add_seconds)

    def finish(self, toned: TonedLook) -> PaintedLook:
        """The look with its marks, judged and explained. Raises the error of the second attempt."""
        return _twice(lambda: toned.finish(explained=True), f"finishing {toned.look}")

    def compose(self, painted: PaintedLook) -> EngineStyledPicture:
        """The picture at the photo's own size. Raises the error of the second attempt."""
        return _twice(painted.compose, f"composing {painted.look}")

    def _picture(self, photo: PreparedPhoto, look: EngineLook, tenant: str) -> EngineStyledPicture:
        """All stages of one look, in this thread but for the device's."""
        return self.compose(self.finish(self.paint(photo, look, tenant).result()))

    def _paint(self, requests: Sequence[PaintRequest]) -> list[TonedLook]:
        def paint() -> list[TonedLook]:
            return self._stylizer.paint_together(requests)

        return paint() if len(requests) > 1 else _twice(paint, f"painting {requests[0][1]}")

    def enhance(self, photo: Image, tenant: str) -> EngineStyledPicture | None:
        """The enhanced photo without a style; None if that fails."""
        looks = [EngineLook.of(ENHANCE)]
        try:
            return self._picture(self.prepare(photo, looks), looks[0], tenant)
        except Exception:
            logger.exception("enhancing the photo failed")
            return None

    def learn(
        self, pictures: Sequence[Image], style_id: str, name: str, photo: Image | None, steps: int
    ) -> Style:
        """A style from pictures. With `steps`, fine-tuned to the first of them on the photo, or on the
        picture itself where there is no photo."""
        model = self._stylizer.loaded.on_cpu.model  # VGG-19 is run there too: a second or two a picture
        style = learn_style(model, pictures, style_id, name)
        if steps == 0:
            return style
        return refine_style(model, style, pictures[0], [photo or pictures[0]], steps)

    def preview(self, photo: Image, style: Style, tenant: str) -> EngineStyledPicture:
        """The photo in the style at full strength, with the product protected as by default."""
        small = photo.convert("RGB")
        small.thumbnail((PREVIEW_MAX_SIDE_PX, PREVIEW_MAX_SIDE_PX))
        look = EngineLook.of(style.id)
        return self._picture(self.prepare(small, [look], [style]), look, tenant)

    def pack(
        self, data: bytes, photo: OpenedPhoto, profile: Profile, sign: Callable[[Encoded], Encoded]
    ) -> Pack:
        """The photo on a marketplace's canvas, with the verdict by rule. On the CPU: the device's turns are
        for painting, and most of the time goes into the canvas and the file."""
        finder = self._stylizer.loaded.on_cpu.finder
        return _twice(lambda: make_pack(data, photo, profile, finder, sign), f"packing for {profile.id}")

    def people_share(self, picture: Image, tenant: str) -> float:
        """The share of the picture's area that shows skin of people, 0..1."""
        share: float = self.device.call(tenant, lambda: self._stylizer.people_share(picture))
        return share

    def self_test(self) -> None:
        """Runs the engine once. Raises its errors."""
        self.device.call(NO_TENANT, self._test)

    def _test(self) -> None:
        _free_memory()
        self._stylizer.warm_up()


def _twice(attempt: Callable[[], Result], what: str) -> Result:
    """What the first attempt returns, or, where it fails for another reason than the order, the second."""
    try:
        return attempt()
    except StyleEngineError:
        raise
    except Exception as error:
        logger.warning("%s is tried again after %s", what, repr(error))
    # Outside the handler: the traceback would keep the failed attempt's tensors in memory.
    _free_memory()
    return attempt()


def _free_memory() -> None:
    gc.collect()
    torch.cuda.empty_cache()
