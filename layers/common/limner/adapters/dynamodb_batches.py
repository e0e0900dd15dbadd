"""Batches in the table of requests, `{tenant}#batch#{batch id}`."""

import json
from typing import Any

from limner.adapters.sdk import sdk_errors
from limner.batches import BATCH_LIFETIME, Batch
from limner.errors import BatchNotFound
from limner.tenancy import KEY_SEPARATOR


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
