"""API keys: `lk_live_{key id}_{secret}`, or `lk_test_…` of test tenants.

The secret is 256 random bits and is shown once. Its SHA-256 is stored: what cannot be guessed needs no slow
hash (docs/decisions/0141). All times are in UTC.
"""

import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from limner.identity import CredentialProblem, Identity, Scope
from limner.tenancy import TenantId, is_live

KEY_PREFIX = "lk_"
KEY_ID_CHARACTERS = string.ascii_lowercase + string.digits
KEY_ID_LENGTH = 16
SECRET_BYTES = 32
_MODE = {True: "live", False: "test"}
_KEY_TEXT = re.compile(r"lk_(?P<mode>live|test)_(?P<key_id>[a-z0-9]{16})_(?P<secret>[A-Za-z0-9_-]{43})")


@dataclass(frozen=True)
class PresentedKey:
    """A key as a caller presents it; nothing of it is verified yet."""

    key_id: str
    secret: str
    livemode: bool

    def __repr__(self) -> str:
        """Without the secret: it must not reach a log."""
        return f"PresentedKey({self.key_id})"

    @property
    def text(self) -> str:
        return f"{KEY_PREFIX}{_MODE[self.livemode]}_{self.key_id}_{self.secret}"

    @property
    def hash(self) -> str:
        """SHA-256 of the secret, in hexadecimal."""
        return hashlib.sha256(self.secret.encode()).hexdigest()


def parse_key(text: str) -> PresentedKey | None:
    """None where the text is no key, whatever it is."""
    match = _KEY_TEXT.fullmatch(text)
    return PresentedKey(match["key_id"], match["secret"], match["mode"] == "live") if match else None


def random_key(*, livemode: bool, key_id: str | None = None) -> PresentedKey:
    """A key of 256 random bits; its id is random too, unless it is given."""
    drawn = "".join(secrets.choice(KEY_ID_CHARACTERS) for _ in range(KEY_ID_LENGTH))
    return PresentedKey(key_id or drawn, secrets.token_urlsafe(SECRET_BYTES), livemode)


class ApiKey(BaseModel):
    """`hash` is that of the secret. `rotated_to` is the id of the key that replaces this one, which is valid
    until `expires_at`."""

    model_config = ConfigDict(frozen=True)

    key_id: str
    tenant: TenantId
    hash: str = Field(pattern=r"^[0-9a-f]{64}$", repr=False)
    name: str = ""
    scopes: tuple[Scope, ...]
    livemode: bool
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_on: date | None = None
    rotated_to: str | None = None

    def matches(self, presented: PresentedKey) -> bool:
        """In a time that does not depend on where the hashes differ."""
        same_secret = hmac.compare_digest(self.hash, presented.hash)
        return same_secret and presented.key_id == self.key_id and presented.livemode == self.livemode

    def problem(self, now: datetime) -> CredentialProblem | None:
        """Why the key is not valid at this time; None where it is."""
        if self.revoked_at is not None:
            return CredentialProblem.REVOKED
        if self.expires_at is not None and now >= self.expires_at:
            return CredentialProblem.EXPIRED
        if self.livemode != is_live(self.tenant):  # made by a release whose keys chose their mode
            return CredentialProblem.WRONG_MODE
        return None

    @property
    def identity(self) -> Identity:
        return Identity(self.tenant, self.key_id, frozenset(self.scopes), self.livemode)


@dataclass(frozen=True)
class NewKey:
    """What is stored of a new key, and its text, which only its owner keeps."""

    stored: ApiKey
    text: str

    def __repr__(self) -> str:
        return f"NewKey({self.stored!r})"


def new_key(
    tenant: str,
    scopes: Iterable[Scope],
    now: datetime,
    *,
    name: str = "",
    lifetime: timedelta | None = None,
) -> NewKey:
    """A key that is not stored yet, of its tenant's mode. Raises pydantic's ValidationError for a tenant that
    cannot exist."""
    presented = random_key(livemode=is_live(tenant))
    created_at = now.replace(microsecond=0)
    stored = ApiKey(
        key_id=presented.key_id,
        tenant=tenant,
        hash=presented.hash,
        name=name,
        scopes=tuple(sorted(set(scopes), key=list(Scope).index)),
        livemode=presented.livemode,
        created_at=created_at,
        expires_at=created_at + lifetime if lifetime is not None else None,
    )
    return NewKey(stored, presented.text)


def successor(key: ApiKey, now: datetime) -> NewKey:
    """A key with the same rights and the same lifetime, counted from now."""
    lifetime = key.expires_at - key.created_at if key.expires_at is not None else None
    return new_key(key.tenant, key.scopes, now, name=key.name, lifetime=lifetime)


class ApiKeyRepository(Protocol):
    def add(self, key: ApiKey) -> None:
        """Raises InvalidRequest where the id is taken."""

    def get(self, key_id: str) -> ApiKey:
        """What was last written. Raises ApiKeyNotFound."""

    def keys_of(self, tenant: str | None) -> Sequence[ApiKey]:
        """The tenant's keys, or those of all tenants; oldest first."""

    def record_use(self, key_id: str, day: date) -> None:
        """Set `last_used_on`, unless it is that day or a later one, or there is no such key."""

    def revoke(self, key_id: str, at: datetime) -> None:
        """A key that is revoked keeps its time. Raises ApiKeyNotFound."""

    def rotate(self, key_id: str, replacement: ApiKey, valid_until: datetime) -> None:
        """Store the replacement, and let the key expire at `valid_until` or earlier; both or neither.

        Raises InvalidRequest where the key is gone, revoked, or has been rotated.
        """
