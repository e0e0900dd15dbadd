"""A tenant's caps, and what stands against them (limner.counters)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from pydantic import Field

from limner.costs import MICRO_USD_PER_USD, JobSize
from limner.looks import FrozenModel
from limner.usage_report import DayUsage

JOBS_PER_INSTANCE = 2
"""Keep one instance busy: while one is painted, the other is decoded, encoded or recorded. It takes twice as
many (MaxConcurrentInvocationsPerInstance), so that another tenant's find a place."""
SHARDS = 16
"""Of each kind of row of a tenant with large caps."""
LARGE_LOOKS_PER_DAY = 10_000
LARGE_PIXELS_PER_DAY = 50_000 * 1_000_000
LARGE_BYTES_PER_DAY = 50 * 2**30
"""From these caps on, all three, a tenant's rows are split: a shard's part holds more than 60 of the largest
photos, so that what does not fit into any shard's rest is below 2 %."""
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


TEST_QUOTAS = Quotas(
    orders_per_day=500,
    orders_per_key_per_day=500,
    looks_per_day=1_500,
    bytes_per_day=2 * 2**30,
    megapixels_per_day=5_000,
    concurrent_jobs=8,
    monthly_budget_usd=1,
)
"""Of test tenants, whatever the stack's default is. Their jobs cost nothing, so the budget is never used."""


@dataclass(frozen=True)
class Charge:
    """What a job adds to its tenant's counters, its size and its estimated cost; and the tenant's caps.
    `styles` are the pictures in which each style has a part."""

    size: JobSize
    micro_usd: int
    quotas: Quotas
    styles: Mapping[str, int] = field(default_factory=dict)


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

    def with_orders(self, orders: int) -> "Usage":
        """After so many more orders."""
        return replace(self, orders=self.orders + orders, key_orders=self.key_orders + orders)


@dataclass(frozen=True)
class Standing:
    """A tenant's caps and what has been used of them."""

    quotas: Quotas
    usage: Usage


class UsageRepository(Protocol):
    """Counters of tenants. Those of jobs are changed by PhotoRepository, with the photo's row."""

    def count_order(
        self, tenant: str, key_id: str | None, quotas: Quotas, now: datetime, orders: int = 1
    ) -> Standing:
        """Count orders that are about to be stored, all or none; how the tenant stands with them. They also
        need something of the month's budget to be left. Raises QuotaExceeded."""

    def read(self, tenant: str, quotas: Quotas, now: datetime, key_id: str | None = None) -> Usage: ...

    def read_days(self, tenant: str, days: Sequence[date]) -> Sequence[DayUsage]:
        """Of those of the days on which something was counted; they are kept for `counters.KEEP_DAYS`."""
