"""The counters that stand against a tenant's caps, and what an order or a job adds to them.

Counters are rows. Each holds some amounts for one tenant in one window:

    {tenant}#day#2026-11-28#{shard}             orders, looks, bytes, pixels        of a day (UTC)
                                                and tallies without a cap (limner.usage_report)
    {tenant}#month#2026-11#{shard}              micro_usd                           of a month (UTC)
    {tenant}#jobs#{shard}                       jobs                                in flight, now
    {tenant}#key#{key id}#day#2026-11-28#0      orders                              of one API key

A tenant with large caps has SHARDS rows of each kind instead of one, each with its part of the caps, so that
no key takes all of its writes. An amount is added to one shard that has room for it; the condition of that
write holds whoever else writes at the same time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta

from limner.errors import JobsAtLimit, QuotaExceeded
from limner.quotas import Cap, Charge, Quotas, Usage
from limner.usage_report import tallies_of_job, tallies_of_orders

KEEP_DAYS = timedelta(days=40)
KEEP_MONTHS = timedelta(days=400)
"""How long after its window a counter is kept for the command that shows usage."""


_AMOUNTS = frozenset(each.name for each in fields(Usage))


@dataclass(frozen=True)
class Counter:
    """One kind of row in one window: the caps of its amounts, and the amounts that are to be added.

    `name` is the rows' key without the shard. `resets_at` is the end of the window; None for jobs in flight,
    which end one by one.
    """

    name: str
    caps: Mapping[str, int]
    cap_names: Mapping[str, Cap]
    shards: int
    resets_at: datetime | None = None
    keep: timedelta = timedelta(0)
    amounts: Mapping[str, int] = field(default_factory=dict)
    tallies: Mapping[str, int] = field(default_factory=dict)
    """Added in the same write; no cap stands against them."""

    def row_key(self, shard: int) -> str:
        return f"{self.name}#{shard}"

    @property
    def row_keys(self) -> list[str]:
        return [self.row_key(shard) for shard in range(self.shards)]

    @property
    def expires_at(self) -> int | None:
        """Unix seconds; None for a row that is kept."""
        return int((self.resets_at + self.keep).timestamp()) if self.resets_at else None

    def shard_cap(self, amount: str, shard: int) -> int:
        """The shard's part of the cap; the parts sum to the cap."""
        whole, rest = divmod(self.caps[amount], self.shards)
        return whole + (1 if shard < rest else 0)

    def exceeded(self, rows: Mapping[str, Mapping[str, int]]) -> Cap | None:
        """The first cap that the amounts would exceed, given the rows; None if there is room."""
        for amount, added in self.amounts.items():
            used = sum(rows.get(key, {}).get(amount, 0) for key in self.row_keys)
            if used + added > self.caps[amount]:
                return self.cap_names[amount]
        return None

    def shards_with_room(self, rows: Mapping[str, Mapping[str, int]]) -> list[int]:
        """The shards whose rest holds all amounts."""
        return [shard for shard in range(self.shards) if self._has_room(shard, rows)]

    def _has_room(self, shard: int, rows: Mapping[str, Mapping[str, int]]) -> bool:
        row = rows.get(self.row_key(shard), {})
        return all(
            row.get(amount, 0) + added <= self.shard_cap(amount, shard)
            for amount, added in self.amounts.items()
        )

    def shard_for(self, rows: Mapping[str, Mapping[str, int]], first: int) -> int:
        """The shard to add the amounts to: the one numbered `first` or the next that has room.

        Raises:
            QuotaExceeded: none has, and the window ends.
            JobsAtLimit: none has, and jobs end.
        """
        free = self.shards_with_room(rows)
        cap = self.exceeded(rows)
        if cap is None and free:
            return min(free, key=lambda shard: (shard - first) % self.shards)
        name = cap or self._fullest(rows)
        if self.resets_at is None:
            raise JobsAtLimit(f"{self.name}: as many jobs as allowed are in flight")
        raise QuotaExceeded(name, exceeded_message(name, self.resets_at), self.resets_at)

    def _fullest(self, rows: Mapping[str, Mapping[str, int]]) -> Cap:
        """The cap with the smallest share left, where there is room in sum but in no shard."""

        def used_share(amount: str) -> float:
            used = sum(rows.get(key, {}).get(amount, 0) for key in self.row_keys)
            return used / max(1, self.caps[amount])

        return self.cap_names[max(self.amounts, key=used_share)]


def exceeded_message(cap: str, resets_at: datetime) -> str:
    window = "month" if cap == Cap.BUDGET else "day"
    return f"The {window}'s quota of {cap} is used up; it begins anew at {resets_at:%Y-%m-%d %H:%M} UTC."


def day_counter(tenant: str, quotas: Quotas, now: datetime, **amounts: int) -> Counter:
    """Of orders, looks, bytes and pixels; `amounts` are what is to be added."""
    return Counter(
        name=day_counter_name(tenant, now.astimezone(UTC).date()),
        caps={
            "orders": quotas.orders_per_day,
            "looks": quotas.looks_per_day,
            "bytes": quotas.bytes_per_day,
            "pixels": quotas.pixels_per_day,
        },
        cap_names={
            "orders": Cap.ORDERS,
            "looks": Cap.LOOKS,
            "bytes": Cap.BYTES,
            "pixels": Cap.MEGAPIXELS,
        },
        shards=quotas.shards,
        resets_at=end_of_day(now),
        keep=KEEP_DAYS,
        amounts=amounts,
    )


def day_counter_name(tenant: str, day: date) -> str:
    """The keys of the day's rows, without their shards."""
    return f"{tenant}#day#{day:%Y-%m-%d}"


def month_counter(tenant: str, quotas: Quotas, now: datetime, **amounts: int) -> Counter:
    return Counter(
        name=f"{tenant}#month#{now.astimezone(UTC):%Y-%m}",
        caps={"micro_usd": quotas.monthly_budget_micro_usd},
        cap_names={"micro_usd": Cap.BUDGET},
        shards=quotas.shards,
        resets_at=end_of_month(now),
        keep=KEEP_MONTHS,
        amounts=amounts,
    )


def jobs_name(tenant: str) -> str:
    return f"{tenant}#jobs"


def jobs_counter(tenant: str, quotas: Quotas) -> Counter:
    """Of jobs in flight; one is to be added."""
    return Counter(
        name=jobs_name(tenant),
        caps={"jobs": quotas.concurrent_jobs},
        cap_names={"jobs": Cap.CONCURRENT_JOBS},
        shards=quotas.shards,
        amounts={"jobs": 1},
    )


def key_counter(tenant: str, key_id: str, quotas: Quotas, now: datetime, **amounts: int) -> Counter:
    return Counter(
        name=f"{tenant}#key#{key_id}#day#{now.astimezone(UTC):%Y-%m-%d}",
        caps={"orders": quotas.orders_per_key_per_day},
        cap_names={"orders": Cap.KEY_ORDERS},
        shards=1,
        resets_at=end_of_day(now),
        keep=KEEP_DAYS,
        amounts=amounts,
    )


def counters_of_orders(
    tenant: str, key_id: str | None, quotas: Quotas, now: datetime, orders: int
) -> list[Counter]:
    of_key = [key_counter(tenant, key_id, quotas, now, orders=orders)] if key_id else []
    of_day = day_counter(tenant, quotas, now, orders=orders)
    return [replace(of_day, tallies=tallies_of_orders(key_id, orders)), *of_key]


def counters_of_job(tenant: str, charge: Charge, now: datetime) -> list[Counter]:
    """What a job that has not been charged yet adds, besides its place among the jobs in flight."""
    size, quotas = charge.size, charge.quotas
    of_day = day_counter(tenant, quotas, now, looks=size.looks, bytes=size.nbytes, pixels=size.pixels)
    return [
        replace(of_day, tallies=tallies_of_job(charge.micro_usd, charge.styles)),
        month_counter(tenant, quotas, now, micro_usd=charge.micro_usd),
    ]


def usage_of(
    counters: Sequence[Counter], rows: Mapping[str, Mapping[str, int]], key_counter: Counter | None = None
) -> Usage:
    """Sums over shards."""
    sums: dict[str, int] = {}
    for counter in counters:
        for row_key in counter.row_keys:
            for amount, value in rows.get(row_key, {}).items():
                if amount in _AMOUNTS:
                    sums[amount] = sums.get(amount, 0) + value
    of_key = rows.get(key_counter.row_key(0), {}) if key_counter else {}
    return Usage(**sums, key_orders=of_key.get("orders", 0))


def end_of_day(now: datetime) -> datetime:
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1)


def end_of_month(now: datetime) -> datetime:
    first = end_of_day(now).replace(day=1)
    return first if first > now else (first + timedelta(days=31)).replace(day=1)


def counters_of_usage(
    tenant: str, quotas: Quotas, now: datetime, key_id: str | None
) -> tuple[list[Counter], Counter | None]:
    """The counters that `usage_of` sums up, and that of the key's orders."""
    counters = [
        day_counter(tenant, quotas, now),
        month_counter(tenant, quotas, now),
        jobs_counter(tenant, quotas),
    ]
    return counters, key_counter(tenant, key_id, quotas, now) if key_id else None
