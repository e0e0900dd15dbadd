"""A tenant's caps, the counters that stand against them, and what an order or a job adds to them.

Counters are rows. Each holds some amounts for one tenant in one window:

    {tenant}#day#2026-11-28#{shard}             orders, looks, bytes, pixels        of a day (UTC)
    {tenant}#month#2026-11#{shard}              micro_usd                           of a month (UTC)
    {tenant}#jobs#{shard}                       jobs                                in flight, now
    {tenant}#key#{key id}#day#2026-11-28#0      orders                              of one API key

A tenant with large caps has SHARDS rows of each kind instead of one, each with its part of the caps, so that
no key takes all of its writes. An amount is added to one shard that has room for it; the condition of that
write holds whoever else writes at the same time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from pydantic import Field

from limner.costs import MICRO_USD_PER_USD, JobSize
from limner.errors import JobsAtLimit, QuotaExceeded
from limner.looks import FrozenModel

JOBS_PER_INSTANCE = 2
"""Keep one instance busy: it takes two at once (MaxConcurrentInvocationsPerInstance), and while one is
painted, the other is decoded, encoded or recorded. Each further one would only delay other tenants."""
SHARDS = 16
"""Of each kind of row of a tenant with large caps."""
LARGE_LOOKS_PER_DAY = 10_000
LARGE_PIXELS_PER_DAY = 50_000 * 1_000_000
LARGE_BYTES_PER_DAY = 50 * 2**30
"""From these caps on, all three, a tenant's rows are split: a shard's part holds more than 60 of the largest
photos, so that what does not fit into any shard's rest is below 2 %."""
KEEP_DAYS = timedelta(days=40)
KEEP_MONTHS = timedelta(days=400)
"""How long after its window a counter is kept for the command that shows usage."""
_PIXELS_PER_MEGAPIXEL = 1_000_000


class Cap(StrEnum):
    """What can be exceeded; the names of policies in RateLimit fields and in messages."""

    ORDERS = "orders"
    KEY_ORDERS = "key-orders"
    LOOKS = "looks"
    BYTES = "bytes"
    MEGAPIXELS = "megapixels"
    BUDGET = "budget"
    CONCURRENT_JOBS = "concurrent-jobs"


class Quotas(FrozenModel):
    """A tenant's caps. A cap of 0 refuses everything.

    `concurrent_jobs` are photos between their lease and their final status. The default keeps one instance
    busy; of a stack with more instances it is a multiple (limner.settings.QuotaSettings).
    """

    orders_per_day: int = Field(default=2_000, ge=0)
    orders_per_key_per_day: int = Field(default=2_000, ge=0)
    looks_per_day: int = Field(default=6_000, ge=0)
    bytes_per_day: int = Field(default=20 * 2**30, ge=0)
    megapixels_per_day: int = Field(default=25_000, ge=0)
    concurrent_jobs: int = Field(default=JOBS_PER_INSTANCE, ge=0, le=1_000)
    monthly_budget_usd: int = Field(default=200, ge=0)

    @property
    def pixels_per_day(self) -> int:
        return self.megapixels_per_day * _PIXELS_PER_MEGAPIXEL

    @property
    def monthly_budget_micro_usd(self) -> int:
        return self.monthly_budget_usd * MICRO_USD_PER_USD

    @property
    def shards(self) -> int:
        is_large = (
            self.looks_per_day >= LARGE_LOOKS_PER_DAY
            and self.pixels_per_day >= LARGE_PIXELS_PER_DAY
            and self.bytes_per_day >= LARGE_BYTES_PER_DAY
        )
        return SHARDS if is_large else 1


@dataclass(frozen=True)
class Charge:
    """What a job adds to its tenant's counters, its size and its estimated cost; and the tenant's caps."""

    size: JobSize
    micro_usd: int
    quotas: Quotas


@dataclass(frozen=True)
class Usage:
    """A tenant's counters, summed over shards. `key_orders` are those of one API key, if one is asked for."""

    orders: int = 0
    looks: int = 0
    bytes: int = 0
    pixels: int = 0
    micro_usd: int = 0
    jobs: int = 0
    key_orders: int = 0


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
        raise QuotaExceeded(name, _exceeded_message(name, self.resets_at), self.resets_at)

    def _fullest(self, rows: Mapping[str, Mapping[str, int]]) -> Cap:
        """The cap with the smallest share left, where there is room in sum but in no shard."""

        def used_share(amount: str) -> float:
            used = sum(rows.get(key, {}).get(amount, 0) for key in self.row_keys)
            return used / max(1, self.caps[amount])

        return self.cap_names[max(self.amounts, key=used_share)]


def _exceeded_message(cap: str, resets_at: datetime) -> str:
    window = "month" if cap == Cap.BUDGET else "day"
    return f"The {window}'s quota of {cap} is used up; it begins anew at {resets_at:%Y-%m-%d %H:%M} UTC."


def day_counter(tenant: str, quotas: Quotas, now: datetime, **amounts: int) -> Counter:
    """Of orders, looks, bytes and pixels; `amounts` are what is to be added."""
    return Counter(
        name=f"{tenant}#day#{now.astimezone(UTC):%Y-%m-%d}",
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
    return [day_counter(tenant, quotas, now, orders=orders), *of_key]


def counters_of_job(tenant: str, charge: Charge, now: datetime) -> list[Counter]:
    """What a job that has not been charged yet adds, besides its place among the jobs in flight."""
    size, quotas = charge.size, charge.quotas
    return [
        day_counter(tenant, quotas, now, looks=size.looks, bytes=size.nbytes, pixels=size.pixels),
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
                sums[amount] = sums.get(amount, 0) + value
    of_key = rows.get(key_counter.row_key(0), {}) if key_counter else {}
    return Usage(**sums, key_orders=of_key.get("orders", 0))


def end_of_day(now: datetime) -> datetime:
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1)


def end_of_month(now: datetime) -> datetime:
    first = end_of_day(now).replace(day=1)
    return first if first > now else (first + timedelta(days=31)).replace(day=1)


class UsageRepository(Protocol):
    """Counters of tenants. Those of jobs are changed by PhotoRepository, with the photo's row."""

    def count_order(
        self, tenant: str, key_id: str | None, quotas: Quotas, now: datetime, orders: int = 1
    ) -> None:
        """Count orders that are about to be stored, all or none. They also need something of the month's
        budget to be left. Raises QuotaExceeded."""

    def read(self, tenant: str, quotas: Quotas, now: datetime, key_id: str | None = None) -> Usage: ...


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
