"""The stylizer as a SageMaker asynchronous endpoint."""

from typing import Any

from limner.adapters.sdk import sdk_errors
from limner.ports import Submission


class AsyncEndpoint:
    """`client` is a boto3 sagemaker-runtime client; times in seconds."""

    def __init__(self, client: Any, *, name: str, request_ttl: int, invocation_timeout: int) -> None:
        self._client = client
        self._name = name
        self._request_ttl = request_ttl
        self._invocation_timeout = invocation_timeout

    def submit(self, job_id: str, ticket_location: str) -> Submission:
        with sdk_errors(f"invoking {self._name}"):
            answer = self._client.invoke_endpoint_async(
                EndpointName=self._name,
                InferenceId=job_id,
                InputLocation=ticket_location,
                ContentType="application/json",
                Accept="application/json",
                RequestTTLSeconds=self._request_ttl,
                InvocationTimeoutSeconds=self._invocation_timeout,
            )
        return Submission(
            output_location=answer["OutputLocation"], failure_location=answer.get("FailureLocation")
        )
