"""A tenant's lists of photos, read from the indexes Listed, Updated and External, and photos by their ids.

`table` is a boto3 Table resource. The indexes find the rows, which are then read by key. A list that shows
little of each photo reads little of its row (CARD_PROJECTION): turning whole rows into photos would take most
of a list's processor time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import Any

from limner.adapters.dynamodb_items import (
    LIST_SHARDS,
    checked_position,
    external_key,
    list_keys,
    position_of,
    valid_photos,
)
from limner.adapters.dynamodb_queries import read_rows
from limner.adapters.sdk import sdk_errors
from limner.photo_lists import PhotoQuery, Sort
from limner.photos import Photo
from limner.ports import Page
from limner.report import pictures_of_row
from limner.tenancy import PhotoKey

LISTED_INDEX = "Listed"
"""Uploaded photos, by tenant and shard, by time of creation."""
UPDATED_INDEX = "Updated"
"""The same, by time of change."""
EXTERNAL_INDEX = "External"
"""Photos and orders with an id of the caller's own, by it and by time of creation."""
SORT_KEYS = {Sort.CREATED_AT: "listed_at", Sort.UPDATED_AT: "changed_at"}
INDEXES = {Sort.CREATED_AT: LISTED_INDEX, Sort.UPDATED_AT: UPDATED_INDEX}
FILTERED_ENTRIES = 2_000
"""Entries of one partition that a page of a filtered list goes through at most; a page may have fewer photos
than its limit then, and go on at its cursor."""
EXTERNAL_MAX_PHOTOS = 500
"""The newest photos with one id of the caller's that a list has."""
FIRST_ENTRIES = 8
"""That a page reads of each partition at first, besides twice its share of the page."""
QUERIES_AT_ONCE = 8
"""Below the ten connections that a boto3 client keeps."""
query_pool = ThreadPoolExecutor(max_workers=QUERIES_AT_ONCE, thread_name_prefix="query")
"""For the queries of one page, or of one collection. Its threads start when the first page is read."""
_GONE = {"erasure": None}
"""Stands for a row that the index still has: deleted, or a tombstone (`adapters.dynamodb_erasures`)."""
_CARD_NAMES = (
    "photo_key", "photo_id", "tenant", "filename", "looks", "created_at", "external_id", "tags", "batch_id",
    "metadata", "changed_at", "due_at", "erasure", "source", "revision", "job", "failure",
)  # fmt: skip
_CARD_PATHS = (
    "results.#sequencer", "results.#revision", "results.model", "results.finished_at", "results.pictures",
    "variants.#sequencer", "variants.#revision", "variants.seconds", "variants.renditions",
    "variants.dominant_colour",
)  # fmt: skip
CARD_PROJECTION = {
    "ProjectionExpression": ", ".join([*(f"#{name}" for name in _CARD_NAMES), *_CARD_PATHS]),
    "ExpressionAttributeNames": {f"#{name}": name for name in (*_CARD_NAMES, "sequencer")},
}
"""What a card shows, and what its status follows from."""


@dataclass(frozen=True)
class _Partition:
    """Entries of an index, newest first. `read_to` is the sort key of the last entry that was gone through,
    if there may be more behind it."""

    entries: Sequence[Mapping[str, Any]]
    read_to: str = ""


def read_page(
    table: Any, tenant: str, query: PhotoQuery, *, limit: int, cursor: str | None, whole: bool
) -> Page:
    """The tenant's newest photos before the position `cursor`.

    Raises:
        InvalidRequest: the cursor is no position.
    """
    before = checked_position(cursor) if cursor is not None else None
    if query.external_id is not None:
        return _page_of_external_id(table, tenant, query, limit=limit, before=before, whole=whole)
    sort_key = SORT_KEYS[query.sort]
    entries, complete_to = _newest_entries(table, tenant, query, before=before, count=limit + 1)
    has_more = len(entries) > limit
    photos = _photos(table, [entry["photo_key"] for entry in entries[:limit]], whole=whole)
    last = entries[limit - 1][sort_key] if has_more else complete_to or None
    return Page(tuple(filter(query.matches, photos)), cursor=last)


def _newest_entries(
    table: Any, tenant: str, query: PhotoQuery, *, before: str | None, count: int
) -> tuple[list[Mapping[str, Any]], str]:
    """At most `count`; where they are fewer, the list was gone through down to the sort key that is returned,
    which is empty at its end. Partitions are filled evenly, so few entries of each are read first."""
    sort_key = SORT_KEYS[query.sort]
    few = count // LIST_SHARDS * 2 + FIRST_ENTRIES
    entries: list[Mapping[str, Any]] = []
    complete_to = ""
    for limit in [count] if _filters(query) or few >= count else [few, count]:
        found = query_pool.map(
            lambda key, limit=limit: _listed(table, key, query, before=before, limit=limit), list_keys(tenant)
        )
        partitions = list(found)
        complete_to = max(partition.read_to for partition in partitions)
        newest = merge(*(each.entries for each in partitions), key=itemgetter(sort_key), reverse=True)
        entries = list(islice((entry for entry in newest if entry[sort_key] >= complete_to), count))
        if len(entries) == count or not complete_to:
            break
    return entries, complete_to


def read_photos(table: Any, keys: Iterable[PhotoKey], *, whole: bool, consistent: bool) -> list[Photo]:
    """Those of the photos that there are, in the given order."""
    return list(_photos(table, [str(key) for key in keys], whole=whole, consistent=consistent))


def _photos(table: Any, row_keys: Sequence[str], *, whole: bool, consistent: bool = False) -> Iterator[Photo]:
    options = {} if whole else CARD_PROJECTION
    found = read_rows(table, row_keys, ConsistentRead=consistent, **options)
    rows = {item["photo_key"]: item for item in found}
    there = [rows[key] for key in row_keys if "erasure" not in rows.get(key, _GONE)]
    return valid_photos(there if whole else map(_completed, there))


def _completed(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row that was read by CARD_PROJECTION, with the first of its pictures alone: a card shows no other."""
    if "results" not in item:
        return item
    first = pictures_of_row(item["results"].get("pictures", []))[:1]
    return {**item, "results": {"timings": {}, **item["results"], "pictures": first}}


def _listed(table: Any, list_key: str, query: PhotoQuery, *, before: str | None, limit: int) -> _Partition:
    """The newest entries of one partition of a tenant's list. Uses the client, which is thread-safe."""
    sort_key = SORT_KEYS[query.sort]
    filters = _filters(query)
    with sdk_errors("listing photos"):
        answer = table.meta.client.query(
            TableName=table.name,
            IndexName=INDEXES[query.sort],
            KeyConditionExpression=f"list_key = :list_key{_key_range(query, sort_key, before)}",
            ExpressionAttributeValues={":list_key": list_key, **_values(query, before)},
            ScanIndexForward=False,
            ProjectionExpression=f"photo_key, {sort_key}",
            Limit=FILTERED_ENTRIES if filters else limit + 1,
            **({"FilterExpression": " AND ".join(filters)} if filters else {}),
        )
    entries = [entry for entry in answer["Items"] if entry[sort_key] != before]
    return _Partition(entries, answer.get("LastEvaluatedKey", {}).get(sort_key, ""))


def _key_range(query: PhotoQuery, sort_key: str, before: str | None) -> str:
    """A key has one condition: with two ends, BETWEEN, which also finds the entry at `before`."""
    if query.updated_since is None or query.sort is not Sort.UPDATED_AT:
        return f" AND {sort_key} < :before" if before else ""
    return f" AND {sort_key} " + ("BETWEEN :since AND :before" if before else ">= :since")


def _filters(query: PhotoQuery) -> list[str]:
    """Of what the index has besides its keys; DynamoDB applies them before it answers."""
    by_time = query.updated_since is not None and query.sort is not Sort.UPDATED_AT
    return [
        *(["changed_at >= :since"] if by_time else []),
        *(["list_state = :list_state"] if query.status else []),
        *(["contains(tags, :tag)"] if query.tag else []),
    ]


def _values(query: PhotoQuery, before: str | None) -> dict[str, str]:
    values = {
        ":before": before,
        ":since": query.updated_since_text,
        ":list_state": query.list_state,
        ":tag": query.tag,
    }
    return {name: value for name, value in values.items() if value is not None}


def _page_of_external_id(
    table: Any, tenant: str, query: PhotoQuery, *, limit: int, before: str | None, whole: bool
) -> Page:
    """Uses the client, which is thread-safe."""
    assert query.external_id, "a list by the caller's id"  # noqa: S101 - a caller's bug
    with sdk_errors("listing photos"):
        answer = table.meta.client.query(
            TableName=table.name,
            IndexName=EXTERNAL_INDEX,
            KeyConditionExpression="external_key = :external_key",
            ExpressionAttributeValues={":external_key": external_key(tenant, query.external_id)},
            ScanIndexForward=False,
            Limit=EXTERNAL_MAX_PHOTOS,
        )
    found = _photos(table, [entry["photo_key"] for entry in answer["Items"]], whole=whole)
    positions = [
        (position_of(query.time_of(photo), photo.key), photo) for photo in found if query.matches(photo)
    ]
    positions.sort(key=lambda pair: pair[0], reverse=True)
    left = [(position, photo) for position, photo in positions if before is None or position < before]
    return Page(
        tuple(photo for _, photo in left[:limit]), cursor=left[limit - 1][0] if len(left) > limit else None
    )
