"""Response of GET /v1/sign-in."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from limner.settings import StorefrontSettings

_EXAMPLE: Any = {
    "issuer": "https://login.example",
    "client_id": "page",
    "authorize_url": "https://login.example/oauth2/authorize",
    "token_url": "https://login.example/oauth2/token",
    "scope": "openid email",
    "token": "access_token",
}


class SignInView(BaseModel):
    """The OAuth 2.0 client that the page is, and its authorization server. `scope` is to be asked for;
    `token` is the one of the two tokens in the server's answer that the API accepts."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    issuer: str
    client_id: str
    authorize_url: str
    token_url: str
    scope: str
    token: Literal["id_token", "access_token"]


def sign_in_view(settings: StorefrontSettings) -> SignInView | None:
    """None without a client. An ID token is for the client that asked for it (OpenID Connect Core 1.0,
    section 2), so it is accepted where the audience is the client itself, as in a user pool."""
    if not settings.sign_in_client_id:
        return None
    is_for_client = settings.sign_in_audience == settings.sign_in_client_id
    return SignInView(
        issuer=settings.sign_in_issuer,
        client_id=settings.sign_in_client_id,
        authorize_url=settings.authorize_url,
        token_url=settings.token_url,
        scope="openid email",
        token="id_token" if is_for_client else "access_token",
    )
