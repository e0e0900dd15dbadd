"""Messages to the functions' queues."""

from datetime import timedelta
from typing import Any

from limner.adapters.sdk import sdk_errors
from limner.contracts import ErasureRequest, ImportRequest, upload_event
from limner.photos import Source
from limner.tenancy import PhotoKey

MAX_DELAY_SECONDS = 900
"""SQS's limit of DelaySeconds."""


class QueuedUploadEvents:
    """`client` is a boto3 SQS client; `queue_urls` are the queues of the router and the thumbnailer."""

    def __init__(self, client: Any, *, queue_urls: tuple[str, ...], router_queue_url: str) -> None:
        self._client = client
        self._queue_urls = queue_urls
        self._router_queue_url = router_queue_url

    def resend(self, source: Source) -> None:
        with sdk_errors("resending an upload event"):
            for url in self._queue_urls:
                self._client.send_message(QueueUrl=url, MessageBody=upload_event(source))

    def defer(self, source: Source, deferrals: int, delay: timedelta) -> None:
        with sdk_errors("deferring an upload event"):
            self._client.send_message(
                QueueUrl=self._router_queue_url,
                MessageBody=upload_event(source, deferrals),
                DelaySeconds=min(MAX_DELAY_SECONDS, int(delay.total_seconds())),
            )


class QueuedErasures:
    """`client` is a boto3 SQS client; `queue_url` is the queue of the eraser."""

    def __init__(self, client: Any, *, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, key: PhotoKey, object_key: str | None = None) -> None:
        request = ErasureRequest(tenant=key.tenant, photo_id=key.photo_id, object_key=object_key)
        with sdk_errors("sending an erasure"):
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=request.model_dump_json())


class QueuedImports:
    """`client` is a boto3 SQS client; `queue_url` is the queue of the importer."""

    def __init__(self, client: Any, *, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, photo: PhotoKey) -> None:
        request = ImportRequest(tenant=photo.tenant, photo_id=photo.photo_id)
        with sdk_errors("sending an import"):
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=request.model_dump_json())
