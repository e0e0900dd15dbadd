"""Messages of the stylizer as a Lambda function: its job, and Lambda's record of how that ended.

Lambda itself sends the record to the recorder's queue (developer guide, "Capturing records of Lambda
asynchronous invocations"), also for a process that died or hung and for a job that was never begun.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from limner.contracts import EndpointNotification, parse_endpoint_notification
from limner.errors import MalformedMessage
from limner.looks import FrozenModel
from limner.settings import StylizerTier

REASON_MAX_CHARS = 500


class FunctionJob(FrozenModel):
    """What the router invokes the function with. The ticket is where every job's is (`keys.ticket_key`)."""

    function_job_version: Literal[1] = 1
    job_id: str = Field(min_length=1)
    submitted_at: AwareDatetime


def function_failure_key(job_id: str, submitted_at: datetime) -> str:
    """Where the recorder stores why an invocation has failed, for jobs whose end is read from S3. Each
    submission of a job has its own place: the second has not failed because the first has."""
    return f"endpoint/failure/function/{job_id}/{submitted_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}.out"


class FailedInvocation(EndpointNotification):
    proves_failure = True


class ExpiredInvocation(EndpointNotification):
    has_expired = True


class _RequestContext(BaseModel):
    condition: str
    """`Success`, or why Lambda gave up: `RetriesExhausted` or `EventAgeExceeded`."""


_KINDS = {"Success": EndpointNotification, "EventAgeExceeded": ExpiredInvocation}


class _InvocationRecord(BaseModel):
    model_config = ConfigDict(extra="ignore")

    context: _RequestContext = Field(alias="requestContext")
    job: FunctionJob = Field(alias="requestPayload")
    answer: Any = Field(alias="responsePayload", default=None)

    def notification(self, *, is_expected: bool) -> EndpointNotification:
        condition = self.context.condition
        is_done = condition == "Success"
        kind = _KINDS.get(condition, FailedInvocation) if is_expected else EndpointNotification
        return kind(
            job_id=self.job.job_id,
            status="Completed" if is_done else "Failed",
            failure_reason=None if is_done else f"{condition}: {self.answer}"[:REASON_MAX_CHARS],
            received_at=self.job.submitted_at,
        )


def parse_function_job(event: Mapping[str, Any]) -> FunctionJob:
    """Raises MalformedMessage."""
    try:
        return FunctionJob.model_validate(event)
    except ValidationError as error:
        raise MalformedMessage(f"not a job of the stylizer: {error}") from error


def parse_notification(body: str, tier: StylizerTier) -> EndpointNotification:
    """A notification of the endpoint, or Lambda's record of an invocation of the function. Where there is no
    function, such a record is of before the tier was changed, or forged, and proves nothing.

    Raises MalformedMessage where it is neither.
    """
    try:
        record = _InvocationRecord.model_validate_json(body)
    except ValidationError:
        return parse_endpoint_notification(body)
    return record.notification(is_expected=tier == "lambda")
