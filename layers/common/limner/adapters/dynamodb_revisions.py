"""Writes of orders for a photo that is there: another file, more looks, another attempt, a cancellation, an
earlier version.

`table` is a boto3 Table resource.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from limner.adapters.dynamodb_conditions import (
    IS_NEWEST_UPLOAD,
    NAMES,
    is_newest,
    place_value,
    reviews_value,
    same_parts,
    same_place,
    same_reviews,
)
from limner.adapters.dynamodb_items import change_attributes, open_shard, plain, review_position, row_key
from limner.adapters.dynamodb_writes import conditional, write_row
from limner.adapters.sdk import sdk_errors
from limner.photos import Photo
from limner.tenancy import PhotoKey

REVISED = (
    "revision", "revised_by", "looks", "versions", "job", "results", "failure", "in_flight", "due_at",
    "updated_at",
)  # fmt: skip
"""What an order may change. The storefront's role may write these attributes, `open_shard`, those of
`change_attributes` for `updated_at`, and those of reviews (TenantRole in template.yaml)."""


def write_replaceable(table: Any, key: PhotoKey, sequencer: str) -> None:
    with sdk_errors("allowing a replacement"):
        conditional(
            table,
            "update_item",
            Key=row_key(key),
            UpdateExpression="SET replaceable = :sequencer",
            ConditionExpression=IS_NEWEST_UPLOAD,
            ExpressionAttributeNames=NAMES,
            ExpressionAttributeValues={":sequencer": sequencer},
        )


def write_revision(table: Any, before: Photo, after: Photo, end_of_job: Sequence[Mapping[str, Any]]) -> None:
    """Write what differs, if the row is still as `before` in all that the order depends on: upload, revision,
    place among the jobs in flight, and the parts that decide the status. `end_of_job` frees that place.
    Raises StaleWrite."""
    assert before.source, "the photo is uploaded"  # noqa: S101 - a caller's bug
    changed = {
        name: getattr(after, name) for name in REVISED if getattr(after, name) != getattr(before, name)
    }
    if changed.pop("updated_at", None):
        assert after.updated_at, "an order changes what callers see"  # noqa: S101 - a caller's bug
        changed |= change_attributes(before.key, after.updated_at, after.status)
    if "due_at" in changed:
        changed["open_shard"] = open_shard(before.photo_id) if after.due_at is not None else None
    if "results" in changed:
        changed |= review_position(after)
    set_ = {name: plain(value) for name, value in changed.items() if value is not None}
    removed = [name for name, value in changed.items() if value is None]
    remove = f" REMOVE {', '.join(f'#{name}' for name in removed)}" if removed else ""
    written = {
        "UpdateExpression": f"SET {', '.join(f'#{name} = :new_{name}' for name in set_)}{remove}",
        "ConditionExpression": " AND ".join(
            [is_newest(before.revision), same_parts(before), same_place(before), same_reviews(before)]
        ),
        "ExpressionAttributeNames": NAMES | {f"#{name}": name for name in changed},
        "ExpressionAttributeValues": {
            ":sequencer": before.source.sequencer,
            ":revision": before.revision,
            **place_value(before),
            **reviews_value(before),
            **{f":new_{name}": value for name, value in set_.items()},
        },
    }
    frees_place = before.in_flight is not None and after.in_flight is None
    write_row(table, before.key, written, end_of_job if frees_place else (), "recording an order")
