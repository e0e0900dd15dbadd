"""Messages to the functions' queues."""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from limner.adapters.sdk import sdk_errors
from limner.campaigns.campaign import CampaignKey
from limner.campaigns.contracts import CampaignStep
from limner.contracts import ErasureRequest, ImportRequest, upload_event
from limner.errors import ForeignUpload
from limner.keys import photo_key_for
from limner.packs.contracts import ArchiveRequest, PackStep
from limner.packs.pack import PackKey
from limner.photos import Source
from limner.ports import ALL_SHARDS
from limner.style_contracts import StyleErasure, is_style_picture, style_of_picture
from limner.sweep.contracts import SweepRequest
from limner.tenancy import PhotoKey
from limner.webhooks import DeliveryMessage

MAX_DELAY_SECONDS = 900
"""SQS's limit of DelaySeconds."""
NO_TENANTS_GROUP = "-"
"""The message group of uploads that belong to no tenant; no tenant's id."""


@dataclass(frozen=True, kw_only=True)
class QueuedUploadEvents:
    """`client` is a boto3 SQS client; the queues are those of the router and the thumbnailer, and that of the
    tenants' lines, which is None for whoever sends nothing to it.

    Events of one tenant are one message group. In the router's queue, a fair queue, a tenant with many of
    them does not delay the others'.
    """

    client: Any
    uploads_bucket: str
    router_queue_url: str
    thumb_queue_url: str
    waiting_queue_url: str | None = None

    def route(self, source: Source, delay: timedelta = timedelta(0)) -> None:
        group = self._group_of(source)
        self._send(self.router_queue_url, source, MessageGroupId=group, DelaySeconds=delay_seconds(delay))

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

    def _group_of(self, source: Source) -> str:
        """The tenant of an upload; in an attached bucket, which belongs to few tenants, the bucket."""
        if source.bucket != self.uploads_bucket:
            return source.bucket
        try:
            if is_style_picture(source.key):
                return style_of_picture(source.key)[0]
            return photo_key_for(source.bucket, source.key).tenant
        except ForeignUpload:
            return NO_TENANTS_GROUP

    def _send(self, url: str | None, source: Source, **options: str | int) -> None:
        with sdk_errors("sending an upload event"):
            self.client.send_message(QueueUrl=url, MessageBody=upload_event(source), **options)


class QueuedSweeps:
    """`client` is a boto3 SQS client; `queue_url` is the queue of the sweeper."""

    def __init__(self, client: Any, *, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def start(self) -> int:
        """Ask for a sweep: one message for each shard, and one for the uploads without a row; how many."""
        requests = [*(SweepRequest(shards=shard) for shard in ALL_SHARDS), SweepRequest(orphans=True)]
        for request in requests:
            with sdk_errors("sending a request of a sweep"):
                self._client.send_message(QueueUrl=self._queue_url, MessageBody=request.model_dump_json())
        return len(requests)


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


class QueuedDeliveries:
    """`client` is a boto3 SQS client; `queue_url` is the queue of deliveries to webhooks.

    The tenant is the message group: SQS lets one tenant's backlog not delay the others' messages ("fair
    queues" of standard queues).
    """

    def __init__(self, client: Any, *, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, message: DeliveryMessage, delay: timedelta = timedelta(0)) -> None:
        _send_in_group(self._client, self._queue_url, message, delay)


class QueuedImports:
    """`client` is a boto3 SQS client; `queue_url` is the queue of the importer. The tenant is the message
    group, as in QueuedDeliveries: one tenant's slow servers do not delay the others' photos."""

    def __init__(self, client: Any, *, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, photo: PhotoKey) -> None:
        request = ImportRequest(tenant=photo.tenant, photo_id=photo.photo_id)
        with sdk_errors("sending an import"):
            self._client.send_message(
                QueueUrl=self._queue_url, MessageBody=request.model_dump_json(), MessageGroupId=photo.tenant
            )


class QueuedCampaigns:
    """`client` is a boto3 SQS client; `queue_url` is the queue of campaigns. The tenant is the message group,
    as in QueuedDeliveries."""

    def __init__(self, client: Any, *, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, key: CampaignKey, delay: timedelta = timedelta(0)) -> None:
        step = CampaignStep(tenant=key.tenant, campaign_id=key.campaign_id)
        _send_in_group(self._client, self._queue_url, step, delay)


class QueuedPacks:
    """`client` is a boto3 SQS client; `queue_url` is the queue of campaigns. The tenant is the message group,
    as in QueuedDeliveries."""

    def __init__(self, client: Any, *, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, key: PackKey, delay: timedelta = timedelta(0), *, has_ended: bool = False) -> None:
        step = PackStep(tenant=key.tenant, pack_id=key.pack_id, has_ended=has_ended)
        _send_in_group(self._client, self._queue_url, step, delay)

    def assemble(self, key: PackKey, profile: str) -> None:
        request = ArchiveRequest(tenant=key.tenant, pack_id=key.pack_id, archive_of=profile)
        _send_in_group(self._client, self._queue_url, request, timedelta(0))


def _send_in_group(
    client: Any,
    queue_url: str,
    message: DeliveryMessage | CampaignStep | PackStep | ArchiveRequest,
    delay: timedelta,
) -> None:
    """The message group is the tenant."""
    with sdk_errors(f"sending a {type(message).__name__}"):
        client.send_message(
            QueueUrl=queue_url,
            MessageBody=message.model_dump_json(),
            DelaySeconds=delay_seconds(delay),
            MessageGroupId=message.tenant,
        )


def delay_seconds(delay: timedelta) -> int:
    """What SQS allows of it."""
    return min(MAX_DELAY_SECONDS, math.ceil(delay.total_seconds()))
