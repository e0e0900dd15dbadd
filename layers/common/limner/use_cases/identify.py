"""Find out who is asking, by the header Authorization: an API key or a token of an OpenID Connect issuer."""

import hmac
import logging
from collections.abc import Callable
from datetime import datetime

from limner.api_keys import KEY_PREFIX, ApiKey, ApiKeyRepository, PresentedKey, parse_key
from limner.errors import ApiKeyNotFound, CredentialsRefused, LimnerError
from limner.identity import CredentialProblem, Identity, Scope

logger = logging.getLogger(__name__)

FIRST_ADMIN_KEY_ID = "firstadmin000000"
FIRST_ADMIN_TENANT = "main"

ReadToken = Callable[[str], Identity]
"""Verifies a JWT. Raises CredentialsRefused, or Unavailable where the issuer's keys cannot be had."""


class Identify:
    """`read_token` is None where no issuer is configured; `first_admin_key_hash` is empty for no such key."""

    def __init__(
        self,
        *,
        keys: ApiKeyRepository,
        read_token: ReadToken | None,
        first_admin_key_hash: str,
        now: Callable[[], datetime],
    ) -> None:
        self._keys = keys
        self._read_token = read_token
        self._first_admin_key_hash = first_admin_key_hash
        self._now = now

    def __call__(self, authorization: str) -> Identity:
        """Raises CredentialsRefused; Unavailable or DependencyRefused where nothing can be said."""
        scheme, _, credentials = authorization.strip().partition(" ")
        credentials = credentials.strip()
        if scheme.lower() != "bearer":
            raise CredentialsRefused(CredentialProblem.INVALID)
        if credentials.startswith(KEY_PREFIX):
            return self._by_key(credentials)
        if self._read_token is None:
            raise CredentialsRefused(CredentialProblem.INVALID)
        return self._read_token(credentials)

    def _by_key(self, text: str) -> Identity:
        presented = parse_key(text)
        if presented is None:
            raise CredentialsRefused(CredentialProblem.INVALID)
        if presented.key_id == FIRST_ADMIN_KEY_ID:
            return self._by_first_admin_key(presented)
        key = self._stored(presented)
        if problem := key.problem(self._now()):
            logger.info("key %s: %s", key.key_id, problem)
            raise CredentialsRefused(problem)
        self._record_use(key)
        return key.identity

    def _by_first_admin_key(self, presented: PresentedKey) -> Identity:
        if not hmac.compare_digest(self._first_admin_key_hash, presented.hash) or not presented.livemode:
            raise CredentialsRefused(CredentialProblem.INVALID)
        logger.warning("the first admin key is in use; retire it (docs/how-to/keys.md)")
        return Identity(FIRST_ADMIN_TENANT, FIRST_ADMIN_KEY_ID, frozenset({Scope.ADMIN}), livemode=True)

    def _stored(self, presented: PresentedKey) -> ApiKey:
        """The key with this id, its secret verified. Unknown ids and wrong secrets have one refusal."""
        try:
            key = self._keys.get(presented.key_id)
        except ApiKeyNotFound:
            raise CredentialsRefused(CredentialProblem.INVALID) from None
        if not key.matches(presented):
            logger.warning("key %s was presented with a wrong secret", key.key_id)
            raise CredentialsRefused(CredentialProblem.INVALID)
        return key

    def _record_use(self, key: ApiKey) -> None:
        """At most once a day for each key. A failure is logged and no more: the key only looks unused."""
        today = self._now().date()
        if key.last_used_on is not None and key.last_used_on >= today:
            return
        try:
            self._keys.record_use(key.key_id, today)
        except LimnerError:
            logger.exception("the use of key %s is not recorded", key.key_id)
