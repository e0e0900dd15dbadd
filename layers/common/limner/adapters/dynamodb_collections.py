"""Collections in the table of campaigns.

campaign_key   partition key: `{tenant}#collections`
record         sort key: the collection's id
deleted_at     when it was deleted; it is kept until `expires_at` for the campaigns that have it

campaign_key   `{tenant}#collection#{collection id}`, of a list
record         the part's id
ids            compressed JSON
expires_at     where the collection was deleted, or does not name the part
"""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from limner.adapters.dynamodb_campaign_items import item_key, partition, partition_items, read_items
from limner.adapters.dynamodb_items import to_map
from limner.adapters.dynamodb_writes import conditional
from limner.adapters.sdk import sdk_errors
from limner.campaigns.errors import CollectionNotFound
from limner.campaigns.photo_collections import DELETED_COLLECTION_LIFETIME, Collection, ListPart
from limner.errors import MalformedMessage

PARTS_AT_ONCE = 10
"""Read in one request, of at most 1.3 MB."""


class DynamoDbCollections:
    """`table` is a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def add(self, collection: Collection) -> None:
        with sdk_errors("storing a collection"):
            conditional(
                self._table,
                "put_item",
                Item=_to_item(collection),
                ConditionExpression="attribute_not_exists(campaign_key)",
            )

    def get(self, tenant: str, collection_id: str, *, also_deleted: bool = False) -> Collection:
        with sdk_errors("reading a collection"):
            answer = self._table.get_item(Key=_key(tenant, collection_id), ConsistentRead=True)
        item = answer.get("Item")
        if item is None or ("deleted_at" in item and not also_deleted):
            raise CollectionNotFound(f"no collection {collection_id}")
        return _to_collection(item)

    def list(self, tenant: str) -> list[Collection]:
        items = partition_items(self._table, partition(tenant, "collections"))
        kept = [_to_collection(item) for item in items if "deleted_at" not in item]
        return sorted(kept, key=lambda each: (each.created_at, each.collection_id))

    def ids(self, collection: Collection) -> Iterator[str]:
        for first in range(0, len(collection.parts), PARTS_AT_ONCE):
            parts = collection.parts[first : first + PARTS_AT_ONCE]
            found = self._parts(collection, parts)
            for part in parts:
                yield from found[part.part_id]

    def ids_of_part(self, collection: Collection, part: ListPart) -> Sequence[str]:
        return self._parts(collection, [part])[part.part_id]

    def _parts(self, collection: Collection, parts: Sequence[ListPart]) -> Mapping[str, Sequence[str]]:
        items = list(self._part_items(collection, parts))
        if len(items) < len(parts):
            raise CollectionNotFound(f"collection {collection.collection_id} has expired")
        return {item["record"]: json.loads(zlib.decompress(bytes(item["ids"]))) for item in items}

    def _part_items(self, collection: Collection, parts: Sequence[ListPart]) -> Iterator[Mapping[str, Any]]:
        return read_items(self._table, [item_key(_parts_key(collection), part.part_id) for part in parts])

    def add_part(self, collection: Collection, part: ListPart, ids: Sequence[str]) -> None:
        stored = zlib.compress(json.dumps(list(ids), ensure_ascii=False).encode())
        with sdk_errors("storing a part of a collection"):
            self._table.put_item(Item={**item_key(_parts_key(collection), part.part_id), "ids": stored})

    def expire_parts(self, collection: Collection, parts: Sequence[ListPart], at: datetime) -> None:
        expires_at = int(at.timestamp())
        for first in range(0, len(parts), PARTS_AT_ONCE):
            for item in self._part_items(collection, parts[first : first + PARTS_AT_ONCE]):
                with sdk_errors("storing a part of a collection"):
                    self._table.put_item(Item={**item, "expires_at": expires_at})

    def replace(self, before: Collection, after: Collection) -> Collection:
        newer = after.model_copy(update={"version": before.version + 1})
        self._put(before, _to_item(newer))
        return newer

    def delete(self, collection: Collection, at: datetime) -> None:
        expires_at = at + DELETED_COLLECTION_LIFETIME
        deleted = {"deleted_at": at.isoformat(), "expires_at": int(expires_at.timestamp())}
        newer = collection.model_copy(update={"version": collection.version + 1})
        self._put(collection, {**_to_item(newer), **deleted})
        self.expire_parts(collection, collection.parts, expires_at)

    def _put(self, before: Collection, item: Mapping[str, Any]) -> None:
        with sdk_errors("changing a collection"):
            conditional(
                self._table,
                "put_item",
                Item=item,
                ConditionExpression="version = :version AND attribute_not_exists(deleted_at)",
                ExpressionAttributeValues={":version": before.version},
            )


def _key(tenant: str, collection_id: str) -> dict[str, str]:
    return item_key(partition(tenant, "collections"), collection_id)


def _parts_key(collection: Collection) -> str:
    return partition(collection.tenant, "collection", collection.collection_id)


def _to_item(collection: Collection) -> dict[str, Any]:
    return {
        **_key(collection.tenant, collection.collection_id),
        "collection": to_map(collection),
        "version": collection.version,
    }


def _to_collection(item: Mapping[str, Any]) -> Collection:
    """Raises MalformedMessage."""
    try:
        return Collection.model_validate(item["collection"], extra="ignore")
    except (KeyError, ValidationError) as error:
        raise MalformedMessage(f"the row of collection {item['record']} is invalid: {error!r}") from error
