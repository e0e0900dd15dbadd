"""Settings are created and changed by version, with who changed them and when."""

import pytest
from pydantic import ValidationError

from limner.catalogue import catalogue
from limner.errors import InvalidRequest, SettingsChanged, TenantNotFound
from limner.looks import Look
from limner.use_cases.known_tenants import KnownTenants
from limner.use_cases.own_styles import RequireStyles
from limner.use_cases.tenant_settings import ChangeSettings, CreateTenant, ListSettingsHistory
from tests import makers
from tests.fake_own_styles import InMemoryOwnStyles
from tests.fake_tenants import InMemoryTenants

OPERATOR = "an operator"
REQUIRE_STYLES = RequireStyles(catalogue=catalogue(), styles=InMemoryOwnStyles(), now=lambda: makers.NOON)


def use_cases(*settings):
    tenants = InMemoryTenants(*settings)
    common = {"tenants": tenants, "now": lambda: makers.NOON}
    create = CreateTenant(catalogue=catalogue(), **common)
    return tenants, create, ChangeSettings(find_tenant=tenants.get, require_styles=REQUIRE_STYLES, **common)


def test_a_created_tenant_has_version_1():
    tenants, create, _ = use_cases()
    created = create("walnut", makers.tenant().preferences, OPERATOR)
    assert tenants.get("walnut") == created == makers.tenant(tenant="walnut")
    with pytest.raises(SettingsChanged):
        create("walnut", makers.tenant().preferences, OPERATOR)


def test_a_change_keeps_the_other_fields_and_the_former_version():
    tenants, _, change = use_cases(makers.tenant(quotas={"looks_per_day": 5}))
    changed = change(makers.TENANT, {"name": "new"}, expected_version=1, by="lk 0123")
    assert (changed.name, changed.version, changed.changed_by) == ("new", 2, "lk 0123")
    assert changed.quotas == {"looks_per_day": 5}
    history = ListSettingsHistory(tenants=tenants)(makers.TENANT, before=None, limit=10)
    assert [one.name for one in history] == ["new", "The shop"]


def test_a_change_of_another_version_is_refused():
    tenants, _, change = use_cases(makers.tenant())
    for version in (0, 2):
        with pytest.raises(SettingsChanged):
            change(makers.TENANT, {"name": "new"}, expected_version=version, by=OPERATOR)
    assert tenants.get(makers.TENANT) == makers.tenant()
    assert change(makers.TENANT, {"name": "new"}, expected_version=None, by=OPERATOR).version == 2


def test_identity_and_version_cannot_be_changed():
    _, _, change = use_cases(makers.tenant())
    changed = change(makers.TENANT, {"tenant": "walnut", "version": 99}, expected_version=1, by=OPERATOR)
    assert (changed.tenant, changed.version) == (makers.TENANT, 2)


@pytest.mark.parametrize("place", ["looks", "rules"])
def test_styles_must_be_in_the_catalogue(place):
    tenants, create, change = use_cases(makers.tenant())
    looks = (Look(styles={"no-such-style": 1.0}),)
    changes = {"looks": looks} if place == "looks" else {"rules": ({"prefix": "a/", "looks": looks},)}
    with pytest.raises(InvalidRequest, match="no-such-style"):
        change(makers.TENANT, changes, expected_version=1, by=OPERATOR)
    with pytest.raises(InvalidRequest, match="no-such-style"):
        create("walnut", makers.tenant(**changes).preferences, OPERATOR)
    assert tenants.get(makers.TENANT).version == 1


def test_an_invalid_value_changes_nothing():
    tenants, _, change = use_cases(makers.tenant())
    with pytest.raises(ValidationError):
        change(makers.TENANT, {"looks": ()}, expected_version=1, by=OPERATOR)
    with pytest.raises(TenantNotFound):
        change("walnut", {}, expected_version=1, by=OPERATOR)
    assert tenants.get(makers.TENANT).version == 1


def test_the_first_change_of_the_first_tenant_stores_the_parameters_with_it():
    tenants = InMemoryTenants()
    known = KnownTenants(tenants=tenants, first=makers.tenant(version=0, review=True))
    change = ChangeSettings(
        find_tenant=known, tenants=tenants, require_styles=REQUIRE_STYLES, now=lambda: makers.NOON
    )
    change(makers.TENANT, {"name": "new"}, expected_version=0, by=OPERATOR)
    assert (known(makers.TENANT).name, known(makers.TENANT).review, known(makers.TENANT).version) == (
        "new",
        True,
        1,
    )
