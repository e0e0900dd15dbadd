"""The composition root of webhooks in the API, beside that of its other resources."""

import secrets
from functools import cache
from uuid import uuid4

from limner.adapters.dynamodb_webhooks import DynamoDbWebhooks
from limner.adapters.sqs import QueuedDeliveries
from limner.bootstrap import pipeline
from limner.bootstrap.storefront import cursors, storefront_settings, tenant_stores
from limner.outbound_addresses import parse_target
from limner.use_cases.manage_webhooks import AddWebhook, ChangeWebhook, RemoveWebhook, RotateSecret
from limner.use_cases.webhook_deliveries import ListDeliveries, Redeliver, SendTestEvent


def webhooks(tenant: str) -> DynamoDbWebhooks:
    return tenant_stores(tenant).webhooks


def add_webhook(tenant: str) -> AddWebhook:
    return AddWebhook(
        webhooks=webhooks(tenant),
        secrets=tenant_stores(tenant).webhook_secrets,
        check_url=_check_url,
        new_id=_new_id,
        random_bytes=secrets.token_bytes,
        now=pipeline.now,
    )


def change_webhook(tenant: str) -> ChangeWebhook:
    return ChangeWebhook(webhooks=webhooks(tenant), check_url=_check_url, now=pipeline.now)


def remove_webhook(tenant: str) -> RemoveWebhook:
    return RemoveWebhook(webhooks=webhooks(tenant), now=pipeline.now)


def rotate_secret(tenant: str) -> RotateSecret:
    return RotateSecret(
        webhooks=webhooks(tenant),
        secrets=tenant_stores(tenant).webhook_secrets,
        random_bytes=secrets.token_bytes,
        now=pipeline.now,
    )


def send_test_event(tenant: str) -> SendTestEvent:
    return SendTestEvent(
        webhooks=webhooks(tenant),
        queue=_queue(),
        new_id=_new_id,
        now=pipeline.now,
        source=storefront_settings().events_source,
    )


def list_deliveries(tenant: str) -> ListDeliveries:
    return ListDeliveries(webhooks=webhooks(tenant), cursors=cursors())


def redeliver(tenant: str) -> Redeliver:
    return Redeliver(webhooks=webhooks(tenant), queue=_queue(), now=pipeline.now)


@cache
def _queue() -> QueuedDeliveries:
    return QueuedDeliveries(pipeline.client("sqs"), queue_url=storefront_settings().webhook_queue_url)


def _check_url(url: str) -> None:
    """What the URL alone says. Where its name leads is checked before each request."""
    parse_target(url, allow_local_http=not storefront_settings().require_tls)


def _new_id() -> str:
    return uuid4().hex
