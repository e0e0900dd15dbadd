"""A client of the HTTP API: order pictures, upload the photo, poll it, download the results."""

import mimetypes
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx

TIMEOUT_SECONDS = 60
UNKNOWN_CONTENT_TYPE = "application/octet-stream"
ERROR_TEXT_MAX_CHARS = 200


class ApiError(Exception):
    """An error response of the API or of S3; `code` is the response's own."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Order:
    """The presigned form for one photo."""

    photo_id: str
    url: str
    fields: Mapping[str, str]
    max_bytes: int


class ApiClient:
    """Every method raises ApiError for an error response. S3 is never sent the key: its forms and links carry
    a signature of their own, and it refuses a request with both."""

    def __init__(self, api_url: str, key: str, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(
            base_url=f"{api_url}/v1/",
            headers={"Authorization": f"Bearer {key}"},
            timeout=TIMEOUT_SECONDS,
            transport=transport,
        )
        self._s3 = httpx.Client(timeout=TIMEOUT_SECONDS, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()
        self._s3.close()

    def styles(self) -> list[dict[str, Any]]:
        return list(self._json("GET", "styles")["styles"])

    def order(self, file: Path, looks: Sequence[Mapping[str, Any]]) -> Order:
        body = {"filename": file.name, "content_type": content_type_of(file), "looks": list(looks)}
        return _order_of(self._json("POST", "photos", json=body))

    def order_replacement(self, photo_id: str, file: Path) -> Order:
        """A form with which the file takes the place of the one that the photo has."""
        body = {"content_type": content_type_of(file), "replace": True}
        return _order_of(self._json("POST", f"photos/{photo_id}/upload", json=body))

    def upload(self, order: Order, file: Path) -> None:
        """Raises ApiError, and OSError for a file that cannot be read."""
        size = file.stat().st_size
        if size > order.max_bytes:
            raise ApiError("too_large", f"{size:,} bytes; at most {order.max_bytes:,} are allowed")
        with file.open("rb") as photo:
            response = self._s3.post(order.url, data=dict(order.fields), files={"file": (file.name, photo)})
        if response.is_error:
            raise _s3_error(response)

    def photo(self, photo_id: str) -> dict[str, Any]:
        return self._json("GET", f"photos/{photo_id}")

    def download(self, url: str) -> bytes:
        response = self._s3.get(url)
        if response.is_error:
            raise _s3_error(response)
        return response.content

    def _json(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        headers = {"Idempotency-Key": uuid4().hex} if method == "POST" else {}
        response = self._http.request(method, path, headers=headers, **content)
        if response.is_error:
            raise _api_error(response)
        return dict(response.json())


def _order_of(response: Mapping[str, Any]) -> Order:
    form = response["upload"]
    return Order(response["photo_id"], form["url"], form["fields"], form["max_bytes"])


def content_type_of(file: Path) -> str:
    """By the file's name, as a browser does it."""
    guessed = mimetypes.guess_type(file.name.lower())[0] or UNKNOWN_CONTENT_TYPE
    return guessed if guessed.startswith("image/") else UNKNOWN_CONTENT_TYPE


def _api_error(response: httpx.Response) -> ApiError:
    try:
        problem = response.json()
        return ApiError(problem["code"], problem["detail"])
    except (ValueError, KeyError, TypeError):
        return _http_error(response)


def _s3_error(response: httpx.Response) -> ApiError:
    try:
        error = ET.fromstring(response.content)
    except ET.ParseError:
        return _http_error(response)
    return ApiError(error.findtext("Code") or "unknown", error.findtext("Message") or "")


def _http_error(response: httpx.Response) -> ApiError:
    return ApiError(f"http_{response.status_code}", response.text[:ERROR_TEXT_MAX_CHARS])
