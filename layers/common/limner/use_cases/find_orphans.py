"""Find uploads whose event was lost: objects, or newer versions of objects, that no row has. Among them are
the files of orders, however many orders without a file there are. Each is
recorded in its row, so that the sweep finds it overdue if the resent event is lost too."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from limner.erasure import LAST_SEQUENCER
from limner.errors import ForeignUpload, LimnerError, ObjectMissing, StaleWrite
from limner.keys import ORPHAN_CURSOR_KEY, UPLOADS_PREFIX, found_sequencer, is_folder, photo_key_for
from limner.photos import Photo, Source
from limner.ports import ListedObject, ObjectStore, PhotoRepository, UploadEvents
from limner.tenancy import PhotoKey
from limner.use_cases.outcomes import Outcome
from limner.use_cases.sweep import source_without_event

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class FindOrphans:
    """Lists some pages of the uploads bucket per run, starting where the last run ended; wraps around."""

    photos: PhotoRepository
    objects: ObjectStore
    events: UploadEvents
    new_photo: Callable[[Source], Photo]
    now: Callable[[], datetime]
    uploads_bucket: str
    results_bucket: str
    grace_period: timedelta
    on_erased: Callable[[PhotoKey, str], None] = lambda photo, object_key: None
    """Called for an object of a photo that is erased: nothing takes it as an upload, and it must not stay."""
    page_size: int = 500
    pages: int = 4

    def __call__(self) -> Iterator[Outcome]:
        """One outcome per orphan. The event of an upload younger than `grace_period` may still arrive."""
        for _ in range(self.pages):
            listed = self.objects.list(
                self.uploads_bucket, UPLOADS_PREFIX, after=self._cursor(), limit=self.page_size
            )
            for key, sequencer in self._orphans(listed):
                yield from self._process(key, sequencer)
            is_last_page = len(listed) < self.page_size
            self._save_cursor("" if is_last_page else listed[-1].key)
            if is_last_page:
                return

    def _orphans(self, listed: Sequence[ListedObject]) -> Iterator[tuple[str, str]]:
        """Keys of objects that no row has, and the sequencers for their events."""
        old_enough = dict(self._old_enough(listed))
        sources = self.photos.sources(list(old_enough))
        for photo, entry in old_enough.items():
            source = sources.get(photo)
            if source is not None and source.sequencer == LAST_SEQUENCER:
                self.on_erased(photo, entry.key)
            elif source is None:
                yield entry.key, found_sequencer()
            elif source.etag not in {None, entry.etag}:
                yield entry.key, found_sequencer(source.sequencer)

    def _old_enough(self, listed: Sequence[ListedObject]) -> Iterator[tuple[PhotoKey, ListedObject]]:
        """Objects of tenants whose event can no longer arrive. Those of no tenant have no row."""
        for entry in listed:
            if self.now() - entry.modified >= self.grace_period and not is_folder(entry.key, entry.bytes):
                with suppress(ForeignUpload):
                    yield photo_key_for(self.uploads_bucket, entry.key), entry

    def _process(self, key: str, sequencer: str) -> Iterator[Outcome]:
        try:
            yield from self._record(key, sequencer)
        except StaleWrite:
            yield Outcome.SUPERSEDED
        except ForeignUpload:
            return  # of a tenant that does not exist; counted when its event came, not in every run
        except LimnerError:
            logger.exception("orphan %s could not be recorded", key)
            yield Outcome.SWEEP_ERROR

    def _record(self, key: str, sequencer: str) -> Iterator[Outcome]:
        try:
            facts = self.objects.describe(self.uploads_bucket, key)
        except ObjectMissing:
            return
        source = source_without_event(self.uploads_bucket, key, facts, sequencer)
        self.photos.record_upload(self.new_photo(source))
        self.events.route(source)
        yield Outcome.ORPHAN_FOUND

    def _cursor(self) -> str:
        try:
            return self.objects.get(self.results_bucket, ORPHAN_CURSOR_KEY).decode()
        except ObjectMissing:
            return ""

    def _save_cursor(self, key: str) -> None:
        self.objects.put(self.results_bucket, ORPHAN_CURSOR_KEY, key.encode(), "text/plain; charset=utf-8")
