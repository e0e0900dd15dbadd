"""Whether the container is healthy, and how many tickets it admits at once."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from threading import Timer

logger = logging.getLogger("stylizer")

FAILED_PHOTOS_UNTIL_UNHEALTHY = 3
UNHEALTHY_SECONDS = 6.0
"""From unhealthy to the end of the process. SageMaker sends `/ping` every 5 s, so at least one gets a 503."""
SIGTERM_GRACE_SECONDS = 30.0


class Health:
    """Healthy until the engine is broken; then unhealthy for good. UNHEALTHY_SECONDS later it calls `end`."""

    def __init__(self, test_engine: Callable[[], None], end: Callable[[], None]) -> None:
        self.unhealthy_reason: str | None = None
        self._test_engine = test_engine
        self._end = end
        self._failed_photos: set[str] = set()

    def record_success(self) -> None:
        self._failed_photos.clear()

    def record_failure(self, photo: str) -> None:
        """Becomes unhealthy if the self-test fails, or after several different photos without a success.

        One photo that fails repeatedly does not show that the engine is broken.
        """
        self._failed_photos.add(photo)
        if len(self._failed_photos) >= FAILED_PHOTOS_UNTIL_UNHEALTHY:
            return self.mark_unhealthy(
                f"{FAILED_PHOTOS_UNTIL_UNHEALTHY} photos failed without a success between"
            )
        try:
            self._test_engine()
        except Exception as error:
            self.mark_unhealthy(f"the engine fails its self-test: {type(error).__name__}: {error}")

    def mark_unhealthy(self, reason: str) -> None:
        if self.unhealthy_reason:
            return
        self.unhealthy_reason = reason
        logger.critical("unhealthy, the process will end: %s", reason)
        timer = Timer(UNHEALTHY_SECONDS, self._end)
        timer.daemon = True
        timer.start()


def end_process() -> None:
    """Send SIGTERM, so that requests in progress are finished; exit hard after SIGTERM_GRACE_SECONDS: a hung
    thread would keep the process alive, since SIGTERM has no default effect on a container's process 1."""
    hard_exit = Timer(SIGTERM_GRACE_SECONDS, os._exit, [1])
    hard_exit.daemon = True
    hard_exit.start()
    os.kill(os.getpid(), signal.SIGTERM)


class TooBusy(Exception):
    """No more tickets are admitted at the moment."""


class AdmissionLimit:
    """At most `concurrent` tickets in progress and `waiting` in a FIFO queue; for one event loop."""

    def __init__(self, concurrent: int, waiting: int) -> None:
        self._free_places = concurrent + waiting
        self._concurrent = asyncio.Semaphore(concurrent)

    @asynccontextmanager
    async def admit(self) -> AsyncIterator[None]:
        """Raises TooBusy."""
        if not self._free_places:
            raise TooBusy
        self._free_places -= 1
        try:
            async with self._concurrent:
                yield
        finally:
            self._free_places += 1
