"""For the end of a job that learned a style: record the style, or why there is none."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from limner.contracts import EndpointNotification
from limner.errors import ObjectMissing
from limner.own_styles import LearnedStyle, OwnStyleRepository, StyleFailure, StyleProblem
from limner.ports import ObjectStore
from limner.style_contracts import LearnReport, parse_learn_report, style_of_job, style_report_key
from limner.use_cases.outcomes import Outcome


@dataclass(frozen=True, kw_only=True)
class RecordStyle:
    styles: OwnStyleRepository
    objects: ObjectStore
    now: Callable[[], datetime]
    results_bucket: str

    def __call__(self, notification: EndpointNotification) -> Outcome:
        """The notification only starts the lookup; what is recorded is the report in our own bucket.

        Raises:
            ObjectMissing: the job has completed, and its report is not there (yet).
            MalformedMessage: the report violates its contract.
        """
        try:
            return self.record_report(notification.job_id)
        except ObjectMissing:
            if notification.status == "Completed":
                raise
            message = "Learning failed on our side; nothing is wrong with your pictures. Please order again."
            failure = StyleFailure(code=StyleProblem.FAILED, message=message)
            return self._end(*style_of_job(notification.job_id), failure)

    def record_report(self, job_id: str) -> Outcome:
        """Raises ObjectMissing where the job has no report, MalformedMessage."""
        tenant, style_id = style_of_job(job_id)
        payload = self.objects.get(self.results_bucket, style_report_key(tenant, style_id))
        return self._end(tenant, style_id, self._outcome(parse_learn_report(job_id, payload)))

    def _outcome(self, report: LearnReport) -> LearnedStyle | StyleFailure:
        if report.refusal or report.style_key is None:
            assert report.refusal  # noqa: S101 - the report's own rule
            return report.refusal
        return LearnedStyle(
            key=report.style_key, model=report.model, preview=report.preview, finished_at=self.now()
        )

    def _end(self, tenant: str, style_id: str, end: LearnedStyle | StyleFailure) -> Outcome:
        if not self.styles.record_end(tenant, style_id, end):
            return Outcome.SUPERSEDED
        return Outcome.STYLE_LEARNED if isinstance(end, LearnedStyle) else Outcome.STYLE_REFUSED
