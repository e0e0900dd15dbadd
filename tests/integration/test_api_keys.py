"""Tests of the port ApiKeyRepository, on the fake and on the table."""

from datetime import date, timedelta

import pytest
from botocore.exceptions import ClientError

from limner.adapters.api_keys import DynamoDbApiKeys
from limner.api_keys import new_key, successor
from limner.errors import ApiKeyNotFound, DependencyRefused, InvalidRequest
from limner.identity import CredentialProblem, Scope
from tests.fake_api_keys import InMemoryApiKeys
from tests.makers import NOON

DAY = date(2026, 1, 1)


@pytest.fixture(params=["memory", "dynamodb"])
def keys(request):
    if request.param == "memory":
        return InMemoryApiKeys()
    return DynamoDbApiKeys(request.getfixturevalue("api_keys_table"))


def made(tenant="acme", days=0, **options):
    return new_key(tenant, [Scope.PHOTOS_READ, Scope.ADMIN], NOON + timedelta(days=days), **options).stored


def added(keys, *args, **options):
    key = made(*args, **options)
    keys.add(key)
    return key


def test_a_stored_key_is_read_unchanged(keys):
    for options in ({}, {"name": "shop", "lifetime": timedelta(days=1)}):
        key = added(keys, **options)
        assert keys.get(key.key_id) == key


def test_a_key_with_all_attributes_is_read_unchanged(keys):
    key = made(lifetime=timedelta(days=1)).model_copy(
        update={"revoked_at": NOON, "last_used_on": DAY, "rotated_to": "a" * 16}
    )
    keys.add(key)
    assert keys.get(key.key_id) == key


def test_an_unknown_key_is_not_found(keys):
    with pytest.raises(ApiKeyNotFound):
        keys.get("a" * 16)
    with pytest.raises(ApiKeyNotFound):
        keys.revoke("a" * 16, NOON)
    with pytest.raises(ApiKeyNotFound):
        keys.rotate("a" * 16, made(), NOON)
    assert keys.keys_of(None) == []


def test_a_key_is_never_overwritten(keys):
    key = added(keys)
    with pytest.raises(InvalidRequest):
        keys.add(key.model_copy(update={"tenant": "other"}))
    assert keys.get(key.key_id) == key


def test_a_tenants_keys_are_listed_oldest_first(keys):
    expected = [added(keys, days=days) for days in (0, 1, 2)]
    other = added(keys, "other", days=-1)
    assert keys.keys_of("acme") == expected
    assert keys.keys_of("other") == [other]
    assert keys.keys_of("nobody") == []
    assert keys.keys_of(None) == [other, *expected]


def test_use_is_recorded_for_the_latest_day(keys):
    key = added(keys)
    for day, recorded in ((DAY, DAY), (DAY - timedelta(days=1), DAY), (date(2026, 1, 2), date(2026, 1, 2))):
        keys.record_use(key.key_id, day)
        assert keys.get(key.key_id).last_used_on == recorded


def test_recording_the_use_of_an_unknown_key_makes_none(keys):
    keys.record_use("a" * 16, DAY)
    assert keys.keys_of(None) == []


def test_a_revoked_key_keeps_the_time_of_its_revocation(keys):
    key = added(keys)
    keys.revoke(key.key_id, NOON)
    keys.revoke(key.key_id, NOON + timedelta(days=1))
    assert keys.get(key.key_id).revoked_at == NOON
    assert keys.get(key.key_id).problem(NOON) is CredentialProblem.REVOKED


def test_a_rotated_key_is_valid_until_the_end_of_the_overlap(keys):
    key = added(keys)
    after = successor(key, NOON).stored
    keys.rotate(key.key_id, after, NOON + timedelta(days=7))
    before = keys.get(key.key_id)
    assert (before.rotated_to, before.expires_at) == (after.key_id, NOON + timedelta(days=7))
    assert keys.get(after.key_id) == after


def test_an_overlap_makes_no_key_valid_for_longer(keys):
    key = added(keys, lifetime=timedelta(days=1))
    keys.rotate(key.key_id, successor(key, NOON).stored, NOON + timedelta(days=7))
    assert keys.get(key.key_id).expires_at == NOON + timedelta(days=1)


@pytest.mark.parametrize("before", ["revoke", "rotate"])
def test_a_key_that_is_revoked_or_rotated_cannot_be_rotated(keys, before):
    key = added(keys)
    if before == "revoke":
        keys.revoke(key.key_id, NOON)
    else:
        keys.rotate(key.key_id, successor(key, NOON).stored, NOON)
    count = len(keys.keys_of(None))
    with pytest.raises(InvalidRequest):
        keys.rotate(key.key_id, successor(key, NOON).stored, NOON)
    assert len(keys.keys_of(None)) == count, "both or neither"


def test_lists_have_more_than_one_page(api_keys_table, monkeypatch):
    keys = DynamoDbApiKeys(api_keys_table)
    expected = [added(keys, days=days) for days in range(5)]
    for name in ("query", "scan"):
        read = getattr(api_keys_table, name)
        monkeypatch.setattr(api_keys_table, name, lambda read=read, **request: read(Limit=2, **request))
    assert keys.keys_of("acme") == keys.keys_of(None) == expected


def test_a_transaction_cancelled_for_another_reason_is_no_refusal(api_keys_table, monkeypatch):
    keys = DynamoDbApiKeys(api_keys_table)
    key = added(keys)

    def conflict(**_):
        response = {
            "Error": {"Code": "TransactionCanceledException"},
            "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}],
        }
        raise ClientError(response, "TransactWriteItems")

    monkeypatch.setattr(api_keys_table.meta.client, "transact_write_items", conflict)
    with pytest.raises(DependencyRefused):
        keys.rotate(key.key_id, successor(key, NOON).stored, NOON)
