"""Notifications that a job has ended, as the endpoint's topics send them."""

import json
from typing import Any, Literal

from limner.adapters.sdk import sdk_errors


class QueuedNotifications:
    """`client` is a boto3 SQS client; `queue_url` is the queue of the recorder. Messages of a `group` are
    delivered after those of others while many of it are in flight (SQS's fair queues)."""

    def __init__(self, client: Any, *, queue_url: str, group: str | None = None) -> None:
        self._client = client
        self._queue_url = queue_url
        self._group = {"MessageGroupId": group} if group else {}

    def send(self, job_id: str, status: Literal["Completed", "Failed"]) -> None:
        body = json.dumps({"inferenceId": job_id, "invocationStatus": status})
        with sdk_errors("notifying of a job's end"):
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=body, **self._group)
