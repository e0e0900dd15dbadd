"""The photos of a collection, found by the indexes of the photos table."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from limner.adapters.dynamodb_collections import DynamoDbCollections
from limner.adapters.dynamodb_items import list_keys
from limner.adapters.dynamodb_lists import EXTERNAL_MAX_PHOTOS, LISTED_INDEX, QUERIES_AT_ONCE, read_page
from limner.adapters.sdk import sdk_errors
from limner.errors import InvalidRequest
from limner.photo_collections import Collection, PhotoCount, PhotoFilter, PhotosPage
from limner.photo_lists import PhotoQuery
from limner.photos import Photo
from limner.tenancy import KEY_SEPARATOR

COUNTED_IDS = 48
"""Of a list, to estimate how many photos it has: each id is a query."""
_BEFORE_EVERY_ID = "0" * 32


class DynamoDbCollectionPhotos:
    """`photos` is a boto3 Table resource, that of the photos."""

    def __init__(self, photos: Any, collections: DynamoDbCollections) -> None:
        self._photos = photos
        self._collections = collections

    def page(self, collection: Collection, *, before: datetime, cursor: str | None, limit: int) -> PhotosPage:
        """A filter's cursor is the place of the last photo in the list of the tenant's photos, newest first;
        a list's is the number of its part and of the next id there. An id with many photos makes a page
        longer than `limit`."""
        if collection.filter is not None:
            return self._filtered(collection.tenant, collection.filter, before, cursor, limit)
        return self._listed(collection, before, cursor, limit)

    def count(self, collection: Collection, before: datetime) -> PhotoCount:
        if collection.filter is not None:
            return PhotoCount(self._count_filtered(collection.tenant, collection.filter, before), True)
        some = list(islice(self._collections.ids(collection), COUNTED_IDS))
        if not some:
            return PhotoCount(0, True)
        found = sum(len(photos) for photos in self._photos_of(collection.tenant, some, before))
        is_exact = len(some) == collection.listed_ids
        return PhotoCount(found * collection.listed_ids // len(some), is_exact)

    def _filtered(
        self, tenant: str, wanted: PhotoFilter, before: datetime, cursor: str | None, limit: int
    ) -> PhotosPage:
        start = cursor or _position(min(before, wanted.created_before or before))
        query = PhotoQuery(tag=wanted.tag)
        page = read_page(self._photos, tenant, query, limit=limit, cursor=start, whole=True)
        since = wanted.created_since
        if since is None:
            return PhotosPage(page.photos, page.cursor)
        photos = tuple(photo for photo in page.photos if photo.created_at >= since)
        is_past_since = page.cursor is None or page.cursor < _position(since)
        return PhotosPage(photos, None if is_past_since else page.cursor)

    def _listed(self, collection: Collection, before: datetime, cursor: str | None, limit: int) -> PhotosPage:
        number, first = _place(cursor) if cursor else (0, 0)
        if number >= len(collection.parts):
            return PhotosPage((), None)
        ids = self._collections.ids_of_part(collection, collection.parts[number])[first : first + limit]
        found: list[Photo] = []
        used = 0
        for photos in self._photos_of(collection.tenant, ids, before):
            found += photos
            used += 1
            if len(found) >= limit:
                break
        return PhotosPage(tuple(found), _place_after(collection, number, first + used))

    def _photos_of(self, tenant: str, ids: Sequence[str], before: datetime) -> list[list[Photo]]:
        """Photos of each id, newest first."""

        def photos_of(external_id: str) -> list[Photo]:
            query = PhotoQuery(external_id=external_id)
            page = read_page(self._photos, tenant, query, limit=EXTERNAL_MAX_PHOTOS, cursor=None, whole=True)
            return [photo for photo in page.photos if photo.created_at < before]

        with ThreadPoolExecutor(QUERIES_AT_ONCE, thread_name_prefix="ids") as queries:
            return list(queries.map(photos_of, ids))

    def _count_filtered(self, tenant: str, wanted: PhotoFilter, before: datetime) -> int:
        request: dict[str, Any] = {
            "TableName": self._photos.name,
            "IndexName": LISTED_INDEX,
            "Select": "COUNT",
            "KeyConditionExpression": "list_key = :list_key AND listed_at BETWEEN :since AND :before",
        }
        values = {
            ":since": _position(wanted.created_since) if wanted.created_since else "0",
            ":before": _position(min(before, wanted.created_before or before)),
        }
        if wanted.tag:
            request["FilterExpression"] = "contains(tags, :tag)"
            values[":tag"] = wanted.tag
        with ThreadPoolExecutor(QUERIES_AT_ONCE, thread_name_prefix="count") as queries:
            counts = queries.map(
                lambda key: self._count(
                    {**request, "ExpressionAttributeValues": {**values, ":list_key": key}}
                ),
                list_keys(tenant),
            )
            return sum(counts)

    def _count(self, request: dict[str, Any]) -> int:
        """Uses the client, which is thread-safe."""
        count = 0
        while True:
            with sdk_errors("counting photos"):
                answer = self._photos.meta.client.query(**request)
            count += int(answer["Count"])
            if "LastEvaluatedKey" not in answer:
                return count
            request = {**request, "ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _position(at: datetime) -> str:
    """Before every photo that was created then, in the list of a tenant's photos."""
    return f"{at.astimezone(UTC).isoformat()}{KEY_SEPARATOR}{_BEFORE_EVERY_ID}"


def _place(cursor: str) -> tuple[int, int]:
    number, _, first = cursor.partition(":")
    if not (number.isdigit() and first.isdigit()):
        raise InvalidRequest("not a place in a list of ids")
    return int(number), int(first)


def _place_after(collection: Collection, number: int, first: int) -> str | None:
    if first < collection.parts[number].ids:
        return f"{number}:{first}"
    return f"{number + 1}:0" if number + 1 < len(collection.parts) else None
