"""Counters on both the in-memory fake and the table; and jobs that are charged with the photo's lease."""

from datetime import timedelta

import boto3
import pytest

from limner.adapters import dynamodb_writes
from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.usage import DynamoDbUsage
from limner.errors import JobsAtLimit, QuotaExceeded, StaleWrite, Unavailable
from limner.keys import upload_key
from limner.photos import Failure
from limner.quotas import Quotas
from limner.tenancy import PhotoKey
from tests import makers
from tests.fakes import InMemoryPhotos
from tests.fakes_usage import InMemoryUsage

NOW = int(makers.NOON.timestamp())
NEWER = "FF" + "0" * 30
LARGE = {"looks_per_day": 100_000, "bytes_per_day": 10**12, "megapixels_per_day": 10**6}


@pytest.fixture(params=["memory", "dynamodb"])
def usage(request):
    if request.param == "memory":
        return InMemoryUsage()
    return DynamoDbUsage(request.getfixturevalue("usage_table"))


@pytest.fixture
def photos(usage, request):
    if isinstance(usage, InMemoryUsage):
        return InMemoryPhotos(usage)
    return DynamoDbPhotos(request.getfixturevalue("table"), usage)


def key_of(number: int, tenant: str = makers.TENANT) -> PhotoKey:
    return PhotoKey(tenant, f"{number:032x}")


def uploaded(photos, number: int = 1, tenant: str = makers.TENANT, **changes) -> PhotoKey:
    key = key_of(number, tenant)
    source = makers.source(key=upload_key(key), **changes)
    photos.record_upload(makers.photo(tenant=tenant, photo_id=key.photo_id, source=source))
    return key


def job_of(key: PhotoKey, suffix: str = "a", **changes):
    return makers.job(job_id=f"{key.tenant}.{key.photo_id}.{suffix * 12}", **changes)


def lease(photos, key, suffix="a", looks=1, now=NOW, sequencer=makers.SEQUENCER, **quotas):
    photos.lease(key, job_of(key, suffix, sequencer=sequencer), now, makers.charge(looks, **quotas))


def read(usage, tenant=makers.TENANT, key_id=None, **quotas):
    return usage.read(tenant, Quotas(**quotas), makers.NOON, key_id)


def failure(sequencer=makers.SEQUENCER):
    return Failure(sequencer=sequencer, code="too_small", message="…", at=makers.NOON)


def finish(photos, key, last="results"):
    parts = {"variants": makers.variants(), "results": makers.results()}
    for name in sorted(parts, key=lambda name: name == last):
        getattr(photos, f"record_{name}")(key, parts[name])


def test_an_order_is_counted_for_the_tenant_and_its_key(usage):
    for _ in range(2):
        usage.count_order("main", "k1", Quotas(), makers.NOON)
    usage.count_order("main", "k2", Quotas(), makers.NOON)
    usage.count_order("main", None, Quotas(), makers.NOON)
    counted = read(usage, key_id="k1")
    assert (counted.orders, counted.key_orders) == (4, 2)
    assert read(usage, "other").orders == 0


@pytest.mark.parametrize(
    ("quotas", "policy"),
    [(Quotas(orders_per_day=2), "orders"), (Quotas(orders_per_key_per_day=2), "key-orders")],
)
def test_the_order_after_the_last_one_is_refused_until_the_day_ends(usage, quotas, policy):
    for _ in range(2):
        usage.count_order("main", "k1", quotas, makers.NOON)
    with pytest.raises(QuotaExceeded) as refusal:
        usage.count_order("main", "k1", quotas, makers.NOON)
    assert refusal.value.policy == policy
    assert refusal.value.retry_after_seconds(makers.NOON) == 12 * 3600
    usage.count_order("main", "k1", quotas, makers.NOON + timedelta(hours=12))


def test_nothing_is_ordered_when_the_budget_is_used_up(usage, photos):
    lease(photos, uploaded(photos), monthly_budget_usd=1)
    usage.count_order("main", None, Quotas(monthly_budget_usd=1), makers.NOON)
    with pytest.raises(QuotaExceeded) as refusal:
        usage.count_order("main", None, Quotas(monthly_budget_usd=0), makers.NOON)
    assert refusal.value.policy == "budget"


def test_a_lease_charges_the_day_the_month_and_a_place_in_flight(usage, photos):
    key = uploaded(photos)
    lease(photos, key, looks=3)
    charged = read(usage)
    assert (charged.looks, charged.bytes, charged.pixels) == (3, 1234, 3072)
    assert (charged.micro_usd, charged.jobs) == (1_000, 1)
    assert photos.get(key).in_flight.job_id == photos.get(key).job.job_id


def test_a_job_that_is_leased_again_is_not_charged_again(usage, photos):
    key = uploaded(photos)
    lease(photos, key)
    lease(photos, key, now=NOW + 61, looks_per_day=1, concurrent_jobs=1)
    photos.release(key, job_of(key))
    lease(photos, key, now=NOW + 62, looks_per_day=1, concurrent_jobs=1)
    assert (read(usage).looks, read(usage).jobs) == (1, 1)


@pytest.mark.parametrize("last", ["variants", "results"])
def test_the_last_part_gives_the_place_back(usage, photos, last):
    key = uploaded(photos)
    lease(photos, key)
    finish(photos, key, last)
    assert read(usage).jobs == 0
    assert photos.get(key).in_flight is None
    assert read(usage).looks == 1, "what was used of the day stays used"


def test_a_failure_gives_the_place_back_once(usage, photos):
    key = uploaded(photos)
    lease(photos, key)
    photos.record_failure(key, failure())
    with pytest.raises(StaleWrite):
        photos.record_failure(key, failure())
    assert read(usage).jobs == 0


def test_a_photo_that_never_had_a_place_gives_none_back(usage, photos):
    lease(photos, uploaded(photos, 1))
    photos.record_failure(uploaded(photos, 2), failure())
    assert read(usage).jobs == 1


def test_a_newer_upload_takes_the_place_of_the_older_one(usage, photos):
    """Also with every place taken; it is charged for itself, and its end gives the one place back."""
    key = uploaded(photos)
    lease(photos, key, concurrent_jobs=1)
    uploaded(photos, sequencer=NEWER)
    lease(photos, key, "b", sequencer=NEWER, concurrent_jobs=1)
    assert (read(usage).jobs, read(usage).looks) == (1, 2)
    with pytest.raises(StaleWrite):
        photos.record_results(key, makers.results())
    photos.record_failure(key, failure(NEWER))
    assert read(usage).jobs == 0


def test_jobs_over_the_limit_wait_and_other_tenants_do_not(usage, photos):
    keys = [uploaded(photos, number) for number in range(3)]
    for key in keys[:2]:
        lease(photos, key, concurrent_jobs=2)
    with pytest.raises(JobsAtLimit):
        lease(photos, keys[2], concurrent_jobs=2)
    assert photos.get(keys[2]).job is None
    lease(photos, uploaded(photos, 7, "other"), concurrent_jobs=2)
    finish(photos, keys[0])
    lease(photos, keys[2], concurrent_jobs=2)
    assert read(usage).jobs == 2


@pytest.mark.parametrize(
    ("cap", "policy"),
    [
        ({"looks_per_day": 1}, "looks"),
        ({"bytes_per_day": 2_000}, "bytes"),
        ({"megapixels_per_day": 0}, "megapixels"),
        ({"monthly_budget_usd": 0}, "budget"),
    ],
)
def test_a_refused_job_changes_nothing(usage, photos, cap, policy):
    first, second = uploaded(photos, 1), uploaded(photos, 2)
    lease(photos, first)
    before = read(usage)
    with pytest.raises(QuotaExceeded) as refusal:
        lease(photos, second, **cap)
    assert refusal.value.policy == policy
    assert read(usage) == before
    assert photos.get(second).job is None


def test_a_large_tenant_fills_all_its_shards(usage, photos):
    for number in range(20):
        lease(photos, uploaded(photos, number), concurrent_jobs=20, **LARGE)
    assert read(usage, **LARGE).jobs == 20
    with pytest.raises(JobsAtLimit):
        lease(photos, uploaded(photos, 20), concurrent_jobs=20, **LARGE)


def test_counters_of_days_and_months_expire_and_those_of_jobs_stay(usage_table, table):
    lease(photos := DynamoDbPhotos(table, DynamoDbUsage(usage_table)), uploaded(photos))
    expires = {row["counter"]: row.get("expires_at") for row in usage_table.scan()["Items"]}
    assert expires["main#jobs#0"] is None
    assert expires["main#day#2026-01-01#0"] == NOW + (12 * 3600) + 40 * 86_400
    assert expires["main#month#2026-01#0"] > expires["main#day#2026-01-01#0"]


def conflict(**_arguments):
    answer = {
        "Error": {"Code": "TransactionCanceledException"},
        "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}],
    }
    raise boto3.client("dynamodb").exceptions.TransactionCanceledException(answer, "TransactWriteItems")


def test_a_conflict_with_another_transaction_is_tried_again(usage_table, monkeypatch):
    usage = DynamoDbUsage(usage_table)
    write, pauses = usage.client.transact_write_items, []

    def conflict_once(**arguments):
        return write(**arguments) if pauses else conflict()

    monkeypatch.setattr(dynamodb_writes.time, "sleep", pauses.append)
    monkeypatch.setattr(usage.client, "transact_write_items", conflict_once)
    usage.count_order("main", None, Quotas(), makers.NOON)
    assert (len(pauses), read(usage).orders) == (1, 1)


def test_conflicts_without_end_are_left_to_the_queue(usage_table, monkeypatch):
    usage = DynamoDbUsage(usage_table)
    monkeypatch.setattr(dynamodb_writes.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(usage.client, "transact_write_items", conflict)
    with pytest.raises(Unavailable):
        usage.count_order("main", None, Quotas(), makers.NOON)
