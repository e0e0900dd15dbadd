"""Nothing stays stuck: settle every photo that is overdue, from the truth in S3, or try again, or give up."""

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from limner.contracts import EndpointNotification
from limner.errors import LimnerError, MalformedMessage, ObjectMissing, RefusalCode, StaleWrite
from limner.keys import found_sequencer, upload_key
from limner.photos import SETTLED, Failure, Photo, Retried, Source
from limner.ports import ObjectFacts, ObjectStore, PhotoRepository, UploadEvents
from limner.use_cases.outcomes import Outcome
from limner.use_cases.record_result import RecordResult

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Sweep:
    photos: PhotoRepository
    objects: ObjectStore
    events: UploadEvents
    record_result: RecordResult
    now: Callable[[], datetime]
    uploads_bucket: str
    grace_period: timedelta
    retries: int
    in_flight: timedelta
    """How long a submitted job may still be under way: the endpoint's queue and the work itself."""
    batch_size: int = 200

    def __call__(self) -> Iterator[Outcome]:
        """One outcome per overdue photo; one that cannot be settled now does not keep the others waiting."""
        for photo in self.photos.due(self._seconds(), self.batch_size):
            try:
                yield self._settle(photo)
            except StaleWrite:
                yield Outcome.SUPERSEDED
            except LimnerError:
                logger.exception("photo %s could not be swept", photo.photo_id)
                yield Outcome.TROUBLED

    def _settle(self, photo: Photo) -> Outcome:
        if photo.status in SETTLED:
            self.photos.close(photo)
            return Outcome.CLOSED
        until = self._seconds() + int(self.grace_period.total_seconds())
        self.photos.postpone(photo, until, self._counted(photo))
        if photo.source is None:
            return self._find_upload(photo.model_copy(update={"due_at": until}))
        tries = _tries(photo)
        photo = self._with_evidence(photo)
        if photo.status in SETTLED:
            return Outcome.SETTLED_FROM_S3
        if self._may_be_under_way(photo):
            return Outcome.WAITING
        return self._give_up(photo) if tries >= self.retries else self._try_again(photo)

    def _counted(self, photo: Photo) -> Retried | None:
        """One try more, unless the photo merely waits for its turn: a flood is no reason to give up."""
        if photo.source is None or self._may_be_under_way(photo):
            return None
        return Retried(sequencer=photo.source.sequencer, count=_tries(photo) + 1)

    def _may_be_under_way(self, photo: Photo) -> bool:
        job, results = photo.newest.job, photo.newest.results
        submitted = job.submitted_at if job and results is None else None
        return submitted is not None and self.now() < submitted + self.in_flight

    def _find_upload(self, photo: Photo) -> Outcome:
        """The order has no file: either none came, or its event was lost. What is found has arrived, and its
        tries are counted from then on."""
        key = upload_key(photo.photo_id)
        try:
            found = self.objects.describe(self.uploads_bucket, key)
        except ObjectMissing:
            self.photos.close(photo)
            return Outcome.NEVER_CAME
        source = source_without_event(self.uploads_bucket, key, found, found_sequencer())
        self.photos.record_upload(photo.model_copy(update={"source": source}))
        self.events.resend(source)
        return Outcome.RESENT

    def _with_evidence(self, photo: Photo) -> Photo:
        """Record what S3 knows of the job although no notification told us: a report, or else a failure."""
        job = photo.newest.job
        if job is None or photo.newest.results is not None:
            return photo
        with suppress(ObjectMissing, MalformedMessage):
            self.record_result(EndpointNotification(job_id=job.job_id, status="Failed"))
        return self.photos.get(photo.photo_id)

    def _try_again(self, photo: Photo) -> Outcome:
        if photo.newest.job is not None and photo.newest.results is None:
            self.photos.release(photo.photo_id, photo.newest.job)
        self.events.resend(_source_of(photo))
        return Outcome.RESENT

    def _give_up(self, photo: Photo) -> Outcome:
        message = "This took too long on our side; nothing is wrong with your file. Please upload it again."
        failure = Failure(
            sequencer=_source_of(photo).sequencer,
            code=RefusalCode.DEADLINE_PASSED,
            message=message,
            at=self.now(),
        )
        self.photos.record_failure(photo.photo_id, failure)
        return Outcome.GIVEN_UP

    def _seconds(self) -> int:
        return int(self.now().timestamp())


def source_without_event(bucket: str, key: str, found: ObjectFacts, sequencer: str) -> Source:
    """The upload that must have been announced by an event which was lost, or is late."""
    return Source(
        bucket=bucket,
        key=key,
        sequencer=sequencer,
        bytes=found.bytes,
        version_id=found.version_id,
        etag=found.etag,
    )


def _tries(photo: Photo) -> int:
    return photo.newest.retried.count if photo.newest.retried else 0


def _source_of(photo: Photo) -> Source:
    if photo.source is None:
        raise StaleWrite(f"photo {photo.photo_id} has no upload any more")
    return photo.source
