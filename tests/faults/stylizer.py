"""A simulated asynchronous endpoint: queue, container and notification topic, each of which can fail."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from limner.contracts import StylizeReport, StylizeTicket
from limner.keys import attempt_prefix, report_key, split_s3_uri
from limner.renditions import Rendition
from limner.report import StyledPicture
from tests import makers

INVOCATION_SECONDS = 5
PICTURE = makers.jpeg(24, 24, "crimson")


@dataclass
class Accepted:
    """One paid invocation, ready at `ready_at` (Unix seconds)."""

    job_id: str
    ticket: str
    name: str
    ready_at: float


@dataclass
class Endpoint:
    """Each count applies to the next invocations: `fails` fail, `silent` get no response, `refuses` are refused,
    and so on; each takes `seconds`."""

    s3: Any
    results_bucket: str
    paid: Counter[str] = field(default_factory=Counter)
    waiting: list[Accepted] = field(default_factory=list)
    seconds: float = INVOCATION_SECONDS
    fails: int = 0
    silent: int = 0
    without_report: int = 0
    corrupt_reports: int = 0
    foreign_reports: int = 0
    without_notification: int = 0
    without_failure_object: int = 0
    refuses: int = 0

    def accept(self, headers: Any, now: float) -> dict[str, str]:
        """Accepts an invocation; returns the response's headers."""
        job_id, ticket = _text(headers, "InferenceId"), _text(headers, "InputLocation")
        self.paid[job_id] += 1
        name = f"{job_id}-{self.paid[job_id]}"
        if self.silent:
            self.silent -= 1
        else:
            self.waiting.append(Accepted(job_id, ticket, name, now + self.seconds))
        return {
            "X-Amzn-SageMaker-OutputLocation": self._location(f"endpoint/output/{name}.out"),
            "X-Amzn-SageMaker-FailureLocation": self._location(f"endpoint/failure/{name}-error.out"),
        }

    def finish(self, now: float) -> list[str]:
        """Finish the invocations that are ready; returns the bodies of their notifications."""
        ready = [accepted for accepted in self.waiting if accepted.ready_at <= now]
        self.waiting = [accepted for accepted in self.waiting if accepted.ready_at > now]
        return [body for accepted in ready for body in self._finish_one(accepted)]

    def _finish_one(self, accepted: Accepted) -> list[str]:
        if self.fails:
            self.fails -= 1
            if self.without_failure_object:
                self.without_failure_object -= 1
            else:
                self._put(f"endpoint/failure/{accepted.name}-error.out", b"model error")
            notification = self._notification(accepted, "Failed") | {"failureReason": "model error"}
        else:
            self._stylize(accepted)
            notification = self._notification(accepted, "Completed")
        if self.without_notification:
            self.without_notification -= 1
            return []
        return [json.dumps(notification)]

    def _stylize(self, accepted: Accepted) -> None:
        ticket = StylizeTicket.model_validate_json(self._get(accepted.ticket))
        report = self._report(ticket).model_dump_json().encode()
        if self.corrupt_reports:
            self.corrupt_reports -= 1
            report = report[: len(report) // 2]
        if self.foreign_reports:
            self.foreign_reports -= 1
            report = report.replace(ticket.job_id.encode(), b"0" * 32 + b"-" + b"b" * 16)
        if self.without_report:
            self.without_report -= 1
        else:
            self._put(report_key(ticket.job_id), report)
        self._put(f"endpoint/output/{accepted.name}.out", report)

    def _report(self, ticket: StylizeTicket) -> StylizeReport:
        timings = {"total": 0.1}
        if self.refuses:
            self.refuses -= 1
            refusal = {"code": "damaged_image", "message": "The file is damaged."}
            return StylizeReport(job_id=ticket.job_id, model="m@1", refusal=refusal, timings=timings)
        return StylizeReport(
            job_id=ticket.job_id, model="m@1", pictures=self._pictures(ticket), timings=timings
        )

    def _pictures(self, ticket: StylizeTicket) -> tuple[StyledPicture, ...]:
        pictures = []
        for look in ticket.looks:
            key = f"{attempt_prefix(ticket.job_id, '1')}{look.slug}/full.jpg"
            self._put(key, PICTURE)
            size = {"width": 24, "height": 24, "bytes": len(PICTURE)}
            rendition = Rendition(key=key, content_type="image/jpeg", **size)
            pictures.append(StyledPicture(look=look, renditions=(rendition,), metrics={}))
        return tuple(pictures)

    def _notification(self, accepted: Accepted, status: str) -> dict[str, Any]:
        return {
            "awsRegion": "eu-central-1",
            "invocationStatus": status,
            "inferenceId": accepted.job_id,
            "requestParameters": {"endpointName": "limner-stylizer", "inputLocation": accepted.ticket},
            "responseParameters": {"outputLocation": self._location(f"endpoint/output/{accepted.name}.out")},
            "eventSource": "aws:sagemaker",
            "eventName": "InferenceResult",
        }

    def _location(self, key: str) -> str:
        return f"s3://{self.results_bucket}/{key}"

    def _put(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket=self.results_bucket, Key=key, Body=body)

    def _get(self, location: str) -> bytes:
        bucket, key = split_s3_uri(location)
        body: bytes = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return body


def _text(headers: Any, name: str) -> str:
    value = next(
        value for key, value in headers.items() if key.lower() == f"x-amzn-sagemaker-{_dashed(name)}"
    )
    return value.decode() if isinstance(value, bytes) else value


def _dashed(name: str) -> str:
    return {"InferenceId": "inference-id", "InputLocation": "inputlocation"}[name]
