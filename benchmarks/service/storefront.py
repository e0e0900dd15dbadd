"""The storefront's deployed handler, called in this process with events of API Gateway.

Its AWS is an emulator in a process of its own on the loopback interface: processor time is that of the
function and the AWS SDK, durations have the emulator's time too.
"""

import base64
import contextlib
import gzip
import io
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

import boto3

from limner.bootstrap import storefront
from limner.identity import Identity, Scope

from .functions import Context, Event, Handler, load_function

TENANT = "main"
KEY_ID = "0123456789abcdef"
HEADERS = {"host": "api.example", "content-type": "application/json", "accept-encoding": "gzip"}
CREDENTIALS = {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "POWERTOOLS_METRICS_DISABLED": "true",
}


@dataclass(frozen=True)
class Answer:
    """`body` is as it is sent: compressed where the request allows it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    milliseconds: float
    processor_milliseconds: float

    def json(self) -> Any:
        is_compressed = self.headers.get("content-encoding") == "gzip"
        return json.loads(gzip.decompress(self.body) if is_compressed else self.body)


def load_handler(variables: dict[str, str]) -> Handler:
    """With the function's environment. All tenants share one session: what a tenant's role allows is not
    measured here."""
    os.environ |= CREDENTIALS | variables
    stores = cache(lambda _tenant: storefront._tenant_stores(boto3.Session()))
    vars(storefront)["_tenant_sessions"] = lambda: stores
    return load_function("storefront")


def event(
    path: str,
    query: Mapping[str, object] | None = None,
    *,
    method: str = "GET",
    body: Any = None,
    headers: Mapping[str, str] | None = None,
) -> Event:
    """Of API Gateway (payload format 2.0), with the authorizer's answer."""
    caller = Identity(TENANT, KEY_ID, frozenset(Scope), livemode=True)
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": ""}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": urlencode(query or {}),
        "headers": {**HEADERS, **(headers or {})},
        "requestContext": {"http": http, "stage": "$default", "authorizer": {"lambda": caller.context()}},
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def call(handler: Handler, asked: Event) -> Answer:
    """The log goes nowhere, as its writing is the terminal's time."""
    with contextlib.redirect_stdout(io.StringIO()):
        began, used = time.perf_counter(), time.process_time()
        answer = handler(asked, Context("storefront"))
        processor, wall = time.process_time() - used, time.perf_counter() - began
    body = answer.get("body") or ""
    sent = base64.b64decode(body) if answer["isBase64Encoded"] else body.encode()
    return Answer(int(answer["statusCode"]), answer["headers"], sent, wall * 1000, processor * 1000)
