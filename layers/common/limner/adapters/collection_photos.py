"""The photos of a collection, found by the indexes of the photos table."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from limner.adapters.dynamodb_collections import DynamoDbCollections
from limner.adapters.dynamodb_items import list_keys
from limner.adapters.dynamodb_lists import EXTERNAL_MAX_PHOTOS, LISTED_INDEX, query_pool, read_page
from limner.adapters.sdk import sdk_errors
from limner.campaigns.photo_collections import (
    MAX_COLLECTION_PHOTOS,
    Collection,
    PhotoCount,
    PhotoFilter,
    PhotosPage,
)
from limner.errors import InvalidRequest
from limner.photo_lists import PhotoQuery
from limner.photos import Photo
from limner.tenancy import KEY_SEPARATOR

COUNTED_ENTRIES = 400_000
"""Of the tenant's list, which a filter's photos are counted in."""
COUNTED_IDS = 48
"""Of a list, to estimate how many photos it has: each id is a query."""
_BEFORE_EVERY_ID = "0" * 32


class DynamoDbCollectionPhotos:
    """`photos` is a boto3 Table resource, that of the photos."""

    def __init__(self, photos: Any, collections: DynamoDbCollections) -> None:
        self._photos = photos
        self._collections = collections

    def page(
        self,
        collection: Collection,
        *,
        before: datetime,
        cursor: str | None,
        limit: int,
        whole: bool = True,
    ) -> PhotosPage:
        """A filter's cursor is the place of the last photo in the list of the tenant's photos, newest first;
        a list's is the number of its part and of the next id there. An id with many photos makes a page
        longer than `limit`."""
        if collection.filter is not None:
            return self._filtered(collection.tenant, collection.filter, before, cursor, limit, whole)
        return self._listed(collection, before, cursor, limit, whole)

    def count(self, collection: Collection, before: datetime) -> PhotoCount:
        if collection.filter is not None:
            return self._count_filtered(collection.tenant, collection.filter, before)
        some = list(islice(self._collections.ids(collection), COUNTED_IDS))
        if not some:
            return PhotoCount(0, True)
        found = sum(len(photos) for photos in self._photos_of(collection.tenant, some, before, whole=False))
        if len(some) == collection.listed_ids:
            return PhotoCount(found, True)
        return PhotoCount(min(found * collection.listed_ids // len(some), MAX_COLLECTION_PHOTOS), False)

    def _filtered(  # noqa: PLR0917
        self, tenant: str, wanted: PhotoFilter, before: datetime, cursor: str | None, limit: int, whole: bool
    ) -> PhotosPage:
        start = cursor or _position(min(before, wanted.created_before or before))
        query = PhotoQuery(tag=wanted.tag)
        page = read_page(self._photos, tenant, query, limit=limit, cursor=start, whole=whole)
        since = wanted.created_since
        if since is None:
            return PhotosPage(page.photos, page.cursor)
        photos = tuple(photo for photo in page.photos if photo.created_at >= since)
        is_past_since = page.cursor is None or page.cursor < _position(since)
        return PhotosPage(photos, None if is_past_since else page.cursor)

    def _listed(
        self, collection: Collection, before: datetime, cursor: str | None, limit: int, whole: bool
    ) -> PhotosPage:
        number, first = _place(cursor) if cursor else (0, 0)
        if number >= len(collection.parts):
            return PhotosPage((), None)
        ids = self._collections.ids_of_part(collection, collection.parts[number])[first : first + limit]
        found: list[Photo] = []
        used = 0
        for photos in self._photos_of(collection.tenant, ids, before, whole=whole):
            found += photos
            used += 1
            if len(found) >= limit:
                break
        return PhotosPage(tuple(found), _place_after(collection, number, first + used))

    def _photos_of(
        self, tenant: str, ids: Sequence[str], before: datetime, *, whole: bool
    ) -> list[list[Photo]]:
        """Photos of each id, newest first."""

        def photos_of(external_id: str) -> list[Photo]:
            query = PhotoQuery(external_id=external_id)
            page = read_page(self._photos, tenant, query, limit=EXTERNAL_MAX_PHOTOS, cursor=None, whole=whole)
            return [photo for photo in page.photos if photo.created_at < before]

        return list(query_pool.map(photos_of, ids))

    def _count_filtered(self, tenant: str, wanted: PhotoFilter, before: datetime) -> PhotoCount:
        """A least number, where it is above what a campaign may have, or the tenant's list is very long."""
        requests = self._counting(tenant, wanted, before)
        photos = entries = 0
        while requests and photos <= MAX_COLLECTION_PHOTOS and entries < COUNTED_ENTRIES:
            answers = list(query_pool.map(self._count, requests))
            photos += sum(int(answer["Count"]) for answer in answers)
            entries += sum(int(answer["ScannedCount"]) for answer in answers)
            requests = [
                {**request, "ExclusiveStartKey": answer["LastEvaluatedKey"]}
                for request, answer in zip(requests, answers, strict=True)
                if "LastEvaluatedKey" in answer
            ]
        return PhotoCount(photos, is_exact=not requests)

    def _counting(self, tenant: str, wanted: PhotoFilter, before: datetime) -> list[dict[str, Any]]:
        """The first query of each partition of the tenant's list."""
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
        return [
            {**request, "ExpressionAttributeValues": {**values, ":list_key": key}}
            for key in list_keys(tenant)
        ]

    def _count(self, request: dict[str, Any]) -> dict[str, Any]:
        """Uses the client, which is thread-safe."""
        with sdk_errors("counting photos"):
            answer: dict[str, Any] = self._photos.meta.client.query(**request)
        return answer


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
