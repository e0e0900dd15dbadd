"""The HTTP API as a shop uses it: order pictures, send the photo, ask how it goes, fetch the results."""

import mimetypes
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx

SECONDS = 60
ANY_BYTES = "application/octet-stream"


class Refused(Exception):
    """The API or S3 said no; `code` is theirs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Order:
    photo_id: str
    url: str
    fields: Mapping[str, str]
    max_bytes: int


class Shop:
    def __init__(self, api_url: str) -> None:
        self._http = httpx.Client(base_url=f"{api_url}/", timeout=SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def styles(self) -> list[dict[str, Any]]:
        return list(self._json("GET", "styles")["styles"])

    def order(self, file: Path, looks: Sequence[Mapping[str, Any]]) -> Order:
        """Raises Refused."""
        body = {"filename": file.name, "content_type": content_type_of(file), "looks": list(looks)}
        answer = self._json("POST", "uploads", json=body)
        form = answer["upload"]
        return Order(answer["photo_id"], form["url"], form["fields"], form["max_bytes"])

    def upload(self, order: Order, file: Path) -> None:
        """Raises Refused, and OSError for a file that cannot be read."""
        size = file.stat().st_size
        if size > order.max_bytes:
            raise Refused("too_large", f"{size:,} bytes; at most {order.max_bytes:,} are allowed")
        with file.open("rb") as photo:
            answer = self._http.post(order.url, data=dict(order.fields), files={"file": (file.name, photo)})
        if answer.is_error:
            raise _refusal_of_s3(answer)

    def photo(self, photo_id: str) -> dict[str, Any]:
        """Raises Refused."""
        return self._json("GET", f"photos/{photo_id}")

    def download(self, url: str) -> bytes:
        """Raises Refused."""
        answer = self._http.get(url)
        if answer.is_error:
            raise _refusal_of_s3(answer)
        return answer.content

    def _json(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        answer = self._http.request(method, path, **content)
        if answer.is_error:
            raise _refusal_of_api(answer)
        return dict(answer.json())


def content_type_of(file: Path) -> str:
    """By the name, as a browser does it."""
    guessed = mimetypes.guess_type(file.name.lower())[0] or ANY_BYTES
    return guessed if guessed.startswith("image/") else ANY_BYTES


def _refusal_of_api(answer: httpx.Response) -> Refused:
    try:
        problem = answer.json()
        return Refused(problem["code"], problem["detail"])
    except (ValueError, KeyError, TypeError):
        return Refused(f"http_{answer.status_code}", answer.text[:200])


def _refusal_of_s3(answer: httpx.Response) -> Refused:
    try:
        error = ET.fromstring(answer.content)
    except ET.ParseError:
        return Refused(f"http_{answer.status_code}", answer.text[:200])
    return Refused(error.findtext("Code") or "unknown", error.findtext("Message") or "")
