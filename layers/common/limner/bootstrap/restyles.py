"""The composition root of restyles, in the function that orders chunks. Rows are written in a session of the
tenant; the objects of restyles are the function's own."""

from functools import cache
from typing import Any

import boto3

from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.sdk import CONFIG
from limner.adapters.ssm import PauseParameter
from limner.adapters.tenant_sessions import TenantSessions
from limner.adapters.tenants import DynamoDbTenants
from limner.adapters.usage import DynamoDbUsage
from limner.bootstrap import pipeline
from limner.bootstrap.tenants import first_tenant
from limner.catalogue import catalogue
from limner.restyles.restyle import RestyleObjects
from limner.restyles.settings import RestylesSettings
from limner.tenants import TenantSettings
from limner.use_cases.known_tenants import KnownTenants
from limner.use_cases.order_chunk import OrderChunk
from limner.use_cases.revise_photo import RevisePhoto


@cache
def order_chunk() -> OrderChunk:
    settings = _settings()
    return OrderChunk(
        objects=RestyleObjects(pipeline.objects(), settings.results_bucket),
        revise_for=lambda tenant: RevisePhoto(photos=_sessions()(tenant)[0], now=pipeline.now),
        find_tenant=_active_tenant,
        is_paused=PauseParameter(pipeline.client("ssm"), settings.pause_parameter),
        model=catalogue().model,
        now=pipeline.now,
    )


def _active_tenant(tenant: str) -> TenantSettings:
    _, find_tenant = _sessions()(tenant)
    found = find_tenant(tenant)
    found.require_active()
    return found


@cache
def _settings() -> RestylesSettings:
    return RestylesSettings.read()


@cache
def _sessions() -> TenantSessions[tuple[DynamoDbPhotos, KnownTenants]]:
    return TenantSessions(pipeline.client("sts"), _settings().tenant_role, _stores, pipeline.now)


def _stores(session: boto3.Session) -> tuple[DynamoDbPhotos, KnownTenants]:
    settings, dynamodb = _settings(), session.resource("dynamodb", config=CONFIG)
    tables: Any = dynamodb
    usage = DynamoDbUsage(tables.Table(settings.usage_table))
    tenants = DynamoDbTenants(tables.Table(settings.tenants_table))
    return (
        DynamoDbPhotos(tables.Table(settings.photos_table), usage),
        KnownTenants(tenants=tenants, first=first_tenant(settings)),
    )
