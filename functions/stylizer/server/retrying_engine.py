"""The engine of the container: one look at a time, tenants in turn; looks are retried alone after failing."""

import gc
import logging
from collections.abc import Callable, Sequence

import torch
from PIL.Image import Image

from limner.looks import ENHANCE
from style_engine import Look as EngineLook
from style_engine import StyledPicture as EngineStyledPicture
from style_engine import StyleEngineError, Stylizer
from style_engine.network.styles import Style
from style_engine.perceptual.fine_tune import refine_style
from style_engine.perceptual.learn import learn_style

from .turns import Turns

logger = logging.getLogger("stylizer")
NO_TENANT = ""
"""Takes its turns for the self-test."""

PREVIEW_MAX_SIDE_PX = 768


class RetryingEngine:
    """The engine for one look at a time, of tenants in turn. If a batch of looks fails, such as for lack of
    memory, each look is retried alone."""

    def __init__(self, stylizer: Stylizer) -> None:
        self._stylizer = stylizer
        self._turns = Turns()

    @property
    def model(self) -> str:
        return f"{self._stylizer.model.name}@{self._stylizer.version}"

    def stylize_all(
        self,
        photo: Image,
        looks: list[EngineLook],
        tenant: str,
        own_styles: Sequence[Style] = (),
    ) -> list[EngineStyledPicture | None]:
        """None for each look that failed in the batch and alone. The looks may use `own_styles` too.

        Raises the engine's errors: StyleEngineError at once, any other error if all looks failed.
        """
        stylizer = self._stylizer.with_styles(own_styles) if own_styles else self._stylizer
        with self._turns.turn(tenant) as pass_on:
            try:
                return [*stylizer.stylize_all(photo, looks, explained=True, between_looks=pass_on)]
            except StyleEngineError:
                raise
            except Exception as error:
                logger.warning("retrying looks one by one after %s", repr(error))
            # Outside the handler: the traceback would keep the failed attempt's tensors in memory.
            return self._one_by_one(stylizer, photo, looks, pass_on)

    def _one_by_one(
        self, stylizer: Stylizer, photo: Image, looks: list[EngineLook], pass_on: Callable[[], None]
    ) -> list[EngineStyledPicture | None]:
        pictures: list[EngineStyledPicture | None] = []
        failure: Exception | None = None
        for look in looks:
            if pictures:
                pass_on()
            _free_memory()
            try:
                pictures += stylizer.stylize_all(photo, [look], explained=True)
            except StyleEngineError:
                raise
            except Exception as error:
                logger.exception("%s failed when retried alone", look)
                failure = error.with_traceback(None)
                pictures.append(None)
        if failure and not any(pictures):
            raise failure
        return pictures

    def enhance(self, photo: Image, tenant: str) -> EngineStyledPicture | None:
        """The enhanced photo without a style; None if that fails."""
        with self._turns.turn(tenant):
            try:
                return self._stylizer.stylize_all(photo, [EngineLook.of(ENHANCE)])[0]
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
        with self._turns.turn(tenant):
            return self._stylizer.with_styles([style]).stylize_all(small, [EngineLook.of(style.id)])[0]

    def people_share(self, picture: Image, tenant: str) -> float:
        """The share of the picture's area that shows skin of people, 0..1."""
        with self._turns.turn(tenant):
            return self._stylizer.people_share(picture)

    def self_test(self) -> None:
        """Runs the engine once. Raises its errors."""
        with self._turns.turn(NO_TENANT):
            _free_memory()
            self._stylizer.warm_up()


def _free_memory() -> None:
    gc.collect()
    torch.cuda.empty_cache()
