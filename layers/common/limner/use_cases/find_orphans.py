"""Uploads nobody knows of: objects whose event was lost and that no order was placed for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from limner.errors import ObjectMissing, PhotoNotFound
from limner.keys import ORPHAN_CURSOR, UPLOADS, photo_id_for
from limner.ports import ObjectStore, PhotoRepository, UploadEvents
from limner.use_cases.outcomes import Outcome
from limner.use_cases.sweep import unannounced


@dataclass(frozen=True, kw_only=True)
class FindOrphans:
    """Walks the uploads bucket a page at a time, from where the last run ended, round and round."""

    photos: PhotoRepository
    objects: ObjectStore
    events: UploadEvents
    now: Callable[[], datetime]
    uploads_bucket: str
    results_bucket: str
    patience: timedelta
    page: int = 500

    def __call__(self) -> Iterator[Outcome]:
        """One outcome per orphan. An upload younger than `patience` may still be on its way."""
        listed = self.objects.list(self.uploads_bucket, UPLOADS, after=self._cursor(), limit=self.page)
        for entry in listed:
            if self.now() - entry.modified >= self.patience and not self._is_known(entry.key):
                yield from self._resend(entry.key)
        self._move_to(listed[-1].key if len(listed) == self.page else "")

    def _is_known(self, key: str) -> bool:
        try:
            self.photos.get(photo_id_for(self.uploads_bucket, key))
        except PhotoNotFound:
            return False
        return True

    def _resend(self, key: str) -> Iterator[Outcome]:
        try:
            found = self.objects.describe(self.uploads_bucket, key)
        except ObjectMissing:
            return
        self.events.resend(unannounced(self.uploads_bucket, key, found))
        yield Outcome.ORPHAN_FOUND

    def _cursor(self) -> str:
        try:
            return self.objects.get(self.results_bucket, ORPHAN_CURSOR).decode()
        except ObjectMissing:
            return ""

    def _move_to(self, key: str) -> None:
        self.objects.put(self.results_bucket, ORPHAN_CURSOR, key.encode(), "text/plain; charset=utf-8")
