"""Keys and sign-in on the local stack: API Gateway, the authorizer's own role, and the user pool."""

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from limner.api_keys import parse_key
from limner.identity import Scope
from local.aws.emulator import Emulator
from local.aws.sign_in import add_key, add_seller, allow_page, api_keys
from local.aws.stack import Stack
from tests.makers import NOON
from tests.recorded import event

SELLER = "seller@shop.example"


@pytest.fixture
def ask(emulator: Emulator, stack: Stack):
    """The answer of the deployed authorizer to credentials, without API Gateway's cache."""

    def invoke(credentials: str) -> dict[str, str]:
        asked = event("authorizer-api-key")
        asked["headers"]["authorization"] = credentials
        answer = emulator.client("lambda").invoke(
            FunctionName=stack.resources["AuthorizerFunction"], Payload=json.dumps(asked)
        )
        return json.load(answer["Payload"])["context"]

    return invoke


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30) as client:
        yield client


def test_the_page_needs_no_credentials_and_the_api_does(stack: Stack, http):
    for path in ("/", "/assets/app.css"):
        assert http.get(stack.api_url + path).status_code == 200
    for path in ("/v1/photos", "/v1/uploads", "/anything"):
        assert http.get(stack.api_url + path).status_code == 401


def test_a_key_is_identified_until_it_is_revoked(emulator: Emulator, stack: Stack, ask):
    text = add_key(emulator, stack, "acme", [Scope.PHOTOS_READ])
    key_id = parse_key(text).key_id
    identified = {"tenant": "acme", "key_id": key_id, "scopes": "photos:read", "livemode": "true"}
    assert ask(f"Bearer {text}") == {**identified, "refusal": ""}
    keys = api_keys(emulator, stack)
    assert keys.get(key_id).last_used_on is not None
    keys.revoke(key_id, NOON)
    assert ask(f"Bearer {text}") == {"refusal": "revoked_key"}


@pytest.fixture
def tokens(emulator: Emulator, stack: Stack, http) -> dict[str, str]:
    """Of a seller who signs in by authorization code and PKCE, as the page does."""
    password = add_seller(emulator, stack, SELLER, "acme", [Scope.PHOTOS_READ, Scope.PHOTOS_WRITE])
    allow_page(emulator, stack)
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    request = {
        "client_id": stack.resources["SellersPoolClient"],
        "redirect_uri": f"{stack.api_url}/",
        "response_type": "code",
        "scope": "openid email",
        "state": "s",
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    assert http.get(f"{emulator.url}/oauth2/authorize", params=request).status_code == 200
    form = {**request, "username": SELLER, "password": password}
    sent_back = http.post(f"{emulator.url}/login", data=form).headers["location"]
    (code,) = parse_qs(urlsplit(sent_back).query)["code"]
    exchange = {
        "grant_type": "authorization_code",
        "client_id": request["client_id"],
        "redirect_uri": request["redirect_uri"],
        "code": code,
    }
    assert http.post(f"{emulator.url}/oauth2/token", data=exchange).status_code == 400, "no verifier"
    sent_back = http.post(f"{emulator.url}/login", data=form).headers["location"]
    (exchange["code"],) = parse_qs(urlsplit(sent_back).query)["code"]
    answer = http.post(f"{emulator.url}/oauth2/token", data={**exchange, "code_verifier": verifier})
    return answer.raise_for_status().json()


def test_a_seller_signs_in_by_code_and_pkce(tokens, ask):
    context = ask(f"Bearer {tokens['id_token']}")
    assert context["refusal"] == ""
    assert (context["tenant"], context["scopes"]) == ("acme", "photos:read photos:write")
    assert context["key_id"].startswith("user:")
    assert ask(f"Bearer {tokens['access_token']}") == {"refusal": "invalid_credentials"}, (
        "for another audience"
    )
