"""Counters of tenants in one DynamoDB table (limner.quotas describes its rows).

The table's name and key: UsageTable, `counter`. Rows of days and months expire; those of jobs stay.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from limner.adapters.dynamodb_queries import BATCH_GET_MAX_ROWS, read_batch
from limner.adapters.dynamodb_writes import TransactionRefused, transact
from limner.counters import (
    Counter,
    counters_of_orders,
    counters_of_usage,
    day_counter_name,
    month_counter,
    usage_of,
)
from limner.errors import QuotaExceeded, Unavailable
from limner.quotas import SHARDS, Quotas, Standing, Usage
from limner.usage_report import DayUsage, day_usage

Rows = Mapping[str, Mapping[str, int]]
CHARGE_ATTEMPTS = 8
"""A charge is tried again where others have filled the shard between its reading and its writing."""


class DynamoDbUsage:
    """`table` is a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table
        self.client = table.meta.client

    def count_order(
        self, tenant: str, key_id: str | None, quotas: Quotas, now: datetime, orders: int = 1
    ) -> Standing:
        day, *of_key = counters_of_orders(tenant, key_id, quotas, now, orders)
        budget = month_counter(tenant, quotas, now, micro_usd=1)
        for _ in range(CHARGE_ATTEMPTS):
            rows = self.rows([day, *of_key, budget])
            usage = usage_of([day, budget], rows, of_key[0] if of_key else None)
            try:
                budget.shard_for(rows, 0)
                additions, _written = self.additions([day, *of_key], rows)
            except QuotaExceeded as error:
                error.standing = Standing(quotas, usage)
                raise
            with suppress(TransactionRefused):
                transact(self.client, additions, "counting an order")
                return Standing(quotas, usage.with_orders(orders))
        raise Unavailable("counting an order failed: the counters are being written by others")

    def read(self, tenant: str, quotas: Quotas, now: datetime, key_id: str | None = None) -> Usage:
        counters, of_key = counters_of_usage(tenant, quotas, now, key_id)
        rows = self.rows([*counters, *([of_key] if of_key else [])])
        return usage_of(counters, rows, of_key)

    def read_days(self, tenant: str, days: Sequence[date]) -> list[DayUsage]:
        """Of each day with a counter, whatever the number of shards was on it."""
        keys_by_day = {
            day: [f"{day_counter_name(tenant, day)}#{shard}" for shard in range(SHARDS)] for day in days
        }
        row_keys = [key for keys in keys_by_day.values() for key in keys]
        rows = self.rows_named(row_keys, consistent=False)
        rows_by_day = {day: [rows[key] for key in keys if key in rows] for day, keys in keys_by_day.items()}
        return [day_usage(day, found) for day, found in rows_by_day.items() if found]

    def rows(self, counters: Iterable[Counter]) -> Rows:
        """The amounts of all shards, as they are now."""
        return self.rows_named([row_key for counter in counters for row_key in counter.row_keys])

    def rows_named(self, row_keys: Sequence[str], *, consistent: bool = True) -> Rows:
        """The amounts of the rows that there are of these."""
        found: dict[str, dict[str, int]] = {}
        for first in range(0, len(row_keys), BATCH_GET_MAX_ROWS):
            keys = [{"counter": row_key} for row_key in row_keys[first : first + BATCH_GET_MAX_ROWS]]
            request = {"Keys": keys, "ConsistentRead": consistent}
            for item in read_batch(self._table, request, "reading counters"):
                found[item["counter"]] = _amounts(item)
        return found

    def additions(
        self, counters: Sequence[Counter], rows: Rows
    ) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """Items of a transaction that add each counter's amounts to a shard with room; and the rows' keys by
        the counter's name. Raises QuotaExceeded or JobsAtLimit where none has room."""
        shards = {
            counter.name: counter.shard_for(rows, random.randrange(counter.shards))  # noqa: S311 - no secret
            for counter in counters
        }
        additions = [self._addition(counter, shards[counter.name]) for counter in counters]
        return additions, {counter.name: counter.row_key(shards[counter.name]) for counter in counters}

    def _addition(self, counter: Counter, shard: int) -> dict[str, Any]:
        names = {f"#{amount}": amount for amount in counter.amounts}
        values = {f":{amount}": added for amount, added in counter.amounts.items()}
        tallies = list(enumerate(counter.tallies.items()))
        names |= {f"#tally{number}": tally for number, (tally, _) in tallies}
        values |= {f":tally{number}": added for number, (_, added) in tallies}
        rooms = {
            f":room_{amount}": counter.shard_cap(amount, shard) - added
            for amount, added in counter.amounts.items()
        }
        has_room = " AND ".join(
            f"(attribute_not_exists(#{amount}) OR #{amount} <= :room_{amount})" for amount in counter.amounts
        )
        added_names = [*counter.amounts, *(f"tally{number}" for number, _ in tallies)]
        add = "ADD " + ", ".join(f"#{name} :{name}" for name in added_names)
        expires = {":expires_at": counter.expires_at} if counter.expires_at else {}
        return {
            "Update": {
                "TableName": self._table.name,
                "Key": {"counter": counter.row_key(shard)},
                "UpdateExpression": ("SET expires_at = :expires_at " if expires else "") + add,
                "ConditionExpression": has_room,
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": {**values, **rooms, **expires},
            }
        }

    def end_of_job(self, row_key: str) -> dict[str, Any]:
        """The item of a transaction that takes one job off a counter. Without a condition: a photo that is
        final must become so whatever the counter says."""
        return {
            "Update": {
                "TableName": self._table.name,
                "Key": {"counter": row_key},
                "UpdateExpression": "ADD jobs :minus_one",
                "ExpressionAttributeValues": {":minus_one": -1},
            }
        }


def _amounts(item: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(value) for name, value in item.items() if name not in {"counter", "expires_at"}}
