"""Caps and counters: what is charged, to which rows, and what is refused."""

from datetime import UTC, datetime

import pytest

from limner.costs import JobSize
from limner.counters import (
    counters_of_job,
    counters_of_orders,
    day_counter,
    end_of_day,
    end_of_month,
    jobs_counter,
    month_counter,
    usage_of,
)
from limner.errors import JobsAtLimit, QuotaExceeded
from limner.quotas import (
    SHARDS,
    Cap,
    Charge,
    Quotas,
    Standing,
)
from limner.views.rate_limits import rate_limit_headers

NOW = datetime(2026, 11, 28, 18, 30, tzinfo=UTC)
SMALL = Quotas(looks_per_day=10, concurrent_jobs=2, monthly_budget_usd=1)
LARGE = Quotas(looks_per_day=16_001, bytes_per_day=10**12, megapixels_per_day=10**6, concurrent_jobs=20)
CHARGE = Charge(JobSize(looks=3, nbytes=5_000_000, pixels=12_000_000), micro_usd=4_000, quotas=SMALL)


def test_a_job_is_charged_to_its_day_and_its_month():
    day, month = counters_of_job("shop", CHARGE, NOW)
    assert day.row_keys == ["shop#day#2026-11-28#0"]
    assert day.amounts == {"looks": 3, "bytes": 5_000_000, "pixels": 12_000_000}
    assert month.row_keys == ["shop#month#2026-11#0"]
    assert month.amounts == {"micro_usd": 4_000}


def test_an_order_is_charged_to_its_tenant_and_its_key():
    tenant, key = counters_of_orders("shop", "abc", SMALL, NOW, 1)
    assert tenant.row_keys == ["shop#day#2026-11-28#0"]
    assert key.row_keys == ["shop#key#abc#day#2026-11-28#0"]


def test_the_shards_parts_of_a_cap_sum_to_it():
    counter = day_counter("shop", LARGE, NOW, looks=1)
    assert counter.shards == SHARDS
    parts = [counter.shard_cap("looks", shard) for shard in range(SHARDS)]
    assert sum(parts) == 16_001
    assert max(parts) - min(parts) == 1


def test_a_tenant_with_one_small_cap_has_one_row_of_each_kind():
    assert LARGE.model_copy(update={"bytes_per_day": 10**9}).shards == 1
    assert Quotas().shards == 1


def test_the_first_shard_with_room_is_charged_and_all_shards_are_filled():
    counter = jobs_counter("shop", LARGE)
    rows: dict[str, dict[str, int]] = {}
    for _ in range(LARGE.concurrent_jobs):
        key = counter.row_key(counter.shard_for(rows, first=5))
        rows[key] = {"jobs": rows.get(key, {}).get("jobs", 0) + 1}
    assert sum(row["jobs"] for row in rows.values()) == 20
    with pytest.raises(JobsAtLimit):
        counter.shard_for(rows, first=5)


@pytest.mark.parametrize(
    ("used", "cap"),
    [
        ({"looks": 8}, Cap.LOOKS),
        ({"bytes": 20 * 2**30 - 1}, Cap.BYTES),
        ({"pixels": 25 * 10**9}, Cap.MEGAPIXELS),
    ],
)
def test_the_refusal_names_the_cap_and_when_it_begins_anew(used, cap):
    day, _ = counters_of_job("shop", CHARGE, NOW)
    with pytest.raises(QuotaExceeded, match=f"quota of {cap} .* 2026-11-29 00:00 UTC") as refusal:
        day.shard_for({"shop#day#2026-11-28#0": used}, first=0)
    assert refusal.value.policy == cap
    assert refusal.value.retry_after_seconds(NOW) == 5.5 * 3600


def test_a_job_that_fits_exactly_is_charged():
    day, month = counters_of_job("shop", CHARGE, NOW)
    assert day.shard_for({"shop#day#2026-11-28#0": {"looks": 7}}, first=0) == 0
    assert month.shard_for({"shop#month#2026-11#0": {"micro_usd": 996_000}}, first=0) == 0
    with pytest.raises(QuotaExceeded, match=r"month's quota of budget .* 2026-12-01"):
        month.shard_for({"shop#month#2026-11#0": {"micro_usd": 996_001}}, first=0)


def test_a_cap_of_nothing_refuses_everything():
    with pytest.raises(JobsAtLimit):
        jobs_counter("shop", Quotas(concurrent_jobs=0)).shard_for({}, first=0)


def test_raised_caps_do_not_give_what_is_used_up_again():
    """One row of a small tenant, which then has sixteen."""
    counter = day_counter("shop", LARGE, NOW, looks=3)
    with pytest.raises(QuotaExceeded):
        counter.shard_for({"shop#day#2026-11-28#0": {"looks": 16_000}}, first=3)


def test_usage_is_summed_over_shards():
    counters = [
        day_counter("shop", LARGE, NOW),
        month_counter("shop", LARGE, NOW),
        jobs_counter("shop", LARGE),
    ]
    rows = {
        "shop#day#2026-11-28#0": {"looks": 2, "orders": 1},
        "shop#day#2026-11-28#15": {"looks": 3},
        "shop#month#2026-11#7": {"micro_usd": 9},
        "shop#jobs#3": {"jobs": 1},
    }
    usage = usage_of(counters, rows)
    assert (usage.looks, usage.orders, usage.micro_usd, usage.jobs) == (5, 1, 9, 1)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (datetime(2026, 11, 30, 23, 59, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
        (datetime(2026, 12, 31, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2028, 2, 1, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
        (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
    ],
)
def test_ends_of_months(now, end):
    assert end_of_month(now) == end
    assert end_of_day(now) <= end


def test_rate_limit_fields_have_the_orders_and_the_budget_that_are_left():
    day = day_counter("shop", SMALL, NOW)
    usage = usage_of([day], {"shop#day#2026-11-28#0": {"orders": 1_990, "micro_usd": 995_001}})
    assert rate_limit_headers(Standing(SMALL, usage), NOW) == {
        "RateLimit-Policy": '"orders";q=2000;w=86400, "budget";q=100;qu="usd-cents";w=2592000',
        "RateLimit": '"orders";r=10;t=19800, "budget";r=0;t=192600',
    }
