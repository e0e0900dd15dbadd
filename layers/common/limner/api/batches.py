"""Batches: many orders in one call, and how far their photos are."""

from http import HTTPStatus

from fastapi import Response

from limner.api.idempotency import Json, renewed_by
from limner.api.identity import CurrentCaller, private_router
from limner.bootstrap import batches, pipeline, storefront
from limner.identity import Identity, Scope
from limner.orders import BatchId
from limner.views.batches import BatchProgressView, BatchRequest, BatchView, batch_view, progress_view
from limner.views.rate_limits import rate_limit_headers
from limner.views.uploads import form_view

orders_router = private_router(Scope.PHOTOS_WRITE, prefix="/v1/batches")
reading_router = private_router(Scope.PHOTOS_READ, prefix="/v1/batches")
UNFINISHED_SECONDS = 10
"""After which a batch that is not finished is worth another look."""


def _with_new_forms(caller: Identity, answer: Json, requested: Json) -> Json:
    form = storefront.repeat_form(caller.tenant)
    for item, ordered in zip(answer["items"], requested["items"], strict=True):
        is_uploaded = item["photo_id"] is not None and ordered.get("url") is None
        new = form(caller.tenant, item["photo_id"], ordered["content_type"]) if is_uploaded else None
        item["upload"] = form_view(new, form.max_bytes).model_dump(mode="json") if new else None
    return answer


@orders_router.post("", status_code=HTTPStatus.CREATED)
@renewed_by(_with_new_forms)
def order_batch(caller: CurrentCaller, requested: BatchRequest, response: Response) -> BatchView:
    """Order pictures of up to 500 photos. Each item is accepted or refused for itself; a call with an item
    that is not described correctly is refused as a whole."""
    use_case = batches.request_batch(caller.tenant)
    ordered = [item.order for item in requested.items]
    batch, placed, standing = use_case(caller.tenant, ordered, key_id=caller.key_id)
    response.headers["Location"] = f"batches/{batch.batch_id}"
    response.headers.update(rate_limit_headers(standing, pipeline.now()))
    return batch_view(batch, ordered, placed, use_case.orders.form, use_case.orders.max_bytes)


@reading_router.get("/{batch_id}")
def get_batch(caller: CurrentCaller, batch_id: BatchId, response: Response) -> BatchProgressView:
    """How many photos of the batch have which status."""
    progress = batches.get_batch(caller.tenant)(caller.tenant, batch_id)
    if not progress.is_finished:
        response.headers["Retry-After"] = str(UNFINISHED_SECONDS)
    return progress_view(progress)
