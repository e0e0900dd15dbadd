"""For batches of which something has ended: record that they are complete, once nothing is under way.

Whoever ends the last photo need not know of it. Each end is checked after it was written, against rows that
are read consistently, so the check of the last one finds all others. A photo may also end before its batch is
stored; then the batch's own row is the last write, and is checked like an end.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from limner.batches import Batch, BatchCompletion, BatchKey, BatchOutcomes, BatchRepository
from limner.errors import BatchNotFound, MalformedMessage
from limner.photos import Photo
from limner.ports import PhotosByKey

logger = logging.getLogger(__name__)
PHOTOS_AT_ONCE = 25
"""Read before the next ones: one that is under way makes the others needless."""


@dataclass(frozen=True, kw_only=True)
class CompleteBatches:
    batches: BatchRepository
    photos: PhotosByKey
    now: Callable[[], datetime]
    on_unreadable: Callable[[], None]
    """Counts a batch whose row is invalid; it is logged and left as it is, since raising would stop the
    stream for all rows behind it."""

    def __call__(self, keys: Iterable[BatchKey]) -> None:
        """Completing a batch again changes nothing. Raises Unavailable; then some may have been completed."""
        for key in dict.fromkeys(keys):
            self._complete_if_ended(key)

    def _complete_if_ended(self, key: BatchKey) -> None:
        try:
            batch = self.batches.get(*key)
        except BatchNotFound:  # not stored yet, or expired
            return
        except MalformedMessage:
            logger.exception("batch %s of tenant %s is not completed", key.batch_id, key.tenant)
            self.on_unreadable()
            return
        if batch.completion is None and (photos := self._ended(batch)) is not None:
            outcomes = BatchOutcomes.of(batch, photos)
            self.batches.complete(key, BatchCompletion(at=self.now(), outcomes=outcomes))

    def _ended(self, batch: Batch) -> list[Photo] | None:
        """The photos that there still are; None if one is under way. The last ordered ones are read first,
        since they usually end last."""
        found: list[Photo] = []
        keys = batch.photo_keys[::-1]
        for first in range(0, len(keys), PHOTOS_AT_ONCE):
            some = self.photos.those_of(keys[first : first + PHOTOS_AT_ONCE], whole=False, consistent=True)
            if any(photo.outcome is None for photo in some):
                return None
            found += some
        return found
