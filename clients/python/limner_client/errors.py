"""All errors of the client.

LimnerError
├── ApiError            the API refused the call; has `status`, `code`, `detail`, `request_id`, `errors`
│   ├── InvalidRequest        400, 413, 415, 422: the call is wrong
│   ├── NotAuthenticated      401: no key, or one that is unknown, expired or revoked
│   ├── NotAllowed            403: the key lacks a scope, or the tenant is suspended
│   ├── NotFound              404
│   ├── Conflict              409, 412, 428: the state is another than the call assumes
│   ├── TooManyRequests       429: a quota is used up; `retry_after_seconds`
│   └── ServiceFailed         5xx
├── NotConnected        no answer, after every try
├── UploadRefused       the storage refused the file
├── PhotoFailed         the photo is FAILED; has `code`, `message`, `photo`
├── NotFinished         the photo was not finished in time
└── SignatureInvalid    a webhook is not from Limner, or too old
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from limner_client.models import FieldError, PhotoView

ERROR_TEXT_MAX_CHARS = 200


class LimnerError(Exception):
    """Root of the tree."""


class ApiError(LimnerError):
    """`code` is stable; later releases may have others, so decide by the class where no code fits."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        request_id: str = "",
        errors: tuple[FieldError, ...] = (),
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.request_id = request_id
        self.errors = errors
        self.retry_after_seconds = retry_after_seconds


class InvalidRequest(ApiError):
    pass


class NotAuthenticated(ApiError):
    pass


class NotAllowed(ApiError):
    pass


class NotFound(ApiError):
    pass


class Conflict(ApiError):
    pass


class TooManyRequests(ApiError):
    pass


class ServiceFailed(ApiError):
    pass


class NotConnected(LimnerError):
    pass


class UploadRefused(LimnerError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class PhotoFailed(LimnerError):
    def __init__(self, photo: PhotoView) -> None:
        failure = photo.failure
        self.photo = photo
        self.code = failure.code if failure else "unknown"
        self.message = failure.message if failure else ""
        super().__init__(f"{self.code}: {self.message}")


class NotFinished(LimnerError):
    pass


class SignatureInvalid(LimnerError):
    pass


_BY_STATUS: Mapping[int, type[ApiError]] = {
    HTTPStatus.UNAUTHORIZED: NotAuthenticated,
    HTTPStatus.FORBIDDEN: NotAllowed,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.PRECONDITION_FAILED: Conflict,
    HTTPStatus.PRECONDITION_REQUIRED: Conflict,
    HTTPStatus.TOO_MANY_REQUESTS: TooManyRequests,
}


def api_error(status: int, body: bytes, retry_after_seconds: float | None) -> ApiError:
    """Of a problem document (RFC 9457), or of an answer of the gateway, which has none."""
    kind = _BY_STATUS.get(
        status, ServiceFailed if status >= HTTPStatus.INTERNAL_SERVER_ERROR else InvalidRequest
    )
    problem = _problem_in(body)
    text = body[:ERROR_TEXT_MAX_CHARS].decode("utf-8", "replace")
    return kind(
        status,
        str(problem.get("code", f"http_{status}")),
        str(problem.get("detail") or problem.get("message") or text),
        request_id=str(problem.get("request_id", "")),
        errors=tuple(FieldError.model_validate(each) for each in problem.get("errors") or ()),
        retry_after_seconds=retry_after_seconds,
    )


def _problem_in(body: bytes) -> dict[str, Any]:
    try:
        problem = json.loads(body)
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}
