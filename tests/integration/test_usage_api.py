"""GET /v1/usage: what the counters of orders and jobs add up to, by day, key and style."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.tenants import DynamoDbTenants
from limner.adapters.usage import DynamoDbUsage
from limner.bootstrap import pipeline
from limner.costs import JobSize
from limner.quotas import Charge, Quotas
from limner.tenancy import PhotoKey
from tests import makers
from tests.callers import Gateway, caller
from tests.function_modules import load

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LARGE = {"looks_per_day": 10**6, "bytes_per_day": 10**13, "megapixels_per_day": 10**7}


@pytest.fixture
def app(
    table,
    tenants_table,
    usage_table,
    requests_table,
    buckets,
    cursor_secret,
    function_environment,
    monkeypatch,
):
    function_environment("StorefrontFunction")
    monkeypatch.setattr(pipeline, "now", lambda: NOW)
    for tenant in ("main", "other"):
        DynamoDbTenants(tenants_table).put(makers.tenant(tenant=tenant), 0)
    return load("storefront").app


@pytest.fixture
def api(app):
    return TestClient(Gateway(app, caller().context()), raise_server_exceptions=False)


@pytest.fixture
def use(table, usage_table):
    """Orders of a key and one job, on a day."""
    usage = DynamoDbUsage(usage_table)
    photos = DynamoDbPhotos(table, usage)

    def of(tenant, at, number, *, key_id="k1", quotas=None, styles=None):
        caps = Quotas(**{"concurrent_jobs": 50, **(quotas or {})})
        usage.count_order(tenant, key_id, caps, at)
        key = PhotoKey(tenant, f"{number:032x}")
        source = makers.source()
        photos.record_upload(makers.photo(tenant=tenant, photo_id=key.photo_id, source=source))
        charge = Charge(JobSize(2, 1_000, 3_000_000), 2_500, caps, styles or {"oil": 2})
        photos.lease(key, makers.job(job_id=f"{key}"), int(at.timestamp()), charge)

    return of


def test_usage_is_summed_by_day_key_and_style(api, use):
    yesterday = NOW - timedelta(days=1)
    use("main", yesterday, 1, key_id="k1", styles={"oil": 2})
    use("main", NOW, 2, key_id="k1", styles={"oil": 1, "ukiyo-e": 1})
    use("main", NOW, 3, key_id="user:4f6d", quotas=LARGE)
    use("main", NOW, 4, key_id="user:77aa", quotas=LARGE)
    use("other", NOW, 5, key_id="k9")
    answer = api.get("/v1/usage").json()
    assert (answer["since"], answer["until"]) == ("2026-10-22", "2026-11-20")
    first, last = answer["days"]
    assert first == {
        "date": "2026-11-19",
        "orders": 1,
        "pictures": 2,
        "bytes": 1_000,
        "megapixels": 3.0,
        "estimated_cost_usd": 0.0025,
        "orders_by_key": {"k1": 1},
        "pictures_by_style": {"oil": 2},
    }
    assert last["orders_by_key"] == {"k1": 1, "sign-in": 2}, "all shards of the day"
    assert last["pictures_by_style"] == {"oil": 5, "ukiyo-e": 1}
    assert answer["total"]["orders"] == 4
    assert answer["total"]["estimated_cost_usd"] == 0.01
    assert answer["total"]["pictures_by_style"] == {"oil": 7, "ukiyo-e": 1}
    assert answer["month"]["budget_usd"] == 200
    assert answer["month"]["resets_at"].startswith("2026-12-01T00:00:00")


def test_days_are_chosen_and_bounded(api, use):
    use("main", NOW, 1)
    assert api.get("/v1/usage?since=2026-11-01&until=2026-11-19").json()["days"] == []
    assert len(api.get("/v1/usage?since=2026-11-20").json()["days"]) == 1
    for query in (
        "since=2026-11-21",
        "since=2026-01-01",
        "since=soon",
        "until=-7.8e-308",
        "since=1763596800",
        "until=2026-13-01",
    ):
        assert api.get(f"/v1/usage?{query}").status_code == 422, query


def test_an_unused_tenant_has_no_days(api):
    answer = api.get("/v1/usage").json()
    assert (answer["days"], answer["total"]["orders"], answer["month"]["estimated_cost_usd"]) == ([], 0, 0)


def test_the_first_and_the_last_day_of_the_calendar_have_no_usage(api):
    for query in ("until=0001-01-01", "until=0001-01-10", "since=9999-12-31&until=9999-12-31"):
        answer = api.get(f"/v1/usage?{query}")
        assert (answer.status_code, answer.json().get("days")) == (200, []), answer.text
