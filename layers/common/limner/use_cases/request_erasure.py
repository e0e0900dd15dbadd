"""Begin the erasure of a photo: from now on it is neither listed nor read, and nothing brings it back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from limner.erasure import LATE_WRITES, Erasure, ErasureQueue, ErasureRepository
from limner.tenancy import PhotoKey


@dataclass(frozen=True, kw_only=True)
class RequestErasure:
    erasures: ErasureRepository
    queue: ErasureQueue
    now: Callable[[], datetime]
    in_flight: timedelta
    """The longest time in which something that is under way may still write: a job, or an upload by a
    form."""
    grace_period: timedelta = timedelta(minutes=15)
    """When the sweeper sends the erasure to the eraser again, if the first message is lost."""

    def __call__(self, key: PhotoKey, requested_by: str) -> Erasure:
        """Raises PhotoNotFound. A second request returns the erasure as it is."""
        now = self.now()
        requested = Erasure(
            tenant=key.tenant,
            photo_id=key.photo_id,
            requested_at=now,
            requested_by=requested_by,
            last_check_at=now + self.in_flight + LATE_WRITES,
        )
        erasure = self.erasures.begin(requested, int((now + self.grace_period).timestamp()))
        if erasure.finished_at is None:
            self.queue.send(key)
        return erasure


@dataclass(frozen=True, kw_only=True)
class ResendErasures:
    """Erasures that are due: the first message was lost, or their last check has come."""

    erasures: ErasureRepository
    queue: ErasureQueue
    now: Callable[[], datetime]
    pause: timedelta = timedelta(minutes=30)
    limit: int = 1000

    def __call__(self) -> int:
        """How many were sent. One that the eraser cannot end is sent again after the pause."""
        due = self.erasures.due(int(self.now().timestamp()), self.limit)
        for key in due:
            self.erasures.postpone(key, int((self.now() + self.pause).timestamp()))
            self.queue.send(key)
        return len(due)
