"""The composition root of recommendations, in the tenant's own session."""

from functools import cache
from random import Random

from limner.adapters.secrets import read_secret
from limner.adapters.visitor_keys import KeyedVisitorHashes
from limner.bootstrap import pipeline, storefront
from limner.use_cases.recommend_look import CountVisitorEvents, EraseVisitor, RecommendLook


def recommend_look(tenant: str) -> RecommendLook:
    stores = storefront.tenant_stores(tenant)
    return RecommendLook(
        photos=stores.photos,
        store=stores.recommendations,
        keys=_visitor_keys(),
        signatures=storefront.cursors(),
        random=_random(),
        now=pipeline.now,
    )


def count_visitor_events(tenant: str) -> CountVisitorEvents:
    return CountVisitorEvents(
        store=storefront.tenant_stores(tenant).recommendations,
        keys=_visitor_keys(),
        signatures=storefront.cursors(),
        now=pipeline.now,
    )


def erase_visitor(tenant: str) -> EraseVisitor:
    return EraseVisitor(
        store=storefront.tenant_stores(tenant).recommendations,
        keys=_visitor_keys(),
    )


@cache
def _random() -> Random:
    return Random()  # noqa: S311 - no secret


@cache
def _visitor_keys() -> KeyedVisitorHashes:
    secret = storefront.storefront_settings().cursor_secret
    return KeyedVisitorHashes(cache(lambda: read_secret(pipeline.client("secretsmanager"), secret)))
