"""Requests and responses of collections."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from limner.campaigns.photo_collections import (
    MAX_IDS_IN_A_CALL,
    Collection,
    CollectionName,
    PhotoCount,
    PhotoFilter,
)
from limner.json_types import Time
from limner.looks import at_most
from limner.orders import ExternalId, Label
from limner.tenancy import is_live

ExternalIds = Annotated[
    list[ExternalId], Field(min_length=1, max_length=MAX_IDS_IN_A_CALL), at_most(MAX_IDS_IN_A_CALL)
]


class PhotoFilterView(BaseModel):
    """All conditions hold at once; without any, all uploaded photos."""

    model_config = ConfigDict(extra="forbid")

    tag: Label | None = None
    created_since: Time | None = None
    created_before: Time | None = None

    @property
    def filter(self) -> PhotoFilter:
        return PhotoFilter(tag=self.tag, created_since=self.created_since, created_before=self.created_before)


class CollectionRequest(BaseModel):
    """Either `filter` or `external_ids`."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"name": "Autumn", "filter": {"tag": "autumn"}}}
    )

    name: CollectionName
    filter: PhotoFilterView | None = None
    external_ids: ExternalIds | None = None

    @model_validator(mode="after")
    def _refuse_both_and_neither(self) -> Self:
        if (self.filter is None) == (self.external_ids is None):
            raise PydanticCustomError("filter_or_ids", "a collection has either filter or external_ids")
        return self


class ExternalIdsRequest(BaseModel):
    """Ids to add to a list."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"external_ids": ["MUG-3"]}})

    external_ids: ExternalIds


class CollectionView(BaseModel):
    """A collection of a filter, or of a list with `listed_ids` ids."""

    collection_id: str
    livemode: bool
    name: str
    created_at: datetime
    filter: PhotoFilterView | None
    listed_ids: int


class CountedCollectionView(CollectionView):
    """A collection and how many photos it has now."""

    photos: int
    is_exact: bool


class CollectionsView(BaseModel):
    """The tenant's collections, oldest first."""

    collections: list[CollectionView]


def collection_view(collection: Collection) -> CollectionView:
    return CollectionView(**_fields(collection))


def counted_view(collection: Collection, count: PhotoCount) -> CountedCollectionView:
    return CountedCollectionView(**_fields(collection), photos=count.photos, is_exact=count.is_exact)


def _fields(collection: Collection) -> dict[str, object]:
    return {
        "collection_id": collection.collection_id,
        "livemode": is_live(collection.tenant),
        "name": collection.name,
        "created_at": collection.created_at,
        "filter": PhotoFilterView(**collection.filter.model_dump()) if collection.filter else None,
        "listed_ids": collection.listed_ids,
    }
