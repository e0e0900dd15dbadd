"""Who is asking, by the header Authorization."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.api_keys import new_key, parse_key, random_key
from limner.errors import CredentialsRefused, DependencyRefused, Unavailable
from limner.identity import CredentialProblem, Identity, Scope
from limner.use_cases.identify import FIRST_ADMIN_KEY_ID, Identify
from tests.fake_api_keys import InMemoryApiKeys
from tests.makers import NOON

SCOPES = (Scope.PHOTOS_READ,)
PERSON = Identity("acme", "user:1", frozenset(SCOPES), livemode=True)


def identify(keys=None, read_token=None, first_admin_key_hash="", now=NOON):
    return Identify(
        keys=keys if keys is not None else InMemoryApiKeys(),
        read_token=read_token,
        first_admin_key_hash=first_admin_key_hash,
        now=lambda: now,
    )


def refusal(call, authorization):
    with pytest.raises(CredentialsRefused) as refused:
        call(authorization)
    return refused.value.code


@pytest.fixture
def made():
    return new_key("acme", SCOPES, NOON - timedelta(days=1), lifetime=timedelta(days=10))


@pytest.fixture
def keys(made):
    return InMemoryApiKeys(made.stored)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", " Bearer "])
def test_a_key_identifies_its_tenant(keys, made, scheme):
    assert identify(keys)(f"{scheme} {made.text}") == made.stored.identity


def test_an_unknown_id_and_a_wrong_secret_have_the_same_refusal(keys, made):
    other = random_key(livemode=True)
    wrong_secret = made.text[:-43] + other.secret
    for text in (other.text, wrong_secret, made.text.replace("live", "test")):
        assert refusal(identify(keys), f"Bearer {text}") == "invalid_credentials"


def test_expired_and_revoked_are_named_to_whoever_has_the_secret_alone(keys, made):
    expired = identify(keys, now=NOON + timedelta(days=10))
    assert refusal(expired, f"Bearer {made.text}") == "expired_credentials"
    keys.revoke(made.stored.key_id, NOON)
    assert refusal(identify(keys), f"Bearer {made.text}") == "revoked_key"
    wrong_secret = made.text[:-43] + random_key(livemode=True).secret
    assert refusal(identify(keys), f"Bearer {wrong_secret}") == "invalid_credentials"


def test_a_revoked_key_is_refused_at_once(keys, made):
    ask = identify(keys)
    assert ask(f"Bearer {made.text}").tenant == "acme"
    keys.revoke(made.stored.key_id, NOON)
    assert refusal(ask, f"Bearer {made.text}") == "revoked_key"


def test_both_keys_are_valid_during_the_overlap_of_a_rotation(keys, made):
    after = new_key("acme", SCOPES, NOON)
    keys.rotate(made.stored.key_id, after.stored, NOON + timedelta(days=2))
    for text in (made.text, after.text):
        assert identify(keys)(f"Bearer {text}").tenant == "acme"
    later = identify(keys, now=NOON + timedelta(days=2))
    assert refusal(later, f"Bearer {made.text}") == "expired_credentials"
    assert later(f"Bearer {after.text}").tenant == "acme"


class CountingKeys(InMemoryApiKeys):
    uses = 0

    def record_use(self, key_id, day):
        self.uses += 1
        super().record_use(key_id, day)


def test_use_is_recorded_once_a_day(made):
    keys = CountingKeys(made.stored)
    for hours in (0, 1, 11):
        identify(keys, now=NOON + timedelta(hours=hours))(f"Bearer {made.text}")
    assert keys.uses == 1
    assert keys.get(made.stored.key_id).last_used_on == date(2026, 1, 1)
    identify(keys, now=NOON + timedelta(hours=12))(f"Bearer {made.text}")
    assert keys.uses == 2
    assert keys.get(made.stored.key_id).last_used_on == date(2026, 1, 2)


@pytest.mark.parametrize("error", [Unavailable("throttled"), DependencyRefused("denied")])
def test_a_use_that_cannot_be_recorded_fails_no_request(keys, made, monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(keys, "record_use", fail)
    assert identify(keys)(f"Bearer {made.text}").tenant == "acme"


@pytest.mark.parametrize("error", [Unavailable("throttled"), DependencyRefused("denied")])
def test_nobody_is_identified_while_the_table_cannot_be_read(keys, made, monkeypatch, error):
    def fail(_):
        raise error

    monkeypatch.setattr(keys, "get", fail)
    with pytest.raises(type(error)):
        identify(keys)(f"Bearer {made.text}")


def test_the_first_admin_key_is_admin_of_main():
    first = random_key(livemode=True, key_id=FIRST_ADMIN_KEY_ID)
    ask = identify(first_admin_key_hash=first.hash)
    assert ask(f"Bearer {first.text}") == Identity(
        "main", FIRST_ADMIN_KEY_ID, frozenset({Scope.ADMIN}), livemode=True
    )
    other = random_key(livemode=True, key_id=FIRST_ADMIN_KEY_ID)
    assert refusal(ask, f"Bearer {other.text}") == "invalid_credentials"
    test_key = first.text.replace("live", "test")
    assert refusal(ask, f"Bearer {test_key}") == "invalid_credentials"


@pytest.mark.parametrize(("tenant", "livemode"), [("acme", False), ("test_acme", True)])
def test_a_key_of_the_other_mode_is_refused_with_a_code_of_its_own(tenant, livemode):
    presented = random_key(livemode=livemode)
    stored = new_key(tenant, SCOPES, NOON).stored.model_copy(
        update={"key_id": presented.key_id, "hash": presented.hash, "livemode": livemode}
    )
    assert refusal(identify(InMemoryApiKeys(stored)), f"Bearer {presented.text}") == "key_of_other_mode"


@pytest.mark.parametrize("retired", ["", "retired"])
def test_a_retired_first_admin_key_is_refused(retired):
    first = random_key(livemode=True, key_id=FIRST_ADMIN_KEY_ID)
    assert refusal(identify(first_admin_key_hash=retired), f"Bearer {first.text}") == "invalid_credentials"


def test_what_is_no_key_is_read_as_a_token_where_there_is_an_issuer():
    presented = []
    ask = identify(read_token=lambda token: presented.append(token) or PERSON)
    assert ask("Bearer a.b.c") == PERSON
    assert presented == ["a.b.c"]
    assert refusal(identify(), "Bearer a.b.c") == "invalid_credentials"


def test_a_malformed_key_is_never_read_as_a_token():
    def fail(_):
        raise AssertionError

    assert refusal(identify(read_token=fail), "Bearer lk_live_short") == "invalid_credentials"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic dXNlcjpwdw==", "lk_live_x", "Bearer\tx"])
def test_other_headers_are_refused(header, keys):
    assert refusal(identify(keys), header) == "invalid_credentials"


@given(st.text() | st.builds("Bearer {}".format, st.text()) | st.builds("Bearer lk_{}".format, st.text()))
def test_any_header_is_refused_and_never_an_error(header):
    assert refusal(identify(), header) in set(CredentialProblem)


def test_the_first_admin_keys_id_has_the_form_of_a_keys_id():
    assert parse_key(random_key(livemode=True, key_id=FIRST_ADMIN_KEY_ID).text).key_id == FIRST_ADMIN_KEY_ID
