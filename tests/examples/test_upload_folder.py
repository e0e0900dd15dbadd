"""examples/upload_folder.py against a server on 127.0.0.1 that answers as the API and S3 do."""

import json
from collections.abc import Iterator
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jsonschema
import pytest

from examples import upload_folder
from tests.pictures import chart
from tools.openapi import OPENAPI_FILE

PICTURE = b"the styled picture"
KEY = "lk_test_key"
FOR_A_PAGE = {
    "alt": {"en": "Product photo"},
    "srcset": {},
    "sizes": "100vw",
    "dominant_colour": None,
    "placeholder": None,
}
"""What a page needs besides the pictures' addresses."""


class FakeApi(ThreadingHTTPServer):
    """Photos are PROCESSING when first polled; then READY, or FAILED if their name begins with `bad`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.orders: dict[str, dict[str, Any]] = {}
        self.uploads: dict[str, bytes] = {}
        self.polls: dict[str, int] = {}

    def photo(self, photo_id: str) -> dict[str, Any]:
        self.polls[photo_id] = self.polls.get(photo_id, 0) + 1
        order, first = self.orders[photo_id], self.polls[photo_id] == 1
        failed = order["filename"].startswith("bad")
        answer = {
            "photo_id": photo_id,
            "livemode": True,
            "filename": order["filename"],
            "status": "PROCESSING" if first else "FAILED" if failed else "READY",
            "failure": {"code": "not_an_image", "message": "No picture."} if failed and not first else None,
            "results": [] if first or failed else [self._result(look) for look in order["looks"]],
            "looks": order["looks"],
            "revision": 0,
            "created_at": "2026-01-01T12:00:00Z",
            "updated_at": "2026-01-01T12:00:00Z",
            "metadata": {},
            "tags": [],
            "original": [],
            "timings": {},
            **dict.fromkeys(("submitted_at", "finished_at", "model")),
            **dict.fromkeys(("external_id", "batch_id", "import_url")),
            **FOR_A_PAGE,
        }
        return described("PhotoView", answer)

    def _result(self, look: dict[str, Any]) -> dict[str, Any]:
        file = {"width": 96, "height": 64, "bytes": len(PICTURE), "content_type": "image/webp"}
        file["expires_at"] = "2026-01-01T13:00:00Z"
        return {
            "name": next(iter(look["styles"])),
            "look": look,
            "renditions": [{"url": f"{self.address}/s3/picture", **file}],
            "verdict": {"outcome": "passed", "strength": 1, "words": "Passed every check."},
            "metrics": {},
            "steps": [],
            **dict.fromkeys(("regions", "chosen", "review")),
            **FOR_A_PAGE,
        }


def described(schema: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, checked against docs/openapi.json, so that the fake server answers as the API does."""
    components = json.loads(OPENAPI_FILE.read_text("utf-8"))["components"]
    jsonschema.validate(answer, {"$ref": f"#/components/schemas/{schema}", "components": components})
    return answer


class _Handler(BaseHTTPRequestHandler):
    server: FakeApi

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/v1/photos":
            assert self.headers["authorization"] == f"Bearer {KEY}"
            order = json.loads(body)
            if order["filename"].startswith("refused"):
                return self._answer(422, json.dumps({"code": "invalid_request"}).encode())
            photo_id = f"{len(self.server.orders):032x}"
            self.server.orders[photo_id] = order
            form = {"url": f"{self.server.address}/s3", "fields": {"key": photo_id}}
            form |= {"max_bytes": 1000, "expires_at": "2026-01-01T13:00:00+00:00"}
            answer = {"photo_id": photo_id, "livemode": True, "photo": f"photos/{photo_id}", "upload": form}
            return self._answer(201, json.dumps(described("UploadView", answer)).encode())
        assert "authorization" not in self.headers, "S3 refuses a request with a key and a signature"
        message = message_from_bytes(
            b"Content-Type: " + self.headers["content-type"].encode() + b"\r\n\r\n" + body
        )
        fields = {
            part.get_param("name", header="content-disposition"): part for part in message.get_payload()
        }
        assert list(fields)[-1] == "file", "S3 ignores fields after the file"
        photo_id = fields["key"].get_payload(decode=True).decode()
        self.server.uploads[photo_id] = fields["file"].get_payload(decode=True)
        return self._answer(204, b"")

    def do_GET(self) -> None:
        assert ("authorization" in self.headers) == self.path.startswith("/v1/")
        if self.path == "/s3/picture":
            return self._answer(200, PICTURE)
        return self._answer(200, json.dumps(self.server.photo(self.path.rpartition("/")[2])).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def api(monkeypatch) -> Iterator[FakeApi]:
    monkeypatch.setattr(upload_folder, "POLL_SECONDS", 0.01)
    monkeypatch.setenv("LIMNER_KEY", KEY)
    with FakeApi() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    chart().save(folder / "mug.png")
    return folder


def run(api, photos, *more: str) -> int:
    return upload_folder.main(
        [str(photos), "--api", api.address, "--out", str(photos.parent / "out"), "--timeout", "30", *more]
    )


def test_every_photo_is_uploaded_and_its_pictures_are_saved(api, photos, capsys):
    assert run(api, photos, "--style", "oil", "--style", "auto", "--protection", "strict") == 0
    (order,) = api.orders.values()
    assert order["content_type"] == "image/png"
    assert order["looks"] == [{"styles": {style: 1}, "protection": "strict"} for style in ("oil", "auto")]
    assert list(api.uploads.values()) == [(photos / "mug.png").read_bytes()]
    saved = {file.name: file.read_bytes() for file in (photos.parent / "out").iterdir()}
    assert saved == {"mug__oil.webp": PICTURE, "mug__auto.webp": PICTURE}
    assert "[1/1] mug.png: oil: Passed every check." in capsys.readouterr().out


def test_failed_and_refused_photos_are_reported_and_the_others_go_on(api, photos, capsys):
    (photos / "bad.png").write_bytes(b"no picture")
    (photos / "refused.png").write_bytes(b"no picture")
    assert run(api, photos) == 1
    printed = capsys.readouterr()
    assert "bad.png: FAILED not_an_image" in printed.out
    assert "1 of 3 photos are READY" in printed.out
    assert "refused.png: not sent: POST /v1/photos: 422" in printed.err


def test_without_a_key_nothing_is_sent(api, photos, capsys, monkeypatch):
    monkeypatch.delenv("LIMNER_KEY")
    with pytest.raises(SystemExit):
        run(api, photos)
    assert "set LIMNER_KEY" in capsys.readouterr().err
    assert not api.orders


def test_photos_that_do_not_finish_in_time_are_reported(api, photos, capsys):
    assert run(api, photos, "--timeout", "0") == 1
    assert "mug.png: not finished after 0 s" in capsys.readouterr().err
