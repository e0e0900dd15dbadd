"""For a notification that a job has ended: record the job's report, refusal or failure."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from limner.contracts import EndpointNotification, StylizeReport, parse_report_of
from limner.errors import MalformedMessage, ObjectMissing, PhotoNotFound, RefusalCode, StaleWrite
from limner.keys import photo_key_of_job, report_key, split_s3_uri
from limner.photos import Failure, Photo, Results, Retried, Source, StylizeJob
from limner.ports import ObjectStore, PhotoRepository, PictureHashes, PublishedPicture, UploadEvents
from limner.restyles.restyle import is_of_restyle
from limner.tenancy import is_live
from limner.use_cases.outcomes import Outcome, of_mode

FIRST_PAUSE = timedelta(seconds=30)
PAUSE_GROWTH = 4.0
MAX_PAUSE = timedelta(minutes=15)
"""As long as SQS delays a message."""
SUBMISSION_TOLERANCE = timedelta(seconds=30)
"""Between the endpoint's clock and ours, and for the time that an invocation takes."""


def pause_before_attempt(failed: int) -> timedelta:
    """After so many failures: long enough for a container to be replaced, and at random, so that the photos
    that one container took with it do not come back together."""
    longest = min(MAX_PAUSE, FIRST_PAUSE * PAUSE_GROWTH ** (failed - 1))
    return longest * random.uniform(0.5, 1)  # noqa: S311 - no secret


@dataclass(frozen=True, kw_only=True)
class RecordResult:
    photos: PhotoRepository
    objects: ObjectStore
    now: Callable[[], datetime]
    results_bucket: str
    hashes: PictureHashes
    events: UploadEvents
    grace_period: timedelta
    """After the time of another attempt, when the sweeper looks whether it was made."""
    attempts: int
    """How many invocations of the endpoint may fail before the photo does."""
    pause: Callable[[int], timedelta] = pause_before_attempt
    on_refusal: Callable[[str], None] = lambda gate: None
    """Called with each gate that refused a look at its ordered strength, after the results are recorded."""
    on_unsigned: Callable[[int], None] = lambda pictures: None
    """Called with the number of looks whose pictures were published unsigned."""

    def __call__(self, notification: EndpointNotification, *, without_evidence: bool = False) -> Outcome:
        """The notification only starts the lookup; what is recorded is the report in our own bucket.

        `without_evidence`: the notification has come so often that the job counts as failed, if S3 holds no
        valid report, also without a failure object. If it was forged, the job runs once more at worst.

        Raises, unless `without_evidence`:
            ObjectMissing: S3 holds neither a report nor, for a failed job, the failure object (yet).
            MalformedMessage: the report violates its contract, or the row is another photo's.
        """
        try:
            key = photo_key_of_job(notification.job_id)
        except MalformedMessage:
            return Outcome.FOREIGN_NOTIFICATION
        try:
            photo = self.photos.get(key)
        except PhotoNotFound as error:
            if error.is_erased:
                return Outcome.SUPERSEDED
            return Outcome.FOREIGN_NOTIFICATION
        job = photo.newest.job
        if job is None or job.job_id != notification.job_id:
            return Outcome.SUPERSEDED
        try:
            return of_mode(photo.tenant, self._record(photo, job, notification, without_evidence))
        except StaleWrite:
            return Outcome.SUPERSEDED

    def _record(
        self, photo: Photo, job: StylizeJob, notification: EndpointNotification, without_evidence: bool
    ) -> Outcome:
        try:
            report = self._report(job)
        except (ObjectMissing, MalformedMessage):
            if notification.status == "Completed" and not without_evidence:
                raise
            return self._record_failed_attempt(photo, job, notification, without_evidence)
        if report.refusal:
            self._fail(photo, job, report.refusal.code, report.refusal.message)
            return Outcome.REFUSED
        self.hashes.record(list(_published(photo, report)))
        self.photos.record_results(photo.key, self._results(photo, job, report))
        if unsigned := [picture for picture in report.pictures if picture.is_signed is False]:
            self.on_unsigned(len(unsigned))
        if is_live(photo.tenant):
            for gate in _refusing_gates(report):
                self.on_refusal(gate)
        return Outcome.STYLED

    def _record_failed_attempt(
        self, photo: Photo, job: StylizeJob, notification: EndpointNotification, without_evidence: bool
    ) -> Outcome:
        """Another attempt at the same job, which is not charged again, or the photo's failure."""
        if _is_of_earlier_submission(notification, job):
            return Outcome.SUPERSEDED
        if notification.has_expired:
            return Outcome.WAITING  # nothing has failed: the sweeper sends it again, and does not count it
        if job.submitted_at is None or not (notification.proves_failure or self._failure_exists(job)):
            if not without_evidence:
                raise ObjectMissing(f"job {job.job_id} has neither a report nor a failure object")
            if job.submitted_at is None:
                return Outcome.SUPERSEDED  # the router is about to submit it again
        retried = photo.newest.retried or Retried(sequencer=job.sequencer, revision=job.revision)
        failed = retried.failed + 1
        attempts = self.attempts if is_live(photo.tenant) else 1  # a test tenant has ordered the failure
        if failed >= attempts:
            times = "once" if failed == 1 else f"{failed} times"
            message = (
                f"Styling failed {times} on our side; nothing is wrong with your file."
                " Please upload it again."
            )
            self._fail(photo, job, RefusalCode.STYLIZATION_FAILED, message)
            return Outcome.STYLIZATION_FAILED
        pause = self.pause(failed)
        again_at = self.now() + pause
        counted = retried.model_copy(update={"failed": failed, "sent_at": int(again_at.timestamp())})
        due_at = int((again_at + self.grace_period).timestamp())
        self.photos.retry_failed(photo.key, job, counted, due_at)
        self.events.route(_source_of(photo), pause)
        return Outcome.RESTYLE_ATTEMPT_FAILED if is_of_restyle(job) else Outcome.STYLIZATION_RETRIED

    def _failure_exists(self, job: StylizeJob) -> bool:
        """The endpoint stores a failure object before it notifies of a failure."""
        if job.failure_location is None:
            return False
        try:
            self.objects.describe(*split_s3_uri(job.failure_location))
        except ObjectMissing:
            return False
        return True

    def _report(self, job: StylizeJob) -> StylizeReport:
        return parse_report_of(job.job_id, self.objects.get(self.results_bucket, report_key(job.job_id)))

    def _results(self, photo: Photo, job: StylizeJob, report: StylizeReport) -> Results:
        """The new pictures after those of earlier orders for the same upload."""
        new = tuple(picture.without_explanation for picture in report.pictures)
        names = {picture.look.slug for picture in new}
        before = photo.published.pictures if photo.published else ()
        return Results(
            sequencer=job.sequencer,
            revision=job.revision,
            pictures=(*(picture for picture in before if picture.look.slug not in names), *new),
            model=report.model,
            timings=report.timings,
            finished_at=self.now(),
        )

    def _fail(self, photo: Photo, job: StylizeJob, code: str, message: str) -> None:
        failure = Failure(
            sequencer=job.sequencer, revision=job.revision, code=code, message=message, at=self.now()
        )
        self.photos.record_failure(photo.key, failure)


def _is_of_earlier_submission(notification: EndpointNotification, job: StylizeJob) -> bool:
    """The failure of that one is counted. A job that was released waits for its next submission."""
    if job.submitted_at is None:
        return job.was_submitted
    received = notification.received_at
    return received is not None and received < job.submitted_at - SUBMISSION_TOLERANCE


def _source_of(photo: Photo) -> Source:
    if photo.source is None:
        raise StaleWrite(f"photo {photo.photo_id} no longer has an upload")
    return photo.source


def _refusing_gates(report: StylizeReport) -> Iterator[str]:
    for picture in report.pictures:
        yield from picture.verdict.refused_by if picture.verdict else ()


def _published(photo: Photo, report: StylizeReport) -> Iterator[PublishedPicture]:
    """Recorded before the results, so that a repeated message records them if the first was interrupted."""
    for picture in report.pictures:
        if picture.hash:
            number = int(picture.hash, 16)
            yield PublishedPicture(number, photo.key, report.job_id, picture.look.slug, report.model)
