"""The engine of the container: one photo at a time, and looks retried alone after a failure."""

import gc
import logging
from threading import Lock

import torch
from PIL.Image import Image

from limner.looks import ENHANCE
from style_engine import Look as EngineLook
from style_engine import StyledPicture as EngineStyledPicture
from style_engine import StyleEngineError, Stylizer

logger = logging.getLogger("stylizer")


class RetryingEngine:
    """The engine for one photo at a time. If a batch of looks fails, such as for lack of memory, each look is
    retried alone."""

    def __init__(self, stylizer: Stylizer) -> None:
        self._stylizer = stylizer
        self._lock = Lock()

    @property
    def model(self) -> str:
        return f"{self._stylizer.model.name}@{self._stylizer.version}"

    def stylize_all(self, photo: Image, looks: list[EngineLook]) -> list[EngineStyledPicture | None]:
        """None for each look that failed in the batch and alone.

        Raises the engine's errors: StyleEngineError at once, any other error if all looks failed.
        """
        with self._lock:
            try:
                return [*self._stylizer.stylize_all(photo, looks, explained=True)]
            except StyleEngineError:
                raise
            except Exception as error:
                logger.warning("retrying looks one by one after %s", repr(error))
            # Outside the handler: the traceback would keep the failed attempt's tensors in memory.
            return self._one_by_one(photo, looks)

    def _one_by_one(self, photo: Image, looks: list[EngineLook]) -> list[EngineStyledPicture | None]:
        pictures: list[EngineStyledPicture | None] = []
        failure: Exception | None = None
        for look in looks:
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

    def enhance(self, photo: Image) -> EngineStyledPicture | None:
        """The enhanced photo without a style; None if that fails."""
        with self._lock:
            try:
                return self._stylizer.stylize_all(photo, [EngineLook.of(ENHANCE)])[0]
            except Exception:
                logger.exception("enhancing the photo failed")
                return None

    def self_test(self) -> None:
        """Runs the engine once. Raises its errors."""
        with self._lock:
            _free_memory()
            self._stylizer.warm_up()


def _free_memory() -> None:
    gc.collect()
    torch.cuda.empty_cache()
