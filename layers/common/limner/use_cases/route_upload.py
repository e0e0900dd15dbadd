"""For an uploaded photo: check its header, lease its job, submit it to the endpoint."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from limner.contracts import StoredSubmission, StylizeTicket
from limner.costs import JobSize
from limner.errors import (
    ForeignUpload,
    JobsAtLimit,
    ObjectMissing,
    PhotoRefused,
    QuotaExceeded,
    RefusalCode,
    StaleWrite,
    upload_gone,
)
from limner.intake import Limits, check_header, check_size
from limner.keys import job_id_for, submission_key, ticket_key
from limner.photos import Failure, Photo, Source, StylizeJob
from limner.ports import ObjectStore, PhotoRepository, StylizeEndpoint, Submission, UploadEvents
from limner.quotas import Charge, Quotas
from limner.usage_report import pictures_by_style
from limner.use_cases.outcomes import Outcome, foreign_upload
from limner.use_cases.overdue import PAUSE_RECHECK

HEADER_READ_BYTES = 256 * 1024
FIRST_DEFERRAL = timedelta(seconds=2)
LONGEST_DEFERRAL = timedelta(minutes=12)
"""With its jitter below SQS's limit of 15 minutes."""
DEFERRAL_GROWTH = 2.0
DEFERRAL_JITTER = 0.2
DEFERRED_MARGIN = timedelta(minutes=15)
"""Between the time a deferred event comes back and the time its photo is due."""


@dataclass(frozen=True, kw_only=True)
class RouteUpload:
    photos: PhotoRepository
    objects: ObjectStore
    endpoint: StylizeEndpoint
    new_photo: Callable[[Source], Photo]
    now: Callable[[], datetime]
    limits: Limits
    results_bucket: str
    model: str
    lease: timedelta
    check_tenant: Callable[[str], None] = lambda tenant: None
    """Raises PhotoRefused for a tenant whose uploads are not accepted at present."""
    is_paused: Callable[[], bool] = lambda: False
    """Whether the endpoint must not be invoked at present."""
    events: UploadEvents
    quotas_of: Callable[[str], Quotas]
    """The caps of a tenant."""
    estimate: Callable[[JobSize], int]
    """What a job costs, in micro-dollars."""
    random: Callable[[], float] = random.random
    """Uniform in [0, 1); spreads deferred events."""

    def __call__(self, source: Source, deferrals: int = 0) -> Outcome:
        """`deferrals` counts how often this event has been deferred.

        Raises JobInProgress or Unavailable when the event must be retried later.
        """
        try:
            photo = self.photos.record_upload(self.new_photo(source))
            return self._submit(photo, source, deferrals)
        except ForeignUpload as error:
            return foreign_upload(error)
        except StaleWrite:
            return Outcome.SUPERSEDED

    def _submit(self, photo: Photo, source: Source, deferrals: int) -> Outcome:
        if photo.newest.job and photo.newest.job.submitted_at:
            return Outcome.SUPERSEDED
        try:
            self.check_tenant(photo.tenant)
            pixels = self._check(source)
        except PhotoRefused as refusal:
            self.photos.record_failure(photo.key, self._failure(source, refusal))
            return Outcome.REFUSED
        if self.is_paused():
            return self._leave_to_sweeper(photo)
        try:
            job = self._lease_job(photo, source, pixels)
        except JobsAtLimit:
            return self._defer(photo, source, deferrals)
        except QuotaExceeded as error:
            over_cap = PhotoRefused(RefusalCode.QUOTA_EXCEEDED, error.message)
            self.photos.record_failure(photo.key, self._failure(source, over_cap))
            return Outcome.QUOTA_EXCEEDED
        self._write_ticket(photo, job, source)
        submission = self.endpoint.submit(job.job_id, f"s3://{self.results_bucket}/{ticket_key(job.job_id)}")
        submitted = {
            "output_location": submission.output_location,
            "failure_location": submission.failure_location,
            "submitted_at": self.now(),
        }
        try:
            self.photos.record_submission(photo.key, job.model_copy(update=submitted))
        finally:
            self._write_submission(job, submission)
        return Outcome.SUBMITTED

    def _write_submission(self, job: StylizeJob, submission: Submission) -> None:
        """Also of a job whose row has a newer upload meanwhile or is being erased: its response is erased by
        this."""
        stored = StoredSubmission(
            job_id=job.job_id,
            output_location=submission.output_location,
            failure_location=submission.failure_location,
        )
        body = stored.model_dump_json().encode()
        self.objects.put(self.results_bucket, submission_key(job.job_id), body, "application/json")

    def _check(self, source: Source) -> int:
        """The photo's pixels. Invalid files are refused by their size and header, before the GPU is paid for.
        Raises PhotoRefused."""
        check_size(source.bytes, self.limits)
        try:
            head = self.objects.get_head(source.bucket, source.key, source.version_id, HEADER_READ_BYTES)
            is_whole_file = len(head) >= source.bytes
            header = check_header(head, complete=is_whole_file, limits=self.limits)
            if header is None:
                data = self.objects.get(source.bucket, source.key, source.version_id)
                header = check_header(data, complete=True, limits=self.limits)
        except ObjectMissing as error:
            raise upload_gone() from error
        return header.width * header.height if header else self.limits.max_pixels

    def _leave_to_sweeper(self, photo: Photo) -> Outcome:
        """The upload is recorded; the sweeper resends its event once submissions are no longer paused."""
        self.photos.postpone(photo, int((self.now() + PAUSE_RECHECK).timestamp()), None)
        return Outcome.PAUSED

    def _defer(self, photo: Photo, source: Source, deferrals: int) -> Outcome:
        """The photo waits for a place among its tenant's jobs in flight. It is due after its event comes
        back, so that the sweeper meets it only if the event is lost."""
        delay = deferral_delay(deferrals, self.random())
        back_at = self.now() + delay
        if photo.due_at is not None and photo.due_at < (back_at + DEFERRED_MARGIN).timestamp():
            self.photos.postpone(photo, int((back_at + 2 * DEFERRED_MARGIN).timestamp()), None)
        self.events.defer(source, deferrals + 1, delay)
        return Outcome.DEFERRED

    def _lease_job(self, photo: Photo, source: Source, pixels: int) -> StylizeJob:
        job = StylizeJob(
            job_id=job_id_for(photo.key, source, photo.looks, self.model),
            sequencer=source.sequencer,
            lease_until=int((self.now() + self.lease).timestamp()),
        )
        size = JobSize(looks=len(photo.looks), nbytes=source.bytes, pixels=pixels)
        styles = pictures_by_style(photo.looks)
        charge = Charge(size, self.estimate(size), self.quotas_of(photo.tenant), styles)
        self.photos.lease(photo.key, job, int(self.now().timestamp()), charge)
        return job

    def _write_ticket(self, photo: Photo, job: StylizeJob, source: Source) -> None:
        ticket = StylizeTicket(job_id=job.job_id, photo=source, looks=photo.looks, model=self.model)
        body = ticket.model_dump_json().encode()
        self.objects.put(self.results_bucket, ticket_key(job.job_id), body, "application/json")

    def _failure(self, source: Source, refusal: PhotoRefused) -> Failure:
        return Failure(sequencer=source.sequencer, code=refusal.code, message=refusal.message, at=self.now())


def deferral_delay(deferrals: int, jitter: float) -> timedelta:
    """Two seconds, then twice as long each time, up to twelve minutes; a fifth more or less by `jitter` in
    [0, 1). A photo thus waits at most about twice as long as it must, and asks ever more seldom: 10,000
    waiting photos ask 14 times a second in the end."""
    longest = LONGEST_DEFERRAL.total_seconds()
    steps = min(deferrals, 20)  # the power of more of them has no use
    seconds = min(longest, FIRST_DEFERRAL.total_seconds() * DEFERRAL_GROWTH**steps)
    return timedelta(seconds=seconds * (1 - DEFERRAL_JITTER + 2 * DEFERRAL_JITTER * jitter))
