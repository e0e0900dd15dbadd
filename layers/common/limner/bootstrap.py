"""The composition root: settings → adapters → use cases, built on first use and cached for the process."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from time import monotonic
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config

from limner.adapters.cursors import SignedCursors
from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.dynamodb_erasures import DynamoDbErasures
from limner.adapters.metrics import count_refusal, count_unsigned
from limner.adapters.picture_hashes import DynamoDbPictureHashes
from limner.adapters.s3 import S3Links, S3Objects
from limner.adapters.sagemaker import AsyncEndpoint
from limner.adapters.sdk import CONFIG, PAID_CONFIG
from limner.adapters.secrets import read_secret
from limner.adapters.signing_key import KmsSigningKey
from limner.adapters.sqs import QueuedErasures, QueuedUploadEvents
from limner.adapters.ssm import PauseParameter
from limner.adapters.tenant_sessions import TenantSessions
from limner.adapters.tenants import DynamoDbTenants
from limner.adapters.usage import DynamoDbUsage
from limner.catalogue import catalogue
from limner.costs import cost_model
from limner.intake import Limits, start_decoder
from limner.quotas import Quotas
from limner.settings import (
    RecorderSettings,
    RouterSettings,
    SigningSettings,
    StorefrontSettings,
    SweeperSettings,
    ThumbnailerSettings,
    UsageSettings,
)
from limner.tenant_bootstrap import (
    SettingsUseCases,
    kept_tenants,
    new_photos,
    settings_use_cases,
)
from limner.tenants import TenantSettings
from limner.use_cases.close_orders import CloseOrders
from limner.use_cases.find_orphans import FindOrphans
from limner.use_cases.known_tenants import Kept, refuse_suspended
from limner.use_cases.make_variants import MakeVariants
from limner.use_cases.read_photos import ExplainPhoto, GetPhoto, ListPhotos
from limner.use_cases.record_result import RecordResult
from limner.use_cases.request_erasure import RequestErasure
from limner.use_cases.request_form import RequestForm
from limner.use_cases.request_upload import FORM_LIFETIME, RequestUpload
from limner.use_cases.route_upload import RouteUpload
from limner.use_cases.sweep import Sweep
from limner.views.rate_limits import rate_limit_headers

LINK_CONFIG = CONFIG.merge(Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
"""Virtual addressing puts the bucket's region into each link: S3 sends no redirect, which breaks CORS."""


def now() -> datetime:
    return datetime.now(UTC)


@cache
def objects() -> S3Objects:
    return S3Objects(_client("s3"))


def _client(service: str) -> Any:
    return boto3.client(service, config=CONFIG)


@cache
def photos(table: str) -> DynamoDbPhotos:
    return DynamoDbPhotos(boto3.resource("dynamodb", config=CONFIG).Table(table), usage())


@cache
def usage() -> DynamoDbUsage:
    """The counters that every function with photos knows: whoever ends a photo takes its job off them."""
    return DynamoDbUsage(boto3.resource("dynamodb", config=CONFIG).Table(UsageSettings.read().usage_table))


def quotas_of(tenant: str) -> Quotas:
    """The tenant's caps, as the storefront reads them."""
    return find_tenant()(tenant).quotas_over(storefront_settings().default_quotas)


def _limits(settings: RouterSettings | ThumbnailerSettings) -> Limits:
    return Limits(max_bytes=settings.max_upload_bytes, max_pixels=int(settings.max_megapixels * 1_000_000))


@cache
def signing_key(settings: SigningSettings) -> KmsSigningKey:
    return KmsSigningKey(
        _client("kms"),
        _client("ssm"),
        key_id=settings.signing_key,
        certificates=settings.signing_certificates,
        is_required=settings.content_credentials == "required",
    )


@cache
def picture_hashes(table: str) -> DynamoDbPictureHashes:
    return DynamoDbPictureHashes(boto3.resource("dynamodb", config=CONFIG).Table(table))


@cache
def route_upload() -> RouteUpload:
    settings = RouterSettings.read()
    return RouteUpload(
        photos=photos(settings.photos_table),
        objects=objects(),
        endpoint=AsyncEndpoint(
            boto3.client("sagemaker-runtime", config=PAID_CONFIG),
            name=settings.endpoint_name,
            request_ttl=settings.request_ttl_seconds,
            invocation_timeout=settings.invocation_timeout_seconds,
        ),
        new_photo=new_photos(settings, objects(), now),
        check_tenant=partial(refuse_suspended, kept_tenants(settings)),
        now=now,
        limits=_limits(settings),
        results_bucket=settings.results_bucket,
        model=catalogue().model,
        lease=timedelta(seconds=settings.lease_seconds),
        is_paused=PauseParameter(_client("ssm"), settings.pause_parameter),
        events=QueuedUploadEvents(
            _client("sqs"),
            queue_urls=(settings.router_queue_url,),
            router_queue_url=settings.router_queue_url,
        ),
        quotas_of=lambda tenant: kept_tenants(settings)(tenant).quotas_over(settings.default_quotas),
        estimate=lambda size: cost_model().estimate(size, settings.stylizer_instance_type),
    )


@cache
def make_variants() -> MakeVariants:
    start_decoder()
    settings = ThumbnailerSettings.read()
    return MakeVariants(
        photos=photos(settings.photos_table),
        objects=objects(),
        new_photo=new_photos(settings, objects(), now),
        check_tenant=partial(refuse_suspended, kept_tenants(settings)),
        now=now,
        limits=_limits(settings),
        results_bucket=settings.results_bucket,
        signing_key=signing_key(settings).find,
        hashes=picture_hashes(settings.hashes_table),
        on_unsigned=count_unsigned,
    )


@cache
def record_result() -> RecordResult:
    settings = RecorderSettings.read()
    return RecordResult(
        photos=photos(settings.photos_table),
        hashes=picture_hashes(settings.hashes_table),
        objects=objects(),
        now=now,
        results_bucket=settings.results_bucket,
        on_refusal=count_refusal,
        on_unsigned=count_unsigned,
    )


@cache
def sweep() -> Sweep:
    settings = SweeperSettings.read()
    queues = (settings.router_queue_url, settings.thumb_queue_url)
    return Sweep(
        photos=photos(settings.photos_table),
        objects=objects(),
        events=QueuedUploadEvents(
            _client("sqs"), queue_urls=queues, router_queue_url=settings.router_queue_url
        ),
        record_result=record_result(),
        now=now,
        grace_period=timedelta(seconds=settings.deadline_seconds),
        retries=settings.retries,
        in_flight=timedelta(seconds=settings.request_ttl_seconds + settings.invocation_timeout_seconds),
        is_paused=PauseParameter(_client("ssm"), settings.pause_parameter),
    )


@cache
def find_orphans() -> FindOrphans:
    settings = SweeperSettings.read()
    return FindOrphans(
        photos=photos(settings.photos_table),
        objects=objects(),
        events=sweep().events,
        new_photo=new_photos(settings, objects(), now),
        now=now,
        uploads_bucket=settings.uploads_bucket,
        results_bucket=settings.results_bucket,
        grace_period=timedelta(seconds=settings.deadline_seconds),
        on_erased=erase_queue(settings.erase_queue_url).send,
    )


@cache
def close_orders() -> CloseOrders:
    settings = SweeperSettings.read()
    return CloseOrders(
        photos=photos(settings.photos_table),
        objects=objects(),
        events=sweep().events,
        now=now,
        uploads_bucket=settings.uploads_bucket,
        grace_period=timedelta(seconds=settings.deadline_seconds),
    )


@cache
def erase_queue(url: str) -> QueuedErasures:
    return QueuedErasures(_client("sqs"), queue_url=url)


def request_erasure(tenant: str) -> RequestErasure:
    settings = storefront_settings()
    job = settings.request_ttl_seconds + settings.invocation_timeout_seconds
    return RequestErasure(
        erasures=tenant_stores(tenant).erasures,
        queue=erase_queue(settings.erase_queue_url),
        now=now,
        in_flight=max(timedelta(seconds=job), FORM_LIFETIME),
    )


@cache
def storefront_settings() -> StorefrontSettings:
    return StorefrontSettings.read()


@dataclass(frozen=True)
class TenantStores:
    """What the storefront reads, writes and signs, with credentials that reach one tenant's data alone."""

    photos: DynamoDbPhotos
    erasures: DynamoDbErasures
    usage: DynamoDbUsage
    objects: S3Objects
    links: S3Links
    tenants: DynamoDbTenants


def tenant_stores(tenant: str) -> TenantStores:
    return _tenant_sessions()(tenant)


@cache
def _tenant_sessions() -> TenantSessions[TenantStores]:
    return TenantSessions(_client("sts"), storefront_settings().tenant_role, _tenant_stores, now)


def _tenant_stores(session: boto3.Session) -> TenantStores:
    dynamodb: Any = session.resource("dynamodb", config=CONFIG)
    s3 = session.client("s3", config=LINK_CONFIG)
    table = dynamodb.Table(storefront_settings().photos_table)
    counters = DynamoDbUsage(dynamodb.Table(storefront_settings().usage_table))
    return TenantStores(
        photos=DynamoDbPhotos(table, counters),
        erasures=DynamoDbErasures(table, counters),
        usage=counters,
        objects=S3Objects(s3),
        links=_links(s3),
        tenants=DynamoDbTenants(dynamodb.Table(storefront_settings().tenants_table)),
    )


def tenant_settings(tenant: str) -> SettingsUseCases:
    return settings_use_cases(tenant_stores(tenant).tenants, storefront_settings())


@cache
def find_tenant() -> Kept[str, TenantSettings]:
    """Settings as they were at most a minute ago, read in the tenant's own session."""
    return Kept(lambda tenant: tenant_settings(tenant).get(tenant), monotonic)


def _links(s3: Any) -> S3Links:
    settings = storefront_settings()
    return S3Links(
        s3,
        uploads_bucket=settings.uploads_bucket,
        results_bucket=settings.results_bucket,
        link_lifetime=timedelta(seconds=settings.link_seconds),
        form_lifetime=FORM_LIFETIME,
        now=now,
    )


@cache
def link_origins() -> frozenset[str]:
    """Scheme and host of forms and links, which are the same for all tenants."""
    return _links(boto3.client("s3", config=LINK_CONFIG)).origins()


def request_upload(tenant: str) -> RequestUpload:
    settings = storefront_settings()
    stores = tenant_stores(tenant)
    return RequestUpload(
        photos=stores.photos,
        links=stores.links,
        catalogue=catalogue(),
        new_id=lambda: uuid4().hex,
        now=now,
        find_tenant=find_tenant(),
        max_bytes=settings.max_upload_bytes,
        deadline=FORM_LIFETIME + timedelta(seconds=settings.deadline_seconds),
        usage=stores.usage,
        quotas_of=quotas_of,
    )


def request_form(tenant: str) -> RequestForm:
    stores = tenant_stores(tenant)
    return RequestForm(
        photos=stores.photos, links=stores.links, max_bytes=storefront_settings().max_upload_bytes
    )


def list_photos(tenant: str) -> ListPhotos:
    return ListPhotos(photos=tenant_stores(tenant).photos, cursors=cursors())


def rate_limits(tenant: str, key_id: str | None) -> dict[str, str]:
    """The fields RateLimit-Policy and RateLimit of an answer to an order, or to its refusal."""
    quotas, at = quotas_of(tenant), now()
    return rate_limit_headers(quotas, tenant_stores(tenant).usage.read(tenant, quotas, at, key_id), at)


@cache
def cursors() -> SignedCursors:
    settings = storefront_settings()
    return SignedCursors(cache(lambda: read_secret(_client("secretsmanager"), settings.cursor_secret)))


def get_photo(tenant: str) -> GetPhoto:
    return GetPhoto(photos=tenant_stores(tenant).photos)


def explain_photo(tenant: str) -> ExplainPhoto:
    stores = tenant_stores(tenant)
    return ExplainPhoto(
        photos=stores.photos, objects=stores.objects, results_bucket=storefront_settings().results_bucket
    )
