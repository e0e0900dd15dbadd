"""On the local stack: photos by URL, batches and repeated calls, with the rights of the deployed roles."""

import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from skimage import data

from local.aws.running import Running
from tests.makers import save_jpeg

TIMEOUT_SECONDS = 120
LOOKS = [{"styles": {"enhance": 1.0}}]


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def shop_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A shop's server on this machine; a local run lets http://127.0.0.1 through."""
    folder = tmp_path_factory.mktemp("shop")
    save_jpeg(data.coffee(), folder / "mug.jpg")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def http(system: Running) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {system.api_key}"}
    with httpx.Client(base_url=f"{system.stack.api_url}/v1/", headers=headers, timeout=60) as client:
        yield client


def ended(http: httpx.Client, path: str) -> dict:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        photo = http.get(path).raise_for_status().json()
        if photo["status"] in {"READY", "FAILED"}:
            return photo
        assert time.monotonic() < deadline, photo
        time.sleep(0.2)


def test_a_photo_by_url_is_fetched_and_styled(http: httpx.Client, shop_url: str) -> None:
    order = {"url": f"{shop_url}/mug.jpg", "external_id": "MUG", "looks": LOOKS}
    answer = http.post("photos/import", json=order)
    assert answer.status_code == 202, answer.text
    photo = ended(http, answer.headers["location"])
    assert (photo["status"], photo["external_id"], photo["filename"]) == ("READY", "MUG", "mug.jpg")


def test_a_batch_is_accepted_item_by_item_and_repeated_as_it_was(http: httpx.Client, shop_url: str) -> None:
    items = [
        {"external_id": "A", "url": f"{shop_url}/none.jpg"},
        {"external_id": "B", "filename": "b.jpg", "content_type": "image/jpeg"},
        {"external_id": "C", "url": "https://169.254.169.254/latest/meta-data/"},
    ]
    key = {"Idempotency-Key": f"batch-{time.time_ns()}"}
    first, second = (http.post("batches", json={"items": items}, headers=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201), first.text
    assert first.json()["batch_id"] == second.json()["batch_id"]
    assert second.headers["idempotent-replayed"] == "true"
    missing, _, refused = first.json()["items"]
    assert refused["error"]["code"] == "address_refused"
    assert ended(http, missing["photo"])["failure"]["code"] == "import_not_found"
    progress = http.get(first.json()["batch"]).raise_for_status().json()
    assert (progress["photos"]["FAILED"], progress["photos"]["AWAITING_UPLOAD"]) == (1, 1)
    other = http.post("photos", json=items[1] | {"looks": LOOKS}, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
