"""The deployed authorizer with the environment of template.yaml and recorded events, on moto."""

import pytest
from botocore.exceptions import ConnectTimeoutError

from limner.adapters.api_keys import DynamoDbApiKeys
from limner.api_keys import new_key, random_key
from limner.errors import Unavailable
from limner.identity import Scope
from limner.use_cases.identify import FIRST_ADMIN_KEY_ID
from tests.fake_issuer import AUDIENCE, ISSUER, JWKS_URI, FakeIssuer
from tests.function_modules import load
from tests.integration.test_functions import Context
from tests.makers import NOON
from tests.recorded import event


@pytest.fixture
def configure(api_keys_table, function_environment, monkeypatch):
    """The handler, with other values of some environment variables."""

    def configured(**changes: str):
        function_environment("AuthorizerFunction")
        values = {"JWT_ISSUER": "", "JWT_AUDIENCE": "", "JWKS_URI": "", "SCOPE_CLAIM": "scope"}
        for name, value in (
            values | {"TENANT_CLAIM": "custom:tenant", "FIRST_ADMIN_KEY_HASH": ""} | changes
        ).items():
            monkeypatch.setenv(name, value)
        handler = load("authorizer").handler

        def ask(credentials: str):
            asked = event("authorizer-api-key")
            asked["headers"]["authorization"] = credentials
            asked["identitySource"] = [credentials]
            return handler(asked, Context())

        return ask

    return configured


@pytest.fixture
def keys(api_keys_table):
    return DynamoDbApiKeys(api_keys_table)


@pytest.fixture
def made(keys):
    made = new_key("acme", [Scope.PHOTOS_READ, Scope.PHOTOS_WRITE], NOON)
    keys.add(made.stored)
    return made


def test_a_key_is_answered_with_its_tenant(configure, keys, made):
    assert configure()(f"Bearer {made.text}") == {
        "isAuthorized": True,
        "context": {
            "tenant": "acme",
            "key_id": made.stored.key_id,
            "scopes": "photos:read photos:write",
            "livemode": "true",
            "refusal": "",
        },
    }
    assert keys.get(made.stored.key_id).last_used_on is not None


def test_a_revoked_key_is_refused_by_the_next_call(configure, keys, made):
    ask = configure()
    assert ask(f"Bearer {made.text}")["context"]["refusal"] == ""
    keys.revoke(made.stored.key_id, NOON)
    assert ask(f"Bearer {made.text}") == refused("revoked_key")


def refused(code):
    return {"isAuthorized": True, "context": {"refusal": code}}


@pytest.mark.parametrize(
    "name", ["authorizer-api-key", "authorizer-token-of-another-issuer", "authorizer-basic-credentials"]
)
def test_recorded_events_with_unknown_credentials_are_refused(configure, name):
    ask = configure(JWT_ISSUER=ISSUER, JWT_AUDIENCE=AUDIENCE)
    assert ask(event(name)["headers"]["authorization"]) == refused("invalid_credentials")


def test_a_token_of_the_configured_issuer_is_answered_with_its_tenant(configure):
    issuer = FakeIssuer("ES256")
    ask = configure(JWT_ISSUER=ISSUER, JWT_AUDIENCE=AUDIENCE, JWKS_URI=JWKS_URI)
    with issuer.served():
        answer = ask(f"Bearer {issuer.token('es256')}")
        expired = ask(f"Bearer {issuer.token('es256', exp=1)}")
    assert answer["context"]["tenant"] == "acme"
    assert answer["context"]["key_id"] == "user:seller-1"
    assert expired == refused("expired_credentials")
    assert issuer.requests == [JWKS_URI], "kept between requests"


def test_without_an_issuer_tokens_are_refused(configure):
    issuer = FakeIssuer("ES256")
    assert configure()(f"Bearer {issuer.token('es256')}") == refused("invalid_credentials")


def test_the_first_admin_key_is_accepted_by_its_hash_alone(configure):
    first = random_key(livemode=True, key_id=FIRST_ADMIN_KEY_ID)
    answer = configure(FIRST_ADMIN_KEY_HASH=first.hash)(f"Bearer {first.text}")
    assert (answer["context"]["tenant"], answer["context"]["scopes"]) == ("main", "admin")
    for value in ("retired", "", random_key(livemode=True).hash):
        assert configure(FIRST_ADMIN_KEY_HASH=value)(f"Bearer {first.text}") == refused("invalid_credentials")


def test_the_handler_raises_while_the_table_cannot_be_read(configure, made, monkeypatch):
    def time_out(*_, **__):
        raise ConnectTimeoutError(endpoint_url="dynamodb")

    ask = configure()
    monkeypatch.setattr("botocore.endpoint.Endpoint.make_request", time_out)
    with pytest.raises(Unavailable):
        ask(f"Bearer {made.text}")


@pytest.mark.parametrize("headers", [{}, {"authorization": ""}, {"authorization": "Bearer"}])
def test_missing_credentials_are_refused(configure, headers):
    """API Gateway answers these itself, since the header is the authorizer's identity source."""
    configure()
    assert load("authorizer").handler(
        event("authorizer-api-key") | {"headers": headers}, Context()
    ) == refused("invalid_credentials")


def test_no_secret_reaches_the_log(configure, made, caplog):
    caplog.set_level("DEBUG", "limner")
    ask = configure()
    wrong = made.text[:-43] + random_key(livemode=True).secret
    for text in (made.text, wrong, made.text + "x"):
        ask(f"Bearer {text}")
    logged = "\n".join(str(vars(record)) for record in caplog.records)
    assert "refused" in logged
    for text in (made.text, wrong):
        assert text[-43:] not in logged


def test_refused_credentials_are_counted(configure, made, monkeypatch, capsys):
    ask = configure()
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED")
    ask(f"Bearer {made.text}")
    assert "CredentialsRefused" not in capsys.readouterr().out
    ask("Bearer lk_live_x")
    assert '"CredentialsRefused":[1.0]' in capsys.readouterr().out
