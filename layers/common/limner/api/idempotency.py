"""`Idempotency-Key`: a POST that is repeated with the same key is answered as it was the first time."""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from fastapi import Header, Request, Response
from fastapi.concurrency import run_in_threadpool

from limner.api.log import logger
from limner.api.problems import answer_to_error
from limner.bootstrap import storefront
from limner.errors import LimnerError
from limner.idempotency import KEY_PATTERN, KeptAnswer, RequestKey
from limner.identity import Identity

Json = dict[str, Any]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Renew = Callable[[Identity, Json, Json], Json]
"""A kept answer with what expires made anew, of the caller, the answer, and the request's body."""
KEPT_HEADERS = ("content-type", "location", "retry-after", "link", "deprecation", "sunset")
REPLAYED_HEADER = "Idempotent-Replayed"
NOT_KEPT = frozenset({HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS})
"""Statuses below 500 of requests that changed nothing and may succeed later."""
NOT_STORED = frozenset({"upload", "uploads", "secret"})
"""Fields of an answer, or of each of its items, that are not kept where a route renews them."""


def idempotency_key(
    idempotency_key: Annotated[
        str | None,
        Header(
            pattern=rf"^{KEY_PATTERN}$",
            description="Chosen by the caller for this request, such as a UUID; 1 to 255 visible ASCII"
            " characters. The same request with the same key within 24 hours is answered as the first time.",
        ),
    ] = None,
) -> None:
    """Describes the header, and refuses keys of another form."""


def renewed_by(renew: Renew) -> Callable[[Endpoint], Endpoint]:
    """For a route whose answer has upload forms or a secret: they are not kept. `renew` makes them anew, or
    says that they are gone."""

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.renew_answer = renew  # type: ignore[attr-defined]
        return endpoint

    return mark


async def answer_once(
    request: Request, caller: Identity, handle: Callable[[Request], Awaitable[Response]]
) -> Response:
    """The first answer to the request, if it has a key; without one, it is handled each time.

    Raises:
        IdempotencyKeyReused: the key belongs to another request.
        RequestInProgress: the same request has no answer yet.
    """
    key = request.headers.get("idempotency-key")
    if key is None or not re.fullmatch(KEY_PATTERN, key):
        return await handle(request)
    body = await request.body()
    asked = RequestKey(caller.tenant, key, _fingerprint(request, body))
    answers = storefront.tenant_stores(caller.tenant).answers
    begun = await run_in_threadpool(answers.begin, asked)
    renew: Renew | None = getattr(request.scope.get("endpoint"), "renew_answer", None)
    if isinstance(begun, KeptAnswer):
        return await run_in_threadpool(_repeated, request, begun, renew, body)
    try:
        response = await _handled(request, handle)
    except Exception:
        await run_in_threadpool(answers.discard, asked, begun)
        raise
    await run_in_threadpool(_keep_or_forget, asked, begun, response, renew is not None)
    return response


def _fingerprint(request: Request, body: bytes) -> str:
    asked = (
        f"{request.method} {request.url.path}?{request.url.query}\n{request.headers.get('content-type')}\n"
    )
    return hashlib.sha256(asked.encode() + body).hexdigest()


async def _handled(request: Request, handle: Callable[[Request], Awaitable[Response]]) -> Response:
    """With errors as their answers, which are kept like others."""
    try:
        return await handle(request)
    except Exception as error:
        response = answer_to_error(request, error)
        if response is None:
            raise
        return response


def _keep_or_forget(asked: RequestKey, token: str, response: Response, is_renewed: bool) -> None:
    """The request has been carried out: an answer that cannot be kept is given all the same."""
    answers = storefront.tenant_stores(asked.tenant).answers
    try:
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or response.status_code in NOT_KEPT:
            answers.discard(asked, token)
        else:
            answers.keep(asked, token, _kept(response, is_renewed))
    except LimnerError:
        logger.exception("the answer to a request with a key was not kept")


def _kept(response: Response, is_renewed: bool) -> KeptAnswer:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    body = bytes(response.body)
    if is_renewed and response.status_code < HTTPStatus.BAD_REQUEST:
        body = _to_json(_without_rights(json.loads(body)))
    return KeptAnswer(response.status_code, body, headers)


def _without_rights(answer: Any) -> Any:
    if isinstance(answer, dict):
        return {name: _without_rights(value) for name, value in answer.items() if name not in NOT_STORED}
    return [_without_rights(item) for item in answer] if isinstance(answer, list) else answer


def _repeated(request: Request, kept: KeptAnswer, renew: Renew | None, body: bytes) -> Response:
    content = kept.body
    if kept.status >= HTTPStatus.BAD_REQUEST:
        content = _to_json(json.loads(content) | {"request_id": request.state.request_id})
    elif renew is not None:
        content = _to_json(renew(request.state.caller, json.loads(content), json.loads(body or b"{}")))
    return Response(content, kept.status, {**kept.headers, REPLAYED_HEADER: "true"})


def _to_json(answer: Any) -> bytes:
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
