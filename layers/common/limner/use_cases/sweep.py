"""Bring every overdue photo to a final status: record what S3 holds, resend its event, or fail it.

Orders without a file are not among them (close_orders.py).
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from limner.contracts import EndpointNotification
from limner.errors import LimnerError, MalformedMessage, ObjectMissing, PhotoNotFound, RefusalCode, StaleWrite
from limner.photos import FINAL_STATUSES, Failure, Photo, Retried, Source
from limner.ports import ObjectFacts, ObjectStore, PhotoRepository, UploadEvents
from limner.use_cases.outcomes import Outcome
from limner.use_cases.overdue import PAUSE_RECHECK, overdue
from limner.use_cases.record_result import RecordResult

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Sweep:
    photos: PhotoRepository
    objects: ObjectStore
    events: UploadEvents
    record_result: RecordResult
    now: Callable[[], datetime]
    grace_period: timedelta
    retries: int
    in_flight: timedelta
    """Maximum time from a job's submission to its end: time in the endpoint's queue plus invocation."""
    time_limit: timedelta = timedelta(seconds=40)
    is_paused: Callable[[], bool] = lambda: False
    """Whether the endpoint must not be invoked at present: photos then wait, and no retry is counted."""

    def __call__(self) -> Iterator[Outcome]:
        """One outcome per overdue photo. An error on one photo does not stop the others."""
        for photo in overdue(self.photos.due, self.now, self.time_limit):
            try:
                yield self._process(photo)
            except (StaleWrite, PhotoNotFound):
                yield Outcome.SUPERSEDED
            except LimnerError:
                logger.exception("photo %s could not be swept", photo.photo_id)
                yield Outcome.SWEEP_ERROR

    def _process(self, photo: Photo) -> Outcome:
        if photo.status in FINAL_STATUSES:
            self.photos.close(photo)
            return Outcome.CLOSED
        pause = PAUSE_RECHECK if self.is_paused() else self.grace_period
        until = self._seconds() + int(pause.total_seconds())
        self.photos.postpone(photo, until, self._retry_count(photo))
        retries = _retries(photo)
        photo = self._record_from_s3(photo)
        if photo.status in FINAL_STATUSES:
            return Outcome.RECORDED_FROM_S3
        if self._must_wait(photo):
            return Outcome.WAITING
        return self._give_up(photo) if retries >= self.retries else self._retry(photo)

    def _retry_count(self, photo: Photo) -> Retried | None:
        """One retry more; None while the photo must wait: a long queue or a pause must not fail it."""
        if photo.source is None or self._must_wait(photo):
            return None
        return Retried(sequencer=photo.source.sequencer, revision=photo.revision, count=_retries(photo) + 1)

    def _must_wait(self, photo: Photo) -> bool:
        return self.is_paused() or self._may_be_in_flight(photo)

    def _may_be_in_flight(self, photo: Photo) -> bool:
        job, results = photo.newest.job, photo.newest.results
        submitted = job.submitted_at if job and results is None else None
        return submitted is not None and self.now() < submitted + self.in_flight

    def _record_from_s3(self, photo: Photo) -> Photo:
        """Record the job's report or failure from S3, in case its notification was lost."""
        job = photo.newest.job
        if job is None or photo.newest.results is not None:
            return photo
        with suppress(ObjectMissing, MalformedMessage):
            self.record_result(EndpointNotification(job_id=job.job_id, status="Failed"))
        return self.photos.get(photo.key)

    def _retry(self, photo: Photo) -> Outcome:
        if photo.newest.job is not None and photo.newest.results is None:
            self.photos.release(photo.key, photo.newest.job)
        self.events.resend(_source_of(photo))
        return Outcome.RESENT

    def _give_up(self, photo: Photo) -> Outcome:
        message = "This took too long on our side; nothing is wrong with your file. Please upload it again."
        failure = Failure(
            sequencer=_source_of(photo).sequencer,
            revision=photo.revision,
            code=RefusalCode.DEADLINE_PASSED,
            message=message,
            at=self.now(),
        )
        self.photos.record_failure(photo.key, failure)
        return Outcome.GIVEN_UP

    def _seconds(self) -> int:
        return int(self.now().timestamp())


def source_without_event(bucket: str, key: str, facts: ObjectFacts, sequencer: str) -> Source:
    """The upload of an S3 object whose event was lost or is late."""
    return Source(
        bucket=bucket,
        key=key,
        sequencer=sequencer,
        bytes=facts.bytes,
        version_id=facts.version_id,
        etag=facts.etag,
    )


def _retries(photo: Photo) -> int:
    return photo.newest.retried.count if photo.newest.retried else 0


def _source_of(photo: Photo) -> Source:
    if photo.source is None:
        raise StaleWrite(f"photo {photo.photo_id} no longer has an upload")
    return photo.source
