"""Fill in what lists of photos are sorted and filtered by, in rows that an earlier release wrote."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from typing import Any

from limner.adapters.dynamodb_items import (
    LIST_SHARD,
    change_attributes,
    list_attributes,
    row_key,
    valid_photo,
)
from limner.adapters.dynamodb_writes import conditional
from limner.adapters.sdk import all_items, sdk_errors
from limner.errors import LimnerError, StaleWrite
from limner.photos import Photo
from limner_admin.output import stderr

_IS_FORMER = (
    "attribute_exists(list_key) AND (attribute_not_exists(changed_at) OR NOT contains(list_key, :list_shard))"
)


class Filled(StrEnum):
    """What became of a row."""

    FILLED = "filled"
    CHANGED = "changed meanwhile, which filled it"
    FAILED = "failed"


def fill_lists(table: Any) -> Counter[str]:
    """Of all uploaded photos whose rows lack it, or are in a partition of an earlier release; `table` is a
    boto3 Table resource. It can be interrupted and run again: a row that has it is not read again."""
    outcomes: Counter[str] = Counter()
    for item in _rows(table):
        try:
            outcomes[_fill(table, valid_photo(item))] += 1
        except LimnerError as error:
            outcomes[Filled.FAILED] += 1
            stderr.print(f"{item['photo_key']}: {error.code}: {error}", markup=False, highlight=False)
    return outcomes


def count_lacking(table: Any) -> int:
    return sum(1 for _ in _rows(table))


def _rows(table: Any) -> Iterator[Mapping[str, Any]]:
    request: dict[str, Any] = {
        "FilterExpression": _IS_FORMER,
        "ExpressionAttributeValues": {":list_shard": LIST_SHARD},
        "ConsistentRead": True,
    }
    return all_items(table.scan, request, "reading the photos")


def _fill(table: Any, photo: Photo) -> Filled:
    """A write of the photo itself meanwhile has set what is newer than this."""
    changed = change_attributes(photo.key, last_change(photo), photo.status)
    values = {**changed, "list_key": list_attributes(photo)["list_key"], "list_shard": LIST_SHARD}
    with suppress(StaleWrite), sdk_errors("filling a photo's row"):
        conditional(
            table,
            "update_item",
            Key=row_key(photo.key),
            UpdateExpression="SET list_key = :list_key, changed_at = if_not_exists(changed_at, :changed_at), "
            "list_state = if_not_exists(list_state, :list_state)",
            ConditionExpression=_IS_FORMER,
            ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
        )
        return Filled.FILLED
    return Filled.CHANGED


def last_change(photo: Photo) -> datetime:
    """The latest time that the row has of its newest upload."""
    newest = photo.newest
    times = [
        photo.created_at,
        newest.results and newest.results.finished_at,
        newest.failure and newest.failure.at,
        newest.job and newest.job.submitted_at,
    ]
    return max(time for time in times if time)
