"""The composition root of erasure and retention, beside that of the rest (`limner.bootstrap`)."""

from datetime import timedelta
from functools import cache

import boto3

from limner import bootstrap
from limner.adapters.audit import DynamoDbAudit, DynamoDbListingCursors
from limner.adapters.dynamodb_erasures import DynamoDbErasures
from limner.adapters.sdk import CONFIG
from limner.settings import EraserSettings, SweeperSettings
from limner.tenant_bootstrap import retentions
from limner.use_cases.erase_photo import ErasePhoto
from limner.use_cases.erase_style import EraseStyle
from limner.use_cases.expire import Expire
from limner.use_cases.request_erasure import RequestErasure, ResendErasures


@cache
def erasures(table: str) -> DynamoDbErasures:
    return DynamoDbErasures(boto3.resource("dynamodb", config=CONFIG).Table(table), bootstrap.usage())


@cache
def erase_photo() -> ErasePhoto:
    settings = EraserSettings.read()
    return ErasePhoto(
        erasures=erasures(settings.photos_table),
        objects=bootstrap.objects(),
        hashes=bootstrap.picture_hashes(settings.hashes_table),
        audit=DynamoDbAudit(boto3.resource("dynamodb", config=CONFIG).Table(settings.audit_table)),
        now=bootstrap.now,
        uploads_bucket=settings.uploads_bucket,
        results_bucket=settings.results_bucket,
    )


@cache
def erase_style() -> EraseStyle:
    settings = EraserSettings.read()
    return EraseStyle(
        styles=bootstrap.own_styles(settings.tenants_table),
        objects=bootstrap.objects(),
        uploads_bucket=settings.uploads_bucket,
        results_bucket=settings.results_bucket,
    )


@cache
def expire() -> Expire:
    settings = EraserSettings.read()
    return Expire(
        retentions=lambda: retentions(settings),
        photos=bootstrap.photos(settings.photos_table),
        erasures=erasures(settings.photos_table),
        request=RequestErasure(
            erasures=erasures(settings.photos_table),
            queue=bootstrap.erase_queue(settings.erase_queue_url),
            now=bootstrap.now,
            in_flight=timedelta(seconds=settings.request_ttl_seconds + settings.invocation_timeout_seconds),
        ),
        objects=bootstrap.objects(),
        cursors=DynamoDbListingCursors(boto3.resource("dynamodb", config=CONFIG).Table(settings.audit_table)),
        now=bootstrap.now,
        uploads_bucket=settings.uploads_bucket,
        results_bucket=settings.results_bucket,
    )


@cache
def resend_erasures() -> ResendErasures:
    settings = SweeperSettings.read()
    return ResendErasures(
        erasures=erasures(settings.photos_table),
        queue=bootstrap.erase_queue(settings.erase_queue_url),
        now=bootstrap.now,
    )
