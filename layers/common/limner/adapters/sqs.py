"""Messages to the functions' queues."""

from typing import Any

from limner.adapters.sdk import sdk_errors
from limner.contracts import ErasureRequest, upload_event
from limner.photos import Source
from limner.tenancy import PhotoKey


class QueuedUploadEvents:
    """`client` is a boto3 SQS client; `queue_urls` are the queues of the router and the thumbnailer."""

    def __init__(self, client: Any, *, queue_urls: tuple[str, ...]) -> None:
        self._client = client
        self._queue_urls = queue_urls

    def resend(self, source: Source) -> None:
        with sdk_errors("resending an upload event"):
            for url in self._queue_urls:
                self._client.send_message(QueueUrl=url, MessageBody=upload_event(source))


class QueuedErasures:
    """`client` is a boto3 SQS client; `queue_url` is the queue of the eraser."""

    def __init__(self, client: Any, *, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, key: PhotoKey, object_key: str | None = None) -> None:
        request = ErasureRequest(tenant=key.tenant, photo_id=key.photo_id, object_key=object_key)
        with sdk_errors("sending an erasure"):
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=request.model_dump_json())
