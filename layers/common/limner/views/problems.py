"""Body of every error response: problem details (RFC 9457). It is bounded, whatever was sent."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

MAX_FIELD_ERRORS = 10
MAX_FIELD_ERRORS_IN_DETAIL = 3
MAX_TEXT_LENGTH = 300
"""In characters. Field names and paths come from the request."""


class FieldError(BaseModel):
    """One invalid field of a request."""

    at: str
    code: str
    detail: str


class Problem(BaseModel):
    """Problem details (RFC 9457) with a stable `code` and the request's id. For an invalid request `errors`
    lists the first ten invalid fields, each with a stable code of its own."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: list[FieldError] = []


def field_errors(errors: Sequence[Mapping[str, Any]]) -> list[FieldError]:
    """The first of pydantic's errors, with place, code and text, without what was sent."""
    return [
        FieldError(
            at=shortened("/".join(map(str, error["loc"]))),
            code=shortened(str(error["type"])),
            detail=shortened(str(error["msg"])),
        )
        for error in errors[:MAX_FIELD_ERRORS]
    ]


def summary(listed: Sequence[FieldError], total: int) -> str:
    """The listed errors in a sentence, and how many more of `total` there are."""
    named = listed[:MAX_FIELD_ERRORS_IN_DETAIL]
    parts = [f"{error.at}: {error.detail}" for error in named]
    more = [f"{total - len(named)} more"] if total > len(named) else []
    return "; ".join([*parts, *more])


def shortened(text: str) -> str:
    return text if len(text) <= MAX_TEXT_LENGTH else f"{text[: MAX_TEXT_LENGTH - 1]}…"
