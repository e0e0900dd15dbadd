"""A call of the API before it is sent, what its answer means, and when it is sent again."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import httpx
from pydantic import BaseModel

from limner_client.errors import api_error

Query = Mapping[str, Any]
IDEMPOTENCY_KEY = "Idempotency-Key"
RETRIED_STATUSES = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


def json_of(body: BaseModel | Mapping[str, Any]) -> dict[str, Any]:
    """What was given of a body; the API has the defaults."""
    return body.model_dump(mode="json", exclude_unset=True) if isinstance(body, BaseModel) else dict(body)


@dataclass(frozen=True)
class Call:
    """Entries that are None are not sent. A POST has one idempotency key for all its tries. `content` is a
    body that is no JSON."""

    method: str
    path: str
    query: Query = field(default_factory=dict)
    headers: Mapping[str, str | None] = field(default_factory=dict)
    body: Any = None
    content: bytes | None = None

    def request_options(self) -> dict[str, Any]:
        """Arguments of httpx's `request`."""
        headers = {name: value for name, value in self.headers.items() if value is not None}
        if self.method == "POST":
            headers.setdefault(IDEMPOTENCY_KEY, uuid4().hex)
        if self.content is not None:
            headers.setdefault("Content-Type", "application/octet-stream")
        return {
            "method": self.method,
            "url": self.path,
            "params": {name: _as_text(value) for name, value in self.query.items() if value is not None},
            "headers": headers,
            **({} if self.body is None else {"json": self.body}),
            **({} if self.content is None else {"content": self.content}),
        }


def _as_text(value: object) -> object:
    """Lists as one text with commas, times in RFC 3339."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (list, tuple, set, frozenset)):
        return ",".join(map(str, value))
    return value


@dataclass(frozen=True)
class Retries:
    """How often and after how many seconds a call is sent again: exponentially with jitter, or as Retry-After
    says, unless that is longer than anybody waits."""

    most: int = 4
    base_seconds: float = 0.5
    most_seconds: float = 30.0

    def delay(self, tries: int, answer: httpx.Response | None) -> float | None:
        """Seconds until the next try after `tries` of them; None for no other. `answer` is None where the
        connection failed."""
        if tries > self.most or (answer is not None and not _is_temporary(answer)):
            return None
        if answer is not None and (seconds := retry_after_seconds(answer)) is not None:
            return seconds if seconds <= self.most_seconds else None
        most: float = min(self.most_seconds, self.base_seconds * 2 ** (tries - 1))
        return random.uniform(most / 2, most)  # noqa: S311 - no secret


def _is_temporary(answer: httpx.Response) -> bool:
    """409 with Retry-After: a call with the same idempotency key is under way."""
    in_flight = answer.status_code == HTTPStatus.CONFLICT and "retry-after" in answer.headers
    return answer.status_code in RETRIED_STATUSES or in_flight


def retry_after_seconds(answer: httpx.Response) -> float | None:
    """Of Retry-After, which has seconds or a date (RFC 9110); None without it."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def checked(answer: httpx.Response) -> httpx.Response:
    """Raises ApiError for an error."""
    if answer.is_error:
        raise api_error(answer.status_code, answer.content, retry_after_seconds(answer))
    return answer
