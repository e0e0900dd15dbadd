"""Which of an authorization server's addresses and tokens the page uses."""

import pytest

from limner.settings import StorefrontSettings
from limner.views.sign_in import sign_in_view

CLIENT = {"sign_in_issuer": "https://login.example", "sign_in_client_id": "page"}
USER_POOL = {**CLIENT, "sign_in_address": "https://pool.example", "sign_in_audience": "page"}
OWN_ISSUER = {
    **CLIENT,
    "sign_in_authorize_url": "https://login.example/authorize",
    "sign_in_token_url": "https://tokens.example/token",
    "sign_in_audience": "https://api.example",
}


def settings(**changes: str) -> StorefrontSettings:
    return StorefrontSettings.model_construct(**changes)


def test_without_a_client_people_sign_in_with_keys_alone():
    assert sign_in_view(settings(sign_in_issuer="https://login.example")) is None
    assert settings().token_origins == frozenset()


@pytest.mark.parametrize(
    ("configured", "authorize", "token", "name"),
    [
        (
            USER_POOL,
            "https://pool.example/oauth2/authorize",
            "https://pool.example/oauth2/token",
            "id_token",
        ),
        (OWN_ISSUER, "https://login.example/authorize", "https://tokens.example/token", "access_token"),
    ],
)
def test_addresses_and_the_token_that_is_for_the_authorizers_audience(configured, authorize, token, name):
    view = sign_in_view(settings(**configured))
    assert (view.authorize_url, view.token_url, view.token) == (authorize, token, name)
    assert settings(**configured).token_origins == {
        token.rpartition("/oauth2")[0] or "https://tokens.example"
    }
