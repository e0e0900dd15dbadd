"""The local run: a style of a shop's own is learned from uploaded pictures, photos are painted in it, and the shop
is notified of it."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from skimage import data

from limner.adapters.own_styles import DynamoDbOwnStyles
from limner.adapters.tenants import DynamoDbTenants
from limner.identity import Scope
from limner.own_styles import UPLOAD_DEADLINE
from local.aws.emulator import REGION, ROOT_KEY, ROOT_SECRET
from local.aws.running import Running
from local.aws.sign_in import add_key
from local.client.api_client import ApiClient
from tests import makers
from tests.e2e.receiver import Receiver
from tests.makers import save_jpeg

TIMEOUT_SECONDS = 120
FINAL = {"READY", "FAILED"}
TENANT = "weaver"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pictures")
    drawn = {"mug": data.coffee(), "cloth": data.brick(), "stars": data.hubble_deep_field()[:400, :400]}
    return {name: save_jpeg(array, folder / f"{name}.jpg") for name, array in drawn.items()}


@pytest.fixture(scope="module")
def table(system: Running) -> Any:
    session = boto3.Session(ROOT_KEY, ROOT_SECRET, region_name=REGION)
    tables = session.resource("dynamodb", endpoint_url=system.emulator.url)
    return tables.Table(system.stack.resources["TenantsTable"])


@pytest.fixture(scope="module")
def key(system: Running, table: Any) -> str:
    """Of a tenant of this module's, whose settings no function has read yet: functions keep them for a minute."""
    DynamoDbTenants(table).put(makers.tenant(tenant=TENANT), 0)
    return add_key(system.emulator, system.stack, TENANT, set(Scope))


@pytest.fixture
def http(system: Running, key: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=system.stack.api_url, headers=headers, timeout=30) as client:
        yield client


@pytest.fixture
def api(system: Running, key: str) -> Iterator[ApiClient]:
    with ApiClient(system.stack.api_url, key) as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def when(read: Callable[[], Any], is_done: Callable[[Any], object]) -> Any:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not is_done(value := read()):
        assert time.monotonic() < deadline, value
        time.sleep(0.2)
    return value


def learned(http: httpx.Client, *files: Path) -> dict[str, Any]:
    """The style that was ordered with these pictures, once it has ended."""
    order = {"name": "Cloth", "pictures": [{"content_type": "image/jpeg"}] * len(files)}
    answer = http.post("/v1/styles", json=order).raise_for_status().json()
    for form, file in zip(answer["uploads"], files, strict=True):
        httpx.post(form["url"], data=form["fields"], files={"file": file.read_bytes()}).raise_for_status()
    address = f"/v1/styles/own/{answer['style']['id']}"
    return when(lambda: http.get(address).json(), lambda style: style["status"] in FINAL)


def find_by_name(http: httpx.Client, style_id: str) -> None:
    """The shop's own style is found by its name in the shop's search alone."""
    words = {"q": "half cloth, half watercolour"}
    found = http.get("/v1/styles/search", params=words).raise_for_status().json()
    assert found["suggestion"]["styles"] == {style_id: 0.5, "watercolour": 0.5}
    catalogue = (
        httpx.get(f"{str(http.base_url).rstrip('/')}/v1/styles", params=words).raise_for_status().json()
    )
    assert [each["id"] for each in catalogue["styles"]] == ["watercolour"]


def use_in_settings(http: httpx.Client, style_id: str | None) -> None:
    """In a rule, or in none."""
    answer = http.get("/v1/settings")
    kept = {name: answer.json()[name] for name in ("name", "looks", "review", "retention", "pictures")}
    rule = {"prefix": "own-style/", "looks": [{"styles": {style_id: 1.0}, "protection": "off"}]}
    changes = {**kept, "rules": [rule] if style_id else []}
    http.put("/v1/settings", json=changes, headers={"If-Match": answer.headers["etag"]}).raise_for_status()


def test_a_style_is_learned_from_pictures_and_paints_photos(
    http: httpx.Client, api: ApiClient, pictures: dict[str, Path], receiver: Receiver, system: Running
):
    wanted = {"url": receiver.url, "events": ["style.ready", "style.failed"]}
    webhook = http.post("/v1/webhooks", json=wanted).raise_for_status().json()
    style = learned(http, pictures["cloth"], pictures["stars"])
    assert style["status"] == "READY", style["failure"]
    address, look = f"/v1/styles/own/{style['id']}", {"styles": {style["id"]: 1.0}, "protection": "off"}
    find_by_name(http, style["id"])

    use_in_settings(http, style["id"])
    assert http.delete(address).json()["code"] == "style_in_use"
    put = {"Bucket": system.stack.uploads_bucket, "Key": f"uploads/{TENANT}/own-style/{time.time_ns()}.jpg"}
    labels = {"limner-external-id": put["Key"][-20:]}
    system.emulator.client("s3").put_object(**put, Body=pictures["stars"].read_bytes(), Metadata=labels)
    query = {"external_id": labels["limner-external-id"]}
    found = when(
        lambda: http.get("/v1/photos", params=query).json()["photos"],
        lambda photos: photos and photos[0]["status"] in FINAL,
    )
    assert (found[0]["status"], found[0]["external_id"]) == ("READY", query["external_id"])
    assert [name.startswith(style["id"]) for name in found[0]["look_names"]] == [True]
    use_in_settings(http, None)

    photo = api.order(pictures["mug"], [look])
    api.upload(photo, pictures["mug"])
    painted = when(lambda: api.photo(photo.photo_id), lambda photo: photo["status"] in FINAL)
    assert painted["status"] == "READY", painted["failure"]
    (picture,) = painted["results"]
    assert "in a style of the shop’s own" in picture["alt"]["en"]
    assert picture["look"]["styles"] == {style["id"]: 1.0}
    assert picture["verdict"]["strength"] > 0

    refused = learned(http, pictures["mug"])
    assert refused["failure"]["code"] == "style_picture_is_product_photo"
    when(lambda: len(receiver.received), lambda received: received >= 2)
    events = {event["type"]: event["data"] for event in receiver.events(webhook["secret"])}
    assert events["style.ready"]["style_id"] == style["id"]
    assert events["style.failed"]["style_id"] == refused["id"]
    assert events["style.failed"]["failure"]["code"] == refused["failure"]["code"]
    http.delete(f"/v1/webhooks/{webhook['id']}").raise_for_status()

    http.delete(address).raise_for_status()
    assert http.get(address).status_code == 404
    assert api.photo(photo.photo_id)["results"], "pictures painted in it stay"


def test_a_style_whose_pictures_never_come_is_ended_by_the_sweeper_and_announced(
    http: httpx.Client, table: Any, receiver: Receiver, system: Running
):
    wanted = {"url": receiver.url, "events": ["style.failed"]}
    webhook = http.post("/v1/webhooks", json=wanted).raise_for_status().json()
    ordered_at = datetime.now(UTC) - UPLOAD_DEADLINE
    DynamoDbOwnStyles(table).add(makers.own_style(tenant=TENANT, created_at=ordered_at))
    sweeper = system.stack.resources["SweeperFunction"]
    swept = system.emulator.client("lambda").invoke(FunctionName=sweeper, Payload=b"{}")
    assert "FunctionError" not in swept, swept["Payload"].read()
    when(lambda: list(receiver.received), bool)
    (event,) = receiver.events(webhook["secret"])
    assert event["data"]["style_id"] == makers.STYLE_ID
    assert event["data"]["failure"]["code"] == "deadline_passed"
    http.delete(f"/v1/webhooks/{webhook['id']}").raise_for_status()
