"""The composition root: settings → adapters → use cases, built on first use and cached for the process."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config

from limner.adapters.cursors import SignedCursors
from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.metrics import count_refusal, count_unsigned
from limner.adapters.picture_hashes import DynamoDbPictureHashes
from limner.adapters.s3 import S3Links, S3Objects
from limner.adapters.sagemaker import AsyncEndpoint
from limner.adapters.sdk import CONFIG, PAID_CONFIG
from limner.adapters.secrets import read_secret
from limner.adapters.signing_key import KmsSigningKey
from limner.adapters.sqs import QueuedUploadEvents
from limner.adapters.ssm import PauseParameter
from limner.adapters.usage import DynamoDbUsage
from limner.catalogue import catalogue
from limner.costs import cost_model
from limner.intake import Limits, start_decoder
from limner.keys import photo_key_for
from limner.photos import Photo, Source
from limner.quotas import Quotas
from limner.settings import (
    QuotaSettings,
    RecorderSettings,
    RouterSettings,
    ShopSettings,
    SigningSettings,
    StorefrontSettings,
    SweeperSettings,
    ThumbnailerSettings,
    UsageSettings,
)
from limner.use_cases.close_orders import CloseOrders
from limner.use_cases.find_orphans import FindOrphans
from limner.use_cases.make_variants import MakeVariants
from limner.use_cases.read_photos import ExplainPhoto, GetPhoto, ListPhotos
from limner.use_cases.record_result import RecordResult
from limner.use_cases.request_upload import RequestUpload
from limner.use_cases.route_upload import RouteUpload
from limner.use_cases.sweep import Sweep
from limner.views.rate_limits import rate_limit_headers


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
    """The tenant's caps."""
    return default_quotas()


@cache
def default_quotas() -> Quotas:
    return QuotaSettings.read().default_quotas


def _limits(settings: RouterSettings | ThumbnailerSettings) -> Limits:
    return Limits(max_bytes=settings.max_upload_bytes, max_pixels=int(settings.max_megapixels * 1_000_000))


def _photo_without_order(settings: ShopSettings) -> Callable[[Source], Photo]:
    """Makes the photo for an object that was put into the bucket without POST /uploads: it gets the default
    looks, and the last part of its key as file name."""

    def new_photo(source: Source) -> Photo:
        """Raises ForeignUpload for an object of no tenant."""
        key = photo_key_for(source.bucket, source.key)
        return Photo(
            photo_id=key.photo_id,
            tenant=key.tenant,
            filename=source.key.rsplit("/", 1)[-1] or source.key,
            looks=settings.default_looks,
            created_at=now(),
            source=source,
            due_at=int(now().timestamp()) + settings.deadline_seconds,
        )

    return new_photo


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
        new_photo=_photo_without_order(settings),
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
        quotas_of=quotas_of,
        estimate=lambda size: cost_model().estimate(size, settings.stylizer_instance_type),
    )


@cache
def make_variants() -> MakeVariants:
    start_decoder()
    settings = ThumbnailerSettings.read()
    return MakeVariants(
        photos=photos(settings.photos_table),
        objects=objects(),
        new_photo=_photo_without_order(settings),
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
        new_photo=_photo_without_order(settings),
        now=now,
        uploads_bucket=settings.uploads_bucket,
        results_bucket=settings.results_bucket,
        grace_period=timedelta(seconds=settings.deadline_seconds),
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
def storefront_settings() -> StorefrontSettings:
    return StorefrontSettings.read()


@cache
def links() -> S3Links:
    """Virtual addressing puts the bucket's own region into each link: S3 then sends no redirect, which would
    break CORS."""
    settings = storefront_settings()
    regional = CONFIG.merge(Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
    return S3Links(
        boto3.client("s3", config=regional),
        uploads_bucket=settings.uploads_bucket,
        results_bucket=settings.results_bucket,
        lifetime=timedelta(seconds=settings.link_seconds),
        now=now,
    )


@cache
def request_upload() -> RequestUpload:
    settings = storefront_settings()
    return RequestUpload(
        photos=photos(settings.photos_table),
        links=links(),
        catalogue=catalogue(),
        new_id=lambda: uuid4().hex,
        now=now,
        default_looks=settings.default_looks,
        max_bytes=settings.max_upload_bytes,
        deadline=timedelta(seconds=settings.link_seconds + settings.deadline_seconds),
        usage=usage(),
        quotas_of=quotas_of,
    )


def rate_limits(tenant: str, key_id: str | None) -> dict[str, str]:
    """The fields RateLimit-Policy and RateLimit of an answer to an order, or to its refusal."""
    quotas, at = quotas_of(tenant), now()
    return rate_limit_headers(quotas, usage().read(tenant, quotas, at, key_id), at)


@cache
def list_photos() -> ListPhotos:
    settings = storefront_settings()
    return ListPhotos(photos=photos(settings.photos_table), cursors=cursors())


@cache
def cursors() -> SignedCursors:
    settings = storefront_settings()
    return SignedCursors(cache(lambda: read_secret(_client("secretsmanager"), settings.cursor_secret)))


@cache
def get_photo() -> GetPhoto:
    return GetPhoto(photos=photos(storefront_settings().photos_table))


@cache
def explain_photo() -> ExplainPhoto:
    return ExplainPhoto(
        photos=get_photo().photos, objects=objects(), results_bucket=storefront_settings().results_bucket
    )
