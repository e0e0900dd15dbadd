"""The composition root of tenants: their settings for the functions, and for whoever changes them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from time import monotonic
from typing import Any

import boto3

from limner.adapters.sdk import CONFIG
from limner.adapters.tenants import DynamoDbAttachedPrefixes, DynamoDbTenants
from limner.catalogue import catalogue
from limner.own_styles import OwnStyleRepository
from limner.ports import ObjectStore
from limner.settings import EraserSettings, FirstTenantSettings, StylizerSettings, TenancySettings
from limner.tenants import Retention, TenantRepository, TenantSettings
from limner.use_cases.known_tenants import Kept, KnownTenants
from limner.use_cases.new_photos import NewPhotos, UploadOwners
from limner.use_cases.own_styles import RequireStyles
from limner.use_cases.tenant_settings import ChangeSettings, ListSettingsHistory


def _table(name: str) -> Any:
    return boto3.resource("dynamodb", config=CONFIG).Table(name)


def known_tenants(settings: TenancySettings) -> KnownTenants:
    """Reads the newest version each time."""
    return KnownTenants(tenants=DynamoDbTenants(_table(settings.tenants_table)), first=first_tenant(settings))


def first_tenant(settings: FirstTenantSettings) -> TenantSettings:
    """What the parameters of the template say of it."""
    return TenantSettings(
        tenant=settings.first_tenant,
        name=settings.first_tenant,
        looks=settings.default_looks,
        version=0,
        changed_at=datetime.now(UTC),
        changed_by="parameters of the template",
    )


@cache
def kept_tenants(settings: TenancySettings) -> Kept[str, TenantSettings]:
    """Settings as they were at most a minute ago."""
    return Kept(known_tenants(settings), monotonic)


@cache
def upload_owners(settings: TenancySettings | StylizerSettings) -> UploadOwners:
    attached = DynamoDbAttachedPrefixes(_table(settings.tenants_table))
    return UploadOwners(
        uploads_bucket=settings.uploads_bucket, attached_prefixes=Kept(attached.of_bucket, monotonic)
    )


def new_photos(settings: TenancySettings, objects: ObjectStore, now: Callable[[], datetime]) -> NewPhotos:
    return NewPhotos(
        owner=upload_owners(settings),
        find_tenant=kept_tenants(settings),
        objects=objects,
        now=now,
        grace_period=timedelta(seconds=settings.deadline_seconds),
    )


def retentions(settings: EraserSettings) -> Iterator[tuple[str, Retention]]:
    """Each tenant's; the first tenant's is that of the parameters until it has settings of its own."""
    stored = {each.tenant: each.retention for each in DynamoDbTenants(_table(settings.tenants_table)).list()}
    parameters = Retention(originals_days=settings.originals_days, results_days=settings.results_days)
    yield from {settings.first_tenant: parameters, **stored}.items()


def require_styles(styles: OwnStyleRepository) -> RequireStyles:
    return RequireStyles(catalogue=catalogue(), styles=styles, now=lambda: datetime.now(UTC))


@dataclass(frozen=True)
class SettingsUseCases:
    """What the API does with a tenant's settings."""

    get: KnownTenants
    change: ChangeSettings
    list_history: ListSettingsHistory


def settings_use_cases(
    tenants: TenantRepository, styles: OwnStyleRepository, settings: FirstTenantSettings
) -> SettingsUseCases:
    find_newest = KnownTenants(tenants=tenants, first=first_tenant(settings))
    return SettingsUseCases(
        get=find_newest,
        change=ChangeSettings(
            find_tenant=find_newest,
            tenants=tenants,
            require_styles=require_styles(styles),
            now=lambda: datetime.now(UTC),
        ),
        list_history=ListSettingsHistory(tenants=tenants),
    )
