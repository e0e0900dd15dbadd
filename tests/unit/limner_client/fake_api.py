"""The API and its storage behind a transport of httpx, without network."""

import json
from collections import Counter, deque
from dataclasses import dataclass, field
from email import message_from_bytes

import httpx

from limner_client._steps import ORDER
from tools.openapi import OPENAPI_FILE

URL, KEY, BUCKET = "https://api.example", "lk_test_key", "https://bucket.example"
PICTURE = b"the styled picture"
DOCUMENT = json.loads(OPENAPI_FILE.read_text("utf-8"))
ORDER_PATH = next(
    path
    for path, methods in DOCUMENT["paths"].items()
    for operation in methods.values()
    if operation["operationId"] == ORDER
)


def example(path: str, name: str = "") -> dict:
    """The described example of GET `path`."""
    content = DOCUMENT["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    return content["examples"][name]["value"] if name else content["example"]


@dataclass
class FakeApi:
    """Photos are PROCESSING when first polled; then READY, or FAILED if their name begins with `bad`."""

    orders: dict[str, dict] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    polls: Counter = field(default_factory=Counter)
    faults: deque = field(default_factory=deque)
    """Answers or errors that the next requests get instead of theirs."""
    slept: list[float] = field(default_factory=list)

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def sleep_async(self, seconds: float) -> None:
        self.slept.append(seconds)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.faults:
            fault = self.faults.popleft()
            if isinstance(fault, Exception):
                raise fault
            return fault
        if str(request.url).startswith(BUCKET):
            assert "authorization" not in request.headers, (
                "storage refuses a request with a key and a signature"
            )
            return self._storage(request)
        assert request.headers["authorization"] == f"Bearer {KEY}"
        return self._api(request)

    def _storage(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, content=PICTURE)
        head = b"Content-Type: " + request.headers["content-type"].encode() + b"\r\n\r\n"
        parts = message_from_bytes(head + request.content).get_payload()
        fields = {part.get_param("name", header="content-disposition"): part for part in parts}
        assert list(fields)[-1] == "file", "storage ignores fields after the file"
        photo_id = fields["key"].get_payload(decode=True).decode()
        self.files[photo_id] = fields["file"].get_payload(decode=True)
        return httpx.Response(204)

    def _api(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.method == "POST" and path == ORDER_PATH:
            order = json.loads(request.content)
            photo_id = f"{len(self.orders):032x}"
            self.orders[photo_id] = order
            form = {"url": BUCKET, "fields": {"key": photo_id}, "expires_at": "2026-01-01T13:00:00Z"}
            body = {
                "photo_id": photo_id,
                "livemode": False,
                "photo": f"photos/{photo_id}",
                "upload": {**form, "max_bytes": 1000},
            }
            return httpx.Response(201, json=body)
        if path == "/v1/styles":
            return httpx.Response(200, json=example("/v1/styles"))
        if path == "/v1/styles/search":
            return httpx.Response(200, json=self._found(request.url.params.get("q")))
        if path == "/v1/sign-in":
            return httpx.Response(200, json=None)
        if path == "/v1/photos":
            return httpx.Response(200, json=self._page(request.url.params.get("cursor")))
        return httpx.Response(200, json=self._photo(path.rpartition("/")[2]))

    def _found(self, words: str | None) -> dict:
        """Words with "oil" in them find oil, all others nothing."""
        listed = {**example("/v1/styles"), "language": None, "suggestion": None}
        for style in listed["styles"]:
            style["score"] = None
        if words is None:
            return listed
        if "oil" not in words:
            return {**listed, "styles": []}
        suggestion = {"styles": {"oil": 0.7, "pencil": 0.3}, "strength": 0.8, "protection": "soft"}
        suggestion["levels"] = {"colour": 0.5, "stroke": 1, "motif": 1}
        style = {**listed["styles"][0], "id": "oil", "score": 0.8}
        return {**listed, "styles": [style], "language": "en", "suggestion": suggestion}

    def _page(self, cursor: str | None) -> dict:
        """Two pages of one photo each."""
        page = example("/v1/photos")
        photo = {**page["photos"][0], "photo_id": ("2" if cursor else "1") * 32}
        return {**page, "photos": [photo], "next_cursor": None if cursor else "second"}

    def _photo(self, photo_id: str) -> dict:
        self.polls[photo_id] += 1
        order = self.orders[photo_id]
        status = "processing" if self.polls[photo_id] == 1 else "ready"
        if status == "ready" and order["filename"].startswith("bad"):
            status = "failed"
        photo = {
            **example("/v1/photos/{photo_id}", status),
            "photo_id": photo_id,
            "filename": order["filename"],
        }
        for picture in photo["results"]:
            picture["renditions"][0] |= {"url": f"{BUCKET}/picture", "content_type": "image/webp"}
        return photo


def problem(status: int, code: str, **headers: str) -> httpx.Response:
    body = {"type": "about:blank", "title": "t", "status": status, "code": code, "detail": "d"}
    return httpx.Response(status, json={**body, "request_id": "r1", "errors": []}, headers=headers)
