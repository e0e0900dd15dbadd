"""What every response has and every request is held to: request id, security headers, body limit."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from uuid import uuid4

from fastapi import FastAPI, Request, Response

from limner.api.log import begin_request, logger
from limner.api.problems import TOO_LARGE, internal_error, problem
from limner.bootstrap import storefront
from limner.provenance import LOOK_UP_PATH, MAX_PICTURE_BYTES
from limner.views.headers import DATA_POLICY, SECURITY_HEADERS, cache_control, page_policy

MAX_BODY_BYTES = 64 * 1024
"""The largest valid order has a few thousand bytes; API Gateway lets 10 MB through."""
MAX_BODY_BYTES_BY_PATH = {
    "/v1/batches": 1024 * 1024,
    "/v1/events": 256 * 1024,
    LOOK_UP_PATH: MAX_PICTURE_BYTES,
}
"""Of a batch two thousand bytes for each of 500 orders; of 100 visitors' events as many for each."""
MAX_BODY_BYTES_OF_COLLECTIONS = 1024 * 1024
"""Two hundred bytes for each of 5,000 ids."""


def add_headers(app: FastAPI) -> None:
    @app.middleware("http")
    async def answer_with_headers(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        context = request.scope.get("aws.context")
        request.state.request_id = getattr(context, "aws_request_id", None) or uuid4().hex
        begin_request(request.state.request_id)
        try:
            response = await _too_large(request) or await call_next(request)
        except Exception as error:
            logger.exception("unhandled", exc_info=error)
            response = internal_error(request)
        _set_headers(request, response)
        return response


def _max_body_bytes(path: str) -> int:
    if path.startswith("/v1/collections"):
        return MAX_BODY_BYTES_OF_COLLECTIONS
    return MAX_BODY_BYTES_BY_PATH.get(path, MAX_BODY_BYTES)


async def _too_large(request: Request) -> Response | None:
    """The refusal of a body that is too large, before anything parses it. Lambda has it in memory already."""
    limit = _max_body_bytes(request.scope["path"])
    if len(await request.body()) <= limit:
        return None
    detail = f"a request may have at most {limit} bytes"
    return problem(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE, detail)


def _set_headers(request: Request, response: Response) -> None:
    response.headers["X-Request-Id"] = request.state.request_id
    response.headers.update(SECURITY_HEADERS)
    response.headers.setdefault("Cache-Control", cache_control(request.method, request.scope["path"]))
    is_page = response.headers.get("content-type", "").startswith("text/html")
    response.headers["Content-Security-Policy"] = _page_policy() if is_page else DATA_POLICY


def _page_policy() -> str:
    return page_policy(storefront.link_origins() | storefront.storefront_settings().token_origins)
