"""AWS in process (moto), with faults injected into the calls of ports.

A *seam* is a method of a port in the adapters (`photos.lease`, `objects.get`, `endpoint.submit` …). A fault acts
before the call, after it (the effect has happened, then the worker crashes), or on the HTTP request below it, so
that the SDK's retries and the adapters' translation of errors are included.
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
from limner.adapters.picture_hashes import DynamoDbPictureHashes
from limner.adapters.s3 import S3Objects
from limner.adapters.sagemaker import AsyncEndpoint
from limner.adapters.sdk import CONFIG
from limner.adapters.signing_key import KmsSigningKey
from limner.adapters.sqs import QueuedUploadEvents

PORTS: dict[str, tuple[type, tuple[str, ...]]] = {
    "photos": (
        DynamoDbPhotos,
        (
            "get", "record_upload", "lease", "release", "record_submission", "record_variants", "record_results",
            "record_failure", "due", "postpone", "close", "revise", "retry_failed",
        ),
    ),
    "objects": (S3Objects, ("get", "get_head", "describe", "list", "put")),
    "endpoint": (AsyncEndpoint, ("submit",)),
    "events": (QueuedUploadEvents, ("route", "make_variants")),
    "hashes": (DynamoDbPictureHashes, ("record",)),
    "signing_key": (KmsSigningKey, ("find",)),
}  # fmt: skip
SDK_ATTEMPTS = CONFIG.retries.get("total_max_attempts") or CONFIG.retries["max_attempts"] + 1
BEFORE, AFTER, WIRE = "before", "after", "wire"
FOREVER = 10**9

Effect = Callable[[str, Any], AWSResponse | None]


_MODELS = Loader()
"""Service models are loaded once for all simulations."""


class Crash(BaseException):
    """The worker's process has ended: none of its exception handlers run."""


@dataclass
class InjectedFault:
    """Applies `effect` to `times` calls of a seam while `function` runs, after `skip` calls."""

    function: str
    seam: str
    when: str
    effect: Effect
    times: int = 1
    skip: int = 0

    def applies(self, function: str, seam: str, when: str) -> bool:
        if (self.function, self.seam, self.when) != (function, seam, when) or self.times <= 0:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


def crash(*_: Any) -> None:
    raise Crash


def status(code: int, error: str) -> Effect:
    """An error response in the protocol of the called service."""

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
    """No response within the client's read time-out; the request had no effect."""
    raise ReadTimeoutError(endpoint_url=request.url)


def unreachable(event: str, request: Any) -> None:
    raise EndpointConnectionError(endpoint_url=request.url)


def response_lost(event: str, request: Any) -> None:
    """The request takes effect, and the connection breaks before the response."""
    botocore_stubber(event, request)
    raise ConnectionClosedError(endpoint_url=request.url)


def truncated(event: str, request: Any) -> AWSResponse:
    """Half the body, with a content-length of the complete."""
    complete = botocore_stubber(event, request)
    assert complete
    body = complete.raw.read()
    headers = {**complete.headers, "content-length": str(len(body))}
    return AWSResponse(request.url, complete.status_code, headers, MockRawResponse(body[: len(body) // 2]))


@dataclass
class Wire:
    """`running` is a stack of the functions that run, `seams` of the port calls in progress."""

    submit: Callable[[Any], AWSResponse]
    send: Callable[[Any], AWSResponse]
    measure: Callable[[Any], AWSResponse]
    faults: list[InjectedFault] = field(default_factory=list)
    running: list[str] = field(default_factory=lambda: [""])
    seams: list[str] = field(default_factory=list)

    def _apply_fault(self, seam: str, when: str, event: str, request: Any) -> AWSResponse | None:
        for fault in self.faults:
            if fault.applies(self.running[-1], seam, when):
                return fault.effect(event, request)
        return None

    def before_send(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        for seam in reversed(self.seams):
            if (answer := self._apply_fault(seam, WIRE, event_name, request)) is not None:
                return answer
        if event_name == "before-send.sagemaker-runtime.InvokeEndpointAsync":
            return self.submit(request)
        if event_name == "before-send.sqs.GetQueueAttributes":
            return self.measure(request)
        return self.send(request) if event_name == "before-send.sqs.SendMessage" else None

    def seam(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self._apply_fault(name, BEFORE, "", None)
            self.seams.append(name)
            try:
                answer = method(*arguments, **named)
            finally:
                self.seams.pop()
            self._apply_fault(name, AFTER, "", None)
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
def simulated_aws(wire: Wire) -> Iterator[None]:
    """AWS in process, with all seams and requests through `wire`, and no delay between SDK retries."""
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
