"""Who is asking: the tenant, the key or person, and what they may do.

The authorizer finds it out and hands it to the storefront as the context of the request. The tenant comes
from a verified key or token, never from a path, a query or a body.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    PHOTOS_READ = "photos:read"
    PHOTOS_WRITE = "photos:write"
    STYLES_WRITE = "styles:write"
    ADMIN = "admin"


def known_scopes(words: Iterable[object]) -> frozenset[Scope]:
    """Those of the words that are scopes here; a token may carry others, for other services."""
    return frozenset(scope for scope in Scope if scope.value in set(map(str, words)))


class CredentialProblem(StrEnum):
    """Why credentials are refused; the storefront's 401 has it as its code."""

    INVALID = "invalid_credentials"
    EXPIRED = "expired_credentials"
    REVOKED = "revoked_key"
    WRONG_MODE = "key_of_other_mode"


@dataclass(frozen=True)
class Identity:
    """`key_id` is an API key's id, or `user:` and the subject of a token."""

    tenant: str
    key_id: str
    scopes: frozenset[Scope]
    livemode: bool

    def context(self) -> dict[str, str]:
        """For the storefront, in `requestContext.authorizer.lambda`; API Gateway takes plain values alone."""
        return {
            "tenant": self.tenant,
            "key_id": self.key_id,
            "scopes": " ".join(scope for scope in Scope if scope in self.scopes),
            "livemode": "true" if self.livemode else "false",
            "refusal": "",
        }


def refusal_context(problem: CredentialProblem) -> dict[str, str]:
    """The same for refused credentials: without a tenant, so that nothing can be done in the name of one."""
    return {"refusal": problem.value}
