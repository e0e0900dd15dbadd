"""The composition root of recommendations, in the tenant's own session."""

from functools import cache
from random import Random

from limner import bootstrap, storefront_bootstrap
from limner.adapters.secrets import read_secret
from limner.adapters.visitor_keys import KeyedVisitorHashes
from limner.use_cases.recommend_look import CountVisitorEvents, EraseVisitor, RecommendLook


def recommend_look(tenant: str) -> RecommendLook:
    stores = storefront_bootstrap.tenant_stores(tenant)
    return RecommendLook(
        photos=stores.photos,
        store=stores.recommendations,
        keys=_visitor_keys(),
        signatures=storefront_bootstrap.cursors(),
        random=_random(),
        now=bootstrap.now,
    )


def count_visitor_events(tenant: str) -> CountVisitorEvents:
    return CountVisitorEvents(
        store=storefront_bootstrap.tenant_stores(tenant).recommendations,
        keys=_visitor_keys(),
        signatures=storefront_bootstrap.cursors(),
        now=bootstrap.now,
    )


def erase_visitor(tenant: str) -> EraseVisitor:
    return EraseVisitor(
        store=storefront_bootstrap.tenant_stores(tenant).recommendations,
        keys=_visitor_keys(),
    )


@cache
def _random() -> Random:
    return Random()  # noqa: S311 - no secret


@cache
def _visitor_keys() -> KeyedVisitorHashes:
    secret = storefront_bootstrap.storefront_settings().cursor_secret
    return KeyedVisitorHashes(cache(lambda: read_secret(bootstrap.client("secretsmanager"), secret)))
