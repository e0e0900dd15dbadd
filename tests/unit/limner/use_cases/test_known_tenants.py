"""Settings are kept for a minute, the first tenant needs no row, suspended tenants are refused."""

import pytest

from limner.errors import PhotoRefused, RefusalCode, TenantNotFound, Unavailable
from limner.use_cases.known_tenants import KEPT_ENTRIES, KEPT_SECONDS, Kept, KnownTenants, refuse_suspended
from tests import makers
from tests.fake_tenants import InMemoryTenants


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_settings_are_read_once_a_minute_and_a_change_is_found_then():
    tenants, clock = InMemoryTenants(makers.tenant()), Seconds()
    kept = Kept(tenants.get, clock)
    assert [kept(makers.TENANT).name for _ in range(100)] == ["The shop"] * 100
    assert tenants.reads == 1
    tenants.put(makers.tenant(name="changed", version=2), 1)
    clock.now = KEPT_SECONDS
    assert kept(makers.TENANT).name == "changed"
    assert tenants.reads == 2


def test_the_last_value_holds_while_it_cannot_be_read():
    clock, is_down = Seconds(), [False]

    def read(key):
        if is_down[0]:
            raise Unavailable("down")
        return key.upper()

    kept = Kept(read, clock)
    assert kept("a") == "A"
    is_down[0], clock.now = True, KEPT_SECONDS
    assert kept("a") == "A"
    with pytest.raises(Unavailable):
        kept("b")


def test_an_unknown_tenant_is_asked_for_again():
    tenants = InMemoryTenants()
    kept = Kept(tenants.get, Seconds())
    with pytest.raises(TenantNotFound):
        kept(makers.TENANT)
    tenants.put(makers.tenant(), 0)
    assert kept(makers.TENANT) == makers.tenant()


def test_a_tenant_that_is_gone_is_not_kept():
    """Only an outage keeps an old value."""
    values, clock = {"a": 1}, Seconds()

    def read(key):
        if key not in values:
            raise TenantNotFound(key)
        return values[key]

    kept = Kept(read, clock)
    assert kept("a") == 1
    del values["a"]
    clock.now = KEPT_SECONDS
    with pytest.raises(TenantNotFound):
        kept("a")


def test_memory_is_bounded():
    reads = []
    kept = Kept(lambda key: reads.append(key) or key, Seconds())
    for key in range(KEPT_ENTRIES + 1):
        kept(key)
    kept(KEPT_ENTRIES)
    assert len(reads) == KEPT_ENTRIES + 1
    kept(0)
    assert len(reads) == KEPT_ENTRIES + 2, "the oldest made room"


def test_the_first_tenant_has_the_parameters_settings_until_it_has_a_row():
    first = makers.tenant(version=0, name="parameters")
    tenants = InMemoryTenants()
    known = KnownTenants(tenants=tenants, first=first)
    assert known(makers.TENANT) == first
    tenants.put(makers.tenant(name="row"), 0)
    assert known(makers.TENANT).name == "row"
    with pytest.raises(TenantNotFound):
        known("walnut")


def test_uploads_of_a_suspended_tenant_are_refused():
    refuse_suspended(InMemoryTenants(makers.tenant()).get, makers.TENANT)
    with pytest.raises(PhotoRefused) as caught:
        refuse_suspended(InMemoryTenants(makers.tenant(is_suspended=True)).get, makers.TENANT)
    assert caught.value.code == RefusalCode.TENANT_SUSPENDED
