"""Erasures of photos, in the photos' own rows.

A tombstone is a row with the attributes `erasure` (what is recorded of it), `source` (an upload after every
other) and, until it has ended, `job` and `original` (where objects are), and the keys of the index Open in
shards of its own.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from limner.adapters.dynamodb_items import OPEN_SHARDS, list_keys, open_shard, row_key, to_map
from limner.adapters.dynamodb_lists import LISTED_INDEX
from limner.adapters.dynamodb_queries import OPEN_INDEX
from limner.adapters.dynamodb_writes import WRITE_ATTEMPTS, write_row
from limner.adapters.sdk import all_items, sdk_errors
from limner.adapters.usage import DynamoDbUsage
from limner.erasure import LAST_SEQUENCER, Erasure
from limner.errors import MalformedMessage, PhotoNotFound, StaleWrite
from limner.photos import Source
from limner.tenancy import KEY_SEPARATOR, PhotoKey

ERASE_SHARDS = tuple(f"erase-{digit}" for digit in OPEN_SHARDS)
"""Partitions of the index Open for erasures, which no sweep of photos or orders reads."""
_NO_UPLOAD = Source(bucket="-", key="-", sequencer=LAST_SEQUENCER, bytes=0)
_PLACES = {"original", "job"}
"""Fields of an erasure that are attributes of the row, since a photo's row has them there already."""
REMOVED = (
    "filename", "looks", "created_at", "variants", "results", "retried", "failure", "versions", "revision",
    "revised_by", "list_key", "listed_at", "expires_at", "in_flight",
    "external_id", "metadata", "tags", "batch_id", "external_key", "updated_at",
    "changed_at", "list_state", "import_url", "reviews", "reviews_version", "review_key", "review_at",
)  # fmt: skip
"""What a photo's row says of the photo, and what lists or deletes it."""


class DynamoDbErasures:
    """`table` is a boto3 Table resource of the photos; `usage` are the counters of jobs in flight."""

    def __init__(self, table: Any, usage: DynamoDbUsage) -> None:
        self._table = table
        self._usage = usage

    def begin(self, erasure: Erasure, due_at: int) -> Erasure:
        """In one write: the row's own upload is kept as `original`, because its key need not follow from the
        photo's. A job in flight is no longer counted from then on."""
        for _ in range(WRITE_ATTEMPTS):
            row = self._place_of(erasure.key)
            if not row or "erasure" in row:
                break
            with suppress(StaleWrite):
                self._make_tombstone(erasure, due_at, row.get("in_flight"))
                break
        return self.get(erasure.key)

    def _place_of(self, key: PhotoKey) -> Mapping[str, Any]:
        """Whether there is a row or a tombstone, and the photo's place among the jobs in flight."""
        with sdk_errors("reading the photo"):
            answer = self._table.get_item(
                Key=row_key(key), ProjectionExpression="photo_key, erasure, in_flight", ConsistentRead=True
            )
        row: Mapping[str, Any] = answer.get("Item", {})
        return row

    def _make_tombstone(self, erasure: Erasure, due_at: int, place: Mapping[str, Any] | None) -> None:
        """Raises StaleWrite."""
        has_place = "in_flight.job_id = :place" if place else "attribute_not_exists(in_flight)"
        written = {
            "UpdateExpression": "SET erasure = :erasure, original = if_not_exists(#source, :none),"
            f" #source = :last, open_shard = :shard, due_at = :due_at"
            f" REMOVE {', '.join(f'#{name}' for name in REMOVED)}",
            "ConditionExpression": "attribute_exists(photo_key) AND attribute_not_exists(erasure)"
            f" AND {has_place}",
            "ExpressionAttributeNames": {"#source": "source", **{f"#{name}": name for name in REMOVED}},
            "ExpressionAttributeValues": {
                ":erasure": _facts(erasure),
                ":none": None,
                ":last": to_map(_NO_UPLOAD),
                ":shard": _shard(erasure.key),
                ":due_at": due_at,
                **({":place": place["job_id"]} if place else {}),
            },
        }
        others = [self._usage.end_of_job(place["counter"])] if place else []
        write_row(self._table, erasure.key, written, others, "recording the erasure")

    def get(self, key: PhotoKey) -> Erasure:
        with sdk_errors("reading the erasure"):
            item = self._table.get_item(Key=row_key(key), ConsistentRead=True).get("Item", {})
        if "erasure" not in item:
            raise PhotoNotFound(f"no photo {key.photo_id}")
        places = {name: item[name] for name in _PLACES if item.get(name) is not None}
        try:
            return Erasure.model_validate({**item["erasure"], **places})
        except ValidationError as error:
            raise MalformedMessage(f"the tombstone of {key} is invalid: {error}") from error

    def count(self, erasure: Erasure, due_at: int) -> None:
        values = {":erasure": _facts(erasure), ":due_at": due_at, ":shard": _shard(erasure.key)}
        update = "SET erasure = :erasure, due_at = :due_at, open_shard = :shard REMOVE expires_at"
        self._update(erasure.key, update, "attribute_exists(erasure)", values)

    def finish(self, erasure: Erasure) -> None:
        item = {
            **row_key(erasure.key),
            "source": to_map(_NO_UPLOAD),
            "erasure": _facts(erasure),
            "open_shard": _shard(erasure.key),
            "due_at": int(erasure.last_check_at.timestamp()),
        }
        with sdk_errors("finishing the erasure"):
            self._table.put_item(Item=item)

    def close(self, erasure: Erasure, expires_at: datetime) -> None:
        update = "SET expires_at = :expires_at REMOVE open_shard, due_at"
        values = {":expires_at": int(expires_at.timestamp())}
        self._update(erasure.key, update, "attribute_exists(erasure)", values)

    def postpone(self, key: PhotoKey, due_at: int) -> None:
        try:
            self._update(
                key, "SET due_at = :due_at", "attribute_exists(erasure) AND attribute_exists(open_shard)",
                {":due_at": due_at},
            )  # fmt: skip
        except StaleWrite:
            return

    def due(self, now: int, limit: int) -> list[PhotoKey]:
        entries: list[Mapping[str, Any]] = []
        for shard in ERASE_SHARDS:
            with sdk_errors("finding erasures that are due"):
                answer = self._table.query(
                    IndexName=OPEN_INDEX,
                    KeyConditionExpression="open_shard = :shard AND due_at <= :now",
                    ExpressionAttributeValues={":shard": shard, ":now": now},
                    Limit=limit,
                )
            entries += answer["Items"]
        earliest = sorted(entries, key=lambda entry: entry["due_at"])[:limit]
        return [_photo_key(entry["photo_key"]) for entry in earliest]

    def older_than(self, tenant: str, cutoff: datetime) -> Iterator[PhotoKey]:
        for list_key in list_keys(tenant):
            request: dict[str, Any] = {
                "IndexName": LISTED_INDEX,
                "KeyConditionExpression": "list_key = :list_key AND listed_at < :cutoff",
                "ExpressionAttributeValues": {":list_key": list_key, ":cutoff": cutoff.isoformat()},
            }
            yield from self._keys(self._table.query, request, "finding photos past their retention")

    def photos_of(self, tenant: str) -> Iterator[PhotoKey]:
        """A scan of the whole table: no index has every row (docs/decisions/0172)."""
        request: dict[str, Any] = {
            "FilterExpression": "begins_with(photo_key, :tenant)"
            " AND attribute_not_exists(erasure.finished_at)",
            "ExpressionAttributeValues": {":tenant": f"{tenant}{KEY_SEPARATOR}"},
            "ProjectionExpression": "photo_key",
            "ConsistentRead": True,
        }
        yield from self._keys(self._table.scan, request, "finding the tenant's photos")

    def _keys(self, read: Any, request: Mapping[str, Any], action: str) -> Iterator[PhotoKey]:
        return (_photo_key(item["photo_key"]) for item in all_items(read, request, action))

    def _update(
        self,
        key: PhotoKey,
        update: str,
        condition: str,
        values: Mapping[str, object],
    ) -> None:
        """Raises StaleWrite."""
        written = {
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }
        write_row(self._table, key, written, (), "recording the erasure")


def _facts(erasure: Erasure) -> dict[str, Any]:
    return to_map(erasure.model_copy(update={"original": None, "job": None}))


def _shard(key: PhotoKey) -> str:
    return f"erase-{open_shard(key.photo_id)}"


def _photo_key(text: str) -> PhotoKey:
    tenant, _, photo_id = text.partition(KEY_SEPARATOR)
    return PhotoKey(tenant, photo_id)
