"""Further orders for photos on the local run: with the deployed functions, their roles and the real stylizer."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from PIL import Image
from skimage import data

from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.usage import DynamoDbUsage
from limner.revisions import cancelled
from local.aws.emulator import REGION, Emulator
from local.aws.running import Running
from local.aws.stack import Stack
from local.client.api_client import ApiClient
from tests import makers
from tests.e2e.roles import Roles

PATIENCE_SECONDS = 120
CARTOON, MOSAIC = {"styles": {"cartoon": 1.0}}, {"styles": {"mosaic": 1.0}}
POSTER = {"styles": {"pop-art": 1.0}}


class Shop:
    """Calls of one caller; photos by their ids."""

    def __init__(self, http: httpx.Client, api: ApiClient) -> None:
        self._http, self.api = http, api

    def send(self, file: Path, *looks: dict[str, Any]) -> str:
        order = self.api.order(file, looks or [CARTOON])
        self.api.upload(order, file)
        return order.photo_id

    def post(self, photo_id: str, order: str, body: object = None) -> httpx.Response:
        return self._http.post(f"photos/{photo_id}/{order}", json=body)

    def versions(self, photo_id: str) -> list[dict[str, Any]]:
        return list(self._http.get(f"photos/{photo_id}/versions").raise_for_status().json()["versions"])

    def until(self, photo_id: str, *statuses: str) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE_SECONDS
        while (photo := self.api.photo(photo_id))["status"] not in statuses:
            assert time.monotonic() < end, f"still {photo['status']}"
            time.sleep(0.1)
        return photo

    def pictures(self, photo: dict[str, Any]) -> dict[str, bytes]:
        """The whole size of each, by the name of its look."""
        return {each["name"]: self.api.download(each["renditions"][0]["url"]) for each in photo["results"]}


@pytest.fixture
def shop(system: Running, api: ApiClient) -> Iterator[Shop]:
    headers = {"Authorization": f"Bearer {system.api_key}"}
    with httpx.Client(base_url=f"{system.stack.api_url}/v1/", headers=headers, timeout=60) as http:
        yield Shop(http, api)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "cup.jpg"
    Image.fromarray(data.coffee()).resize((240, 160)).save(path, quality=90)
    return path


def test_a_ready_photo_gets_more_looks_and_an_earlier_version_back(shop: Shop, file: Path) -> None:
    photo_id = shop.send(file)
    first = shop.pictures(shop.until(photo_id, "READY"))
    ordered = shop.post(photo_id, "looks", {"looks": [MOSAIC]})
    assert (ordered.status_code, ordered.json()["status"]) == (202, "PROCESSING")
    assert shop.pictures(ordered.json()) == first, "the earlier picture can be read meanwhile"
    assert shop.post(photo_id, "looks", {"looks": [POSTER]}).json()["code"] == "order_running"
    both = shop.pictures(shop.until(photo_id, "READY"))
    assert list(both) == ["cartoon-100.s100", "mosaic-100.s100"]
    assert both.items() >= first.items()
    explained = shop._http.get(f"photos/{photo_id}/explanation").json()["pictures"]
    assert [bool(each["explanation"]) for each in explained] == [True, True]

    restored = shop.post(photo_id, "restore", {"version": 1})
    assert (restored.status_code, restored.json()["status"]) == (200, "READY")
    assert shop.pictures(restored.json()) == first
    assert [each["source"] for each in shop.versions(photo_id)] == ["restore", "looks", "order"]


def test_a_cancelled_order_leaves_the_photo_as_it_was(shop: Shop, file: Path) -> None:
    photo_id = shop.send(file)
    before = shop.pictures(shop.until(photo_id, "READY"))
    shop.post(photo_id, "looks", {"looks": [MOSAIC]})
    cancelled = shop.post(photo_id, "cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "READY")
    ordered = shop.post(photo_id, "looks", {"looks": [POSTER]})
    assert ordered.status_code == 202
    after = shop.pictures(shop.until(photo_id, "READY"))
    assert list(after) == ["cartoon-100.s100", "pop-art-100.s100"]
    assert after.items() >= before.items()


def test_a_photo_is_cancelled_while_its_job_runs_and_tried_again(shop: Shop, file: Path) -> None:
    strengths = (1.0, 0.8, 0.6, 0.4)
    photo_id = shop.send(file, *({"styles": {"mosaic": 1.0}, "strength": each} for each in strengths))
    shop.until(photo_id, "PROCESSING")
    cancelled = shop.post(photo_id, "cancel")
    assert (cancelled.status_code, cancelled.json()["failure"]["code"]) == (200, "cancelled")
    again = shop.post(photo_id, "retry")
    assert again.status_code == 202, again.text
    assert len(shop.pictures(shop.until(photo_id, "READY"))) == len(strengths)
    assert [each["source"] for each in shop.versions(photo_id)] == ["retry"]


def test_a_tenants_session_cancels_an_order_that_has_a_place_among_the_jobs_in_flight(
    emulator: Emulator, stack: Stack, roles: Roles
) -> None:
    """As its role, with IAM on: one transaction frees the place."""

    def photos_of(session: boto3.Session) -> DynamoDbPhotos:
        dynamodb = session.resource("dynamodb", region_name=REGION, endpoint_url=emulator.url)
        usage = DynamoDbUsage(dynamodb.Table(stack.resources["UsageTable"]))
        return DynamoDbPhotos(dynamodb.Table(stack.photos_table), usage)

    pipeline = photos_of(boto3.Session(aws_access_key_id="test", aws_secret_access_key="test"))
    storefront = photos_of(roles.session("TenantRole", tenant=makers.TENANT))
    photo = makers.photo(photo_id="c" * 32, source=makers.source(bucket=stack.uploads_bucket))
    pipeline.record_upload(photo)
    job = makers.job(job_id=f"{photo.tenant}.{photo.photo_id}.{'c' * 12}")
    pipeline.lease(photo.key, job, 0, makers.charge())
    before = storefront.get(photo.key)
    assert before.in_flight
    storefront.revise(before, cancelled(before, makers.NOON))
    failure = storefront.get(photo.key).failure
    assert failure
    assert failure.code == "cancelled"
