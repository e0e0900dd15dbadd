"""The composition root of batches, in the session of the tenant (`limner.bootstrap.storefront`)."""

from uuid import uuid4

from limner.bootstrap import pipeline
from limner.bootstrap.storefront import request_import, request_upload, tenant_stores
from limner.use_cases.batches import GetBatch, RequestBatch


def request_batch(tenant: str) -> RequestBatch:
    return RequestBatch(
        orders=request_upload(tenant),
        imports=request_import(tenant),
        batches=tenant_stores(tenant).batches,
        new_id=lambda: uuid4().hex,
        now=pipeline.now,
    )


def get_batch(tenant: str) -> GetBatch:
    stores = tenant_stores(tenant)
    return GetBatch(batches=stores.batches, photos=stores.photos)
