"""The composition root of collections and campaigns: of the API, and of the function that does their steps.
Both work in the session of the tenant (`limner.bootstrap.storefront`)."""

from functools import cache
from uuid import uuid4

import boto3

from limner.adapters.dynamodb_campaigns import DynamoDbDueCampaigns
from limner.adapters.sdk import CONFIG
from limner.adapters.sqs import QueuedCampaigns
from limner.bootstrap import pipeline
from limner.bootstrap.orders import order_looks
from limner.bootstrap.storefront import (
    find_tenant,
    quotas_of,
    storefront_settings,
    tenant_stores,
)
from limner.bootstrap.tenants import require_styles
from limner.costs import cost_model
from limner.use_cases.advance_campaign import AdvanceCampaign, AskForDueCampaigns
from limner.use_cases.estimate_campaign import EstimateCampaign
from limner.use_cases.find_published import FindPublished
from limner.use_cases.manage_campaigns import ChangeCampaign, CreateCampaign, WithdrawPhoto
from limner.use_cases.manage_collections import AddToCollection, CreateCollection, DeleteCollection
from limner.use_cases.preview_campaign import OrderPreview, ReadPreview


def create_collection(tenant: str) -> CreateCollection:
    return CreateCollection(collections=tenant_stores(tenant).collections, new_id=_new_id, now=pipeline.now)


def add_to_collection(tenant: str) -> AddToCollection:
    return AddToCollection(collections=tenant_stores(tenant).collections, new_id=_new_id, now=pipeline.now)


def delete_collection(tenant: str) -> DeleteCollection:
    return DeleteCollection(collections=tenant_stores(tenant).collections, now=pipeline.now)


def create_campaign(tenant: str) -> CreateCampaign:
    stores = tenant_stores(tenant)
    return CreateCampaign(
        campaigns=stores.campaigns,
        collections=stores.collections,
        require_styles=require_styles(stores.own_styles),
        new_id=_new_id,
        now=pipeline.now,
    )


def change_campaign(tenant: str) -> ChangeCampaign:
    stores = tenant_stores(tenant)
    return ChangeCampaign(
        campaigns=stores.campaigns,
        shown=stores.campaigns,
        collections=stores.collections,
        collection_photos=stores.collection_photos,
        require_styles=require_styles(stores.own_styles),
        queue=_queue(),
        now=pipeline.now,
    )


def withdraw_photo(tenant: str) -> WithdrawPhoto:
    return WithdrawPhoto(campaigns=tenant_stores(tenant).campaigns)


def estimate_campaign(tenant: str) -> EstimateCampaign:
    stores = tenant_stores(tenant)
    return EstimateCampaign(
        campaigns=stores.campaigns,
        collections=stores.collections,
        collection_photos=stores.collection_photos,
        usage=stores.usage,
        quotas_of=quotas_of,
        costs=cost_model(),
        instance_type=storefront_settings().stylizer_instance_type,
        now=pipeline.now,
    )


def read_preview(tenant: str) -> ReadPreview:
    stores = tenant_stores(tenant)
    return ReadPreview(
        campaigns=stores.campaigns,
        collections=stores.collections,
        collection_photos=stores.collection_photos,
    )


def order_preview(tenant: str) -> OrderPreview:
    return OrderPreview(read=read_preview(tenant), order_looks=order_looks(tenant))


def find_published(tenant: str) -> FindPublished:
    stores = tenant_stores(tenant)
    return FindPublished(
        shown=stores.campaigns, campaigns=stores.campaigns, photos=stores.photos, now=pipeline.now
    )


def advance_campaign(tenant: str) -> AdvanceCampaign:
    stores = tenant_stores(tenant)
    return AdvanceCampaign(
        campaigns=stores.campaigns,
        collections=stores.collections,
        collection_photos=stores.collection_photos,
        photos=stores.photos,
        order_looks=order_looks(tenant),
        queue=_queue(),
        require_active=lambda tenant: find_tenant()(tenant).require_active(),
        now=pipeline.now,
    )


@cache
def ask_for_due_campaigns() -> AskForDueCampaigns:
    """Of all tenants: with the function's own credentials, which reach the index alone."""
    table = boto3.resource("dynamodb", config=CONFIG).Table(storefront_settings().campaigns_table)
    return AskForDueCampaigns(campaigns=DynamoDbDueCampaigns(table), queue=_queue(), now=pipeline.now)


@cache
def _queue() -> QueuedCampaigns:
    return QueuedCampaigns(pipeline.client("sqs"), queue_url=storefront_settings().campaign_queue_url)


def _new_id() -> str:
    return uuid4().hex
