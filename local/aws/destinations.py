"""What ministack's asynchronous invocations of Lambda functions lack: the destination of successes.

The record's form is that of the Lambda developer guide, "Capturing records of Lambda asynchronous
invocations"; queues are the only destination here.
"""

import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from ministack.services import lambda_svc

Send = Callable[[str, str], None]
"""Puts a message body into the queue with this ARN."""

_success_queue: ContextVar[str] = ContextVar("success_queue", default="")
"""Of the asynchronous invocation that is running: ministack's thread for it has this context."""


def install(send: Send) -> None:
    invoke, dispatch = lambda_svc.invoke_async_with_retry, lambda_svc._execute_function_dispatch

    def invoke_async(function: dict[str, Any], event: Any) -> None:
        token = _success_queue.set(success_queue(function))
        try:
            invoke(function, event)
        finally:
            _success_queue.reset(token)

    def dispatch_and_record(
        function: dict[str, Any], config: dict[str, Any], event: Any, request_id: str, started: float
    ) -> dict[str, Any]:
        result: dict[str, Any] = dispatch(function, config, event, request_id, started)
        queue = _success_queue.get()
        if queue and not result.get("error"):
            send(
                queue,
                json.dumps(success_record(config["FunctionArn"], event, request_id, result.get("body"))),
            )
        return result

    lambda_svc.invoke_async_with_retry = invoke_async
    lambda_svc._execute_function_dispatch = dispatch_and_record


def success_queue(function: Mapping[str, Any]) -> str:
    """The ARN in the configuration of the function's asynchronous invocations; empty where there is none."""
    config = (function.get("event_invoke_configs") or {}).get("$LATEST") or {}
    return str(config.get("DestinationConfig", {}).get("OnSuccess", {}).get("Destination", ""))


def success_record(function_arn: str, event: Any, request_id: str, answer: Any) -> dict[str, Any]:
    return {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": request_id,
            "functionArn": function_arn,
            "condition": "Success",
            "approximateInvokeCount": 1,
        },
        "requestPayload": event,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"},
        "responsePayload": answer,
    }
