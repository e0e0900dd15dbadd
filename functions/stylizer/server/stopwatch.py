"""The seconds of a ticket's steps."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic


class Stopwatch:
    """Sums the seconds of each step, which several threads may take at once."""

    def __init__(self) -> None:
        self._started = monotonic()
        self._steps: defaultdict[str, float] = defaultdict(float)
        self._lock = Lock()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        started = monotonic()
        yield
        self.add(name, monotonic() - started)

    def add(self, name: str, seconds: float) -> None:
        with self._lock:
            self._steps[name] += seconds

    def timings(self) -> dict[str, float]:
        steps = {**self._steps, "total": monotonic() - self._started}
        return {name: round(seconds, 4) for name, seconds in steps.items()}
