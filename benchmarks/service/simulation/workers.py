"""A queue and the function that reads it: so many invocations at once, each with a batch."""

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import simpy

Process = Generator[simpy.Event, Any, None]


@dataclass(eq=False, slots=True)
class Photo:
    """`attempts` are the invocations of the endpoint that have failed. The report of one that has not is
    the photo's results once the recorder has read it."""

    tenant: int
    uploaded_at: float
    has_variants: bool = False
    has_report: bool = False
    has_results: bool = False
    attempts: int = 0


def after(env: simpy.Environment, seconds: float, then: Callable[..., None], *arguments: Any) -> None:
    """Call a function at a later time."""
    env.timeout(seconds).callbacks.append(lambda _: then(*arguments))


class Workers:
    """`concurrency` invocations at once, each of up to `batch` photos, one after the other in `seconds` each.
    A batch is handed on as a whole, as its messages are deleted."""

    def __init__(
        self,
        env: simpy.Environment,
        *,
        concurrency: int,
        batch: int,
        seconds: float,
        done: Callable[[Photo], None],
    ) -> None:
        self._env, self._free, self._batch, self._seconds, self._done = env, concurrency, batch, seconds, done
        self._queue: deque[tuple[float, Photo]] = deque()

    def put(self, photo: Photo) -> None:
        self._queue.append((self._env.now, photo))
        self._start()

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def oldest_age_seconds(self) -> float:
        """Of the message that has waited longest; what the alarm of the queue's age measures."""
        return self._env.now - self._queue[0][0] if self._queue else 0.0

    def _start(self) -> None:
        while self._free and self._queue:
            taken = min(self._batch, len(self._queue))
            photos = [self._queue.popleft()[1] for _ in range(taken)]
            self._free -= 1
            after(self._env, self._seconds * len(photos), self._end, photos)

    def _end(self, photos: list[Photo]) -> None:
        self._free += 1
        for photo in photos:
            self._done(photo)
        self._start()
