"""The stylizer as a Lambda function."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from limner.adapters.sdk import sdk_errors
from limner.function_contracts import FunctionJob, function_failure_key
from limner.job_reports import job_report_key
from limner.ports import Submission


class AsyncFunction:
    """`client` is a boto3 Lambda client. Lambda keeps the invocation until the function has a free instance,
    and sends its end to the recorder (the function's destinations)."""

    def __init__(self, client: Any, *, name: str, results_bucket: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._name = name
        self._results_bucket = results_bucket
        self._now = now

    def submit(self, job_id: str, ticket_location: str) -> Submission:
        """The ticket's place follows from the job's id. Why the invocation has failed the recorder stores,
        for packs alone."""
        job = FunctionJob(job_id=job_id, submitted_at=self._now())
        with sdk_errors(f"invoking {self._name}"):
            self._client.invoke(
                FunctionName=self._name, InvocationType="Event", Payload=job.model_dump_json().encode()
            )
        bucket, failure = self._results_bucket, function_failure_key(job_id, job.submitted_at)
        return Submission(
            output_location=f"s3://{bucket}/{job_report_key(job_id)}",
            failure_location=f"s3://{bucket}/{failure}",
        )
