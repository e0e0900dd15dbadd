"""Bring every overdue photo to a final status: record what S3 holds, send again what was lost, leave alone
what waits, and fail a photo that has been lost too often.

A message is lost if its queue has nothing left that is as old; a job, if its time in the endpoint has passed.
Orders without a file are not among them (close_orders.py).
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from limner.contracts import EndpointNotification
from limner.errors import LimnerError, MalformedMessage, ObjectMissing, PhotoNotFound, RefusalCode, StaleWrite
from limner.photos import FINAL_STATUSES, Failure, Photo, Retried, Source
from limner.ports import ALL_SHARDS, ObjectFacts, ObjectStore, PhotoRepository, UploadEvents
from limner.sweep.ports import Backlog, Step
from limner.tenancy import is_live
from limner.use_cases.outcomes import Outcome, of_mode
from limner.use_cases.overdue import PAUSE_RECHECK, overdue
from limner.use_cases.record_result import RecordResult
from limner.use_cases.waiting import may_wait

logger = logging.getLogger(__name__)

LONGEST_VARIANTS_PAUSE = timedelta(days=1)
"""Between two messages for the variants of one photo."""
MAX_DOUBLINGS = 16
"""Of that pause; so that the number stays small."""
SANDBOX_IN_FLIGHT = timedelta(hours=2)
"""Maximum time from the submission of a test tenant's job to its end: five tries of SandboxQueue are one
and a half hours. How far the endpoint is behind says nothing of them."""


@dataclass(frozen=True, kw_only=True)
class Sweep:
    photos: PhotoRepository
    objects: ObjectStore
    events: UploadEvents
    backlog: Backlog
    record_result: RecordResult
    now: Callable[[], datetime]
    grace_period: timedelta
    retries: int
    """How often the event of a photo without pictures is sent to the router again."""
    in_flight: timedelta
    """Maximum time from a job's submission to its end: time in the endpoint's queue plus invocation. Jobs of
    test tenants have SANDBOX_IN_FLIGHT, if that is less."""
    time_limit: timedelta = timedelta(seconds=200)
    is_paused: Callable[[], bool] = lambda: False
    """Whether the endpoint must not be invoked at present: photos then wait, and no retry is counted."""

    def __call__(self, shards: str = ALL_SHARDS) -> Iterator[Outcome]:
        """One outcome per overdue photo of these shards. An error on one photo does not stop the others."""
        for photo in overdue(partial(self.photos.due, shards=shards), self.now, self.time_limit):
            try:
                yield of_mode(photo.tenant, self._process(photo))
            except (StaleWrite, PhotoNotFound):
                yield Outcome.SUPERSEDED
            except LimnerError:
                logger.exception("photo %s could not be swept", photo.photo_id)
                yield Outcome.SWEEP_ERROR

    def _process(self, photo: Photo) -> Outcome:
        if photo.status in FINAL_STATUSES:
            self.photos.close(photo)
            return Outcome.CLOSED
        before = _retried(photo)
        lost = [] if self.is_paused() else list(self._lost(photo, before))
        after = self._counted(photo, before, lost)
        self.photos.postpone(photo, self._next_look(photo, after), after if after != before else None)
        if self._record_from_s3(photo) is Outcome.STYLIZATION_RETRIED:
            return Outcome.STYLIZATION_RETRIED
        photo = self.photos.get(photo.key)
        if photo.status in FINAL_STATUSES:
            return Outcome.RECORDED_FROM_S3
        lost = [step for step in lost if step in _missing(photo)]
        if not lost:
            return Outcome.WAITING
        if Step.ROUTING in lost and after.count > self.retries:
            return self._give_up(photo)
        return self._send_again(photo, lost)

    # ── what is lost, and what waits ─────────────────────────────────────────────────────────────────

    def _lost(self, photo: Photo, retried: Retried) -> Iterator[Step]:
        """The missing steps whose message or job is lost."""
        missing, job = _missing(photo), photo.newest.job
        if Step.ROUTING in missing and self._is_routing_lost(photo, retried):
            yield Step.ROUTING
        are_ordered = photo.newest.results is not None or (job is not None and job.was_submitted)
        if Step.VARIANTS in missing and are_ordered:
            ordered_at = job.submitted_at if job and not retried.variants else None
            if not may_wait(self.backlog, Step.VARIANTS, ordered_at or self._sent_at(photo, retried)):
                yield Step.VARIANTS

    def _is_routing_lost(self, photo: Photo, retried: Retried) -> bool:
        job = photo.newest.job
        if job is not None and job.submitted_at is not None:
            return self.now() >= job.submitted_at + self._in_flight(photo)
        return not may_wait(self.backlog, Step.ROUTING, self._sent_at(photo, retried))

    def _in_flight(self, photo: Photo) -> timedelta:
        return self.in_flight if is_live(photo.tenant) else min(self.in_flight, SANDBOX_IN_FLIGHT)

    def _sent_at(self, photo: Photo, retried: Retried) -> datetime:
        """When its message was sent, or later. Whoever sends the first one sets `due_at` with it."""
        if retried.sent_at is not None:
            return datetime.fromtimestamp(retried.sent_at, UTC)
        return datetime.fromtimestamp(photo.due_at or 0, UTC) - self.grace_period

    # ── what follows ─────────────────────────────────────────────────────────────────────────────────

    def _counted(self, photo: Photo, retried: Retried, lost: Sequence[Step]) -> Retried:
        """What the row says of it after this sweep: what was sent again, and when the message was sent that a
        photo waits for, since its `due_at` will no longer say it."""
        job = photo.newest.job
        if lost:
            counts = {
                "count": retried.count + (Step.ROUTING in lost and not self._has_expired_in_backlog(photo)),
                "variants": retried.variants + (Step.VARIANTS in lost),
            }
            return retried.model_copy(update={**counts, "sent_at": self._seconds()})
        is_known_from_job = job is not None and job.submitted_at is not None and not retried.variants
        if self.is_paused() or is_known_from_job:
            return retried
        return retried.model_copy(update={"sent_at": int(self._sent_at(photo, retried).timestamp())})

    def _has_expired_in_backlog(self, photo: Photo) -> bool:
        """The job has waited at an endpoint that is behind, and was not begun: its photo still waits."""
        job = photo.newest.job
        if not is_live(photo.tenant) or job is None or job.submitted_at is None:
            return False
        oldest = self.backlog.oldest(Step.STYLIZATION)
        return oldest is not None and oldest <= self.now() - self.in_flight / 2

    def _next_look(self, photo: Photo, retried: Retried) -> int:
        """Unix seconds. A photo with pictures never fails: its variants are tried again at growing
        intervals."""
        pause = self.grace_period
        if self.is_paused():
            pause = PAUSE_RECHECK
        elif photo.newest.results is not None and retried.variants:
            doubled = self.grace_period * 2 ** min(retried.variants - 1, MAX_DOUBLINGS)
            pause = min(doubled, max(LONGEST_VARIANTS_PAUSE, self.grace_period))
        return self._seconds() + int(pause.total_seconds())

    def _record_from_s3(self, photo: Photo) -> Outcome | None:
        """Record the job's report or failure from S3, in case its notification was lost."""
        job = photo.newest.job
        if job is None or photo.newest.results is not None:
            return None
        with suppress(ObjectMissing, MalformedMessage):
            return self.record_result(EndpointNotification(job_id=job.job_id, status="Failed"))
        return None

    def _send_again(self, photo: Photo, lost: Sequence[Step]) -> Outcome:
        source = _source_of(photo)
        if Step.ROUTING in lost:
            if photo.newest.job is not None:
                self.photos.release(photo.key, photo.newest.job)
            self.events.route(source)
        if Step.VARIANTS in lost:
            self.events.make_variants(source)
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


def _retried(photo: Photo) -> Retried:
    if photo.newest.retried:
        return photo.newest.retried
    return Retried(sequencer=_source_of(photo).sequencer, revision=photo.revision)


def _source_of(photo: Photo) -> Source:
    if photo.source is None:
        raise StaleWrite(f"photo {photo.photo_id} no longer has an upload")
    return photo.source


def _missing(photo: Photo) -> set[Step]:
    needed = {Step.ROUTING: photo.newest.results, Step.VARIANTS: photo.newest.variants}
    return {step for step, part in needed.items() if part is None}
