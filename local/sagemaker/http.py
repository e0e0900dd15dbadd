"""The HTTP server of the SageMaker shim, on its own loopback port."""

import json
import re
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from local.sagemaker.notifications import Invocation
from local.sagemaker.shim import RequestRefused, SageMaker

INVOKE_PATH = re.compile(r"/endpoints/([^/]+)/async-invocations")
DESCRIBE_PATH = re.compile(r"/endpoints/([^/]+)")


def serve_in_background(sagemaker: SageMaker, port: int) -> None:
    handler = type("Handler", (_Handler,), {"sagemaker": sagemaker})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    threading.Thread(target=server.serve_forever, name="sagemaker-http", daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    sagemaker: SageMaker
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._respond(self._invoke)

    def do_GET(self) -> None:
        self._respond(self._describe)

    def _respond(self, operation: Callable[[], None]) -> None:
        try:
            operation()
        except RequestRefused as refusal:
            headers = {"x-amzn-ErrorType": refusal.code}
            self._send(refusal.status, {"Code": refusal.code, "Message": str(refusal)}, headers)

    def _invoke(self) -> None:
        name = self._endpoint_name(INVOKE_PATH)
        headers = {header.lower(): value for header, value in self.headers.items()}
        accepted = self.sagemaker.invoke_async(name, headers)
        self._send(202, {"InferenceId": accepted.inference_id}, location_headers(accepted))

    def _describe(self) -> None:
        name = self._endpoint_name(DESCRIBE_PATH)
        self._send(200, {"EndpointName": name, "EndpointStatus": self.sagemaker.status(name)}, {})

    def _endpoint_name(self, path: re.Pattern[str]) -> str:
        match = path.fullmatch(self.path)
        if not match:
            raise RequestRefused(404, "UnknownOperationException", f"no operation at {self.path}")
        return unquote(match[1])

    def _send(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        payload = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: Any) -> None:
        """Log no requests: the emulator's log is for errors."""


def location_headers(accepted: Invocation) -> dict[str, str]:
    """Where the response will be stored, as InvokeEndpointAsync returns it."""
    headers = {"X-Amzn-SageMaker-OutputLocation": accepted.output_location}
    if accepted.failure_location:
        headers["X-Amzn-SageMaker-FailureLocation"] = accepted.failure_location
    return headers
