"""The sandbox in the stylizer's place, for the jobs of test tenants."""

from datetime import timedelta
from typing import Any

from limner.adapters.sdk import sdk_errors
from limner.job_reports import job_report_key
from limner.keys import tenant_of_job
from limner.ports import StylizeEndpoint, Submission
from limner.sandbox import SandboxJob, job_failure_key
from limner.tenancy import is_live


class QueuedSandboxJobs:
    """`client` is a boto3 SQS client; `queue_url` is the queue of the sandbox. The tenant is the message
    group: one tenant's jobs do not delay the others'."""

    def __init__(self, client: Any, *, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, job: SandboxJob, delay: timedelta = timedelta(0)) -> None:
        with sdk_errors("sending a job of the sandbox"):
            self._client.send_message(
                QueueUrl=self._queue_url,
                MessageBody=job.model_dump_json(),
                DelaySeconds=int(delay.total_seconds()),
                MessageGroupId=tenant_of_job(job.job_id),
            )


class SandboxEndpoint:
    """Says where report and failure will be, as the endpoint says where its response will be."""

    def __init__(self, queue: QueuedSandboxJobs, *, results_bucket: str) -> None:
        self._queue = queue
        self._results_bucket = results_bucket

    def submit(self, job_id: str, ticket_location: str) -> Submission:
        """The ticket's place follows from the job's id."""
        self._queue.send(SandboxJob(job_id=job_id))
        return Submission(
            output_location=f"s3://{self._results_bucket}/{job_report_key(job_id)}",
            failure_location=f"s3://{self._results_bucket}/{job_failure_key(job_id)}",
        )


class EndpointByMode:
    def __init__(self, *, live: StylizeEndpoint, test: StylizeEndpoint) -> None:
        self._live = live
        self._test = test

    def submit(self, job_id: str, ticket_location: str) -> Submission:
        endpoint = self._live if is_live(tenant_of_job(job_id)) else self._test
        return endpoint.submit(job_id, ticket_location)
