"""Reads of the photos table: one row, many by key, and overdue ones; and `read_batch`, of any table.

`table` is a boto3 Table resource.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from limner.adapters.dynamodb_items import row_key, valid_photo, valid_photos
from limner.adapters.sdk import sdk_errors
from limner.errors import PhotoNotFound
from limner.photos import Photo
from limner.tenancy import PhotoKey

OPEN_INDEX = "Open"
"""Photos with a `due_at`, by shard."""
BATCH_GET_MAX_ROWS = 100
"""DynamoDB's limit for one BatchGetItem."""


def read_photo(table: Any, key: PhotoKey) -> Photo:
    """Raises PhotoNotFound, also for a photo whose erasure has begun, and MalformedMessage."""
    with sdk_errors("reading the photo"):
        response = table.get_item(Key=row_key(key), ConsistentRead=True)
    if "Item" not in response:
        raise PhotoNotFound(f"no photo {key.photo_id}")
    if "erasure" in response["Item"]:
        raise PhotoNotFound(f"no photo {key.photo_id}", is_erased=True)
    return valid_photo(response["Item"])


def read_rows(table: Any, row_keys: Sequence[str], **options: Any) -> Iterator[Mapping[str, Any]]:
    """The rows that there are of these, in any order; `options` of BatchGetItem's request for a table."""
    for first in range(0, len(row_keys), BATCH_GET_MAX_ROWS):
        keys = [{"photo_key": key} for key in row_keys[first : first + BATCH_GET_MAX_ROWS]]
        yield from read_batch(table, {"Keys": keys, **options}, "reading photos")


def read_batch(table: Any, request: Mapping[str, Any], action: str) -> Iterator[Mapping[str, Any]]:
    """The items that there are of at most BATCH_GET_MAX_ROWS keys of any table, in any order.

    DynamoDB may return only part of a batch, and the keys of the rest as `UnprocessedKeys`.
    """
    requested: Mapping[str, Any] = {table.name: request}
    while requested:
        with sdk_errors(action):
            answer = table.meta.client.batch_get_item(RequestItems=requested)
        yield from answer["Responses"][table.name]
        requested = answer["UnprocessedKeys"]


def read_due(table: Any, shards: Sequence[str], now: int, limit: int) -> list[Photo]:
    """Photos in these shards of the index Open with `due_at` ≤ `now`, in Unix seconds, earliest first.

    The index may be a moment behind: what is not due by its row is left out.
    """
    entries: list[Mapping[str, Any]] = []
    for shard in shards:
        with sdk_errors("finding overdue photos"):
            answer = table.query(
                IndexName=OPEN_INDEX,
                KeyConditionExpression="open_shard = :shard AND due_at <= :now",
                ExpressionAttributeValues={":shard": shard, ":now": now},
                Limit=limit,
            )
        entries += answer["Items"]
    earliest = sorted(entries, key=lambda entry: entry["due_at"])[:limit]
    rows = read_rows(table, [entry["photo_key"] for entry in earliest], ConsistentRead=True)
    due = [row for row in rows if row.get("due_at", now + 1) <= now and row.get("open_shard") in shards]
    return sorted(valid_photos(due), key=lambda photo: photo.due_at or 0)
