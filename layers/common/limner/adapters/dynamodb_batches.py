"""Batches in the table of requests.

request_key   partition key: `{tenant}#batch#{batch id}`
batch         as it was ordered
completion    once nothing of it is under way
expires_at    Unix seconds
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from limner.adapters.dynamodb_items import to_map
from limner.adapters.dynamodb_writes import conditional
from limner.adapters.sdk import sdk_errors
from limner.batches import BATCH_LIFETIME, Batch, BatchCompletion, BatchKey
from limner.errors import BatchNotFound, MalformedMessage, StaleWrite
from limner.tenancy import KEY_SEPARATOR


class DynamoDbBatches:
    """`table` is a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def add(self, batch: Batch) -> None:
        expires_at = int((batch.created_at + BATCH_LIFETIME).timestamp())
        ordered = json.loads(batch.model_dump_json(exclude={"completion"}))
        with sdk_errors("storing a batch"):
            self._table.put_item(Item={**_item_key(batch.key), "batch": ordered, "expires_at": expires_at})

    def get(self, tenant: str, batch_id: str) -> Batch:
        with sdk_errors("reading a batch"):
            answer = self._table.get_item(Key=_item_key(BatchKey(tenant, batch_id)), ConsistentRead=True)
        if "Item" not in answer:
            raise BatchNotFound(f"no batch {batch_id}")
        try:
            return to_batch(answer["Item"])
        except (KeyError, ValueError) as error:
            raise MalformedMessage(f"the row of batch {batch_id} is invalid: {error!r}") from error

    def complete(self, key: BatchKey, completion: BatchCompletion) -> None:
        with sdk_errors("completing a batch"), suppress(StaleWrite):
            conditional(
                self._table,
                "update_item",
                Key=_item_key(key),
                UpdateExpression="SET completion = :completion",
                ConditionExpression="attribute_exists(request_key) AND attribute_not_exists(completion)",
                ExpressionAttributeValues={":completion": to_map(completion)},
            )


def to_batch(item: Mapping[str, Any]) -> Batch:
    """Ignores attributes of later releases. Raises ValueError, KeyError."""
    completion = {"completion": item["completion"]} if "completion" in item else {}
    return Batch.model_validate({**item["batch"], **completion})


def _item_key(key: BatchKey) -> dict[str, str]:
    return {"request_key": KEY_SEPARATOR.join([key.tenant, "batch", key.batch_id])}
