"""AWS in process (moto), with troubles that strike while a named call of a port is under way.

A *seam* is a port's method as the adapters have it (`photos.lease`, `objects.get`, `endpoint.submit` …). A trouble
strikes before the call, after it (the effect is there, the worker is not), or on the wire beneath it, so that the
SDK's own retries and the adapters' translation of errors take part.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
import botocore.endpoint
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError
from botocore.loaders import Loader
from moto import mock_aws
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber

from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.s3 import S3Objects
from limner.adapters.sagemaker import AsyncEndpoint
from limner.adapters.sdk import CONFIG
from limner.adapters.sqs import QueuedUploadEvents

PORTS: dict[str, tuple[type, tuple[str, ...]]] = {
    "photos": (
        DynamoDbPhotos,
        (
            "get", "record_upload", "lease", "release", "record_submission", "record_variants", "record_results",
            "record_failure", "due", "postpone", "close",
        ),
    ),
    "objects": (S3Objects, ("get", "get_head", "describe", "list", "put")),
    "endpoint": (AsyncEndpoint, ("submit",)),
    "events": (QueuedUploadEvents, ("resend",)),
}  # fmt: skip
SDK_TRIES = CONFIG.retries.get("total_max_attempts") or CONFIG.retries["max_attempts"] + 1
BEFORE, AFTER, WIRE = "before", "after", "wire"
FOREVER = 10**9

Strike = Callable[[str, Any], AWSResponse | None]


_MODELS = Loader()
"""Service models are read once for all worlds."""


class Crash(BaseException):
    """The worker's process is gone: no handler of it runs any more."""


@dataclass
class InjectedFault:
    """Strikes `times` calls of a seam while `function` runs, after sparing the first `spared`."""

    function: str
    seam: str
    when: str
    strike: Strike
    times: int = 1
    spared: int = 0

    def strikes(self, function: str, seam: str, when: str) -> bool:
        if (self.function, self.seam, self.when) != (function, seam, when) or self.times <= 0:
            return False
        if self.spared:
            self.spared -= 1
            return False
        self.times -= 1
        return True


def crash(*_: Any) -> None:
    raise Crash


def status(code: int, error: str) -> Strike:
    """An error answer in the protocol of whichever service is asked."""

    def answer(event: str, request: Any) -> AWSResponse:
        service = event.split(".")[1]
        if service == "s3":
            body, kind = f"<Error><Code>{error}</Code><Message>{error}</Message></Error>", "application/xml"
        else:
            body, kind = json.dumps({"__type": f"x#{error}", "message": error}), "application/json"
        headers = {"content-type": kind, "x-amzn-errortype": error}
        return AWSResponse(
            request.url, code, headers, MockRawResponse("" if request.method == "HEAD" else body)
        )

    return answer


def slow(event: str, request: Any) -> None:
    """No answer within the client's read timeout; nothing happened over there."""
    raise ReadTimeoutError(endpoint_url=request.url)


def unreachable(event: str, request: Any) -> None:
    raise EndpointConnectionError(endpoint_url=request.url)


def answer_lost(event: str, request: Any) -> None:
    """It happened over there, and the connection broke before the answer came."""
    botocore_stubber(event, request)
    raise ConnectionClosedError(endpoint_url=request.url)


def truncated(event: str, request: Any) -> AWSResponse:
    """Half the body, under headers that promise all of it."""
    whole = botocore_stubber(event, request)
    assert whole
    body = whole.raw.read()
    headers = {**whole.headers, "content-length": str(len(body))}
    return AWSResponse(request.url, whole.status_code, headers, MockRawResponse(body[: len(body) // 2]))


@dataclass
class Wire:
    """`running` names the function at work, `seams` the port calls under way (they nest)."""

    submit: Callable[[Any], AWSResponse]
    send: Callable[[Any], AWSResponse]
    errors: list[InjectedFault] = field(default_factory=list)
    running: list[str] = field(default_factory=lambda: [""])
    seams: list[str] = field(default_factory=list)

    def _struck(self, seam: str, when: str, event: str, request: Any) -> AWSResponse | None:
        for fault in self.errors:
            if fault.strikes(self.running[-1], seam, when):
                return fault.strike(event, request)
        return None

    def before_send(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        for seam in reversed(self.seams):
            if (answer := self._struck(seam, WIRE, event_name, request)) is not None:
                return answer
        if event_name == "before-send.sagemaker-runtime.InvokeEndpointAsync":
            return self.submit(request)
        return self.send(request) if event_name == "before-send.sqs.SendMessage" else None

    def seam(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self._struck(name, BEFORE, "", None)
            self.seams.append(name)
            try:
                answer = method(*arguments, **named)
            finally:
                self.seams.pop()
            self._struck(name, AFTER, "", None)
            return answer

        return call

    @contextmanager
    def function(self, name: str) -> Iterator[None]:
        self.running.append(name)
        seams, self.seams = self.seams, []
        try:
            yield
        finally:
            self.running.pop()
            self.seams = seams


@contextmanager
def wired(wire: Wire) -> Iterator[None]:
    """AWS in process, every seam under `wire`, and no waiting between the SDK's tries."""
    with ExitStack() as stack:
        stack.enter_context(mock_aws())
        stack.enter_context(
            patch.object(botocore.endpoint, "time", SimpleNamespace(sleep=lambda seconds: None))
        )
        session = boto3.session.Session(region_name="eu-central-1")
        session._session.register_component("data_loader", _MODELS)
        stack.enter_context(patch("boto3.DEFAULT_SESSION", session))
        session._session.get_component("event_emitter").register_first("before-send", wire.before_send)
        for port, (adapter, methods) in PORTS.items():
            for method in methods:
                patched = _bound(wire, f"{port}.{method}", getattr(adapter, method))
                stack.enter_context(patch.object(adapter, method, patched))
        yield


def _bound(wire: Wire, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: Any, *arguments: Any, **named: Any) -> Any:
        return wire.seam(name, method)(self, *arguments, **named)

    return call
