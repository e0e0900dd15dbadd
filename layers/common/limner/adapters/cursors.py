"""Cursors that callers hand back, signed with HMAC-SHA-256 (RFC 2104)."""

import base64
import hmac
from collections.abc import Callable

from limner.errors import InvalidRequest

SIGNATURE_BYTES = 16
"""HMAC-SHA-256 truncated to 128 bits, the shortest that RFC 2104 recommends for it."""


class SignedCursors:
    """`key` is called when the first cursor is signed or read, since most requests have none."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key

    def sign(self, position: str, scope: str) -> str:
        signed = self._signature(position, scope) + position.encode()
        return base64.urlsafe_b64encode(signed).decode()

    def position(self, cursor: str, scope: str) -> str:
        try:
            signed = base64.b64decode(cursor, altchars=b"-_", validate=True)
            position = signed[SIGNATURE_BYTES:].decode()
        except ValueError:
            raise _not_ours() from None
        if not hmac.compare_digest(signed[:SIGNATURE_BYTES], self._signature(position, scope)):
            raise _not_ours()
        return position

    def _signature(self, position: str, scope: str) -> bytes:
        message = f"cursor\0{scope}\0{position}".encode()
        return hmac.digest(self._key(), message, "sha256")[:SIGNATURE_BYTES]


def _not_ours() -> InvalidRequest:
    return InvalidRequest("cursor: must be the next_cursor of the previous page, unchanged")
