"""The composition root of the storefront: what it does for one tenant, in a session that is limited to it."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config

from limner.adapters.collection_photos import DynamoDbCollectionPhotos
from limner.adapters.cursors import SignedCursors
from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.dynamodb_batches import DynamoDbBatches
from limner.adapters.dynamodb_campaigns import DynamoDbCampaigns
from limner.adapters.dynamodb_collections import DynamoDbCollections
from limner.adapters.dynamodb_erasures import DynamoDbErasures
from limner.adapters.dynamodb_packs import DynamoDbPacks
from limner.adapters.dynamodb_recommendations import DynamoDbRecommendations
from limner.adapters.dynamodb_reviews import DynamoDbReviews
from limner.adapters.dynamodb_webhooks import DynamoDbWebhooks
from limner.adapters.kept_answers import DynamoDbKeptAnswers
from limner.adapters.own_styles import DynamoDbOwnStyles
from limner.adapters.picture_hashes import DynamoDbPictureHashes
from limner.adapters.s3 import S3Links, S3Objects
from limner.adapters.sdk import CONFIG
from limner.adapters.secrets import read_secret
from limner.adapters.sqs import QueuedImports
from limner.adapters.tenant_sessions import TenantSessions
from limner.adapters.tenants import DynamoDbTenants
from limner.adapters.usage import DynamoDbUsage
from limner.adapters.waiting_places import DynamoDbWaitingPlaces
from limner.adapters.webhook_secrets import KmsSecretBox
from limner.bootstrap import pipeline
from limner.bootstrap.tenants import SettingsUseCases, require_styles, settings_use_cases
from limner.quotas import Quotas
from limner.settings import (
    StorefrontSettings,
)
from limner.tenants import TenantSettings
from limner.use_cases.known_tenants import Kept
from limner.use_cases.own_styles import DeleteStyle, OrderStyle
from limner.use_cases.read_photos import ExplainPhoto, ListPhotos
from limner.use_cases.request_erasure import RequestErasure
from limner.use_cases.request_form import RepeatForm, RequestForm
from limner.use_cases.request_import import RequestImport
from limner.use_cases.request_upload import FORM_LIFETIME, RequestUpload
from limner.use_cases.search_styles import SearchStyles
from limner.use_cases.wait_for_photo import WaitForPhoto

LINK_CONFIG = CONFIG.merge(Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
"""Virtual addressing puts the bucket's region into each link: S3 sends no redirect, which breaks CORS."""


def quotas_of(tenant: str) -> Quotas:
    """The tenant's caps, as the storefront reads them."""
    return find_tenant()(tenant).quotas_over(storefront_settings().default_quotas)


def request_erasure(tenant: str) -> RequestErasure:
    settings = storefront_settings()
    job = settings.request_ttl_seconds + settings.invocation_timeout_seconds
    return RequestErasure(
        erasures=tenant_stores(tenant).erasures,
        queue=pipeline.erase_queue(settings.erase_queue_url),
        now=pipeline.now,
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
    waiting: DynamoDbWaitingPlaces
    hashes: DynamoDbPictureHashes
    objects: S3Objects
    links: S3Links
    tenants: DynamoDbTenants
    webhooks: DynamoDbWebhooks
    webhook_secrets: KmsSecretBox
    own_styles: DynamoDbOwnStyles
    answers: DynamoDbKeptAnswers
    batches: DynamoDbBatches
    campaigns: DynamoDbCampaigns
    collections: DynamoDbCollections
    collection_photos: DynamoDbCollectionPhotos
    packs: DynamoDbPacks
    recommendations: DynamoDbRecommendations
    reviews: DynamoDbReviews


def tenant_stores(tenant: str) -> TenantStores:
    return _tenant_sessions()(tenant)


@cache
def _tenant_sessions() -> TenantSessions[TenantStores]:
    return TenantSessions(
        pipeline.client("sts"), storefront_settings().tenant_role, _tenant_stores, pipeline.now
    )


def _tenant_stores(session: boto3.Session) -> TenantStores:
    dynamodb: Any = session.resource("dynamodb", config=CONFIG)
    s3 = session.client("s3", config=LINK_CONFIG)
    table = dynamodb.Table(storefront_settings().photos_table)
    requests = dynamodb.Table(storefront_settings().requests_table)
    usage_table = dynamodb.Table(storefront_settings().usage_table)
    counters = DynamoDbUsage(usage_table)
    places = storefront_settings().long_polls_per_tenant
    campaigns = dynamodb.Table(storefront_settings().campaigns_table)
    collections = DynamoDbCollections(campaigns)
    return TenantStores(
        photos=DynamoDbPhotos(table, counters),
        erasures=DynamoDbErasures(table, counters),
        usage=counters,
        hashes=DynamoDbPictureHashes(dynamodb.Table(storefront_settings().hashes_table)),
        waiting=DynamoDbWaitingPlaces(usage_table, counters, places, pipeline.now),
        objects=S3Objects(s3),
        links=_links(s3, session),
        tenants=DynamoDbTenants(dynamodb.Table(storefront_settings().tenants_table)),
        webhooks=DynamoDbWebhooks(dynamodb.Table(storefront_settings().webhooks_table)),
        webhook_secrets=KmsSecretBox(
            session.client("kms", config=CONFIG), storefront_settings().webhook_secrets_key
        ),
        own_styles=DynamoDbOwnStyles(dynamodb.Table(storefront_settings().tenants_table)),
        answers=DynamoDbKeptAnswers(requests, pipeline.now),
        batches=DynamoDbBatches(requests),
        campaigns=DynamoDbCampaigns(campaigns),
        collections=collections,
        collection_photos=DynamoDbCollectionPhotos(table, collections),
        packs=DynamoDbPacks(campaigns, counters),
        recommendations=DynamoDbRecommendations(
            dynamodb.Table(storefront_settings().recommendations_table), pipeline.now, monotonic
        ),
        reviews=DynamoDbReviews(table, campaigns),
    )


def tenant_settings(tenant: str) -> SettingsUseCases:
    stores = tenant_stores(tenant)
    return settings_use_cases(stores.tenants, stores.own_styles, storefront_settings())


@cache
def find_tenant() -> Kept[str, TenantSettings]:
    """Settings as they were at most a minute ago, read in the tenant's own session."""
    return Kept(lambda tenant: tenant_settings(tenant).get(tenant), monotonic)


def _links(s3: Any, session: boto3.Session) -> S3Links:
    settings = storefront_settings()
    return S3Links(
        s3,
        session.get_credentials(),
        uploads_bucket=settings.uploads_bucket,
        results_bucket=settings.results_bucket,
        pictures_url=settings.pictures_url,
        link_lifetime=timedelta(seconds=settings.link_seconds),
        form_lifetime=FORM_LIFETIME,
        now=pipeline.now,
    )


@cache
def link_origins() -> frozenset[str]:
    """Scheme and host of forms and links, which are the same for all tenants."""
    session = boto3.Session()
    return _links(session.client("s3", config=LINK_CONFIG), session).origins()


def request_upload(tenant: str) -> RequestUpload:
    settings = storefront_settings()
    stores = tenant_stores(tenant)
    return RequestUpload(
        photos=stores.photos,
        links=stores.links,
        require_styles=require_styles(stores.own_styles),
        new_id=lambda: uuid4().hex,
        now=pipeline.now,
        find_tenant=find_tenant(),
        max_bytes=settings.max_upload_bytes,
        deadline=FORM_LIFETIME + timedelta(seconds=settings.deadline_seconds),
        usage=stores.usage,
        quotas_of=quotas_of,
    )


def request_import(tenant: str) -> RequestImport:
    settings = storefront_settings()
    return RequestImport(
        orders=request_upload(tenant),
        queue=QueuedImports(pipeline.client("sqs"), queue_url=settings.import_queue_url),
        allow_local_http=not settings.require_tls,
    )


def search_styles(tenant: str) -> SearchStyles:
    return SearchStyles(styles=tenant_stores(tenant).own_styles, now=pipeline.now)


def order_style(tenant: str) -> OrderStyle:
    stores = tenant_stores(tenant)
    return OrderStyle(
        styles=stores.own_styles,
        photos=stores.photos,
        links=stores.links,
        usage=stores.usage,
        quotas_of=quotas_of,
        find_tenant=find_tenant(),
        new_id=lambda: uuid4().hex,
        now=pipeline.now,
        max_bytes=storefront_settings().max_upload_bytes,
    )


def delete_style(tenant: str) -> DeleteStyle:
    return DeleteStyle(
        styles=tenant_stores(tenant).own_styles,
        erasures=pipeline.erase_queue(storefront_settings().erase_queue_url),
        find_tenant=tenant_settings(tenant).get,
        now=pipeline.now,
    )


def request_form(tenant: str) -> RequestForm:
    stores = tenant_stores(tenant)
    return RequestForm(
        photos=stores.photos,
        links=stores.links,
        max_bytes=storefront_settings().max_upload_bytes,
        usage=stores.usage,
        quotas_of=quotas_of,
        now=pipeline.now,
    )


def repeat_form(tenant: str) -> RepeatForm:
    return RepeatForm(links=tenant_stores(tenant).links, max_bytes=storefront_settings().max_upload_bytes)


def list_photos(tenant: str) -> ListPhotos:
    return ListPhotos(photos=tenant_stores(tenant).photos, cursors=cursors())


@cache
def cursors() -> SignedCursors:
    settings = storefront_settings()
    return SignedCursors(
        cache(lambda: read_secret(pipeline.client("secretsmanager"), settings.cursor_secret))
    )


def wait_for_photo(tenant: str) -> WaitForPhoto:
    stores = tenant_stores(tenant)
    return WaitForPhoto(photos=stores.photos, places=stores.waiting, now=pipeline.now, sleep=sleep)


def explain_photo(tenant: str) -> ExplainPhoto:
    stores = tenant_stores(tenant)
    return ExplainPhoto(
        photos=stores.photos, objects=stores.objects, results_bucket=storefront_settings().results_bucket
    )
