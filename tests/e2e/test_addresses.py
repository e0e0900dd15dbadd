"""Addresses of pictures on the local stack, and a page of another origin that uses its API."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import httpx
import pytest
from playwright.sync_api import Browser
from skimage import data

from limner.adapters.tenants import DynamoDbTenants
from limner.tenancy import Visibility
from local.aws.emulator import REGION, ROOT_KEY, ROOT_SECRET
from local.aws.running import SHOP_SCOPES, Running
from local.aws.sign_in import add_key
from local.client.api_client import ApiClient
from tests import makers
from tests.e2e.test_upload_forms import LOOKS, ready

SHOP = "public-shop"
FORMATS = {"avif": "image/avif", "webp": "image/webp", "jpeg": "image/jpeg"}
FETCH_WITH_A_KEY = """async ([url, key]) => {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${key}`, "if-none-match": "x" } });
    return [answer.status, answer.headers.get("x-request-id") !== null];
}"""


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return makers.save_jpeg(data.coffee(), tmp_path_factory.mktemp("photos") / "coffee.jpg")


@pytest.fixture(scope="module")
def public_shop(system: Running) -> Iterator[ApiClient]:
    """A tenant whose pictures are public."""
    session = boto3.Session(ROOT_KEY, ROOT_SECRET, region_name=REGION)
    dynamodb = session.resource("dynamodb", endpoint_url=system.emulator.url)
    table = dynamodb.Table(system.stack.resources["TenantsTable"])
    settings = makers.tenant(tenant=SHOP, pictures=Visibility.PUBLIC)
    DynamoDbTenants(table).put(settings, 0)
    with ApiClient(system.stack.api_url, add_key(system.emulator, system.stack, SHOP, SHOP_SCOPES)) as client:
        yield client


def finished(client: ApiClient, path: Path) -> dict:
    order = client.order(path, LOOKS)
    client.upload(order, path)
    return ready(client, order.photo_id)


def files_of(photo: dict) -> list[dict]:
    return [*photo["original"], *(file for result in photo["results"] for file in result["renditions"])]


def test_public_pictures_have_addresses_that_live_in_every_format(
    public_shop: ApiClient, photo: Path
) -> None:
    shown = finished(public_shop, photo)
    again = public_shop.photo(shown["photo_id"])
    assert [file["url"] for file in files_of(again)] == [file["url"] for file in files_of(shown)]
    for part in (shown, *shown["results"]):
        assert part["srcset"].keys() == FORMATS.keys()
        assert part["dominant_colour"].startswith("#")
        assert part["placeholder"]
    for file in files_of(shown):
        assert file["expires_at"] is None
        assert f"/public/{SHOP}/{shown['photo_id']}/" in file["url"]
        answer = httpx.get(file["url"])
        assert answer.status_code == 200
        assert answer.headers["content-type"] == file["content_type"]
        assert len(answer.content) == file["bytes"]
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_private_pictures_have_links_that_end_and_no_address(
    api: ApiClient, public_shop: ApiClient, photo: Path
) -> None:
    shown = finished(api, photo)
    public = finished(public_shop, photo)["original"][0]["url"].partition("/public/")[0]
    for file in files_of(shown):
        assert file["expires_at"]
        assert httpx.get(file["url"]).status_code == 200
        key = file["url"].partition("?")[0].partition("/variants/")[2]
        for path in (f"variants/{key}", f"public/../variants/{key}", f"public/%2e%2e/variants/{key}"):
            assert httpx.get(f"{public}/{path}").status_code == 403
    assert httpx.get(f"{public}/{key}").status_code == 403


@pytest.fixture
def page_elsewhere() -> Iterator[str]:
    """The address of an empty page whose origin is not the API's."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_preflight_of_another_origin_is_answered(api: ApiClient, system: Running) -> None:
    answer = httpx.options(
        f"{system.stack.api_url}/v1/photos",
        headers={
            "Origin": "https://shop.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] in {"*", "https://shop.example"}
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "authorization" in answer.headers["access-control-allow-headers"]


def test_a_page_of_another_origin_uses_the_api_in_a_browser(
    browser: Browser, page_elsewhere: str, system: Running
) -> None:
    page = browser.new_page()
    page.goto(page_elsewhere)
    called = page.evaluate(FETCH_WITH_A_KEY, [f"{system.stack.api_url}/v1/photos", system.api_key])
    page.close()
    assert called == [200, True]
