"""The engine of the container: one look at a time, tenants in turn; looks are retried alone after failing."""

import gc
import logging
from collections.abc import Callable

import torch
from PIL.Image import Image

from limner.looks import ENHANCE
from style_engine import Look as EngineLook
from style_engine import StyledPicture as EngineStyledPicture
from style_engine import StyleEngineError, Stylizer

from .turns import Turns

logger = logging.getLogger("stylizer")
NO_TENANT = ""
"""Takes its turns for the self-test."""


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
        self, photo: Image, looks: list[EngineLook], tenant: str
    ) -> list[EngineStyledPicture | None]:
        """None for each look that failed in the batch and alone.

        Raises the engine's errors: StyleEngineError at once, any other error if all looks failed.
        """
        with self._turns.turn(tenant) as pass_on:
            try:
                return [*self._stylizer.stylize_all(photo, looks, explained=True, between_looks=pass_on)]
            except StyleEngineError:
                raise
            except Exception as error:
                logger.warning("retrying looks one by one after %s", repr(error))
            # Outside the handler: the traceback would keep the failed attempt's tensors in memory.
            return self._one_by_one(photo, looks, pass_on)

    def _one_by_one(
        self, photo: Image, looks: list[EngineLook], pass_on: Callable[[], None]
    ) -> list[EngineStyledPicture | None]:
        pictures: list[EngineStyledPicture | None] = []
        failure: Exception | None = None
        for look in looks:
            if pictures:
                pass_on()
            _free_memory()
            try:
                pictures += self._stylizer.stylize_all(photo, [look], explained=True)
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

    def self_test(self) -> None:
        """Runs the engine once. Raises its errors."""
        with self._turns.turn(NO_TENANT):
            _free_memory()
            self._stylizer.warm_up()


def _free_memory() -> None:
    gc.collect()
    torch.cuda.empty_cache()
