"""The composition root: settings → adapters → use cases, built on first use and cached for the process."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any

import boto3

from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.dynamodb_imports import DynamoDbImportFailures
from limner.adapters.lambda_function import AsyncFunction
from limner.adapters.metrics import count_refusal, count_unsigned
from limner.adapters.own_styles import DynamoDbOwnStyles
from limner.adapters.picture_hashes import DynamoDbPictureHashes
from limner.adapters.s3 import S3Objects
from limner.adapters.sagemaker import AsyncEndpoint
from limner.adapters.sandbox import EndpointByMode, QueuedSandboxJobs, SandboxEndpoint
from limner.adapters.sdk import CONFIG, PAID_CONFIG
from limner.adapters.signing_key import KmsSigningKey
from limner.adapters.sqs import QueuedErasures, QueuedUploadEvents
from limner.adapters.ssm import PauseParameter
from limner.adapters.usage import DynamoDbUsage
from limner.bootstrap.tenants import (
    kept_tenants,
    new_photos,
)
from limner.campaigns.settings import CampaignsSettings
from limner.catalogue import catalogue
from limner.contracts import EndpointNotification
from limner.costs import JobSize, cost_model
from limner.function_contracts import parse_notification
from limner.intake import Limits, start_decoder
from limner.ports import StylizeEndpoint
from limner.settings import (
    RecorderSettings,
    ResultsSettings,
    RouterSettings,
    SigningSettings,
    SweeperSettings,
    ThumbnailerSettings,
    UsageSettings,
)
from limner.tenancy import is_live
from limner.use_cases.known_tenants import refuse_suspended
from limner.use_cases.learn_style import LearnStyle
from limner.use_cases.make_variants import MakeVariants
from limner.use_cases.record_result import RecordResult
from limner.use_cases.record_style import RecordStyle
from limner.use_cases.route_next import RouteNext
from limner.use_cases.route_upload import RouteUpload
from limner.use_cases.store_failure import StoreFailure


def now() -> datetime:
    return datetime.now(UTC)


@cache
def objects() -> S3Objects:
    return S3Objects(client("s3"))


def client(service: str) -> Any:
    return boto3.client(service, config=CONFIG)


@cache
def photos(table: str) -> DynamoDbPhotos:
    return DynamoDbPhotos(boto3.resource("dynamodb", config=CONFIG).Table(table), usage())


@cache
def usage() -> DynamoDbUsage:
    """The counters that every function with photos knows: whoever ends a photo takes its job off them."""
    return DynamoDbUsage(boto3.resource("dynamodb", config=CONFIG).Table(UsageSettings.read().usage_table))


def _limits(settings: RouterSettings | ThumbnailerSettings) -> Limits:
    return Limits(max_bytes=settings.max_upload_bytes, max_pixels=int(settings.max_megapixels * 1_000_000))


@cache
def signing_key(settings: SigningSettings) -> KmsSigningKey:
    return KmsSigningKey(
        client("kms"),
        client("ssm"),
        key_id=settings.signing_key,
        certificates=settings.signing_certificates,
        is_required=settings.content_credentials == "required",
    )


@cache
def import_failures(table: str) -> DynamoDbImportFailures:
    return DynamoDbImportFailures(boto3.resource("dynamodb", config=CONFIG).Table(table))


@cache
def picture_hashes(table: str) -> DynamoDbPictureHashes:
    return DynamoDbPictureHashes(boto3.resource("dynamodb", config=CONFIG).Table(table))


def endpoint(settings: RouterSettings | CampaignsSettings) -> EndpointByMode:
    sandbox_jobs = QueuedSandboxJobs(client("sqs"), queue_url=settings.sandbox_queue_url)
    sandbox = SandboxEndpoint(sandbox_jobs, results_bucket=settings.results_bucket)
    return EndpointByMode(live=_stylizer(settings), test=sandbox)


def _stylizer(settings: RouterSettings | CampaignsSettings) -> StylizeEndpoint:
    if settings.stylizer_tier == "lambda":
        return AsyncFunction(
            boto3.client("lambda", config=PAID_CONFIG),
            name=settings.stylizer_name,
            results_bucket=settings.results_bucket,
            now=now,
        )
    return AsyncEndpoint(
        boto3.client("sagemaker-runtime", config=PAID_CONFIG),
        name=settings.stylizer_name,
        request_ttl=settings.request_ttl_seconds,
        invocation_timeout=settings.invocation_timeout_seconds,
    )


def estimate(instance_type: str, tenant: str, size: JobSize) -> int:
    """Test mode is free."""
    return cost_model().estimate(size, instance_type) if is_live(tenant) else 0


@cache
def route_upload() -> RouteUpload:
    settings = RouterSettings.read()
    return RouteUpload(
        photos=photos(settings.photos_table),
        objects=objects(),
        endpoint=endpoint(settings),
        new_photo=new_photos(settings, objects(), now),
        check_tenant=partial(refuse_suspended, kept_tenants(settings)),
        visibility_of=lambda tenant: kept_tenants(settings)(tenant).pictures,
        is_reviewed=lambda tenant: kept_tenants(settings)(tenant).review,
        now=now,
        limits=_limits(settings),
        results_bucket=settings.results_bucket,
        model=catalogue().model,
        lease=timedelta(seconds=settings.lease_seconds),
        is_paused=PauseParameter(client("ssm"), settings.pause_parameter),
        events=router_events(),
        deadline=timedelta(seconds=settings.deadline_seconds),
        quotas_of=lambda tenant: kept_tenants(settings)(tenant).quotas_over(settings.default_quotas),
        estimate=partial(estimate, settings.stylizer_instance_type),
    )


@cache
def own_styles(table: str) -> DynamoDbOwnStyles:
    return DynamoDbOwnStyles(boto3.resource("dynamodb", config=CONFIG).Table(table))


@cache
def learn_style() -> LearnStyle:
    settings = RouterSettings.read()
    return LearnStyle(
        styles=own_styles(settings.tenants_table),
        objects=objects(),
        endpoint=endpoint(settings),
        now=now,
        limits=_limits(settings),
        uploads_bucket=settings.uploads_bucket,
        results_bucket=settings.results_bucket,
        model=catalogue().model,
        in_flight=timedelta(seconds=settings.request_ttl_seconds + settings.invocation_timeout_seconds),
        is_paused=PauseParameter(client("ssm"), settings.pause_parameter),
    )


@cache
def router_events() -> QueuedUploadEvents:
    settings = RouterSettings.read()
    return QueuedUploadEvents(
        client=client("sqs"),
        uploads_bucket=settings.uploads_bucket,
        router_queue_url=settings.router_queue_url,
        thumb_queue_url=settings.thumb_queue_url,
        waiting_queue_url=settings.waiting_queue_url,
    )


@cache
def record_style() -> RecordStyle:
    settings = ResultsSettings.read()
    return RecordStyle(
        styles=own_styles(settings.tenants_table),
        objects=objects(),
        now=now,
        results_bucket=settings.results_bucket,
    )


@cache
def notification_parser() -> Callable[[str], EndpointNotification]:
    """Of notifications that jobs have ended, by what does the jobs."""
    return partial(parse_notification, tier=RecorderSettings.read().stylizer_tier)


@cache
def store_failure() -> StoreFailure:
    return StoreFailure(objects=objects(), results_bucket=RecorderSettings.read().results_bucket)


@cache
def route_next() -> RouteNext:
    route = partial(route_upload(), is_first_in_line=True)
    return RouteNext(route=route, events=router_events(), line=router_events())


@cache
def make_variants() -> MakeVariants:
    start_decoder()
    settings = ThumbnailerSettings.read()
    return MakeVariants(
        photos=photos(settings.photos_table),
        objects=objects(),
        new_photo=new_photos(settings, objects(), now),
        check_tenant=partial(refuse_suspended, kept_tenants(settings)),
        visibility_of=lambda tenant: kept_tenants(settings)(tenant).pictures,
        now=now,
        limits=_limits(settings),
        results_bucket=settings.results_bucket,
        signing_key=signing_key(settings).find,
        hashes=picture_hashes(settings.hashes_table),
        on_unsigned=count_unsigned,
    )


def resent_events(settings: ResultsSettings | SweeperSettings) -> QueuedUploadEvents:
    return QueuedUploadEvents(
        client=client("sqs"),
        uploads_bucket=settings.uploads_bucket,
        router_queue_url=settings.router_queue_url,
        thumb_queue_url=settings.thumb_queue_url,
    )


@cache
def record_result() -> RecordResult:
    settings = ResultsSettings.read()
    return RecordResult(
        photos=photos(settings.photos_table),
        hashes=picture_hashes(settings.hashes_table),
        objects=objects(),
        now=now,
        results_bucket=settings.results_bucket,
        events=resent_events(settings),
        grace_period=timedelta(seconds=settings.deadline_seconds),
        attempts=settings.attempts,
        on_refusal=count_refusal,
        on_unsigned=count_unsigned,
    )


@cache
def erase_queue(url: str) -> QueuedErasures:
    return QueuedErasures(client("sqs"), queue_url=url)
