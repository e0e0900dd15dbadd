"""The switch that pauses submissions to the endpoint, as a parameter in Systems Manager."""

import logging
import time
from collections.abc import Callable
from typing import Any

from limner.adapters.sdk import sdk_errors
from limner.errors import LimnerError

logger = logging.getLogger(__name__)

RUNNING = "running"
CACHE_SECONDS = 30


class PauseParameter:
    """Paused unless the parameter's value is `running`. Read again after CACHE_SECONDS; while it cannot be
    read, the last value holds.

    `client` is a boto3 SSM client, `clock` gives seconds that never go back.
    """

    def __init__(self, client: Any, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._name = name
        self._clock = clock
        self._value: str | None = None
        self._read_at = 0.0

    def __call__(self) -> bool:
        """Raises Unavailable or DependencyRefused while no value has been read."""
        if self._value is None or self._clock() - self._read_at >= CACHE_SECONDS:
            self._refresh()
        return self._value != RUNNING

    def _refresh(self) -> None:
        try:
            with sdk_errors("reading whether submissions are paused"):
                answer = self._client.get_parameter(Name=self._name)
        except LimnerError:
            if self._value is None:
                raise
            logger.exception("submissions stay %s", self._value)
        else:
            self._value = answer["Parameter"]["Value"]
        self._read_at = self._clock()
