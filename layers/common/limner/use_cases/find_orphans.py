"""Uploads nobody knows of: objects, or newer versions of objects, whose event was lost. What is found has
arrived; should the new event be lost too, the row is overdue one day and is swept as any other."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from limner.errors import LimnerError, ObjectMissing, PhotoNotFound, StaleWrite
from limner.keys import ORPHAN_CURSOR, UPLOADS, next_sequencer, photo_id_for
from limner.photos import Photo, Source
from limner.ports import ListedObject, ObjectStore, PhotoRepository, UploadEvents
from limner.use_cases.outcomes import Outcome
from limner.use_cases.sweep import LOWEST_SEQUENCER, unannounced

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class FindOrphans:
    """Walks the uploads bucket a page at a time, from where the last run ended, round and round."""

    photos: PhotoRepository
    objects: ObjectStore
    events: UploadEvents
    new_photo: Callable[[Source], Photo]
    now: Callable[[], datetime]
    uploads_bucket: str
    results_bucket: str
    patience: timedelta
    page: int = 500

    def __call__(self) -> Iterator[Outcome]:
        """One outcome per orphan. An upload younger than `patience` may still be on its way."""
        listed = self.objects.list(self.uploads_bucket, UPLOADS, after=self._cursor(), limit=self.page)
        for entry in listed:
            if self.now() - entry.modified >= self.patience:
                yield from self._look_after(entry)
        self._move_to(listed[-1].key if len(listed) == self.page else "")

    def _look_after(self, entry: ListedObject) -> Iterator[Outcome]:
        try:
            if sequencer := self._unknown_since(entry):
                yield from self._adopt(entry.key, sequencer)
        except StaleWrite:
            yield Outcome.SUPERSEDED
        except LimnerError:
            logger.exception("%s could not be looked after", entry.key)
            yield Outcome.TROUBLED

    def _unknown_since(self, entry: ListedObject) -> str | None:
        """The sequencer to announce an object with that no row speaks of; none when one does."""
        try:
            known = self.photos.get(photo_id_for(self.uploads_bucket, entry.key)).source
        except PhotoNotFound:
            return LOWEST_SEQUENCER
        if known is None or known.etag in {None, entry.etag}:
            return None
        return next_sequencer(known.sequencer)

    def _adopt(self, key: str, sequencer: str) -> Iterator[Outcome]:
        try:
            found = self.objects.describe(self.uploads_bucket, key)
        except ObjectMissing:
            return
        source = unannounced(self.uploads_bucket, key, found, sequencer)
        self.photos.arrive(self.new_photo(source))
        self.events.resend(source)
        yield Outcome.ORPHAN_FOUND

    def _cursor(self) -> str:
        try:
            return self.objects.get(self.results_bucket, ORPHAN_CURSOR).decode()
        except ObjectMissing:
            return ""

    def _move_to(self, key: str) -> None:
        self.objects.put(self.results_bucket, ORPHAN_CURSOR, key.encode(), "text/plain; charset=utf-8")
