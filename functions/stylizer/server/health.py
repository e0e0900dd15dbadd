"""Whether the container should get tickets, and how many at once."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from threading import Timer

logger = logging.getLogger("stylizer")

FAILURES_IN_A_ROW = 3
UNHEALTHY_SECONDS = 6.0
"""SageMaker asks every five: one `/ping` sees red before the process ends and a fresh one takes its place."""
CUT_OFF_SECONDS = 30.0


class Health:
    """Green until the engine is beyond repair; then red for good, and `end` is called RED_SECONDS later."""

    def __init__(self, test_engine: Callable[[], None], end: Callable[[], None]) -> None:
        self.unhealthy_reason: str | None = None
        self._test_engine = test_engine
        self._end = end
        self._failed: set[str] = set()

    def note_success(self) -> None:
        self._failed.clear()

    def note_failure(self, photo: str) -> None:
        """A photo that fails again and again shows nothing; several in a row do, and so does a self-test."""
        self._failed.add(photo)
        if len(self._failed) >= FAILURES_IN_A_ROW:
            return self.mark_unhealthy(f"{FAILURES_IN_A_ROW} photos failed in a row")
        try:
            self._test_engine()
        except Exception as error:
            self.mark_unhealthy(f"the engine fails its self-test: {type(error).__name__}: {error}")

    def mark_unhealthy(self, unhealthy_reason: str) -> None:
        if self.unhealthy_reason:
            return
        self.unhealthy_reason = unhealthy_reason
        logger.critical("beyond repair, the process ends: %s", unhealthy_reason)
        timer = Timer(UNHEALTHY_SECONDS, self._end)
        timer.daemon = True
        timer.start()


def end_process() -> None:
    """As SageMaker does it: what is under way is finished first, and what hangs is cut off. Without the cut a
    hung thread would keep a container's first process alive, which the default SIGTERM does not end."""
    last = Timer(CUT_OFF_SECONDS, os._exit, [1])
    last.daemon = True
    last.start()
    os.kill(os.getpid(), signal.SIGTERM)


class TooBusy(Exception):
    """Every place is taken."""


class AdmissionLimit:
    """At most `at_work` at a time and `waiting` behind them, in the order they came. For one event loop."""

    def __init__(self, at_work: int, waiting: int) -> None:
        self._free = at_work + waiting
        self._at_work = asyncio.Semaphore(at_work)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Raises Crowded."""
        if not self._free:
            raise TooBusy
        self._free -= 1
        try:
            async with self._at_work:
                yield
        finally:
            self._free += 1
