"""Uploads nobody knows of: objects, or newer versions of objects, whose event was lost. What is found has
arrived; should the new event be lost too, the row is overdue one day and is swept as any other."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from limner.errors import LimnerError, ObjectMissing, StaleWrite
from limner.keys import ORPHAN_CURSOR, UPLOADS, found_sequencer, photo_id_for
from limner.photos import Photo, Source
from limner.ports import ListedObject, ObjectStore, PhotoRepository, UploadEvents
from limner.use_cases.outcomes import Outcome
from limner.use_cases.sweep import source_without_event

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
    grace_period: timedelta
    page: int = 500

    def __call__(self) -> Iterator[Outcome]:
        """One outcome per orphan. An upload younger than `patience` may still be on its way."""
        listed = self.objects.list(self.uploads_bucket, UPLOADS, after=self._cursor(), limit=self.page)
        for key, sequencer in self._unknown(listed):
            yield from self._look_after(key, sequencer)
        self._move_to(listed[-1].key if len(listed) == self.page else "")

    def _unknown(self, listed: Sequence[ListedObject]) -> Iterator[tuple[str, str]]:
        """Keys of objects that no row speaks of, and the sequencers to announce them with."""
        old = {
            photo_id_for(self.uploads_bucket, entry.key): entry
            for entry in listed
            if self.now() - entry.modified >= self.grace_period
        }
        known = self.photos.sources(list(old))
        for photo_id, entry in old.items():
            source = known.get(photo_id)
            if photo_id not in known:
                yield entry.key, found_sequencer()
            elif source and source.etag not in {None, entry.etag}:
                yield entry.key, found_sequencer(source.sequencer)

    def _look_after(self, key: str, sequencer: str) -> Iterator[Outcome]:
        try:
            yield from self._adopt(key, sequencer)
        except StaleWrite:
            yield Outcome.SUPERSEDED
        except LimnerError:
            logger.exception("%s could not be looked after", key)
            yield Outcome.TROUBLED

    def _adopt(self, key: str, sequencer: str) -> Iterator[Outcome]:
        try:
            found = self.objects.describe(self.uploads_bucket, key)
        except ObjectMissing:
            return
        source = source_without_event(self.uploads_bucket, key, found, sequencer)
        self.photos.record_upload(self.new_photo(source))
        self.events.resend(source)
        yield Outcome.ORPHAN_FOUND

    def _cursor(self) -> str:
        try:
            return self.objects.get(self.results_bucket, ORPHAN_CURSOR).decode()
        except ObjectMissing:
            return ""

    def _move_to(self, key: str) -> None:
        self.objects.put(self.results_bucket, ORPHAN_CURSOR, key.encode(), "text/plain; charset=utf-8")
