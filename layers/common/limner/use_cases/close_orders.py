"""End the orders whose file never came. Behind the overdue photos: an order alone costs nothing, so that any
number of them must not keep the sweeper from photos that wait."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from limner.errors import LimnerError, ObjectMissing, RefusalCode, StaleWrite
from limner.keys import found_sequencer, upload_key
from limner.photos import NO_UPLOAD, Failure, Photo
from limner.ports import ALL_SHARDS, ObjectStore, PhotoRepository, UploadEvents
from limner.sweep.ports import Backlog, Step
from limner.use_cases.import_photo import ImportFailures
from limner.use_cases.outcomes import Outcome, of_mode
from limner.use_cases.overdue import overdue
from limner.use_cases.request_upload import KEEP_WITHOUT_UPLOAD
from limner.use_cases.sweep import source_without_event
from limner.use_cases.waiting import may_wait

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class CloseOrders:
    photos: PhotoRepository
    imports: ImportFailures
    objects: ObjectStore
    events: UploadEvents
    backlog: Backlog
    now: Callable[[], datetime]
    uploads_bucket: str
    grace_period: timedelta
    time_limit: timedelta = timedelta(seconds=60)

    def __call__(self, shards: str = ALL_SHARDS) -> Iterator[Outcome]:
        """One outcome per order of these shards whose form has expired. An error on one does not stop the
        others."""
        for order in overdue(partial(self.photos.due_orders, shards=shards), self.now, self.time_limit):
            try:
                yield of_mode(order.tenant, self._process(order))
            except StaleWrite:
                yield Outcome.SUPERSEDED
            except LimnerError:
                logger.exception("order %s could not be closed", order.photo_id)
                yield Outcome.SWEEP_ERROR

    def _process(self, order: Photo) -> Outcome:
        """Look in S3 first, in case the upload's event was lost or still waits. An object whose event is lost
        is recorded as the upload, and its retries are counted from then on."""
        key = upload_key(order.key)
        try:
            facts = self.objects.describe(self.uploads_bucket, key)
        except ObjectMissing:
            return self._end(order)
        due_at = int((self.now() + self.grace_period).timestamp())
        if facts.modified is not None and may_wait(self.backlog, Step.ROUTING, facts.modified):
            self.photos.postpone(order, due_at)
            return Outcome.WAITING
        source = source_without_event(self.uploads_bucket, key, facts, found_sequencer())
        self.photos.record_upload(order.model_copy(update={"source": source, "due_at": due_at}))
        self.events.route(source)
        return Outcome.RESENT

    def _end(self, order: Photo) -> Outcome:
        """An import that has neither a file nor a failure waits or was lost; whoever ordered it waits for its
        end."""
        if order.import_url is None:
            self.photos.close(order)
            return Outcome.NEVER_UPLOADED
        if self._import_may_wait(order):
            self.photos.postpone(order, int((self.now() + self.grace_period).timestamp()))
            return Outcome.WAITING
        message = "The photo could not be fetched in time. Please order it again."
        self.imports.record(
            order,
            Failure(sequencer=NO_UPLOAD, code=RefusalCode.DEADLINE_PASSED, message=message, at=self.now()),
        )
        return Outcome.GIVEN_UP

    def _import_may_wait(self, order: Photo) -> bool:
        """Not until its row expires, which would be an end without a failure."""
        expires_at = order.created_at + KEEP_WITHOUT_UPLOAD
        has_time = self.now() + 2 * self.grace_period < expires_at
        return has_time and may_wait(self.backlog, Step.IMPORT, order.created_at)
