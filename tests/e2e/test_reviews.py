"""Review and previews on the local run, with the functions' roles: a picture waits, is decided about, and a
campaign is previewed with the real stylizer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from skimage import data

from local.aws.running import Running
from tests.e2e.test_sandbox import finished, ordered, until

TAG = "preview-test"
PHOTOS = 2
"""The stylizer on two processor cores takes seconds for each."""


def client(system: Running, key: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=system.stack.api_url, headers=headers, timeout=60)


@pytest.fixture
def test_shop(system: Running) -> Iterator[httpx.Client]:
    """With review on; as it was afterwards."""
    with client(system, system.test_key) as http:
        before = http.get("/v1/settings")
        put_review(http, is_on=True)
        yield http
        put_review(http, is_on=before.json()["review"])


def put_review(http: httpx.Client, *, is_on: bool) -> None:
    settings = http.get("/v1/settings")
    names = ("name", "looks", "rules", "retention", "pictures")
    body = {name: settings.json()[name] for name in names} | {"review": is_on}
    http.put("/v1/settings", json=body, headers={"If-Match": settings.headers["ETag"]}).raise_for_status()


def test_a_picture_waits_until_it_is_decided_about(test_shop: httpx.Client, photo: Path) -> None:
    def waiting() -> list[dict[str, Any]]:
        """The router knows a change of the settings within a minute."""
        finished(test_shop, ordered(test_shop, photo, "test_lowered_text"))
        return list(test_shop.get("/v1/reviews").raise_for_status().json()["reviews"])

    first = until(waiting, bool)[0]
    assert first["unsure_gates"] == ["text"]
    address = f"/v1/reviews/{first['review_id']}"
    redone = test_shop.post(f"{address}/redo", json={}).raise_for_status().json()
    photo_address = f"/v1/photos/{first['photo_id']}"
    ready = finished(test_shop, photo_address)
    assert redone["redone_as"] in {each["name"] for each in ready["results"]}
    rejected = test_shop.post(f"{address}/reject", json={"reason": "artefacts"}).raise_for_status().json()
    assert rejected["state"] == "rejected"
    decisions = test_shop.get("/v1/reviews/decisions").json()["decisions"]
    assert {each["state"] for each in decisions} >= {"redone", "rejected"}
    assert test_shop.get("/v1/reviews/report").json()["total"]["reasons"]["artefacts"] == 1


def test_a_campaign_is_previewed_on_its_collections_photos(system: Running, tmp_path: Path) -> None:
    with client(system, system.api_key) as http:
        for photo_id in uploaded(http, tmp_path):
            finished(http, f"/v1/photos/{photo_id}")
        collection = post(http, "/v1/collections", {"name": "Cups", "filter": {"tag": TAG}})
        facts = {"name": "Preview", "looks": [{"styles": {"cartoon": 1.0}}], "placement": "home"}
        campaign = post(http, "/v1/campaigns", facts | {"collection_id": collection["collection_id"]})
        preview = f"/v1/campaigns/{campaign['campaign_id']}/preview"
        assert len(post(http, preview)["photos"]) == PHOTOS
        made = until(lambda: http.get(preview).json(), lambda view: view["under_way"] == 0)
        assert [len(each["pictures"]) for each in made["photos"]] == [1] * PHOTOS


def uploaded(http: httpx.Client, folder: Path) -> list[str]:
    """The ids of photos in another look."""
    found = []
    for number in range(PHOTOS):
        file = folder / f"cup-{number}.jpg"
        Image.fromarray(data.coffee()).resize((600 + number, 400)).save(file, quality=90)
        body = {"filename": file.name, "content_type": "image/jpeg", "tags": [TAG]}
        order = post(http, "/v1/photos", body | {"looks": [{"styles": {"oil": 1.0}}]})
        form = order["upload"]
        files = {"file": (file.name, file.read_bytes())}
        httpx.post(form["url"], data=form["fields"], files=files, timeout=60).raise_for_status()
        found.append(order["photo_id"])
    return found


def post(http: httpx.Client, path: str, body: object = None) -> dict[str, Any]:
    return dict(http.post(path, json=body).raise_for_status().json())
