"""Batches in the table of requests, `{tenant}#batch#{batch id}`, and the statuses of their photos."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from limner.adapters.dynamodb_items import valid_photos
from limner.adapters.dynamodb_queries import GONE, read_rows
from limner.adapters.sdk import sdk_errors
from limner.batches import BATCH_LIFETIME, Batch
from limner.errors import BatchNotFound
from limner.photos import PhotoStatus
from limner.tenancy import KEY_SEPARATOR, PhotoKey

_WHOLE = "photo_key, photo_id, tenant, filename, looks, created_at, #source, job, failure, revision, erasure"
_PARTS = "variants.#sequencer, results.#sequencer, results.revision"
_LEFT_OUT: dict[str, dict[str, Any]] = {
    "variants": {"renditions": [], "seconds": 0},
    "results": {"pictures": [], "model": "", "timings": {}},
}
"""Stands for what a status does not depend on, and most of a row is."""


class DynamoDbBatches:
    """`table` is a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def add(self, batch: Batch) -> None:
        expires_at = int((batch.created_at + BATCH_LIFETIME).timestamp())
        item = {**_key(batch.tenant, batch.batch_id), "batch": json.loads(batch.model_dump_json())}
        with sdk_errors("storing a batch"):
            self._table.put_item(Item={**item, "expires_at": expires_at})

    def get(self, tenant: str, batch_id: str) -> Batch:
        with sdk_errors("reading a batch"):
            item = self._table.get_item(Key=_key(tenant, batch_id)).get("Item")
        if item is None:
            raise BatchNotFound(f"no batch {batch_id}")
        return Batch.model_validate(item["batch"])


def _key(tenant: str, batch_id: str) -> dict[str, str]:
    return {"request_key": KEY_SEPARATOR.join([tenant, "batch", batch_id])}


class DynamoDbPhotoStatuses:
    """`table` is a boto3 Table resource of the photos."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def of(self, photos: Sequence[PhotoKey]) -> Mapping[PhotoKey, PhotoStatus]:
        projection = {
            "ProjectionExpression": f"{_WHOLE}, {_PARTS}",
            "ExpressionAttributeNames": {"#source": "source", "#sequencer": "sequencer"},
        }
        rows = read_rows(self._table, [str(photo) for photo in photos], **projection)
        there = (_completed(row) for row in rows if not row.keys() & GONE.keys())
        return {photo.key: photo.status for photo in valid_photos(there)}


def _completed(row: Mapping[str, Any]) -> dict[str, Any]:
    parts = {name: {**left_out, **row[name]} for name, left_out in _LEFT_OUT.items() if name in row}
    if "results" in parts:
        parts["results"] = {"finished_at": row["created_at"], **parts["results"]}
    return {**row, **parts}
