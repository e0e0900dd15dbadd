"""For an uploaded photo: check its header, lease its job, submit it to the endpoint."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from limner.contracts import StoredSubmission, StylizeTicket
from limner.errors import ForeignUpload, ObjectMissing, PhotoRefused, StaleWrite, upload_gone
from limner.intake import Limits, check_header, check_size
from limner.keys import job_id_for, submission_key, ticket_key
from limner.photos import Failure, Photo, Source, StylizeJob
from limner.ports import ObjectStore, PhotoRepository, StylizeEndpoint, Submission
from limner.use_cases.outcomes import Outcome, foreign_upload
from limner.use_cases.overdue import PAUSE_RECHECK

HEADER_READ_BYTES = 256 * 1024


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

    def __call__(self, source: Source) -> Outcome:
        """Raises JobInProgress or Unavailable when the event must be retried later."""
        try:
            photo = self.photos.record_upload(self.new_photo(source))
            return self._submit(photo, source)
        except ForeignUpload as error:
            return foreign_upload(error)
        except StaleWrite:
            return Outcome.SUPERSEDED

    def _submit(self, photo: Photo, source: Source) -> Outcome:
        if photo.newest.job and photo.newest.job.submitted_at:
            return Outcome.SUPERSEDED
        try:
            self.check_tenant(photo.tenant)
            self._check(source)
        except PhotoRefused as refusal:
            self.photos.record_failure(photo.key, self._failure(source, refusal))
            return Outcome.REFUSED
        if self.is_paused():
            return self._leave_to_sweeper(photo)
        job = self._lease_job(photo, source)
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

    def _check(self, source: Source) -> None:
        """Refuse invalid files by their size and header, before the GPU is paid for. Raises PhotoRefused."""
        check_size(source.bytes, self.limits)
        try:
            head = self.objects.get_head(source.bucket, source.key, source.version_id, HEADER_READ_BYTES)
            is_whole_file = len(head) >= source.bytes
            if check_header(head, complete=is_whole_file, limits=self.limits) is None:
                data = self.objects.get(source.bucket, source.key, source.version_id)
                check_header(data, complete=True, limits=self.limits)
        except ObjectMissing as error:
            raise upload_gone() from error

    def _leave_to_sweeper(self, photo: Photo) -> Outcome:
        """The upload is recorded; the sweeper resends its event once submissions are no longer paused."""
        self.photos.postpone(photo, int((self.now() + PAUSE_RECHECK).timestamp()), None)
        return Outcome.PAUSED

    def _lease_job(self, photo: Photo, source: Source) -> StylizeJob:
        job = StylizeJob(
            job_id=job_id_for(photo.key, source, photo.looks, self.model),
            sequencer=source.sequencer,
            lease_until=int((self.now() + self.lease).timestamp()),
        )
        self.photos.lease(photo.key, job, int(self.now().timestamp()))
        return job

    def _write_ticket(self, photo: Photo, job: StylizeJob, source: Source) -> None:
        ticket = StylizeTicket(job_id=job.job_id, photo=source, looks=photo.looks, model=self.model)
        body = ticket.model_dump_json().encode()
        self.objects.put(self.results_bucket, ticket_key(job.job_id), body, "application/json")

    def _failure(self, source: Source, refusal: PhotoRefused) -> Failure:
        return Failure(sequencer=source.sequencer, code=refusal.code, message=refusal.message, at=self.now())
