"""Errors → problem details (RFC 9457): the one place where an error becomes a status."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException

from limner.api.log import logger
from limner.campaigns.errors import CampaignNotFound, CampaignRefused, CollectionNotFound
from limner.errors import (
    AddressRefused,
    BatchNotFound,
    CredentialsRefused,
    DeliveryNotFound,
    IdempotencyKeyReused,
    InsufficientScope,
    InvalidRequest,
    LimnerError,
    OrderRefused,
    OrderRunning,
    PhotoNotFound,
    PhotoRefused,
    QuotaExceeded,
    ReplacementNeeded,
    RequestInProgress,
    SettingsChanged,
    StaleWrite,
    StyleInUse,
    StyleNotFound,
    TenantNotFound,
    TenantSuspended,
    TooManyStyles,
    TooManyWebhooks,
    Unavailable,
    UnsupportedMediaType,
    VersionNotFound,
    VersionRequired,
    WebhookNotFound,
)
from limner.identity import CredentialProblem
from limner.packs.errors import ArchiveTooLarge, PackNotFound, PackRunning
from limner.reviews.decisions import ReviewNotFound
from limner.views.problems import Problem, field_errors, shortened, summary
from limner.views.rate_limits import rate_limit_headers

PROBLEM_MEDIA_TYPE = "application/problem+json"
STATUS_BY_ERROR: dict[type[LimnerError], HTTPStatus] = {
    AddressRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    CredentialsRefused: HTTPStatus.UNAUTHORIZED,
    DeliveryNotFound: HTTPStatus.NOT_FOUND,
    InsufficientScope: HTTPStatus.FORBIDDEN,
    PhotoNotFound: HTTPStatus.NOT_FOUND,
    BatchNotFound: HTTPStatus.NOT_FOUND,
    CampaignNotFound: HTTPStatus.NOT_FOUND,
    CampaignRefused: HTTPStatus.CONFLICT,
    CollectionNotFound: HTTPStatus.NOT_FOUND,
    ArchiveTooLarge: HTTPStatus.CONFLICT,
    PackNotFound: HTTPStatus.NOT_FOUND,
    PackRunning: HTTPStatus.CONFLICT,
    PhotoRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    IdempotencyKeyReused: HTTPStatus.CONFLICT,
    RequestInProgress: HTTPStatus.CONFLICT,
    OrderRefused: HTTPStatus.CONFLICT,
    OrderRunning: HTTPStatus.CONFLICT,
    ReviewNotFound: HTTPStatus.NOT_FOUND,
    QuotaExceeded: HTTPStatus.TOO_MANY_REQUESTS,
    ReplacementNeeded: HTTPStatus.CONFLICT,
    SettingsChanged: HTTPStatus.PRECONDITION_FAILED,
    StaleWrite: HTTPStatus.CONFLICT,
    StyleInUse: HTTPStatus.CONFLICT,
    StyleNotFound: HTTPStatus.NOT_FOUND,
    TooManyStyles: HTTPStatus.CONFLICT,
    TenantNotFound: HTTPStatus.FORBIDDEN,
    TenantSuspended: HTTPStatus.FORBIDDEN,
    TooManyWebhooks: HTTPStatus.CONFLICT,
    UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    VersionNotFound: HTTPStatus.NOT_FOUND,
    VersionRequired: HTTPStatus.PRECONDITION_REQUIRED,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    WebhookNotFound: HTTPStatus.NOT_FOUND,
}
RETRY_AFTER_BY_ERROR: dict[type[LimnerError], int] = {Unavailable: 5, OrderRunning: 5, RequestInProgress: 1}
TEXT_BY_STATUS = {
    HTTPStatus.INTERNAL_SERVER_ERROR: "Internal error. Please give the request id when you report it.",
    HTTPStatus.SERVICE_UNAVAILABLE: "A part of the service is busy or down. Please try again later.",
}
"""What went wrong inside is for the log alone: it may name accounts and resources."""

MISSING_CREDENTIALS = "missing_credentials"
TOO_LARGE = "request_too_large"
INTERNAL_ERROR = "internal_error"
CODE_BY_STATUS = {
    HTTPStatus.UNAUTHORIZED: MISSING_CREDENTIALS,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TOO_LARGE,
    HTTPStatus.INTERNAL_SERVER_ERROR: INTERNAL_ERROR,
}
"""Codes of statuses whose errors have none, or several."""
_EXAMPLE_REQUEST_ID = "5a2cfa9c-5a1d-4d5f-9a76-3a5c4b1f0e9d"
TEXT_BY_REFUSAL = {
    MISSING_CREDENTIALS: "This needs an API key or a token, in the header Authorization: Bearer …",
    CredentialProblem.INVALID: "The key or token in the header Authorization is not valid here.",
    CredentialProblem.EXPIRED: "The key or token has expired.",
    CredentialProblem.REVOKED: "The key has been revoked.",
    CredentialProblem.WRONG_MODE: "The key begins with lk_test_, and its tenant is not a test tenant.",
}


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI description of these error statuses; limner.api.description adds the schema Problem."""
    return {
        int(status): {
            "description": HTTPStatus(status).phrase,
            "content": {
                PROBLEM_MEDIA_TYPE: {
                    "schema": {"$ref": f"#/components/schemas/{Problem.__name__}"},
                    "example": _example(HTTPStatus(status)),
                }
            },
        }
        for status in statuses
    }


def _example(status: HTTPStatus) -> dict[str, Any]:
    """A problem of this status, with the code of the first error that has it."""
    codes = (error.code for error, its_status in STATUS_BY_ERROR.items() if its_status == status)
    code = CODE_BY_STATUS.get(status) or next(codes, code_of(status))
    detail = TEXT_BY_STATUS.get(status, "What is wrong with this request.")
    return Problem(
        title=status.phrase, status=status, code=code, detail=detail, request_id=_EXAMPLE_REQUEST_ID
    ).model_dump()


def code_of(status: HTTPStatus) -> str:
    """The code of a status that no error of ours has: `method_not_allowed`."""
    return status.phrase.lower().replace(" ", "_")


def problem(request: Request, status: HTTPStatus, code: str, detail: str, **more: Any) -> JSONResponse:
    request_id = getattr(request.state, "request_id", "")
    body = Problem(
        title=status.phrase, status=status, code=code, detail=detail, request_id=request_id, **more
    )
    return JSONResponse(body.model_dump(), status_code=status, media_type=PROBLEM_MEDIA_TYPE)


def internal_error(request: Request) -> JSONResponse:
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return problem(request, status, INTERNAL_ERROR, TEXT_BY_STATUS[status])


def add_problems(app: FastAPI) -> None:
    """Answer every error that a route raises with a problem."""
    for kind, answer in _ANSWERS.items():
        app.add_exception_handler(kind, answer)


def answer_to_error(request: Request, error: Exception) -> JSONResponse | None:
    """The problem that `error` is answered with; None for an error that nobody expected."""
    for kind, answer in _ANSWERS.items():
        if isinstance(error, kind):
            return answer(request, error)
    return None


def _limner_error(request: Request, error: LimnerError) -> JSONResponse:
    status = STATUS_BY_ERROR.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.exception("request failed", exc_info=error)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return internal_error(request)
    answer = problem(request, status, error.code, _text_of(error, status))
    answer.headers.update(_headers_of(error))
    return answer


def _invalid_request(request: Request, error: RequestValidationError) -> JSONResponse:
    found = error.errors()
    errors = field_errors(found)
    detail = summary(errors, len(found))
    return problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, InvalidRequest.code, detail, errors=errors)


def _http_exception(request: Request, error: HTTPException) -> JSONResponse:
    status = HTTPStatus(error.status_code)
    if status == HTTPStatus.BAD_REQUEST:  # FastAPI's answer to a body that is no text
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return problem(request, status, InvalidRequest.code, "the body must be JSON in UTF-8")
    detail = shortened(f"{request.method} {request.url.path}")
    answer = problem(request, status, code_of(status), detail)
    answer.headers.update(error.headers or {})
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = ", ".join(sorted(_allowed_methods(request)))
    return answer


def _allowed_methods(request: Request) -> set[str]:
    """Of all routes with this path; the error names those of the first alone."""
    routes = iter_route_contexts(request.app.routes)
    allowed = {
        method
        for route in routes
        if route.methods and route.path_regex.match(request.scope["path"])
        for method in route.methods
    }
    return allowed | ({"HEAD"} if "GET" in allowed else set())


_ANSWERS: dict[type[Exception], Callable[[Request, Any], JSONResponse]] = {
    LimnerError: _limner_error,
    RequestValidationError: _invalid_request,
    HTTPException: _http_exception,
}


def _text_of(error: LimnerError, status: HTTPStatus) -> str:
    if isinstance(error, CredentialsRefused):
        return TEXT_BY_REFUSAL.get(error.code, TEXT_BY_REFUSAL[CredentialProblem.INVALID])
    return TEXT_BY_STATUS.get(status, str(error))


def _headers_of(error: LimnerError) -> Mapping[str, str]:
    """The challenges are those of RFC 6750: a request without credentials gets the scheme alone."""
    match error:
        case Unavailable() | RequestInProgress() | OrderRunning():
            return {"Retry-After": str(RETRY_AFTER_BY_ERROR[type(error)])}
        case QuotaExceeded():
            now = datetime.now(UTC)
            limits = rate_limit_headers(error.standing, now) if error.standing else {}
            return {"Retry-After": str(error.retry_after_seconds(now)), **limits}
        case CredentialsRefused(code=code) if code == MISSING_CREDENTIALS:
            return {"WWW-Authenticate": "Bearer"}
        case CredentialsRefused():
            return {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        case InsufficientScope(scope=scope):
            return {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
        case _:
            return {}
