"""SageMaker's asynchronous inference: the parts that a caller and a container depend on.

Requests and responses have the shapes of botocore's `sagemaker-runtime` service model.
"""

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import Any, Protocol
from urllib.parse import urlsplit

from local.sagemaker.notifications import Invocation, failure_notification, success_notification

log = logging.getLogger("sagemaker")

HEADER_PREFIX = "x-amzn-sagemaker-"
DEFAULT_TTL_SECONDS = 6 * 3600
DEFAULT_INVOCATION_TIMEOUT_SECONDS = 900
DEFAULT_CONTENT_TYPE = "application/json"
POLL_SECONDS = 0.05
START_TIMEOUT_SECONDS = 180

CREATING, IN_SERVICE, FAILED = "Creating", "InService", "Failed"


class ModelError(Exception):
    """An error response of the container, or none; the message is SageMaker's failure reason."""


class Container(Protocol):
    def start(self) -> None: ...

    def state(self) -> str:
        """CREATING, IN_SERVICE or FAILED."""

    def invoke(self, body: bytes, *, content_type: str, timeout: float) -> tuple[bytes, str]:
        """The response and its content type. Raises ModelError."""


class Storage(Protocol):
    """The part of boto3's S3 client that is used here."""

    def get_object(self, *, Bucket: str, Key: str) -> Any: ...  # noqa: N803 - boto3's names

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> Any: ...  # noqa: N803


class Topics(Protocol):
    """The part of boto3's SNS client that is used here."""

    def publish(self, *, TopicArn: str, Message: str) -> Any: ...  # noqa: N803


class RequestRefused(Exception):
    """An error response of the API, in the shape of AWS's rest-json protocol."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass(frozen=True)
class AsyncConfig:
    """AsyncInferenceConfig of the template; locations are s3:// prefixes."""

    output_path: str
    concurrent_invocations: int = 1
    failure_path: str | None = None
    success_topic: str | None = None
    error_topic: str | None = None

    @classmethod
    def of(cls, async_inference_config: Mapping[str, Any]) -> "AsyncConfig":
        output = async_inference_config["OutputConfig"]
        topics = output.get("NotificationConfig", {})
        client = async_inference_config.get("ClientConfig", {})
        return cls(
            concurrent_invocations=int(client.get("MaxConcurrentInvocationsPerInstance", 1)),
            output_path=output["S3OutputPath"].rstrip("/"),
            failure_path=(output.get("S3FailurePath") or "").rstrip("/") or None,
            success_topic=topics.get("SuccessTopic"),
            error_topic=topics.get("ErrorTopic"),
        )


@dataclass
class AsyncEndpoint:
    """A queue and one container, which gets invocations in the order of arrival, some at a time."""

    name: str
    region: str
    config: AsyncConfig
    container: Container
    s3: Storage
    sns: Topics
    queue: SimpleQueue[Invocation | None] = field(default_factory=SimpleQueue)
    _starting: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        for number in range(self.config.concurrent_invocations):
            name = f"endpoint-{self.name}-{number}"
            threading.Thread(target=self._serve, name=name, daemon=True).start()

    def stop(self) -> None:
        for _ in range(self.config.concurrent_invocations):
            self.queue.put(None)

    def accept(self, headers: Mapping[str, str]) -> Invocation:
        """Queue a request, whose header names are in lower case.

        Raises:
            RequestRefused: the request has no input location.
        """
        invocation = self._invocation(headers)
        self.queue.put(invocation)
        return invocation

    def _invocation(self, headers: Mapping[str, str]) -> Invocation:
        def header(name: str) -> str | None:
            return headers.get(HEADER_PREFIX + name)

        location = header("inputlocation")
        if not location:
            raise RequestRefused(400, "ValidationError", "InputLocation is required.")
        name = str(uuid.uuid4())
        failures = self.config.failure_path
        return Invocation(
            endpoint=self.name,
            region=self.region,
            inference_id=header("inference-id") or str(uuid.uuid4()),
            input_location=location,
            content_type=header("content-type") or DEFAULT_CONTENT_TYPE,
            accept=header("accept"),
            output_location=f"{self.config.output_path}/{name}.out",
            failure_location=f"{failures}/{name}-error.out" if failures else None,
            received_at=datetime.now(UTC),
            expires_at=time.monotonic() + float(header("requestttlseconds") or DEFAULT_TTL_SECONDS),
            timeout=float(header("invocationtimeoutseconds") or DEFAULT_INVOCATION_TIMEOUT_SECONDS),
        )

    def _serve(self) -> None:
        while invocation := self.queue.get():
            with self._starting:
                self._wait_for_container()
            try:
                self.process(invocation)
            except Exception:
                log.exception("invocation %s could not be processed", invocation.inference_id)

    def _wait_for_container(self) -> None:
        """An ended container is started again, at most once for each invocation."""
        deadline, started = time.monotonic() + START_TIMEOUT_SECONDS, False
        while (state := self.container.state()) != IN_SERVICE and time.monotonic() < deadline:
            if state == FAILED:
                if started:
                    return
                self.container.start()
                started = True
            time.sleep(POLL_SECONDS)

    def process(self, invocation: Invocation) -> None:
        """Invoke the container, store its response, publish the notification."""
        try:
            response, content_type = self._invoke_container(invocation)
        except ModelError as error:
            self._fail(invocation, str(error))
        else:
            self._complete(invocation, response, content_type)

    def _invoke_container(self, invocation: Invocation) -> tuple[bytes, str]:
        if time.monotonic() > invocation.expires_at:
            raise ModelError("ClientError: the request's time to live passed before a container was free.")
        return self.container.invoke(
            self._read_input(invocation), content_type=invocation.content_type, timeout=invocation.timeout
        )

    def _read_input(self, invocation: Invocation) -> bytes:
        bucket, key = _bucket_and_key(invocation.input_location)
        try:
            return bytes(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        except Exception as error:
            raise ModelError(f"ClientError: cannot read {invocation.input_location}: {error}") from error

    def _complete(self, invocation: Invocation, response: bytes, content_type: str) -> None:
        self._put(invocation.output_location, response, content_type)
        self._publish(self.config.success_topic, success_notification(invocation, content_type))

    def _fail(self, invocation: Invocation, reason: str) -> None:
        log.error("invocation %s: %s", invocation.inference_id, reason)
        if invocation.failure_location:
            self._put(invocation.failure_location, reason.encode(), "text/plain")
        self._publish(self.config.error_topic, failure_notification(invocation, reason))

    def _put(self, location: str, body: bytes, content_type: str) -> None:
        bucket, key = _bucket_and_key(location)
        self.s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type)

    def _publish(self, topic: str | None, notification: Mapping[str, Any]) -> None:
        if topic:
            self.sns.publish(TopicArn=topic, Message=json.dumps(notification))


def _bucket_and_key(location: str) -> tuple[str, str]:
    parts = urlsplit(location)
    return parts.netloc, parts.path[1:]


Authorize = Callable[[Mapping[str, str], str], str | None]
"""Headers and endpoint name → None, or the message of an AccessDeniedException."""


@dataclass
class SageMaker:
    """Every endpoint of the account, by name."""

    authorize: Authorize
    endpoints: dict[str, AsyncEndpoint] = field(default_factory=dict)

    def add(self, endpoint: AsyncEndpoint) -> None:
        self.endpoints[endpoint.name] = endpoint
        endpoint.start()

    def remove(self, name: str) -> None:
        """Names are unique ignoring case; an invocation must match the case (CreateEndpoint reference)."""
        for existing in [existing for existing in self.endpoints if existing.lower() == name.lower()]:
            self.endpoints.pop(existing).stop()

    def invoke_async(self, name: str, headers: Mapping[str, str]) -> Invocation:
        """Raises RequestRefused: not allowed, no such endpoint, or a request without input."""
        if denial := self.authorize(headers, name):
            raise RequestRefused(403, "AccessDeniedException", denial)
        if name not in self.endpoints:
            raise RequestRefused(400, "ValidationError", f"Endpoint {name} of account not found.")
        return self.endpoints[name].accept(headers)

    def status(self, name: str) -> str:
        """The endpoint's EndpointStatus. Raises RequestRefused."""
        if name not in self.endpoints:
            raise RequestRefused(400, "ValidationError", f"Could not find endpoint {name!r}.")
        return self.endpoints[name].container.state()
