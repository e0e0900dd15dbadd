"""What is read of the photos table: one row, several, lists, and what is due."""

from collections.abc import Mapping, Sequence
from typing import Any

from limner.adapters.dynamodb_items import order_shard, to_source
from limner.adapters.dynamodb_lists import read_page, read_photos
from limner.adapters.dynamodb_queries import read_due, read_photo, read_rows
from limner.photo_lists import ALL_PHOTOS, PhotoQuery
from limner.photos import Photo, Source
from limner.ports import ALL_SHARDS, Page
from limner.tenancy import PhotoKey


class PhotoReads:
    """`table` is a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def get(self, key: PhotoKey) -> Photo:
        return read_photo(self._table, key)

    def sources(self, keys: Sequence[PhotoKey]) -> Mapping[PhotoKey, Source | None]:
        projection = {
            "ProjectionExpression": "photo_key, #source",
            "ExpressionAttributeNames": {"#source": "source"},
        }
        by_row = {str(key): key for key in keys}
        items = read_rows(self._table, list(by_row), ConsistentRead=True, **projection)
        return {by_row[item["photo_key"]]: to_source(item) for item in items}

    def page(
        self,
        tenant: str,
        query: PhotoQuery = ALL_PHOTOS,
        *,
        limit: int,
        cursor: str | None,
        whole: bool = True,
    ) -> Page:
        return read_page(self._table, tenant, query, limit=limit, cursor=cursor, whole=whole)

    def those_of(
        self, keys: Sequence[PhotoKey], *, whole: bool = True, consistent: bool = False
    ) -> Sequence[Photo]:
        return read_photos(self._table, keys, whole=whole, consistent=consistent)

    def due(self, now: int, limit: int, shards: str = ALL_SHARDS) -> list[Photo]:
        return read_due(self._table, tuple(shards), now, limit)

    def due_orders(self, now: int, limit: int, shards: str = ALL_SHARDS) -> list[Photo]:
        return read_due(self._table, [order_shard(shard) for shard in shards], now, limit)
