"""A caller waits for a photo to become READY or FAILED, in one request instead of many."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from limner.photos import FINAL_STATUSES, Photo
from limner.ports import PhotoRepository
from limner.tenancy import PhotoKey

MAX_WAIT_SECONDS = 25
"""API Gateway ends a request after 30 seconds."""
FIRST_PAUSE_SECONDS = 0.5
PAUSE_FACTOR = 1.5
MAX_PAUSE_SECONDS = 2.0


class WaitingPlaces(Protocol):
    """A tenant's requests that wait at the same time, at most as many as it has places: each keeps one
    instance of the function busy, and other callers need some too."""

    def take(self, tenant: str, until: datetime) -> str | None:
        """A place until it is left, at the latest until that time; None where all are taken."""

    def leave(self, place: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class WaitForPhoto:
    """`sleep` takes seconds."""

    photos: PhotoRepository
    places: WaitingPlaces
    now: Callable[[], datetime]
    sleep: Callable[[float], None]

    def __call__(self, key: PhotoKey, seconds: int) -> Photo:
        """The photo when it is final, or as it is after `seconds`; as it is now where no place is free.

        Raises:
            PhotoNotFound: there is none, or its erasure began meanwhile.
        """
        photo = self.photos.get(key)
        until = self.now() + timedelta(seconds=seconds)
        if photo.status in FINAL_STATUSES or seconds == 0:
            return photo
        with self._place(key.tenant, until) as is_free:
            pause = FIRST_PAUSE_SECONDS
            while is_free and photo.status not in FINAL_STATUSES and (left := self._left(until)) > 0:
                self.sleep(min(pause, left))
                pause = min(pause * PAUSE_FACTOR, MAX_PAUSE_SECONDS)
                photo = self.photos.get(key)
        return photo

    def _left(self, until: datetime) -> float:
        return (until - self.now()).total_seconds()

    @contextmanager
    def _place(self, tenant: str, until: datetime) -> Iterator[bool]:
        place = self.places.take(tenant, until)
        try:
            yield place is not None
        finally:
            if place is not None:
                self.places.leave(place)
