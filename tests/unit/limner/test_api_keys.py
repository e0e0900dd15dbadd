"""The text form of API keys, what is stored of them, and when they are valid."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from limner.api_keys import ApiKey, PresentedKey, new_key, parse_key, random_key, successor
from limner.identity import CredentialProblem, Scope
from limner.tenancy import is_live
from tests.makers import NOON

TEXT = re.compile(r"lk_(live|test)_[a-z0-9]{16}_[A-Za-z0-9_-]{43}")
SCOPES = (Scope.PHOTOS_READ, Scope.PHOTOS_WRITE)


@pytest.mark.parametrize("livemode", [True, False])
def test_a_key_reads_back_from_its_text(livemode):
    key = random_key(livemode=livemode)
    assert TEXT.fullmatch(key.text)
    assert key.text.startswith("lk_live_" if livemode else "lk_test_")
    assert parse_key(key.text) == key


def test_no_two_keys_share_an_id_or_a_secret():
    keys = [random_key(livemode=True) for _ in range(1000)]
    assert len({key.key_id for key in keys}) == len({key.secret for key in keys}) == 1000


def test_only_the_hash_of_the_secret_is_stored():
    made = new_key("acme", SCOPES, NOON)
    secret = parse_key(made.text).secret
    assert secret not in made.stored.model_dump_json()
    assert made.stored.hash == parse_key(made.text).hash
    assert secret not in repr(made)
    assert secret not in repr(parse_key(made.text))
    assert made.stored.hash not in repr(made)


@given(st.text(max_size=80))
def test_any_text_is_a_key_or_none(text):
    parsed = parse_key(text)
    assert (parsed is not None) == bool(TEXT.fullmatch(text))


KEY_LIKE = st.from_regex(r"lk_(live|test|prod)_[a-z0-9]{15,17}_[\w-]{42,44}\n?", fullmatch=True)


@given(KEY_LIKE)
def test_text_that_resembles_a_key_is_one_exactly_where_it_has_its_form(text):
    parsed = parse_key(text)
    assert (parsed is not None) == bool(TEXT.fullmatch(text))
    if parsed is not None:
        assert parsed.text == text


def test_a_key_matches_its_own_text_alone():
    made = new_key("acme", SCOPES, NOON)
    presented = parse_key(made.text)
    assert made.stored.matches(presented)
    other = random_key(livemode=True)
    for forged in (
        PresentedKey(presented.key_id, other.secret, livemode=True),
        PresentedKey(presented.key_id, presented.secret, livemode=False),
        PresentedKey(other.key_id, presented.secret, livemode=True),
    ):
        assert not made.stored.matches(forged)


def test_a_key_expires_at_its_time():
    key = new_key("acme", SCOPES, NOON, lifetime=timedelta(days=1)).stored
    assert key.problem(NOON) is None
    assert key.problem(NOON + timedelta(days=1, seconds=-1)) is None
    assert key.problem(NOON + timedelta(days=1)) is CredentialProblem.EXPIRED


def test_a_key_without_expiry_is_valid_until_it_is_revoked():
    key = new_key("acme", SCOPES, NOON).stored
    assert key.problem(NOON + timedelta(days=36_500)) is None
    revoked = key.model_copy(update={"revoked_at": NOON})
    assert revoked.problem(NOON) is CredentialProblem.REVOKED


def test_a_successor_has_the_same_rights_and_lifetime():
    key = new_key("test_acme", SCOPES, NOON, name="shop", lifetime=timedelta(days=90)).stored
    later = NOON + timedelta(days=30)
    after = successor(key, later).stored
    kept = {"key_id", "hash", "created_at", "expires_at"}
    assert after.model_dump(exclude=kept) == key.model_dump(exclude=kept)
    assert (after.created_at, after.expires_at) == (later, later + timedelta(days=90))
    assert after.key_id != key.key_id
    assert after.hash != key.hash


def test_scopes_are_kept_once_and_in_one_order():
    made = new_key("acme", [Scope.ADMIN, Scope.PHOTOS_READ, Scope.ADMIN], NOON)
    assert made.stored.scopes == (Scope.PHOTOS_READ, Scope.ADMIN)


@pytest.mark.parametrize(("tenant", "prefix"), [("acme", "lk_live_"), ("test_acme", "lk_test_")])
def test_the_kind_of_a_key_follows_from_its_tenants_mode(tenant, prefix):
    made = new_key(tenant, SCOPES, NOON)
    assert made.text.startswith(prefix)
    assert made.stored.livemode == is_live(tenant)
    assert made.stored.problem(NOON) is None


@pytest.mark.parametrize(("tenant", "livemode"), [("acme", False), ("test_acme", True)])
def test_a_key_whose_kind_is_not_its_tenants_is_refused_and_its_successor_is_not(tenant, livemode):
    former = new_key(tenant, SCOPES, NOON).stored.model_copy(update={"livemode": livemode})
    assert former.problem(NOON) is CredentialProblem.WRONG_MODE
    assert successor(former, NOON).stored.problem(NOON) is None


@pytest.mark.parametrize(
    "tenant", ["", "Acme", "a" * 19, "-acme", "acme#other", "acme\n", "test_", "test_test_a"]
)
def test_a_tenant_that_cannot_exist_gets_no_key(tenant):
    with pytest.raises(ValidationError):
        new_key(tenant, SCOPES, NOON)


def test_the_identity_is_the_keys_tenant_scopes_and_mode():
    key = new_key("test_acme", [Scope.PHOTOS_WRITE, Scope.PHOTOS_READ], NOON).stored
    assert key.identity.context() == {
        "tenant": "test_acme",
        "key_id": key.key_id,
        "scopes": "photos:read photos:write",
        "livemode": "false",
        "refusal": "",
    }
    assert isinstance(key, ApiKey)
