"""Upload events sent to the queues again."""

from typing import Any

from limner.adapters.sdk import sdk_errors
from limner.contracts import upload_event
from limner.photos import Source


class QueuedUploadEvents:
    """`client` is a boto3 SQS client; `queue_urls` are the queues of the router and the thumbnailer."""

    def __init__(self, client: Any, *, queue_urls: tuple[str, ...]) -> None:
        self._client = client
        self._queue_urls = queue_urls

    def resend(self, source: Source) -> None:
        with sdk_errors("resending an upload event"):
            for url in self._queue_urls:
                self._client.send_message(QueueUrl=url, MessageBody=upload_event(source))
