"""The composition root of packs: of the API, and of the function that does their steps.

Rows are read and written in the session of the tenant (`limner.bootstrap.storefront`). Tickets, submissions
and archives are written, and the endpoint is invoked, with the function's own role, as the router does it.
"""

from datetime import timedelta
from functools import cache, partial
from uuid import uuid4

import boto3

from limner.adapters.dynamodb_packs import DynamoDbDuePacks
from limner.adapters.sdk import CONFIG
from limner.adapters.sqs import QueuedPacks
from limner.adapters.ssm import PauseParameter
from limner.bootstrap import pipeline
from limner.bootstrap.storefront import find_tenant, quotas_of, storefront_settings, tenant_stores
from limner.campaigns.settings import CampaignsSettings
from limner.catalogue import catalogue
from limner.settings import RecorderSettings
from limner.use_cases.advance_pack import AdvancePack
from limner.use_cases.ask_for_packs import AskForDuePacks, AskForPackOfJob
from limner.use_cases.assemble_archive import AssembleArchive
from limner.use_cases.read_pack import ReadPack
from limner.use_cases.request_pack import RequestArchive, RequestPack


def request_pack(tenant: str) -> RequestPack:
    stores = tenant_stores(tenant)
    return RequestPack(
        packs=stores.packs,
        collections=stores.collections,
        collection_photos=stores.collection_photos,
        queue=_queue(storefront_settings().campaign_queue_url),
        usage=stores.usage,
        quotas_of=quotas_of,
        new_id=lambda: uuid4().hex,
        now=pipeline.now,
    )


def read_pack(tenant: str) -> ReadPack:
    stores = tenant_stores(tenant)
    return ReadPack(
        packs=stores.packs,
        photos=stores.photos,
        objects=stores.objects,
        results_bucket=storefront_settings().results_bucket,
    )


def request_archive(tenant: str) -> RequestArchive:
    stores = tenant_stores(tenant)
    return RequestArchive(
        packs=stores.packs,
        objects=stores.objects,
        queue=_queue(storefront_settings().campaign_queue_url),
        now=pipeline.now,
        results_bucket=storefront_settings().results_bucket,
    )


def advance_pack(tenant: str) -> AdvancePack:
    settings, stores = _campaigns_settings(), tenant_stores(tenant)
    return AdvancePack(
        packs=stores.packs,
        photos=stores.photos,
        objects=pipeline.objects(),
        endpoint=pipeline.endpoint(settings),
        queue=_queue(settings.campaign_queue_url),
        quotas_of=quotas_of,
        estimate=partial(pipeline.estimate, settings.stylizer_instance_type),
        require_active=lambda tenant: find_tenant()(tenant).require_active(),
        is_paused=PauseParameter(pipeline.client("ssm"), settings.pause_parameter),
        now=pipeline.now,
        results_bucket=settings.results_bucket,
        model=catalogue().model,
        longest_job=timedelta(seconds=settings.request_ttl_seconds + settings.invocation_timeout_seconds),
    )


def assemble_archive(tenant: str) -> AssembleArchive:
    stores = tenant_stores(tenant)
    return AssembleArchive(
        packs=stores.packs,
        photos=stores.photos,
        objects=pipeline.objects(),
        streams=pipeline.objects(),
        now=pipeline.now,
        results_bucket=_campaigns_settings().results_bucket,
    )


@cache
def ask_for_due_packs() -> AskForDuePacks:
    """Of all tenants: with the function's own credentials, which reach the index alone."""
    settings = _campaigns_settings()
    table = boto3.resource("dynamodb", config=CONFIG).Table(settings.campaigns_table)
    return AskForDuePacks(
        packs=DynamoDbDuePacks(table), queue=_queue(settings.campaign_queue_url), now=pipeline.now
    )


@cache
def ask_for_pack_of_job() -> AskForPackOfJob:
    """In the recorder."""
    settings = RecorderSettings.read()
    return AskForPackOfJob(
        objects=pipeline.objects(),
        queue=_queue(settings.campaign_queue_url),
        results_bucket=settings.results_bucket,
    )


@cache
def _campaigns_settings() -> CampaignsSettings:
    return CampaignsSettings.read()


@cache
def _queue(url: str) -> QueuedPacks:
    return QueuedPacks(pipeline.client("sqs"), queue_url=url)
