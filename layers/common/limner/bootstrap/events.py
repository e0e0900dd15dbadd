"""The composition root of the functions that publish events and deliver them."""

import random
from functools import cache
from time import monotonic
from typing import Any

import boto3

from limner.adapters.dynamodb_batches import DynamoDbBatches
from limner.adapters.dynamodb_reads import PhotoReads
from limner.adapters.dynamodb_webhooks import DynamoDbWebhooks
from limner.adapters.event_bus import EventBridgeBus
from limner.adapters.metrics import count_unreadable_change
from limner.adapters.outbound import OutboundClient
from limner.adapters.sdk import CONFIG
from limner.adapters.sqs import QueuedDeliveries
from limner.adapters.webhook_secrets import KmsSecretBox
from limner.bootstrap import pipeline
from limner.settings import NotifierSettings, WebhooksSettings
from limner.use_cases.announce_changes import AnnounceChanges
from limner.use_cases.complete_batches import CompleteBatches
from limner.use_cases.deliver_webhook import DeliverWebhook
from limner.use_cases.fan_out_event import FanOutEvent
from limner.webhooks import WebhookSender


@cache
def announce_changes() -> AnnounceChanges:
    settings = NotifierSettings.read()
    complete_batches = CompleteBatches(
        batches=DynamoDbBatches(_table(settings.requests_table)),
        photos=PhotoReads(_table(settings.photos_table)),
        now=pipeline.now,
        on_unreadable=count_unreadable_change,
    )
    return AnnounceChanges(
        bus=_bus(settings.events_bus), complete_batches=complete_batches, source=settings.events_source
    )


@cache
def fan_out_event() -> FanOutEvent:
    settings = WebhooksSettings.read()
    return FanOutEvent(webhooks=_webhooks(settings), queue=_queue(settings), now=pipeline.now)


def deliver_webhook(send: WebhookSender) -> DeliverWebhook:
    """`send` is given: the library that signs is a requirement of one function alone."""
    settings = WebhooksSettings.read()
    return DeliverWebhook(
        webhooks=_webhooks(settings),
        queue=_queue(settings),
        secrets=KmsSecretBox(pipeline.client("kms"), settings.webhook_secrets_key),
        send=send,
        bus=_bus(settings.events_bus),
        now=pipeline.now,
        seconds=monotonic,
        random=random.random,
        source=settings.events_source,
    )


def outbound_client() -> OutboundClient:
    return OutboundClient(allow_local_http=not WebhooksSettings.read().require_tls)


def _table(name: str) -> Any:
    return boto3.resource("dynamodb", config=CONFIG).Table(name)


def _bus(name: str) -> EventBridgeBus:
    return EventBridgeBus(pipeline.client("events"), name)


def _webhooks(settings: WebhooksSettings) -> DynamoDbWebhooks:
    return DynamoDbWebhooks(_table(settings.webhooks_table))


def _queue(settings: WebhooksSettings) -> QueuedDeliveries:
    return QueuedDeliveries(pipeline.client("sqs"), queue_url=settings.webhook_queue_url)
