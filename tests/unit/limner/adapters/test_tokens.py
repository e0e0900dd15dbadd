"""Tokens of an OpenID Connect issuer: what is verified, and what costs a network call."""

import base64
import json
import time

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.adapters import tokens
from limner.adapters.tokens import LEEWAY_SECONDS, OidcTokens
from limner.errors import CredentialsRefused, Unavailable
from limner.identity import Identity, Scope
from tests.fake_issuer import AUDIENCE, ISSUER, JWKS_URI, FakeIssuer, new_private_key

DISCOVERY = f"{ISSUER}/.well-known/openid-configuration"


def reader(**changes):
    settings = {
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "jwks_uri": "",
        "tenant_claim": "custom:tenant",
        "scope_claim": "scope",
    }
    return OidcTokens(**(settings | changes))


@pytest.fixture(scope="module")
def keys():
    """Making RSA keys is slow."""
    return FakeIssuer("RS256", "ES256").keys


@pytest.fixture
def issuer(keys):
    fake = FakeIssuer("ES256")
    fake.keys = dict(keys)
    with fake.served():
        yield fake


def refusal(read, token):
    with pytest.raises(CredentialsRefused) as refused:
        read(token)
    return refused.value.code


@pytest.mark.parametrize("key_id", ["rs256", "es256"])
def test_a_token_identifies_its_tenant_subject_and_scopes(issuer, key_id):
    assert reader()(issuer.token(key_id)) == Identity(
        "acme", "user:seller-1", frozenset({Scope.PHOTOS_READ}), livemode=True
    )
    assert issuer.requests == [DISCOVERY, JWKS_URI]


def test_a_token_is_in_its_tenants_mode(issuer):
    modes = {
        tenant: reader()(issuer.token(**{"custom:tenant": tenant})).livemode for tenant in ("a", "test_a")
    }
    assert modes == {"a": True, "test_a": False}


def test_keys_are_read_once_for_many_tokens(issuer):
    read = reader(jwks_uri=JWKS_URI)
    for n in range(20):
        read(issuer.token(sub=f"seller-{n}"))
    assert issuer.requests == [JWKS_URI]


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"iss": ISSUER + "/"},
        {"header": {"kid": 7}},
        {"header": {"kid": None}},
    ],
)
def test_a_token_of_an_unknown_issuer_or_without_a_key_id_costs_no_network_call(issuer, changes):
    header = changes.pop("header", None)
    token = issuer.token(**changes)
    if header is not None:
        token = with_header(token, header)
    assert refusal(reader(), token) == "invalid_credentials"
    assert issuer.requests == []


def with_header(token, changes):
    _, rest = token.split(".", 1)
    described = jwt.get_unverified_header(token) | changes
    present = {name: value for name, value in described.items() if value is not None}
    return f"{base64.urlsafe_b64encode(json.dumps(present).encode()).decode().rstrip('=')}.{rest}"


def test_unknown_key_ids_do_not_make_the_keys_be_read_again_and_again(issuer):
    read = reader(jwks_uri=JWKS_URI)
    read(issuer.token())
    for n in range(50):
        assert refusal(read, with_header(issuer.token(), {"kid": f"made-up-{n}"})) == "invalid_credentials"
    assert issuer.requests == [JWKS_URI]


def test_a_new_key_of_the_issuer_is_found_after_the_pause(issuer, monkeypatch):
    read = reader(jwks_uri=JWKS_URI)
    read(issuer.token())
    issuer.add_key("new", "ES256")
    assert refusal(read, issuer.token("new")) == "invalid_credentials"
    after(monkeypatch, tokens.UNKNOWN_KEY_PAUSE_SECONDS)
    assert read(issuer.token("new")).tenant == "acme"


def test_a_withdrawn_key_is_refused_after_the_cache(issuer, monkeypatch):
    read = reader(jwks_uri=JWKS_URI)
    token = issuer.token()
    read(token)
    del issuer.keys["rs256"]
    after(monkeypatch, tokens.JWKS_CACHE_SECONDS)
    assert refusal(read, token) == "invalid_credentials"


def test_a_token_signed_by_another_key_is_refused(issuer):
    token = issuer.token()
    issuer.keys["rs256"] = ("RS256", new_private_key("RS256"))
    assert refusal(reader(), token) == "invalid_credentials"


def test_an_altered_token_is_refused(issuer):
    header, _, signature = issuer.token().split(".")
    claims = jwt.decode(issuer.token(), options={"verify_signature": False}) | {"custom:tenant": "other"}
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    assert refusal(reader(), f"{header}.{forged}.{signature}") == "invalid_credentials"


def test_unsigned_tokens_and_shared_secrets_are_refused_without_a_network_call(issuer):
    claims = jwt.decode(issuer.token(), options={"verify_signature": False})
    unsigned = jwt.encode(claims, None, "none", headers={"kid": "rs256"})
    shared = jwt.encode(claims, "s" * 64, "HS256", headers={"kid": "rs256"})
    for token in (unsigned, shared):
        assert refusal(reader(), token) == "invalid_credentials"
    assert issuer.requests == []


def test_the_algorithm_must_be_that_of_the_key(issuer):
    """The header's word alone does not decide: a token that says ES256 is verified as the RSA key's RS256."""
    assert refusal(reader(), with_header(issuer.token("rs256"), {"alg": "ES256"})) == "invalid_credentials"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "other"},
        {"aud": None},
        {"exp": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "s" * 256},
        {"custom:tenant": None},
        {"custom:tenant": "Acme"},
        {"custom:tenant": "acme\n"},
        {"custom:tenant": "acme#other"},
        {"custom:tenant": ["acme"]},
        {"nbf": 4_102_444_800},
        {"iat": 4_102_444_800},
    ],
)
def test_a_token_with_missing_or_wrong_claims_is_refused(issuer, changes):
    assert refusal(reader(), issuer.token(**changes)) == "invalid_credentials"


def test_a_token_expires_after_the_leeway(issuer):
    now = int(time.time())
    assert reader()(issuer.token(exp=now - LEEWAY_SECONDS + 10)).tenant == "acme"
    assert refusal(reader(), issuer.token(exp=now - LEEWAY_SECONDS - 1)) == "expired_credentials"


def test_expiry_is_told_of_verified_tokens_alone(issuer):
    token = issuer.token(exp=1)
    issuer.keys["rs256"] = ("RS256", new_private_key("RS256"))
    assert refusal(reader(), token) == "invalid_credentials"


@pytest.mark.parametrize(
    ("claim", "value", "expected"),
    [
        ("scope", "photos:read photos:write other", {Scope.PHOTOS_READ, Scope.PHOTOS_WRITE}),
        ("scope", ["admin", 7, "x"], {Scope.ADMIN}),
        ("scope", None, set()),
        ("scope", 7, set()),
        ("custom:scopes", "styles:write", {Scope.STYLES_WRITE}),
    ],
)
def test_scopes_come_from_the_configured_claim(issuer, claim, value, expected):
    token = issuer.token(**{"scope": None, claim: value})
    assert reader(scope_claim=claim)(token).scopes == expected


def test_the_tenant_comes_from_the_configured_claim(issuer):
    token = issuer.token(**{"https://limner.example/tenant": "other"})
    assert reader(tenant_claim="https://limner.example/tenant")(token).tenant == "other"


def test_a_subject_has_no_characters_that_separate_keys_of_the_table(issuer):
    assert reader()(issuer.token(sub="auth0|1#2 3/é")).key_id == "user:auth0%7C1%232%203%2F%C3%A9"


@pytest.mark.parametrize("jwks_uri", ["", JWKS_URI])
def test_nobody_is_identified_while_the_issuer_cannot_be_asked(issuer, monkeypatch, jwks_uri):
    issuer.is_down = True
    read = reader(jwks_uri=jwks_uri)
    with pytest.raises(Unavailable):
        read(issuer.token())
    asked = len(issuer.requests)
    issuer.is_down = False
    with pytest.raises(Unavailable):
        read(issuer.token())
    assert len(issuer.requests) == asked, "not every call waits for an issuer that is down"
    after(monkeypatch, tokens.ISSUER_DOWN_PAUSE_SECONDS)
    assert read(issuer.token()).tenant == "acme"


def test_known_keys_stay_valid_while_the_issuer_is_down(issuer, monkeypatch):
    read = reader()
    read(issuer.token())
    issuer.is_down = True
    after(monkeypatch, tokens.UNKNOWN_KEY_PAUSE_SECONDS)
    with pytest.raises(Unavailable):
        read(with_header(issuer.token(), {"kid": "made-up"}))
    assert read(issuer.token()).tenant == "acme"


def after(monkeypatch, seconds):
    later = time.monotonic() + seconds + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)


@pytest.mark.parametrize("answer", [{}, [], {"keys": 7}, {"keys": []}, "x", None])
def test_an_answer_that_is_no_set_of_keys_identifies_nobody(issuer, monkeypatch, answer):
    monkeypatch.setattr(issuer, "jwks", lambda: answer)
    with pytest.raises((Unavailable, CredentialsRefused)):
        reader()(issuer.token())


@pytest.mark.parametrize("answer", [{}, [], None, "x", {"jwks_uri": 7}, {"jwks_uri": "file:///etc/passwd"}])
def test_an_invalid_discovery_document_identifies_nobody(issuer, monkeypatch, answer):
    monkeypatch.setattr(issuer, "answer", lambda _: answer)
    with pytest.raises((Unavailable, CredentialsRefused)):
        reader()(issuer.token())


def encoded(value):
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


SEGMENT = st.binary(max_size=40).map(encoded) | st.text(max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
HEADER = st.fixed_dictionaries(
    {}, optional={"alg": JSON | st.just("RS256"), "kid": JSON, "typ": JSON, "crit": JSON}
)
CLAIMS = st.fixed_dictionaries(
    {}, optional={"iss": JSON | st.just(ISSUER), "exp": JSON, "aud": JSON, "sub": JSON}
)
TOKEN = (
    st.text()
    | st.lists(SEGMENT, max_size=5).map(".".join)
    | st.builds(
        lambda header, claims, signature: ".".join(
            (encoded(json.dumps(header).encode()), encoded(json.dumps(claims).encode()), signature)
        ),
        HEADER,
        CLAIMS,
        SEGMENT,
    )
)
NESTED = "[" * 5000 + "]" * 5000


@given(TOKEN)
def test_any_text_is_refused_and_never_an_error(token):
    fake = FakeIssuer("ES256")
    with fake.served():
        assert refusal(reader(jwks_uri=JWKS_URI), token) == "invalid_credentials"


@pytest.mark.parametrize("part", ["header", "claims"])
def test_deeply_nested_json_is_refused(issuer, part):
    header = NESTED if part == "header" else json.dumps({"alg": "RS256", "kid": "rs256"})
    claims = NESTED if part == "claims" else json.dumps({"iss": ISSUER})
    token = f"{encoded(header.encode())}.{encoded(claims.encode())}.{encoded(b'x')}"
    assert refusal(reader(), token) == "invalid_credentials"
