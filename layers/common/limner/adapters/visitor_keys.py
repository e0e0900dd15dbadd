"""Visitors by a hash that only this stack can make: HMAC-SHA-256 (RFC 2104) with the tenant in it.

The key is in Secrets Manager, apart from the tables: whoever reads those cannot try out what a shop calls its
visitors, and the same visitor of two tenants has two keys.
"""

import hmac
from collections.abc import Callable

KEY_BYTES = 16


class KeyedVisitorHashes:
    """`secret` is called when the first visitor comes."""

    def __init__(self, secret: Callable[[], bytes]) -> None:
        self._secret = secret

    def key(self, tenant: str, visitor: str) -> str:
        message = f"visitor\0{tenant}\0{visitor}".encode()
        return hmac.digest(self._secret(), message, "sha256")[:KEY_BYTES].hex()
