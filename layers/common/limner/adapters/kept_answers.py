"""First answers to requests with a key, in the table of requests.

request_key   partition key: `{tenant}#answer#{SHA-256 of the key}`
fingerprint   of what was asked for
token         of the attempt whose answer counts
locked_until  Unix seconds, while there is no answer
answer        status, headers and compressed body
expires_at    Unix seconds; DynamoDB deletes the item some time later, so it is compared too
"""

import hashlib
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import uuid4

from limner.adapters.dynamodb_writes import conditional
from limner.adapters.sdk import sdk_errors
from limner.errors import IdempotencyKeyReused, RequestInProgress, StaleWrite
from limner.idempotency import KEEP_ANSWERS, LOCK_LIFETIME, KeptAnswer, RequestKey
from limner.tenancy import KEY_SEPARATOR

_IS_FREE = (
    "attribute_not_exists(request_key) OR expires_at < :now"
    " OR (attribute_not_exists(answer) AND locked_until < :now AND fingerprint = :fingerprint)"
)


class DynamoDbKeptAnswers:
    """`table` is a boto3 Table resource."""

    def __init__(self, table: Any, now: Callable[[], datetime]) -> None:
        self._table = table
        self._now = now

    def begin(self, request: RequestKey) -> KeptAnswer | str:
        token = uuid4().hex
        with sdk_errors("storing the request"):
            try:
                self._lock(request, token)
            except StaleWrite:
                return self._first_answer(request)
        return token

    def _lock(self, request: RequestKey, token: str) -> None:
        """Raises StaleWrite where the key is taken."""
        now = int(self._now().timestamp())
        conditional(
            self._table,
            "put_item",
            Item={
                **_item_key(request),
                "fingerprint": request.fingerprint,
                "token": token,
                "locked_until": now + int(LOCK_LIFETIME.total_seconds()),
                "expires_at": self._expires_at(),
            },
            ConditionExpression=_IS_FREE,
            ExpressionAttributeValues={":now": now, ":fingerprint": request.fingerprint},
        )

    def _first_answer(self, request: RequestKey) -> KeptAnswer:
        item = self._table.get_item(Key=_item_key(request), ConsistentRead=True).get("Item", {})
        if item and item["fingerprint"] != request.fingerprint:
            raise IdempotencyKeyReused("this Idempotency-Key belongs to another request")
        if "answer" not in item:
            raise RequestInProgress("the request with this Idempotency-Key has no answer yet")
        return _answer(item["answer"])

    def keep(self, request: RequestKey, token: str, answer: KeptAnswer) -> None:
        stored = {
            "status": answer.status,
            "headers": dict(answer.headers),
            "body": zlib.compress(answer.body),
        }
        with sdk_errors("keeping an answer"), suppress(StaleWrite):
            conditional(
                self._table,
                "update_item",
                Key=_item_key(request),
                UpdateExpression="SET answer = :answer, expires_at = :expires_at REMOVE locked_until",
                ConditionExpression="#token = :token",
                ExpressionAttributeNames={"#token": "token"},
                ExpressionAttributeValues={
                    ":answer": stored,
                    ":expires_at": self._expires_at(),
                    ":token": token,
                },
            )

    def discard(self, request: RequestKey, token: str) -> None:
        """As expired, since the storefront may not delete."""
        with sdk_errors("discarding a request"), suppress(StaleWrite):
            conditional(
                self._table,
                "update_item",
                Key=_item_key(request),
                UpdateExpression="SET expires_at = :before_now",
                ConditionExpression="#token = :token",
                ExpressionAttributeNames={"#token": "token"},
                ExpressionAttributeValues={":before_now": int(self._now().timestamp()) - 1, ":token": token},
            )

    def _expires_at(self) -> int:
        return int((self._now() + KEEP_ANSWERS).timestamp())


def _item_key(request: RequestKey) -> dict[str, str]:
    digest = hashlib.sha256(request.key.encode()).hexdigest()
    return {"request_key": KEY_SEPARATOR.join([request.tenant, "answer", digest])}


def _answer(stored: Mapping[str, Any]) -> KeptAnswer:
    body = zlib.decompress(bytes(stored["body"]))
    return KeptAnswer(int(stored["status"]), body, stored["headers"])
