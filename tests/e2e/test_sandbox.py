"""The local run in test mode: an order with a test key is READY without the model, another fails as ordered,
and a receiver gets the events."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from limner.identity import Scope
from limner.sandbox import SLOW
from local.aws.running import TENANT, Running
from local.aws.sign_in import add_key
from tests.e2e.test_webhooks import Receiver

TIMEOUT_SECONDS = 90
ORDER = {"content_type": "image/jpeg", "looks": [{"styles": {"oil": 1}}]}


@pytest.fixture
def http(system: Running) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {system.test_key}"}
    with httpx.Client(base_url=system.stack.api_url, headers=headers, timeout=30) as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def ordered(http: httpx.Client, photo: Path, external_id: str) -> str:
    """The address of a photo that is ordered and uploaded."""
    order = ORDER | {"filename": photo.name, "external_id": external_id}
    answer = http.post("/v1/photos", json=order).raise_for_status().json()
    form = answer["upload"]
    files = {"file": photo.read_bytes()}
    httpx.post(form["url"], data=form["fields"], files=files).raise_for_status()
    return f"/v1/{answer['photo']}"


def until(read, is_done):
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not is_done(value := read()):
        assert time.monotonic() < deadline, value
        time.sleep(0.2)
    return value


def finished(http: httpx.Client, address: str) -> dict:
    return until(lambda: http.get(address).json(), lambda photo: photo["status"] in {"READY", "FAILED"})


def test_orders_of_a_test_key_end_as_they_say_and_events_tell_it(system, http, photo, receiver):
    assert system.test_key.startswith("lk_test_")
    webhook = http.post("/v1/webhooks", json={"url": receiver.url}).raise_for_status().json()
    slow = ordered(http, photo, "test_slow")
    began = time.monotonic()
    ready = finished(http, ordered(http, photo, "SKU-1"))
    assert (ready["status"], ready["livemode"], ready["model"]) == ("READY", False, "sandbox@1")
    (picture,) = ready["results"]
    downloaded = httpx.get(picture["renditions"][0]["url"])
    assert (downloaded.status_code, downloaded.headers["content-type"]) == (200, "image/jpeg")
    failed = finished(http, ordered(http, photo, "test_stylization_failed"))
    refused = finished(http, ordered(http, photo, "test_not_an_image"))
    assert failed["failure"]["code"] == "stylization_failed"
    assert refused["failure"]["code"] == "not_an_image"
    fallback = finished(http, ordered(http, photo, "test_fallback_text"))
    assert fallback["results"][0]["verdict"]["refused_by"] == ["text"]

    expected = {
        (ready["photo_id"], "photo.ready"),
        (failed["photo_id"], "photo.failed"),
        (refused["photo_id"], "photo.refused"),
    }

    def events():
        return {(event["subject"], event["type"]) for event in receiver.events(webhook["secret"])}

    until(events, lambda got: got >= expected)
    assert {event["data"]["livemode"] for event in receiver.events(webhook["secret"])} == {False}
    assert http.get(slow).json()["status"] == "PROCESSING"
    assert finished(http, slow)["status"] == "READY"
    assert time.monotonic() - began > SLOW.total_seconds() / 2
    http.delete(f"/v1/webhooks/{webhook['id']}").raise_for_status()


def test_an_order_over_quota_is_answered_with_429_and_nothing_costs_anything(http, photo):
    refused = http.post(
        "/v1/photos", json=ORDER | {"filename": "x.jpg", "external_id": "test_order_over_quota"}
    )
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")
    usage = http.get("/v1/usage").raise_for_status().json()
    assert (usage["livemode"], usage["month"]["estimated_cost_usd"]) == (False, 0)


def test_a_live_key_reads_nothing_of_its_test_tenant(system, http, photo):
    address = ordered(http, photo, "SKU-2")
    live = add_key(system.emulator, system.stack, TENANT, set(Scope))
    assert live.startswith("lk_live_")
    answer = httpx.get(
        system.stack.api_url + address, headers={"Authorization": f"Bearer {live}"}, timeout=30
    )
    assert answer.status_code == 404
    assert finished(http, address)["status"] == "READY"
