"""Reading overdue photos batch by batch, for as long as a run of the sweeper may take."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from limner.photos import Photo
from limner.tenancy import PhotoKey

BATCH_SIZE = 200
PAUSE_RECHECK = timedelta(minutes=10)
"""When a photo is looked at again that waits because submissions to the endpoint are paused."""


def overdue(
    read: Callable[[int, int], Sequence[Photo]], now: Callable[[], datetime], time_limit: timedelta
) -> Iterator[Photo]:
    """Each overdue photo once, earliest first, until none is left or `time_limit` has passed.

    `read` is `PhotoRepository.due` or `due_orders` of some shards. A photo that stays overdue, after an error
    or because the index is a moment behind, is left for the next run.
    """
    end = now() + time_limit
    given: set[PhotoKey] = set()
    while batch := [p for p in read(int(now().timestamp()), BATCH_SIZE) if p.key not in given]:
        for photo in batch:
            if now() >= end:
                return
            given.add(photo.key)
            yield photo
