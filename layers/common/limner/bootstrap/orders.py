"""The composition root of orders for photos that are there, in the storefront; each for one tenant."""

from datetime import timedelta
from functools import cache

from limner.adapters.sqs import QueuedUploadEvents
from limner.bootstrap import pipeline
from limner.bootstrap.storefront import quotas_of, storefront_settings, tenant_stores
from limner.bootstrap.tenants import require_styles
from limner.use_cases.cancel_order import CancelOrder
from limner.use_cases.order_looks import OrderLooks
from limner.use_cases.restore_version import RestoreVersion
from limner.use_cases.retry_order import RetryOrder
from limner.use_cases.revise_photo import RevisePhoto


def order_looks(tenant: str) -> OrderLooks:
    return OrderLooks(
        revise=_revise(tenant),
        events=_events(),
        require_styles=require_styles(tenant_stores(tenant).own_styles),
        usage=tenant_stores(tenant).usage,
        quotas_of=quotas_of,
        grace_period=_grace_period(),
    )


def retry_order(tenant: str) -> RetryOrder:
    return RetryOrder(
        revise=_revise(tenant),
        events=_events(),
        usage=tenant_stores(tenant).usage,
        quotas_of=quotas_of,
        grace_period=_grace_period(),
    )


def cancel_order(tenant: str) -> CancelOrder:
    return CancelOrder(revise=_revise(tenant))


def restore_version(tenant: str) -> RestoreVersion:
    return RestoreVersion(
        revise=_revise(tenant),
        objects=tenant_stores(tenant).objects,
        results_bucket=storefront_settings().results_bucket,
    )


def _revise(tenant: str) -> RevisePhoto:
    return RevisePhoto(photos=tenant_stores(tenant).photos, now=pipeline.now)


def _grace_period() -> timedelta:
    return timedelta(seconds=storefront_settings().deadline_seconds)


@cache
def _events() -> QueuedUploadEvents:
    settings = storefront_settings()
    return QueuedUploadEvents(
        client=pipeline.client("sqs"),
        uploads_bucket=settings.uploads_bucket,
        router_queue_url=settings.router_queue_url,
        thumb_queue_url=settings.thumb_queue_url,
    )
