"""Messages to the functions' queues."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from limner.adapters.sdk import sdk_errors
from limner.contracts import ErasureRequest, ImportRequest, upload_event
from limner.photos import Source
from limner.style_contracts import StyleErasure
from limner.tenancy import PhotoKey


@dataclass(frozen=True, kw_only=True)
class QueuedUploadEvents:
    """`client` is a boto3 SQS client; the queues are those of the router and the thumbnailer, and that of the
    tenants' lines, which is None for whoever sends nothing to it."""

    client: Any
    router_queue_url: str
    thumb_queue_url: str
    waiting_queue_url: str | None = None

    def resend(self, source: Source) -> None:
        self.route(source)
        self.make_variants(source)

    def route(self, source: Source) -> None:
        self._send(self.router_queue_url, source)

    def make_variants(self, source: Source) -> None:
        self._send(self.thumb_queue_url, source)

    def wait(self, source: Source, tenant: str) -> None:
        """Events of one message group are delivered one after the other. Each event is one of its own: one
        that comes back within five minutes must not be taken for a repeated one."""
        line = {"MessageGroupId": tenant, "MessageDeduplicationId": uuid4().hex}
        self._send(self.waiting_queue_url, source, **line)

    def ask_again(self, receipt: str, pause: timedelta) -> None:
        with sdk_errors("leaving an upload event in its line"):
            self.client.change_message_visibility(
                QueueUrl=self.waiting_queue_url,
                ReceiptHandle=receipt,
                VisibilityTimeout=int(pause.total_seconds()),
            )

    def _send(self, url: str | None, source: Source, **line: str) -> None:
        with sdk_errors("sending an upload event"):
            self.client.send_message(QueueUrl=url, MessageBody=upload_event(source), **line)


class QueuedErasures:
    """`client` is a boto3 SQS client; `queue_url` is the queue of the eraser."""

    def __init__(self, client: Any, *, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, key: PhotoKey, object_key: str | None = None) -> None:
        request = ErasureRequest(tenant=key.tenant, photo_id=key.photo_id, object_key=object_key)
        with sdk_errors("sending an erasure"):
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=request.model_dump_json())

    def erase_style(self, tenant: str, style_id: str) -> None:
        request = StyleErasure(tenant=tenant, style_id=style_id)
        with sdk_errors("sending the erasure of a style"):
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
