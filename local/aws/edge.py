"""Stands for the distribution: answers for public pictures, and for nothing else of the results bucket.

The emulator's CloudFront serves no S3 bucket. As CloudFront with its origin access control, this reads with
rights of its own, and its path is the object's key.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.exceptions import ClientError

from limner.keys import PUBLIC_PREFIX

CORS = {"Access-Control-Allow-Origin": "*"}


class Edge:
    """`bucket` is known once the stack is deployed; until then nothing is found."""

    def __init__(self, s3: Any) -> None:
        self.bucket = ""
        self._s3 = s3
        handler = type("Handler", (_Handler,), {"edge": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def serve(self) -> None:
        threading.Thread(target=self._server.serve_forever, name="edge", daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def read(self, key: str) -> tuple[bytes, dict[str, str]] | None:
        """Body and headers of a public picture; None for any other key, as CloudFront's 403."""
        if not self.bucket or not key.startswith(PUBLIC_PREFIX):
            return None
        try:
            found = self._s3.get_object(Bucket=self.bucket, Key=key)
        except ClientError:
            return None
        headers = {"Content-Type": found["ContentType"], "Cache-Control": found.get("CacheControl", "")}
        return found["Body"].read(), headers


class _Handler(BaseHTTPRequestHandler):
    edge: Edge
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        found = self.edge.read(unquote(urlsplit(self.path).path).removeprefix("/"))
        body, headers = found or (b"", {})
        self.send_response(HTTPStatus.OK if found else HTTPStatus.FORBIDDEN)
        for name, value in {**CORS, **headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def serving_edge(s3: Any) -> Iterator[Edge]:
    """`s3` is a boto3 client that may read the results bucket."""
    edge = Edge(s3)
    edge.serve()
    try:
        yield edge
    finally:
        edge.stop()
