"""Conditional requests (RFC 9110, section 13) and HEAD, for every GET route.

Every answer has an entity tag, and a request that knows it is answered 304 without a body. Links to pictures
are signed anew for each answer and expire. The tag is that of the answer without them, and of the period in
which it was made: an unchanged photo that is polled stays 304 for a period, and whoever keeps an answer as
long as it is confirmed has links that are good for at least as long again. Tags are weak: answers with equal
tags may have other links, and be compressed or not.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, TypeVar

from fastapi import Depends, FastAPI, Request, Response
from pydantic import BaseModel
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from limner.bootstrap import pipeline, storefront
from limner.ports import Address, LinkSigner
from limner.views.renditions import Link

TAG_DIGITS = 32
LINK_PERIODS = 2
"""In the life of a link. A tag is good for one of them."""

View = TypeVar("View", bound=BaseModel)


class NotModified(Exception):
    def __init__(self, headers: Headers) -> None:
        self.headers = headers


class ConditionalAnswer:
    """The answer to a GET request whose view may have links: 304 where the caller has it already. Links are
    signed only where they are sent."""

    def __init__(self, request: Request, response: Response) -> None:
        self._request = request
        self._response = response

    def __call__(self, view: Callable[[Link], View], links: LinkSigner) -> View:
        """Raises NotModified."""
        keys = _KeysForLinks()
        body = view(keys).model_dump_json()
        period = self._period() if keys.were_asked_for else ""
        tag = entity_tag(f"{period}\n{body}".encode())
        self._response.headers["ETag"] = tag
        if is_known(tag, self._request.headers):
            raise NotModified(self._response.headers)
        return view(links.download_link)

    @staticmethod
    def _period() -> str:
        seconds = timedelta(seconds=storefront.storefront_settings().link_seconds).total_seconds()
        return str(int(pipeline.now().timestamp() / (seconds / LINK_PERIODS)))


Answer = Annotated[ConditionalAnswer, Depends(ConditionalAnswer)]


class _KeysForLinks:
    """Gives each picture its key for an address, which says which picture it is and never changes."""

    were_asked_for = False

    def __call__(self, key: str) -> Address:
        self.were_asked_for = True
        return Address(key, expires_at=None)


def entity_tag(content: bytes) -> str:
    return f'W/"{hashlib.sha256(content).hexdigest()[:TAG_DIGITS]}"'


def is_known(tag: str, headers: Headers) -> bool:
    """Whether If-None-Match has the tag, by the weak comparison."""
    sent = headers.get("if-none-match")
    if sent is None:
        return False
    tags = {each.strip().removeprefix("W/") for each in sent.split(",")}
    return "*" in tags or tag.removeprefix("W/") in tags


def add_conditional_answers(app: FastAPI) -> None:
    @app.exception_handler(NotModified)
    def on_not_modified(_request: Request, answer: NotModified) -> Response:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=dict(answer.headers))

    app.add_middleware(Conditional)


class Conditional:
    """Answers HEAD as GET without the body, and gives every other answer to GET the tag of its body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            return await self._app(scope, receive, send)
        is_head = scope["method"] == "HEAD"
        collected = _Collected(send, Headers(scope=scope), sends_body=not is_head)
        return await self._app({**scope, "method": "GET"}, receive, collected.send)


class _Collected:
    """One answer, which is sent once it is whole: Lambda sends no part of one either."""

    def __init__(self, send: Send, request_headers: Headers, *, sends_body: bool) -> None:
        self._send = send
        self._request_headers = request_headers
        self._sends_body = sends_body
        self._start: Message = {}
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if not message.get("more_body"):
            await self._finish()

    async def _finish(self) -> None:
        headers = MutableHeaders(raw=self._start["headers"])
        if self._start["status"] == HTTPStatus.OK:
            tag = headers.setdefault("ETag", entity_tag(self._body))
            if is_known(tag, self._request_headers):
                self._start["status"] = HTTPStatus.NOT_MODIFIED.value
        if self._start["status"] == HTTPStatus.NOT_MODIFIED:
            self._body = b""
            for name in ("content-length", "content-type"):
                if name in headers:
                    del headers[name]
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": self._body if self._sends_body else b""})
