"""JWTs of one OpenID Connect issuer, verified with PyJWT, which only the authorizer has (decision 0142).

A token without the issuer's name, a known algorithm or a key id is refused without a network call. The issuer
is asked for its keys again after JWKS_CACHE_SECONDS, for an unknown key id at most every
UNKNOWN_KEY_PAUSE_SECONDS, and after a failure not before ISSUER_DOWN_PAUSE_SECONDS.
"""

import json
import logging
import re
import time
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import jwt

from limner.errors import CredentialsRefused, Unavailable
from limner.identity import CredentialProblem, Identity, known_scopes
from limner.tenancy import TENANT_PATTERN, is_live

logger = logging.getLogger(__name__)

ALGORITHMS = ("RS256", "ES256")
"""Signatures by a private key of the issuer: never a shared secret, never none."""
LEEWAY_SECONDS = 30
"""For clocks that differ, in `exp`, `nbf` and `iat`."""
JWKS_CACHE_SECONDS = 300
UNKNOWN_KEY_PAUSE_SECONDS = 30
ISSUER_DOWN_PAUSE_SECONDS = 5
ISSUER_TIMEOUT_SECONDS = 2
REQUIRED_CLAIMS = ("exp", "iss", "aud", "sub")
SUBJECT_MAX_LENGTH = 255
"""OpenID Connect Core 1.0, section 2."""
DISCOVERY_PATH = "/.well-known/openid-configuration"


class OidcTokens:
    """`jwks_uri` is empty where the issuer's discovery document says it. `tenant_claim` and `scope_claim` are
    names of claims; scopes are a list, or words in one text."""

    def __init__(
        self, *, issuer: str, audience: str, jwks_uri: str, tenant_claim: str, scope_claim: str
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = _IssuerKeys(issuer, jwks_uri)
        self._tenant_claim = tenant_claim
        self._scope_claim = scope_claim

    def __call__(self, token: str) -> Identity:
        """Raises CredentialsRefused; Unavailable while the issuer's keys cannot be read."""
        try:
            return self._identity(self._verified_claims(token))
        except jwt.ExpiredSignatureError:
            raise CredentialsRefused(CredentialProblem.EXPIRED) from None
        except (jwt.PyJWTError, ValueError, OverflowError, RecursionError) as error:
            logger.info("token refused: %s", type(error).__name__)
            raise CredentialsRefused(CredentialProblem.INVALID) from None

    def _verified_claims(self, token: str) -> Mapping[str, Any]:
        key = self._signing_key(self._key_id(token))
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key,
            algorithms=list(ALGORITHMS),
            issuer=self._issuer,
            audience=self._audience,
            leeway=LEEWAY_SECONDS,
            options={"require": list(REQUIRED_CLAIMS), "enforce_minimum_key_length": True},
        )
        return claims

    def _key_id(self, token: str) -> str:
        """From the header, after a look at the claims that costs no network call. Nothing is verified yet."""
        unverified = jwt.decode_complete(token, options={"verify_signature": False})
        header, claims = unverified["header"], unverified["payload"]
        key_id = header.get("kid")
        if (
            header.get("alg") not in ALGORITHMS
            or claims.get("iss") != self._issuer
            or not isinstance(key_id, str)
        ):
            raise jwt.InvalidTokenError
        return key_id

    def _signing_key(self, key_id: str) -> jwt.PyJWK:
        try:
            return self._keys.get_signing_key(key_id)
        except jwt.PyJWKClientConnectionError as error:
            raise Unavailable("reading the issuer's keys failed") from error
        except jwt.PyJWKClientError as error:
            raise jwt.InvalidTokenError from error
        except (jwt.PyJWKSetError, ValueError) as error:
            raise Unavailable("the issuer's keys are not valid") from error

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        tenant, subject = claims.get(self._tenant_claim), claims["sub"]
        if not isinstance(tenant, str) or not re.fullmatch(TENANT_PATTERN, tenant):
            raise jwt.InvalidTokenError
        if not 0 < len(subject) <= SUBJECT_MAX_LENGTH:
            raise jwt.InvalidTokenError
        scopes = known_scopes(_words(claims.get(self._scope_claim)))
        return Identity(tenant, f"user:{quote(subject, safe='')}", scopes, livemode=is_live(tenant))


def _words(value: object) -> Sequence[object]:
    return value.split() if isinstance(value, str) else value if isinstance(value, list) else ()


class _IssuerKeys(jwt.PyJWKClient):
    """The keys of an issuer, whose address its discovery document says where `jwks_uri` is empty. An issuer
    that is down is left alone for a while, so that calls do not all wait for it."""

    def __init__(self, issuer: str, jwks_uri: str) -> None:
        super().__init__(
            jwks_uri or issuer,
            lifespan=JWKS_CACHE_SECONDS,
            timeout=ISSUER_TIMEOUT_SECONDS,
            cooldown_duration=UNKNOWN_KEY_PAUSE_SECONDS,
        )
        self._undiscovered_issuer = "" if jwks_uri else issuer
        self._paused_until = 0.0

    def fetch_data(self) -> Any:
        if time.monotonic() < self._paused_until:
            raise jwt.PyJWKClientConnectionError("the issuer was down a moment ago")
        try:
            if self._undiscovered_issuer:
                self.uri = _discovered_jwks_uri(self._undiscovered_issuer)
                self._undiscovered_issuer = ""
            return super().fetch_data()
        except jwt.PyJWKClientConnectionError:
            self._paused_until = time.monotonic() + ISSUER_DOWN_PAUSE_SECONDS
            raise


def _discovered_jwks_uri(issuer: str) -> str:
    """OpenID Connect Discovery 1.0, section 4. Raises PyJWKClientConnectionError, also if it is not valid."""
    url = f"{issuer.rstrip('/')}{DISCOVERY_PATH}"
    try:
        with urllib.request.urlopen(url, timeout=ISSUER_TIMEOUT_SECONDS) as response:  # noqa: S310 - our setting
            uri = str(json.load(response)["jwks_uri"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise jwt.PyJWKClientConnectionError("reading the discovery document failed") from error
    if not uri.startswith(("https://", "http://")):
        raise jwt.PyJWKClientConnectionError("the discovery document names no address of keys")
    return uri
