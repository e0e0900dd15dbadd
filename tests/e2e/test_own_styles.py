"""The local run: a style of a shop's own is learned from uploaded pictures, and a photo is painted in it."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from skimage import data

from local.aws.running import Running
from local.client.api_client import ApiClient
from tests.makers import save_jpeg

TIMEOUT_SECONDS = 120


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pictures")
    drawn = {"mug": data.coffee(), "cloth": data.brick(), "stars": data.hubble_deep_field()[:400, :400]}
    return {name: save_jpeg(array, folder / f"{name}.jpg") for name, array in drawn.items()}


@pytest.fixture
def http(system: Running) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {system.api_key}"}
    with httpx.Client(base_url=system.stack.api_url, headers=headers, timeout=30) as client:
        yield client


def when(read, is_done) -> dict:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not is_done(value := read()):
        assert time.monotonic() < deadline, value
        time.sleep(0.2)
    return value


def test_a_style_is_learned_from_pictures_and_paints_a_photo(
    http: httpx.Client, api: ApiClient, pictures: dict[str, Path]
):
    order = {"name": "Cloth", "pictures": [{"content_type": "image/jpeg"}] * 2}
    answer = http.post("/v1/styles", json=order).raise_for_status().json()
    for form, name in zip(answer["uploads"], ("cloth", "stars"), strict=True):
        files = {"file": pictures[name].read_bytes()}
        httpx.post(form["url"], data=form["fields"], files=files).raise_for_status()
    address = f"/v1/styles/own/{answer['style']['id']}"
    style = when(lambda: http.get(address).json(), lambda style: style["status"] in {"READY", "FAILED"})
    assert style["status"] == "READY", style["failure"]
    words = {"q": "half cloth, half watercolour"}
    found = http.get("/v1/styles/search", params=words).raise_for_status().json()
    assert found["suggestion"]["styles"] == {style["id"]: 0.5, "watercolour": 0.5}
    everybodys = (
        httpx.get(str(http.base_url).rstrip("/") + "/v1/styles", params=words).raise_for_status().json()
    )
    assert [each["id"] for each in everybodys["styles"]] == ["watercolour"]

    photo = api.order(pictures["mug"], [{"styles": {style["id"]: 1.0}, "protection": "off"}])
    api.upload(photo, pictures["mug"])
    painted = when(lambda: api.photo(photo.photo_id), lambda photo: photo["status"] in {"READY", "FAILED"})
    assert painted["status"] == "READY", painted["failure"]
    (picture,) = painted["results"]
    assert "in a style of the shop’s own" in picture["alt"]["en"]
    assert picture["look"]["styles"] == {style["id"]: 1.0}
    assert picture["verdict"]["strength"] > 0

    http.delete(address).raise_for_status()
    assert http.get(address).status_code == 404
    assert api.photo(photo.photo_id)["results"], "pictures painted in it stay"
