"""Find uploads whose event was lost: objects, or newer versions of objects, that no row has, among those that
a daily inventory of the uploads bucket lists. Each is recorded in its row, so that the sweep finds it overdue
if its event, which is sent again, is lost too.

The file of an order is found earlier, when its order is due (close_orders.py).
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from pydantic import AwareDatetime, ValidationError

from limner.erasure import LAST_SEQUENCER
from limner.errors import (
    DependencyRefused,
    ForeignUpload,
    LimnerError,
    MalformedMessage,
    ObjectMissing,
    StaleWrite,
)
from limner.keys import INVENTORY_POSITION_KEY, found_sequencer, is_folder, photo_key_for
from limner.looks import FrozenModel
from limner.photos import Photo, Source
from limner.ports import ListedObject, ObjectStore, PhotoRepository, UploadEvents
from limner.sweep.ports import MESSAGE_RETENTION, NOTHING_READ, Backlog, Inventory, RowsRead, Step
from limner.tenancy import PhotoKey
from limner.use_cases.outcomes import Outcome
from limner.use_cases.sweep import source_without_event
from limner.use_cases.waiting import may_wait

logger = logging.getLogger(__name__)

OVERLAP = MESSAGE_RETENTION + timedelta(days=1)
"""Objects that were written so long before the last report was made are looked at again: their events
may have waited then, and a report may lack the newest ones."""


class Position(FrozenModel):
    """How far the inventory has been read: `read` of `report`, which was made at `made_at`; the last report
    before it that was read to its end was made at `since`."""

    report: str = ""
    made_at: AwareDatetime | None = None
    read: RowsRead = NOTHING_READ
    is_finished: bool = True
    since: AwareDatetime | None = None

    def given_up(self) -> "Position":
        """The next report has the same objects to be looked at as this one."""
        return self.model_copy(update={"is_finished": True, "made_at": self.since})


@dataclass(frozen=True, kw_only=True)
class FindOrphans:
    """Reads the newest report on from where the last run ended, for as long as `time_limit`."""

    photos: PhotoRepository
    objects: ObjectStore
    inventory: Inventory
    backlog: Backlog
    events: UploadEvents
    new_photo: Callable[[Source], Photo]
    now: Callable[[], datetime]
    uploads_bucket: str
    results_bucket: str
    grace_period: timedelta
    on_erased: Callable[[PhotoKey, str], None] = lambda photo, object_key: None
    """Called for an object of a photo that is erased: nothing takes it as an upload, and it must not stay."""
    batch_size: int = 1_000
    time_limit: timedelta = timedelta(seconds=200)

    def __call__(self) -> Iterator[Outcome]:
        """One outcome per orphan. The event of an upload younger than `grace_period`, or than the oldest that
        waits for the router, may still arrive; the next report has it too. One error for a report that cannot
        be read, or has expired half read."""
        end = self.now() + self.time_limit
        position = self._next_report(self._position())
        if position.is_finished:
            return
        rows = self.inventory.rows(position.report, position.read)
        while self.now() < end and not position.is_finished:
            try:
                batch = list(islice(rows, self.batch_size))
            except (MalformedMessage, DependencyRefused):
                logger.exception("report %s cannot be read", position.report)
                self._save(position.given_up())
                yield Outcome.SWEEP_ERROR
                return
            yield from self._look_at([row for _, row in batch if self._is_to_be_looked_at(row, position)])
            position = self._advanced(position, batch)
            self._save(position)

    def _next_report(self, position: Position) -> Position:
        """The position itself in a report that is not read to its end; else the beginning of the newest one
        after it, if there is one."""
        if not position.is_finished:
            return position
        report = self.inventory.newest(after=position.report)
        if report is None:
            return position
        return Position(report=report.name, made_at=report.made_at, is_finished=False, since=position.made_at)

    def _advanced(self, position: Position, batch: Sequence[tuple[RowsRead, ListedObject]]) -> Position:
        read = batch[-1][0] if batch else position.read
        is_finished = len(batch) < self.batch_size
        return position.model_copy(update={"read": read, "is_finished": is_finished})

    def _is_to_be_looked_at(self, row: ListedObject, position: Position) -> bool:
        is_new = position.since is None or row.modified >= position.since - OVERLAP
        if not is_new or is_folder(row.key, row.bytes):
            return False
        is_old_enough = self.now() - row.modified >= self.grace_period
        return is_old_enough and not may_wait(self.backlog, Step.ROUTING, row.modified)

    def _look_at(self, rows: Sequence[ListedObject]) -> Iterator[Outcome]:
        """Objects of no tenant have no row."""
        entries: dict[PhotoKey, ListedObject] = {}
        for row in rows:
            with suppress(ForeignUpload):
                entries[photo_key_for(self.uploads_bucket, row.key)] = row
        sources = self.photos.sources(list(entries))
        for photo, row in entries.items():
            if not _has(sources.get(photo), row.etag):
                yield from self._process(photo, row.key, sources.get(photo))

    def _process(self, photo: PhotoKey, key: str, recorded: Source | None) -> Iterator[Outcome]:
        try:
            yield from self._record(photo, key, recorded)
        except StaleWrite:
            yield Outcome.SUPERSEDED
        except ForeignUpload:
            return  # of a tenant that does not exist; counted when its event came, not in every report
        except LimnerError:
            logger.exception("orphan %s could not be recorded", key)
            yield Outcome.SWEEP_ERROR

    def _record(self, photo: PhotoKey, key: str, recorded: Source | None) -> Iterator[Outcome]:
        """The report may be a day old: what counts is the object that is there now."""
        try:
            facts = self.objects.describe(self.uploads_bucket, key)
        except ObjectMissing:
            return
        if recorded is not None and recorded.sequencer == LAST_SEQUENCER:
            self.on_erased(photo, key)
            return
        if _has(recorded, facts.etag):
            return
        sequencer = found_sequencer(recorded.sequencer) if recorded else found_sequencer()
        source = source_without_event(self.uploads_bucket, key, facts, sequencer)
        self.photos.record_upload(self.new_photo(source))
        self.events.route(source)
        yield Outcome.ORPHAN_FOUND

    def _position(self) -> Position:
        """The beginning, where there is none or it is of another release."""
        with suppress(ObjectMissing, ValidationError):
            return Position.model_validate_json(self.objects.get(self.results_bucket, INVENTORY_POSITION_KEY))
        return Position()

    def _save(self, position: Position) -> None:
        body = position.model_dump_json().encode()
        self.objects.put(self.results_bucket, INVENTORY_POSITION_KEY, body, "application/json")


def _has(source: Source | None, etag: str | None) -> bool:
    """Whether the row has this upload. One without an ETag, of an event that had none, may be it."""
    return source is not None and source.sequencer != LAST_SEQUENCER and source.etag in {None, etag}
