"""For a notification that a job has ended: record the job's report, refusal or failure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from limner.contracts import EndpointNotification, StylizeReport, parse_report_of
from limner.errors import MalformedMessage, ObjectMissing, PhotoNotFound, RefusalCode, StaleWrite
from limner.keys import photo_key_of_job, report_key, split_s3_uri
from limner.photos import Failure, Photo, Results, StylizeJob
from limner.ports import ObjectStore, PhotoRepository, PictureHashes, PublishedPicture
from limner.tenancy import is_live
from limner.use_cases.outcomes import Outcome, of_mode


@dataclass(frozen=True, kw_only=True)
class RecordResult:
    photos: PhotoRepository
    objects: ObjectStore
    now: Callable[[], datetime]
    results_bucket: str
    hashes: PictureHashes
    on_refusal: Callable[[str], None] = lambda gate: None
    """Called with each gate that refused a look at its ordered strength, after the results are recorded."""
    on_unsigned: Callable[[int], None] = lambda pictures: None
    """Called with the number of looks whose pictures were published unsigned."""

    def __call__(self, notification: EndpointNotification) -> Outcome:
        """The notification only starts the lookup; what is recorded is the report in our own bucket.

        Raises:
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
            return of_mode(photo.tenant, self._record(photo, job, notification))
        except StaleWrite:
            return Outcome.SUPERSEDED

    def _record(self, photo: Photo, job: StylizeJob, notification: EndpointNotification) -> Outcome:
        try:
            report = self._report(job)
        except ObjectMissing:
            if notification.status == "Completed" or not self._failure_exists(job):
                raise
            message = "Styling failed on our side; nothing is wrong with your file. Please upload it again."
            self._fail(photo, job, RefusalCode.STYLIZATION_FAILED, message)
            return Outcome.STYLIZATION_FAILED
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

    def _failure_exists(self, job: StylizeJob) -> bool:
        """The endpoint stores a failure object before it notifies of a failure. Raises ObjectMissing."""
        if job.failure_location is None:
            return False
        self.objects.describe(*split_s3_uri(job.failure_location))
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


def _refusing_gates(report: StylizeReport) -> Iterator[str]:
    for picture in report.pictures:
        yield from picture.verdict.refused_by if picture.verdict else ()


def _published(photo: Photo, report: StylizeReport) -> Iterator[PublishedPicture]:
    """Recorded before the results, so that a repeated message records them if the first was interrupted."""
    for picture in report.pictures:
        if picture.hash:
            number = int(picture.hash, 16)
            yield PublishedPicture(number, photo.key, report.job_id, picture.look.slug, report.model)
