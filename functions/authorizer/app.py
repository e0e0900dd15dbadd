"""API Gateway asks who is calling: an API key's or a token's tenant and scopes, for the storefront.

The answer is always `isAuthorized`, with a refusal in the context where there is one: to `false` an HTTP API
answers 403, and not as problem+json (docs/decisions/0140).
"""

from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from limner.adapters.api_keys import DynamoDbApiKeys
from limner.adapters.metrics import count_refused_credentials
from limner.adapters.sdk import QUICK_CONFIG
from limner.authorizer_settings import AuthorizerSettings
from limner.errors import CredentialsRefused
from limner.identity import CredentialProblem, Identity, refusal_context
from limner.use_cases.identify import Identify, ReadToken

logger = Logger()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Raises where nobody can say who is calling; API Gateway then answers 500."""
    try:
        answer = identify()(event["headers"].get("authorization", "")).context()
    except CredentialsRefused as refused:
        logger.info("refused", extra={"refusal": refused.code})
        count_refused_credentials()
        answer = refusal_context(CredentialProblem(refused.code))
    return {"isAuthorized": True, "context": answer}


@cache
def identify() -> Identify:
    """Wired here and not in limner.bootstrap, whose imports would double this function's start."""
    settings = AuthorizerSettings.read()
    table = boto3.resource("dynamodb", config=QUICK_CONFIG).Table(settings.api_keys_table)
    return Identify(
        keys=DynamoDbApiKeys(table),
        read_token=_read_token(settings) if settings.jwt_issuer else None,
        first_admin_key_hash=settings.first_admin_key_hash,
        now=lambda: datetime.now(UTC),
    )


def _read_token(settings: AuthorizerSettings) -> ReadToken:
    """PyJWT is imported when the first token comes: most callers have a key."""

    @cache
    def tokens() -> ReadToken:
        from limner.adapters.tokens import OidcTokens  # noqa: PLC0415

        return OidcTokens(
            issuer=settings.jwt_issuer,
            audience=settings.jwt_audience,
            jwks_uri=settings.jwks_uri,
            tenant_claim=settings.tenant_claim,
            scope_claim=settings.scope_claim,
        )

    def read(token: str) -> Identity:
        return tokens()(token)

    return read
