"""A campaign on the local run: with the deployed functions, their roles, the queue and the real stylizer."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from skimage import data

from local.aws.running import Running
from local.client.api_client import ApiClient

RUN_SECONDS_MAX = 240
TAG = {"tags": ["campaign-test"]}
LOOK = {"styles": {"cartoon": 1.0}}


class Desk:
    """Calls of one merchandiser."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def post(self, path: str, body: object = None) -> dict[str, Any]:
        return dict(self._http.post(path, json=body).raise_for_status().json())

    def get(self, path: str, **parameters: str) -> dict[str, Any]:
        return dict(self._http.get(path, params=parameters).raise_for_status().json())

    def until(self, path: str, status: str) -> dict[str, Any]:
        end = time.monotonic() + RUN_SECONDS_MAX
        while (found := self.get(path))["status"] != status:
            assert time.monotonic() < end, f"still {found}"
            time.sleep(0.5)
        return found


@pytest.fixture
def desk(system: Running) -> Iterator[Desk]:
    headers = {"Authorization": f"Bearer {system.api_key}"}
    with httpx.Client(base_url=f"{system.stack.api_url}/v1/", headers=headers, timeout=60) as http:
        yield Desk(http)


@pytest.fixture
def photo_ids(desk: Desk, api: ApiClient, tmp_path: Path) -> list[str]:
    """Two photos that are READY in another look."""
    found = []
    for number in range(2):
        file = tmp_path / f"cup-{number}.jpg"
        Image.fromarray(data.coffee()).resize((240 + 8 * number, 160)).save(file, quality=90)
        body = {
            "filename": file.name,
            "content_type": "image/jpeg",
            "looks": [{"styles": {"oil": 1.0}}],
            **TAG,
        }
        order = desk.post("photos", body)
        form = httpx.post(
            order["upload"]["url"],
            data=order["upload"]["fields"],
            files={"file": (file.name, file.read_bytes())},
            timeout=60,
        )
        form.raise_for_status()
        found.append(order["photo_id"])
    for photo_id in found:
        desk.until(f"photos/{photo_id}", "READY")
    return found


def test_a_campaign_is_run_published_and_taken_back(desk: Desk, api: ApiClient, photo_ids: list[str]) -> None:
    collection = desk.post("collections", {"name": "Cups", "filter": {"tag": "campaign-test"}})
    facts = {
        "name": "Autumn",
        "collection_id": collection["collection_id"],
        "looks": [LOOK],
        "placement": "home",
    }
    campaign = f"campaigns/{desk.post('campaigns', facts)['campaign_id']}"
    assert desk.post(f"{campaign}/estimate")["pictures"] == len(photo_ids)
    desk.post(f"{campaign}/run")
    finished = desk.until(campaign, "FINISHED")
    assert finished["progress"]["outcomes"]["ready"] == len(photo_ids)
    asked = {"placement": "home", "ids": ",".join(photo_ids)}
    assert [each["campaign_id"] for each in desk.get("published", **asked)["photos"]] == [None, None]
    desk.post(f"{campaign}/publish")
    for each in desk.get("published", **asked)["photos"]:
        (picture,) = each["pictures"]
        assert picture["name"].startswith("cartoon")
        assert api.download(picture["renditions"][0]["url"])
    desk.post(f"{campaign}/unpublish")
    assert [each["campaign_id"] for each in desk.get("published", **asked)["photos"]] == [None, None]


def test_the_tick_begins_what_is_due(desk: Desk, photo_ids: list[str]) -> None:
    """The schedule, its role and the index: the status follows the window within two ticks."""
    collection = desk.post("collections", {"name": "Cups", "filter": {"tag": "campaign-test"}})
    soon = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 60))
    facts = {
        "name": "Soon",
        "collection_id": collection["collection_id"],
        "looks": [LOOK],
        "placement": "cart",
        "window": {"starts_at": soon},
    }
    campaign = f"campaigns/{desk.post('campaigns', facts)['campaign_id']}"
    desk.post(f"{campaign}/run")
    desk.until(campaign, "FINISHED")
    assert desk.post(f"{campaign}/publish")["status"] in {"SCHEDULED", "PUBLISHED"}
    desk.until(campaign, "PUBLISHED")
