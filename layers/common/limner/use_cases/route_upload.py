"""For an uploaded photo, or a further order for it: check its header, lease the job of the looks that it
lacks, order its variants, submit the job to the endpoint."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from limner.contracts import StylizeTicket
from limner.costs import JobSize
from limner.errors import (
    ForeignUpload,
    JobsAtLimit,
    PhotoRefused,
    QuotaExceeded,
    RefusalCode,
    StaleWrite,
)
from limner.intake import Limits
from limner.keys import job_id_for, ticket_key
from limner.looks import MAX_LOOKS, Look
from limner.photos import FINAL_STATUSES, Failure, Photo, Source, StylizeJob
from limner.ports import ObjectStore, PhotoRepository, StylizeEndpoint, UploadEvents
from limner.quotas import Charge, Quotas
from limner.sandbox import Stage, refuse_as_ordered
from limner.tenancy import Visibility, is_live
from limner.usage_report import pictures_by_style
from limner.use_cases.check_upload import check_upload
from limner.use_cases.new_photos import require_valid_labels
from limner.use_cases.outcomes import Outcome, foreign_upload, of_mode
from limner.use_cases.overdue import PAUSE_RECHECK
from limner.use_cases.store_submission import store_submission

LONGEST_WAIT = timedelta(days=4)
"""Of a photo in its tenant's line; as long as SQS keeps a message."""


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
    estimate: Callable[[str, JobSize], int]
    """What a tenant's job costs, in micro-dollars."""
    deadline: timedelta
    """Of a photo that has waited, from its lease on."""
    visibility_of: Callable[[str], Visibility] = lambda tenant: Visibility.PRIVATE
    """Who may read the pictures that are ordered for a tenant now."""
    is_reviewed: Callable[[str], bool] = lambda tenant: False
    """Whether a person decides about a tenant's pictures that the gates are not sure of."""

    def __call__(self, source: Source, *, is_first_in_line: bool = False) -> Outcome:
        """`is_first_in_line`: the photo waits for a place among its tenant's jobs, and stays in the line if
        the outcome is WAITING_IN_LINE.

        Raises JobInProgress or Unavailable when the event must be retried later.
        """
        try:
            new = self.new_photo(source)
            photo = self.photos.record_upload(new)
            return of_mode(photo.tenant, self._submit(photo, new, source, is_first_in_line))
        except ForeignUpload as error:
            return foreign_upload(error)
        except StaleWrite:
            return Outcome.SUPERSEDED

    def _submit(self, photo: Photo, new: Photo, source: Source, is_first_in_line: bool) -> Outcome:
        if _has_nothing_to_submit(photo):
            return Outcome.SUPERSEDED
        try:
            self.check_tenant(photo.tenant)
            require_valid_labels(new)
            refuse_as_ordered(photo.tenant, photo.external_id, Stage.INTAKE)
            pixels = check_upload(self.objects, source, self.limits)
        except PhotoRefused as refusal:
            self.photos.record_failure(photo.key, self._failure(photo, source, refusal))
            return Outcome.REFUSED
        if self.is_paused():
            return self._leave_to_sweeper(photo)
        looks = photo.missing_looks[:MAX_LOOKS]
        try:
            job = self._lease_job(photo, source, looks, pixels)
        except JobsAtLimit:
            return Outcome.WAITING_IN_LINE if is_first_in_line else self._wait(photo, source)
        except QuotaExceeded as error:
            over_cap = PhotoRefused(RefusalCode.QUOTA_EXCEEDED, error.message)
            self.photos.record_failure(photo.key, self._failure(photo, source, over_cap))
            return Outcome.QUOTA_EXCEEDED
        if photo.newest.variants is None and not _was_submitted(photo):
            self.events.make_variants(source)
        self._end_wait(photo)
        self._write_ticket(photo, job, source, looks)
        submission = self.endpoint.submit(job.job_id, f"s3://{self.results_bucket}/{ticket_key(job.job_id)}")
        submitted = {
            "output_location": submission.output_location,
            "failure_location": submission.failure_location,
            "submitted_at": self.now(),
        }
        try:
            self.photos.record_submission(photo.key, job.model_copy(update=submitted))
        finally:
            # Also of a job whose row has a newer upload meanwhile or is being erased.
            store_submission(self.objects, self.results_bucket, job.job_id, submission)
        return Outcome.SUBMITTED

    def _leave_to_sweeper(self, photo: Photo) -> Outcome:
        """The upload is recorded; the sweeper resends its event once submissions are no longer paused."""
        self._postpone(photo, PAUSE_RECHECK)
        return Outcome.PAUSED

    def _wait(self, photo: Photo, source: Source) -> Outcome:
        """The photo waits in its tenant's line for a place among the jobs in flight. Its variants wait too,
        and do not delay those of others. The sweeper meets it only if its event is lost."""
        self._postpone(photo, LONGEST_WAIT)
        self.events.wait(source, photo.tenant)
        return Outcome.DEFERRED

    def _end_wait(self, photo: Photo) -> None:
        """A photo that has waited is due as if it had been uploaded now, unless that has changed."""
        if photo.due_at is not None and photo.due_at > (self.now() + self.deadline).timestamp():
            with suppress(StaleWrite):
                self._postpone(photo, self.deadline)

    def _postpone(self, photo: Photo, time: timedelta) -> None:
        self.photos.postpone(photo, int((self.now() + time).timestamp()))

    def _lease_job(self, photo: Photo, source: Source, looks: tuple[Look, ...], pixels: int) -> StylizeJob:
        job = StylizeJob(
            job_id=job_id_for(photo.key, source, looks, self.model),
            sequencer=source.sequencer,
            revision=photo.revision,
            lease_until=int((self.now() + self.lease).timestamp()),
            is_reviewed=self.is_reviewed(photo.tenant),
        )
        size = JobSize(looks=len(looks), nbytes=source.bytes, pixels=pixels)
        caps, styles = self.quotas_of(photo.tenant), pictures_by_style(looks)
        charge = Charge(size, self.estimate(photo.tenant, size), caps, styles)
        self.photos.lease(photo.key, job, int(self.now().timestamp()), charge)
        return job

    def _write_ticket(self, photo: Photo, job: StylizeJob, source: Source, looks: tuple[Look, ...]) -> None:
        ticket = StylizeTicket(
            job_id=job.job_id,
            photo=source,
            looks=looks,
            model=self.model,
            visibility=self.visibility_of(photo.tenant),
            is_reviewed=job.is_reviewed,
            external_id=None if is_live(photo.tenant) else photo.external_id,
        )
        # A stylizer of the last release refuses fields that it does not know.
        unknown = {"external_id"} if is_live(photo.tenant) else set()
        body = ticket.model_dump_json(exclude=unknown).encode()
        self.objects.put(self.results_bucket, ticket_key(job.job_id), body, "application/json")

    def _failure(self, photo: Photo, source: Source, refusal: PhotoRefused) -> Failure:
        return Failure(
            sequencer=source.sequencer,
            revision=photo.revision,
            code=refusal.code,
            message=refusal.message,
            at=self.now(),
        )


def _was_submitted(photo: Photo) -> bool:
    """The variants were ordered with that invocation; whether their message was lost, the sweeper finds."""
    return photo.newest.job is not None and photo.newest.job.was_submitted


def _has_nothing_to_submit(photo: Photo) -> bool:
    """The event is a repeated one, or of an order that has been cancelled or superseded since."""
    newest = photo.newest
    is_submitted = newest.job is not None and newest.job.submitted_at is not None
    return is_submitted or newest.results is not None or photo.status in FINAL_STATUSES
