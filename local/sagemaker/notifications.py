"""The messages that SageMaker publishes when an asynchronous invocation has ended.

Their shapes are those of "Check prediction results" in the SageMaker developer guide.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Invocation:
    """One accepted request. `expires_at` is on the monotonic clock; `timeout` is in seconds."""

    endpoint: str
    region: str
    inference_id: str
    input_location: str
    content_type: str
    accept: str | None
    output_location: str
    failure_location: str | None
    received_at: datetime
    expires_at: float
    timeout: float


def success_notification(invocation: Invocation, content_type: str) -> dict[str, Any]:
    return _notification(invocation) | {
        "invocationStatus": "Completed",
        "responseParameters": {
            "contentType": content_type,
            "outputLocation": invocation.output_location,
        },
    }


def failure_notification(invocation: Invocation, reason: str) -> dict[str, Any]:
    """Without the failure location, like AWS's own (see awslabs/osml-model-runner)."""
    return _notification(invocation) | {"invocationStatus": "Failed", "failureReason": reason}


def _notification(invocation: Invocation) -> dict[str, Any]:
    accept = {"accept": invocation.accept} if invocation.accept else {}
    return {
        "awsRegion": invocation.region,
        "eventTime": _timestamp(datetime.now(UTC)),
        "receivedTime": _timestamp(invocation.received_at),
        "requestParameters": accept
        | {
            "contentType": invocation.content_type,
            "endpointName": invocation.endpoint,
            "inputLocation": invocation.input_location,
        },
        "inferenceId": invocation.inference_id,
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }


def _timestamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
