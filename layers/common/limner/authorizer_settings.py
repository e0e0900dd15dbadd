"""Settings of the authorizer."""

from pydantic import Field

from limner.settings import TableSettings


class AuthorizerSettings(TableSettings):
    """`jwt_issuer` is empty where there are keys alone, `jwks_uri` where the issuer's discovery document says
    it, `first_admin_key_hash` is empty or `retired` where there is no such key."""

    api_keys_table: str = Field(min_length=3)
    jwt_issuer: str = Field(pattern=r"^(|https?://\S+)$")
    jwt_audience: str
    jwks_uri: str = Field(pattern=r"^(|https?://\S+)$")
    tenant_claim: str = Field(min_length=1)
    scope_claim: str = Field(min_length=1)
    first_admin_key_hash: str = Field(pattern=r"^(|retired|[0-9a-f]{64})$")
