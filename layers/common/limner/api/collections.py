"""Collections: the photos that a campaign is for, by a filter or by a list of the shop's own ids."""

from http import HTTPStatus

from fastapi import Response

from limner.api.identity import CurrentCaller, private_router
from limner.api.problems import problem_responses
from limner.bootstrap import campaigns, pipeline, storefront
from limner.campaigns.photo_collections import CollectionId
from limner.identity import Scope
from limner.views.collections import (
    CollectionRequest,
    CollectionsView,
    CollectionView,
    CountedCollectionView,
    ExternalIdsRequest,
    collection_view,
    counted_view,
)

reading = private_router(Scope.PHOTOS_READ, prefix="/v1/collections")
writing = private_router(Scope.PHOTOS_WRITE, prefix="/v1/collections")
CONFLICT = problem_responses(HTTPStatus.CONFLICT)


@writing.post("", status_code=HTTPStatus.CREATED)
def create_collection(
    caller: CurrentCaller, requested: CollectionRequest, response: Response
) -> CollectionView:
    """Make a collection: of a filter, whose photos are looked up when they are needed, or of a list of the
    shop's own ids, 5,000 in a call and 100,000 at most."""
    use_case = campaigns.create_collection(caller.tenant)
    collection = use_case(
        caller.tenant,
        requested.name,
        photo_filter=requested.filter.filter if requested.filter else None,
        external_ids=requested.external_ids or (),
    )
    response.headers["Location"] = f"collections/{collection.collection_id}"
    return collection_view(collection)


@reading.get("")
def list_collections(caller: CurrentCaller) -> CollectionsView:
    """All collections, oldest first."""
    collections = storefront.tenant_stores(caller.tenant).collections.list(caller.tenant)
    return CollectionsView(collections=[collection_view(each) for each in collections])


@reading.get("/{collection_id}")
def get_collection(caller: CurrentCaller, collection_id: CollectionId) -> CountedCollectionView:
    """One collection, and how many photos it has now. Of a list with many ids the number is an estimate."""
    stores = storefront.tenant_stores(caller.tenant)
    collection = stores.collections.get(caller.tenant, collection_id)
    return counted_view(collection, stores.collection_photos.count(collection, pipeline.now()))


@writing.post("/{collection_id}/external-ids")
def add_external_ids(
    caller: CurrentCaller, collection_id: CollectionId, requested: ExternalIdsRequest
) -> CollectionView:
    """Add ids to a list. Those that it has are left out."""
    use_case = campaigns.add_to_collection(caller.tenant)
    return collection_view(use_case(caller.tenant, collection_id, requested.external_ids))


@writing.delete("/{collection_id}", status_code=HTTPStatus.NO_CONTENT, responses=CONFLICT)
def delete_collection(caller: CurrentCaller, collection_id: CollectionId) -> None:
    """Delete a collection; its photos stay, and campaigns that have it go on."""
    campaigns.delete_collection(caller.tenant)(caller.tenant, collection_id)
