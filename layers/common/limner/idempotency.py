"""Requests that may be repeated: the first answer is kept under the key that the caller gave the request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

KEY_PATTERN = r"[\x21-\x7e]{1,255}"
KEEP_ANSWERS = timedelta(hours=24)
LOCK_LIFETIME = timedelta(seconds=30)
"""How long a request that has no answer counts as in progress. Longer than the storefront's Timeout."""


@dataclass(frozen=True)
class RequestKey:
    """`fingerprint` is a hash of what is asked for: method, path and body."""

    tenant: str
    key: str
    fingerprint: str


@dataclass(frozen=True)
class KeptAnswer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class KeptAnswers(Protocol):
    def begin(self, request: RequestKey) -> KeptAnswer | str:
        """The first answer to this request; or, if it is new, a token with which its answer is kept.

        Raises:
            IdempotencyKeyReused: the key belongs to a request for something else.
            RequestInProgress: the same request has no answer yet.
        """

    def keep(self, request: RequestKey, token: str, answer: KeptAnswer) -> None:
        """Changes nothing if the request has been taken over after LOCK_LIFETIME."""

    def discard(self, request: RequestKey, token: str) -> None:
        """The request has no answer to keep: it may be made again."""
