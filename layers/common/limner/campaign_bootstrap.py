"""The composition root of collections and campaigns: of the API, and of the function that does their steps.
Both work in the session of the tenant (`limner.storefront_bootstrap`)."""

from functools import cache
from uuid import uuid4

import boto3

from limner import bootstrap
from limner.adapters.dynamodb_campaigns import DynamoDbDueCampaigns
from limner.adapters.sdk import CONFIG
from limner.adapters.sqs import QueuedCampaigns
from limner.costs import cost_model
from limner.orders_bootstrap import order_looks
from limner.storefront_bootstrap import (
    find_tenant,
    quotas_of,
    storefront_settings,
    tenant_stores,
)
from limner.tenant_bootstrap import require_styles
from limner.use_cases.advance_campaign import AdvanceCampaign, AskForDueCampaigns
from limner.use_cases.estimate_campaign import EstimateCampaign
from limner.use_cases.find_published import FindPublished
from limner.use_cases.manage_campaigns import ChangeCampaign, CreateCampaign, WithdrawPhoto
from limner.use_cases.manage_collections import AddToCollection, CreateCollection, DeleteCollection


def create_collection(tenant: str) -> CreateCollection:
    return CreateCollection(collections=tenant_stores(tenant).collections, new_id=_new_id, now=bootstrap.now)


def add_to_collection(tenant: str) -> AddToCollection:
    return AddToCollection(collections=tenant_stores(tenant).collections, new_id=_new_id, now=bootstrap.now)


def delete_collection(tenant: str) -> DeleteCollection:
    return DeleteCollection(collections=tenant_stores(tenant).collections, now=bootstrap.now)


def create_campaign(tenant: str) -> CreateCampaign:
    stores = tenant_stores(tenant)
    return CreateCampaign(
        campaigns=stores.campaigns,
        collections=stores.collections,
        require_styles=require_styles(stores.own_styles),
        new_id=_new_id,
        now=bootstrap.now,
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
        now=bootstrap.now,
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
        now=bootstrap.now,
    )


def find_published(tenant: str) -> FindPublished:
    stores = tenant_stores(tenant)
    return FindPublished(
        shown=stores.campaigns, campaigns=stores.campaigns, photos=stores.photos, now=bootstrap.now
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
        now=bootstrap.now,
    )


@cache
def ask_for_due_campaigns() -> AskForDueCampaigns:
    """Of all tenants: with the function's own credentials, which reach the index alone."""
    table = boto3.resource("dynamodb", config=CONFIG).Table(storefront_settings().campaigns_table)
    return AskForDueCampaigns(campaigns=DynamoDbDueCampaigns(table), queue=_queue(), now=bootstrap.now)


@cache
def _queue() -> QueuedCampaigns:
    return QueuedCampaigns(bootstrap.client("sqs"), queue_url=storefront_settings().campaign_queue_url)


def _new_id() -> str:
    return uuid4().hex
