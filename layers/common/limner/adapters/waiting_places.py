"""Places of requests that wait, in the table of counters: `{tenant}#waiting#{number}`, held until a time.

A place that was not left, because its process ended, is free again at that time.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from limner.adapters.dynamodb_writes import conditional
from limner.adapters.sdk import sdk_errors
from limner.adapters.usage import DynamoDbUsage
from limner.errors import StaleWrite
from limner.tenancy import KEY_SEPARATOR

KEEP = timedelta(days=1)
"""How long the row of a place is kept after its last use."""


class DynamoDbWaitingPlaces:
    """`table` is a boto3 Table resource, whose rows `usage` reads; `places` are those of one tenant."""

    def __init__(self, table: Any, usage: DynamoDbUsage, places: int, now: Callable[[], datetime]) -> None:
        self._table = table
        self._usage = usage
        self._places = places
        self._now = now

    def take(self, tenant: str, until: datetime) -> str | None:
        """One of the free ones at random; where another request takes the same one first, none."""
        names = [f"{tenant}{KEY_SEPARATOR}waiting{KEY_SEPARATOR}{number}" for number in range(self._places)]
        now = _seconds(self._now())
        rows = self._usage.rows_named(names)
        free = [name for name in names if rows.get(name, {}).get("held_until", 0) <= now]
        if not free:
            return None
        place = random.choice(free)  # noqa: S311 - no secret
        try:
            self._write(place, "attribute_not_exists(held_until) OR held_until <= :now", _seconds(until), now)
        except StaleWrite:
            return None
        return place

    def leave(self, place: str) -> None:
        now = _seconds(self._now())
        self._write(place, "attribute_exists(held_until)", held_until=0, now=now)

    def _write(self, place: str, condition: str, held_until: int, now: int) -> None:
        """Raises StaleWrite."""
        values = {":held_until": held_until, ":expires_at": now + int(KEEP.total_seconds())}
        if ":now" in condition:
            values[":now"] = now
        with sdk_errors("holding a place to wait"):
            conditional(
                self._table,
                "update_item",
                Key={"counter": place},
                UpdateExpression="SET held_until = :held_until, expires_at = :expires_at",
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )


def _seconds(time: datetime) -> int:
    return int(time.timestamp())
