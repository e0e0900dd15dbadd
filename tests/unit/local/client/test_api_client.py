"""The API's client sends its key to the API and to nobody else."""

import httpx
import pytest

from local.client.api_client import ApiClient, ApiError, Order

API, S3 = "https://api.example", "https://s3.example"
ORDER = {"photo_id": "p", "upload": {"url": f"{S3}/form", "fields": {"key": "k"}, "max_bytes": 100}}


@pytest.fixture
def requests():
    return []


@pytest.fixture
def api(requests):
    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        if request.url.path.endswith("/gone"):
            return httpx.Response(401, json={"code": "revoked_key", "detail": "The key has been revoked."})
        return httpx.Response(200, json={"styles": [], **ORDER})

    with ApiClient(API, "lk_test_key", httpx.MockTransport(answer)) as client:
        yield client


def test_the_key_goes_to_the_api(api, requests, tmp_path):
    api.styles()
    api.photo("p")
    api.order(tmp_path / "mug.png", [])
    assert [request.url.path for request in requests] == ["/v1/styles", "/v1/photos/p", "/v1/photos"]
    assert {request.headers["authorization"] for request in requests} == {"Bearer lk_test_key"}


def test_every_post_to_the_api_has_an_idempotency_key_of_its_own(api, requests, tmp_path):
    api.order(tmp_path / "mug.png", [])
    api.order(tmp_path / "mug.png", [])
    api.order_replacement("p", tmp_path / "mug.png")
    api.photo("p")
    *posts, get = requests
    assert len({request.headers["idempotency-key"] for request in posts}) == 3
    assert "idempotency-key" not in get.headers


def test_the_key_does_not_go_to_s3(api, requests, tmp_path):
    photo = tmp_path / "mug.png"
    photo.write_bytes(b"photo")
    api.upload(Order("p", f"{S3}/form", {"key": "k"}, 100), photo)
    api.download(f"{S3}/picture")
    assert [request.url.host for request in requests] == ["s3.example"] * 2
    assert not [request for request in requests if "authorization" in request.headers]


def test_a_refused_key_is_an_error_with_the_apis_code(api):
    with pytest.raises(ApiError) as refused:
        api.photo("gone")
    assert refused.value.code == "revoked_key"
