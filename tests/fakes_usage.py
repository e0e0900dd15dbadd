"""Counters in memory: the rules of limner.quotas, and writes that nobody can come between."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from limner.counters import (
    Counter,
    counters_of_orders,
    counters_of_usage,
    day_counter_name,
    month_counter,
    usage_of,
)
from limner.errors import QuotaExceeded
from limner.quotas import Quotas, Standing, Usage
from limner.usage_report import DayUsage, day_usage


class InMemoryUsage:
    def __init__(self) -> None:
        self.rows: dict[str, dict[str, int]] = {}

    def count_order(
        self, tenant: str, key_id: str | None, quotas: Quotas, now: datetime, orders: int = 1
    ) -> Standing:
        try:
            month_counter(tenant, quotas, now, micro_usd=1).shard_for(self.rows, 0)
            self.charge(counters_of_orders(tenant, key_id, quotas, now, orders))
        except QuotaExceeded as error:
            error.standing = Standing(quotas, self.read(tenant, quotas, now, key_id))
            raise
        return Standing(quotas, self.read(tenant, quotas, now, key_id))

    def read(self, tenant: str, quotas: Quotas, now: datetime, key_id: str | None = None) -> Usage:
        counters, of_key = counters_of_usage(tenant, quotas, now, key_id)
        return usage_of(counters, self.rows, of_key)

    def read_days(self, tenant: str, days: Sequence[date]) -> list[DayUsage]:
        rows_of = {
            day: [
                row for key, row in self.rows.items() if key.startswith(f"{day_counter_name(tenant, day)}#")
            ]
            for day in days
        }
        return [day_usage(day, rows) for day, rows in rows_of.items() if rows]

    def charge(self, counters: Sequence[Counter]) -> Mapping[str, str]:
        """All or none; the rows' keys by the counter's name. Raises QuotaExceeded, JobsAtLimit."""
        keys = {counter.name: counter.row_key(counter.shard_for(self.rows, 0)) for counter in counters}
        for counter in counters:
            row = self.rows.setdefault(keys[counter.name], {})
            for amount, added in {**counter.amounts, **counter.tallies}.items():
                row[amount] = row.get(amount, 0) + added
        return keys

    def end_of_job(self, row_key: str) -> None:
        self.rows[row_key]["jobs"] -= 1

    @property
    def jobs(self) -> int:
        """Jobs in flight, of all tenants."""
        return sum(row.get("jobs", 0) for row in self.rows.values())
