"""Items of the table of campaigns, whose keys are `campaign_key` and `record`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from limner.adapters.dynamodb_queries import BATCH_GET_MAX_ROWS, read_batch
from limner.adapters.sdk import all_items, sdk_errors
from limner.tenancy import KEY_SEPARATOR

DUE_INDEX = "Due"


def due_keys(table: Any, shard: str, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Tenant and record of the rows of the shard with `due_at` ≤ `now`, earliest first. The index may be a
    moment behind; whoever gets a key reads the row."""
    with sdk_errors("finding what is due"):
        answer = table.query(
            IndexName=DUE_INDEX,
            KeyConditionExpression="due_shard = :due AND due_at <= :now",
            ExpressionAttributeValues={":due": shard, ":now": int(now.timestamp())},
            Limit=limit,
        )
    return [(item["campaign_key"].partition(KEY_SEPARATOR)[0], item["record"]) for item in answer["Items"]]


def partition(tenant: str, *parts: str) -> str:
    """Every key begins with the tenant: the role of a tenant's session reaches no other."""
    return KEY_SEPARATOR.join([tenant, *parts])


def item_key(campaign_key: str, record: str) -> dict[str, str]:
    return {"campaign_key": campaign_key, "record": record}


def partition_items(table: Any, campaign_key: str, **options: Any) -> Iterator[Mapping[str, Any]]:
    """Of one partition, ordered by `record`; `table` is a boto3 Table resource, `options` are Query's."""
    request = {
        "KeyConditionExpression": "campaign_key = :campaign_key",
        "ExpressionAttributeValues": {":campaign_key": campaign_key},
        "ConsistentRead": True,
        **options,
    }
    return all_items(table.query, request, "reading campaigns")


def read_items(table: Any, keys: Sequence[Mapping[str, str]]) -> Iterator[Mapping[str, Any]]:
    """Those that there are of these, in any order."""
    for first in range(0, len(keys), BATCH_GET_MAX_ROWS):
        some = list(keys[first : first + BATCH_GET_MAX_ROWS])
        yield from read_batch(table, {"Keys": some, "ConsistentRead": True}, "reading campaigns")
