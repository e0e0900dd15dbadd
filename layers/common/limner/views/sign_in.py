"""Response of GET /v1/sign-in."""

from pydantic import BaseModel

from limner.settings import StorefrontSettings


class SignInView(BaseModel):
    """The OAuth 2.0 client that the page is, and its authorization server. `scope` is to be sent along."""

    issuer: str
    client_id: str
    authorize_url: str
    token_url: str
    scope: str


def sign_in_view(settings: StorefrontSettings) -> SignInView | None:
    if not settings.sign_in_client_id:
        return None
    return SignInView(
        issuer=settings.sign_in_issuer,
        client_id=settings.sign_in_client_id,
        authorize_url=settings.sign_in_authorize_url,
        token_url=settings.sign_in_token_url,
        scope=settings.sign_in_scope,
    )
