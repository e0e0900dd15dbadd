"""The composition root of erasure and retention, beside that of the rest (`limner.bootstrap.pipeline`)."""

from datetime import timedelta
from functools import cache

import boto3

from limner.adapters.audit import DynamoDbAudit, DynamoDbListingCursors
from limner.adapters.cloudfront import CloudFrontEdge
from limner.adapters.dynamodb_erasures import DynamoDbErasures
from limner.adapters.sdk import CONFIG
from limner.bootstrap import pipeline
from limner.bootstrap.tenants import retentions
from limner.settings import EraserSettings, SweeperSettings
from limner.use_cases.erase_photo import ErasePhoto
from limner.use_cases.erase_style import EraseStyle
from limner.use_cases.expire import Expire
from limner.use_cases.request_erasure import RequestErasure, ResendErasures


@cache
def erasures(table: str) -> DynamoDbErasures:
    return DynamoDbErasures(boto3.resource("dynamodb", config=CONFIG).Table(table), pipeline.usage())


@cache
def erase_photo() -> ErasePhoto:
    settings = EraserSettings.read()
    return ErasePhoto(
        erasures=erasures(settings.photos_table),
        objects=pipeline.objects(),
        hashes=pipeline.picture_hashes(settings.hashes_table),
        audit=DynamoDbAudit(boto3.resource("dynamodb", config=CONFIG).Table(settings.audit_table)),
        edge=CloudFrontEdge(pipeline.client("cloudfront"), settings.distribution),
        now=pipeline.now,
        uploads_bucket=settings.uploads_bucket,
        results_bucket=settings.results_bucket,
    )


@cache
def erase_style() -> EraseStyle:
    settings = EraserSettings.read()
    return EraseStyle(
        styles=pipeline.own_styles(settings.tenants_table),
        objects=pipeline.objects(),
        uploads_bucket=settings.uploads_bucket,
        results_bucket=settings.results_bucket,
    )


@cache
def expire() -> Expire:
    settings = EraserSettings.read()
    return Expire(
        retentions=lambda: retentions(settings),
        photos=pipeline.photos(settings.photos_table),
        erasures=erasures(settings.photos_table),
        request=RequestErasure(
            erasures=erasures(settings.photos_table),
            queue=pipeline.erase_queue(settings.erase_queue_url),
            now=pipeline.now,
            in_flight=timedelta(seconds=settings.request_ttl_seconds + settings.invocation_timeout_seconds),
        ),
        objects=pipeline.objects(),
        cursors=DynamoDbListingCursors(boto3.resource("dynamodb", config=CONFIG).Table(settings.audit_table)),
        now=pipeline.now,
        uploads_bucket=settings.uploads_bucket,
        results_bucket=settings.results_bucket,
    )


@cache
def resend_erasures() -> ResendErasures:
    settings = SweeperSettings.read()
    return ResendErasures(
        erasures=erasures(settings.photos_table),
        queue=pipeline.erase_queue(settings.erase_queue_url),
        now=pipeline.now,
    )
