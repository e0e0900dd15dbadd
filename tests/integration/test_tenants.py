"""Port tests of tenants and attached prefixes, which run on the in-memory fakes and on DynamoDB (moto)."""

import pytest

from limner.adapters.tenants import DynamoDbAttachedPrefixes, DynamoDbTenants
from limner.attached_buckets import AttachedPrefix
from limner.errors import MalformedMessage, PrefixTaken, SettingsChanged, TenantNotFound
from limner.looks import Look, Protection
from limner.tenants import MAX_RULES, Retention, Rule
from tests import makers
from tests.fake_tenants import InMemoryAttachedPrefixes, InMemoryTenants


@pytest.fixture(params=["memory", "dynamodb"])
def tenants(request):
    if request.param == "memory":
        return InMemoryTenants()
    return DynamoDbTenants(request.getfixturevalue("tenants_table"))


@pytest.fixture(params=["memory", "dynamodb"])
def prefixes(request):
    if request.param == "memory":
        return InMemoryAttachedPrefixes()
    return DynamoDbAttachedPrefixes(request.getfixturevalue("tenants_table"))


def put_versions(tenants, last, **changes):
    for version in range(1, last + 1):
        tenants.put(makers.tenant(version=version, name=f"name {version}", **changes), version - 1)


def test_settings_are_read_as_they_were_stored(tenants):
    rule = Rule(
        prefix="shoes/",
        looks=(Look(styles={"ukiyo-e": 0.7, "oil": 0.3}, strength=0.85),),
        protection=Protection.STRICT,
    )
    settings = makers.tenant(
        rules=(rule, Rule(tag="sale", category="boots", enhance=False, strength=0.001)),
        review=True,
        is_suspended=True,
        retention=Retention(originals_days=30),
        quotas={"looks_per_day": 1000, "monthly_budget_usd": 99},
    )
    tenants.put(settings, 0)
    assert tenants.get(makers.TENANT) == settings


def test_an_unknown_tenant_is_not_found(tenants):
    with pytest.raises(TenantNotFound):
        tenants.get("nobody")


def test_a_change_of_an_older_version_is_refused_and_changes_nothing(tenants):
    put_versions(tenants, 2)
    for expected in (0, 1, 3):
        with pytest.raises(SettingsChanged):
            tenants.put(makers.tenant(version=expected + 1, name="lost"), expected)
    assert tenants.get(makers.TENANT).name == "name 2"
    assert [one.name for one in tenants.history(makers.TENANT, before=None, limit=9)] == ["name 2", "name 1"]


def test_a_tenant_is_created_once(tenants):
    put_versions(tenants, 1)
    with pytest.raises(SettingsChanged):
        tenants.put(makers.tenant(name="another"), 0)
    assert tenants.get(makers.TENANT).name == "name 1"


def test_the_history_is_paged_newest_first(tenants):
    put_versions(tenants, 12)
    first = tenants.history(makers.TENANT, before=None, limit=5)
    assert [one.version for one in first] == [12, 11, 10, 9, 8]
    assert [one.version for one in tenants.history(makers.TENANT, before=8, limit=50)] == [
        7,
        6,
        5,
        4,
        3,
        2,
        1,
    ]
    assert list(tenants.history(makers.TENANT, before=1, limit=5)) == []
    assert list(tenants.history("nobody", before=None, limit=5)) == []


def test_tenants_are_listed_once_each_in_order(tenants):
    put_versions(tenants, 3, tenant="walnut")
    put_versions(tenants, 1, tenant="acorn")
    assert [(one.tenant, one.version) for one in tenants.list()] == [("acorn", 1), ("walnut", 3)]


def test_settings_of_the_greatest_size_fit_into_an_item(tenants_table):
    looks = tuple(
        Look(
            styles={f"{'s' * 36}{n}{k:02}": 0.123456 for k in range(4)},
            strength=0.123456,
            protection=Protection.BACKGROUND_ONLY,
        )
        for n in range(8)
    )
    rules = tuple(
        Rule(prefix="p" * 256, tag="t" * 64, category="c" * 64, looks=looks) for _ in range(MAX_RULES)
    )
    settings = makers.tenant(looks=looks, rules=rules)
    DynamoDbTenants(tenants_table).put(settings, 0)
    assert DynamoDbTenants(tenants_table).get(makers.TENANT) == settings
    assert len(settings.model_dump_json()) < 400_000 / 2, "far below DynamoDB's limit for an item"


def test_the_scan_reads_all_pages(tenants_table, monkeypatch):
    tenants = DynamoDbTenants(tenants_table)
    put_versions(tenants, 2, tenant="acorn")
    put_versions(tenants, 2, tenant="walnut")
    scan = tenants_table.scan
    monkeypatch.setattr(tenants_table, "scan", lambda **request: scan(**request, Limit=1))
    assert [one.tenant for one in tenants.list()] == ["acorn", "walnut"]


def test_an_invalid_row_is_malformed(tenants_table):
    tenants_table.put_item(Item={"tenant": "acorn", "record": "settings", "name": ""})
    with pytest.raises(MalformedMessage, match="acorn"):
        DynamoDbTenants(tenants_table).get("acorn")


SHOES = AttachedPrefix(bucket="their-photos", prefix="shoes/", tenant="acorn")


def test_an_attached_prefix_is_found_by_bucket_and_by_tenant(prefixes):
    whole = AttachedPrefix(bucket="their-photos", prefix="", tenant="walnut")
    other = AttachedPrefix(bucket="acorns-photos", prefix="", tenant="acorn")
    for attached in (SHOES, whole, other, SHOES):
        prefixes.attach(attached)
    assert sorted(prefixes.of_bucket("their-photos"), key=lambda one: one.prefix) == [whole, SHOES]
    assert list(prefixes.of_bucket("unknown")) == []
    assert list(prefixes.of_tenant("acorn")) == [other, SHOES]


def test_another_tenants_prefix_is_neither_attached_nor_detached(prefixes):
    prefixes.attach(SHOES)
    mine = SHOES.model_copy(update={"tenant": "walnut"})
    for change in (prefixes.attach, prefixes.detach):
        with pytest.raises(PrefixTaken):
            change(mine)
    assert list(prefixes.of_bucket(SHOES.bucket)) == [SHOES]


def test_a_detached_prefix_is_free(prefixes):
    prefixes.attach(SHOES)
    prefixes.detach(SHOES)
    prefixes.detach(SHOES)
    prefixes.attach(SHOES.model_copy(update={"tenant": "walnut"}))
    assert [one.tenant for one in prefixes.of_bucket(SHOES.bucket)] == ["walnut"]
