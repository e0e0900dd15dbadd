"""The routes of /v1/settings, on moto."""

import pytest
from fastapi.testclient import TestClient

from limner.adapters.tenants import DynamoDbTenants
from tests import makers
from tests.callers import Gateway, caller
from tests.function_modules import load

STYLED = [{"styles": {"ukiyo-e": 1.0}}]
SHOES = {"prefix": "shoes/", "looks": STYLED, "protection": "strict"}


@pytest.fixture
def tenants(tenants_table):
    return DynamoDbTenants(tenants_table)


@pytest.fixture
def app(tenants_table, function_environment):
    function_environment("StorefrontFunction")
    return load("storefront").app


@pytest.fixture
def client_of(app):
    return lambda tenant: TestClient(Gateway(app, caller(tenant).context()))


@pytest.fixture
def api(client_of):
    return client_of(makers.TENANT)


def put(api, etag, **changes):
    headers = {} if etag is None else {"If-Match": etag}
    return api.put("/v1/settings", json={"name": "new", "looks": STYLED} | changes, headers=headers)


def test_the_first_tenant_has_settings_and_an_etag_before_any_change(api):
    answer = api.get("/v1/settings")
    assert answer.headers["ETag"] == '"0"'
    assert [look["styles"] for look in answer.json()["looks"]] == [
        {"oil": 1.0},
        {"watercolour": 1.0},
        {"cartoon": 1.0},
    ]


def test_preferences_are_replaced_by_version_and_the_operators_settings_stay(api, tenants):
    tenants.put(makers.tenant(quotas={"looks_per_day": 5}, review=True), 0)
    answer = put(api, '"1"', rules=[SHOES])
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    stored = tenants.get(makers.TENANT)
    assert answer.json() == stored.model_dump(mode="json")
    assert (stored.name, stored.review, stored.changed_by) == ("new", False, "0123456789abcdef")
    assert stored.quotas == {"looks_per_day": 5}
    assert stored.rules[0].prefix == "shoes/"


@pytest.mark.parametrize(
    ("version", "code"),
    [
        (None, "version_required"),
        ('"0"', "settings_changed"),
        ('"2"', "settings_changed"),
        ("1", "invalid_request"),
        ('W/"1"', "invalid_request"),
        ("*", "invalid_request"),
    ],
)
def test_only_the_newest_version_is_replaced(api, tenants, version, code):
    tenants.put(makers.tenant(), 0)
    assert put(api, version).json()["code"] == code
    assert tenants.get(makers.TENANT) == makers.tenant()


@pytest.mark.parametrize(
    "changes",
    [
        {"looks": []},
        {"quotas": {"looks_per_day": 10**9}},
        {"is_suspended": False},
        {"tenant": "walnut"},
        {"version": 9},
        {"rules": [{"prefix": "shoes/"}]},
    ],
)
def test_what_is_not_a_preference_is_refused(api, tenants, changes):
    tenants.put(makers.tenant(), 0)
    assert put(api, '"1"', **changes).status_code == 422
    assert tenants.get(makers.TENANT) == makers.tenant()


def test_an_unknown_style_is_refused(api):
    assert put(api, '"0"', looks=[{"styles": {"no-such-style": 1}}]).json()["code"] == "invalid_request"


def test_the_history_is_paged(api, tenants):
    for version in range(1, 6):
        tenants.put(makers.tenant(version=version, name=f"name {version}"), version - 1)
    first = api.get("/v1/settings/history", params={"limit": 3}).json()
    rest = api.get("/v1/settings/history", params={"limit": 3, "before": first["next_before"]}).json()
    assert [one["version"] for one in first["versions"] + rest["versions"]] == [5, 4, 3, 2, 1]
    assert rest["next_before"] is None


def test_a_caller_reads_and_changes_its_own_tenant_alone(client_of, tenants):
    tenants.put(makers.tenant(), 0)
    tenants.put(makers.tenant(tenant="walnut", name="Walnut"), 0)
    api = client_of("walnut")
    assert api.get("/v1/settings").json()["name"] == "Walnut"
    put(api, '"1"')
    assert [one["tenant"] for one in api.get("/v1/settings/history").json()["versions"]] == ["walnut"] * 2
    assert tenants.get(makers.TENANT) == makers.tenant()
    refused = client_of("nobody").get("/v1/settings")
    assert (refused.status_code, refused.json()["code"]) == (403, "tenant_not_found")


def test_a_suspended_tenant_may_call_nothing(api, tenants):
    tenants.put(makers.tenant(is_suspended=True), 0)
    for path in ("/v1/photos", "/v1/settings"):
        refused = api.get(path)
        assert (refused.status_code, refused.json()["code"]) == (403, "tenant_suspended")
