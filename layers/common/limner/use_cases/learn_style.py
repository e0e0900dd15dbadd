"""For an uploaded picture of a style: once all of its pictures are there, have the endpoint learn it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from limner.errors import ForeignUpload, ObjectMissing, PhotoRefused, StyleNotFound
from limner.intake import Limits
from limner.keys import ticket_key
from limner.own_styles import OwnStyle, OwnStyleRepository, OwnStyleStatus, StyleFailure, StyleProblem
from limner.photos import Source
from limner.ports import ObjectStore, StylizeEndpoint
from limner.style_contracts import LearnTicket, style_job_id, style_of_picture, style_picture_key
from limner.use_cases.check_upload import check_upload
from limner.use_cases.outcomes import Outcome, foreign_upload
from limner.use_cases.store_submission import store_submission


@dataclass(frozen=True, kw_only=True)
class LearnStyle:
    styles: OwnStyleRepository
    objects: ObjectStore
    endpoint: StylizeEndpoint
    now: Callable[[], datetime]
    limits: Limits
    uploads_bucket: str
    results_bucket: str
    model: str
    in_flight: timedelta
    """The longest wait and invocation of a job at the endpoint."""
    is_paused: Callable[[], bool] = lambda: False
    """Whether the endpoint must not be invoked at present."""

    def __call__(self, uploaded: Source) -> Outcome:
        """Two events at once, or one twice, lead to the same job, which the endpoint does once.

        Raises Unavailable when the event must be retried later.
        """
        try:
            style = self.styles.get(*style_of_picture(uploaded.key))
        except ForeignUpload as error:
            return foreign_upload(error)
        except StyleNotFound:
            return Outcome.SUPERSEDED
        if style.status(self.now()) is not OwnStyleStatus.AWAITING_UPLOAD:
            return Outcome.SUPERSEDED
        pictures = self._pictures(style)
        return self._learn(style, pictures) if pictures else Outcome.STYLE_PICTURE_RECEIVED

    def _learn(self, style: OwnStyle, pictures: tuple[Source, ...]) -> Outcome:
        try:
            for picture in pictures:
                check_upload(self.objects, picture, self.limits)
        except PhotoRefused as refusal:
            return self._refuse(style, refusal.code, refusal.message)
        if self.is_paused():
            message = "Nothing is learned at present; please order the style again later."
            return self._refuse(style, StyleProblem.PAUSED, message)
        return self._submit(style, pictures)

    def _refuse(self, style: OwnStyle, code: str, message: str) -> Outcome:
        self.styles.record_end(style.tenant, style.style_id, StyleFailure(code=code, message=message))
        return Outcome.STYLE_REFUSED

    def _pictures(self, style: OwnStyle) -> tuple[Source, ...] | None:
        """None while one is missing. S3 is asked, so that no event has to be counted."""
        found = []
        for number in range(1, style.pictures + 1):
            key = style_picture_key(style.tenant, style.style_id, number)
            try:
                facts = self.objects.describe(self.uploads_bucket, key)
            except ObjectMissing:
                return None
            found.append(
                Source(
                    bucket=self.uploads_bucket,
                    key=key,
                    sequencer=facts.etag or "",
                    bytes=facts.bytes,
                    version_id=facts.version_id,
                    etag=facts.etag,
                )
            )
        return tuple(found)

    def _submit(self, style: OwnStyle, pictures: tuple[Source, ...]) -> Outcome:
        """The job is recorded after it is submitted: an interruption repeats the submission, and the endpoint
        finds the report of the first one."""
        job_id = style_job_id(style.tenant, style.style_id, pictures, self.model)
        ticket = LearnTicket(
            job_id=job_id,
            name=style.name,
            pictures=pictures,
            preview_photo=style.preview_photo,
            refinement_steps=style.refinement_steps,
            model=self.model,
        )
        body = ticket.model_dump_json().encode()
        self.objects.put(self.results_bucket, ticket_key(job_id), body, "application/json")
        submission = self.endpoint.submit(job_id, f"s3://{self.results_bucket}/{ticket_key(job_id)}")
        store_submission(self.objects, self.results_bucket, job_id, submission)
        self.styles.record_job(style.tenant, style.style_id, job_id, self.now() + self.in_flight)
        return Outcome.SUBMITTED
