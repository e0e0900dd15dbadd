"""Verify that an event is from Limner, by the Standard Webhooks specification.

The signature is an HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}`. A dozen lines of the standard
library do it, so the client needs no package for it.
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from limner_client.errors import SignatureInvalid

SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix of all secrets, no secret
TOLERANCE_SECONDS = 300
"""By which the sender's clock may differ; older events are replays."""
_VERSION = "v1"


def verify_webhook(
    headers: Mapping[str, str], body: bytes, secret: str, *, now: float | None = None
) -> dict[str, Any]:
    """The event in a request, after its signature is checked. Use the body's bytes as they came.

    `secret` is the endpoint's, `whsec_…`; `now` is in Unix seconds.

    Raises:
        SignatureInvalid: it is not signed with the secret, or more than five minutes old or early.
        ValueError: the secret is none.
    """
    fields = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, timestamp = fields["webhook-id"], fields["webhook-timestamp"]
        signatures, sent_at = fields["webhook-signature"].split(), int(timestamp)
    except (KeyError, ValueError):
        raise SignatureInvalid("the headers of Standard Webhooks are missing or malformed") from None
    if abs((time.time() if now is None else now) - sent_at) > TOLERANCE_SECONDS:
        raise SignatureInvalid("the event is too old, or from the future")
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    expected = base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest())
    if not any(hmac.compare_digest(expected, _of_version(each)) for each in signatures):
        raise SignatureInvalid("no signature is by this secret")
    event: dict[str, Any] = json.loads(body)
    return event


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("a secret is whsec_ and base64") from None


def _of_version(signature: str) -> bytes:
    version, _, text = signature.partition(",")
    return text.encode() if version == _VERSION else b""
