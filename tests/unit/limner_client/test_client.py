"""The Python client on a fake API: the job of a photo, retries, errors; sync and async alike."""

import asyncio
import io
import json

import httpx
import pytest

from limner_client import (
    ApiError,
    AsyncLimner,
    Conflict,
    InvalidRequest,
    Limner,
    Look,
    NotAllowed,
    NotAuthenticated,
    NotConnected,
    NotFinished,
    NotFound,
    PhotoFailed,
    ServiceFailed,
    TooManyRequests,
    UploadRefused,
)
from tests.unit.limner_client.fake_api import KEY, ORDER_PATH, PICTURE, URL, FakeApi, problem


class Blocking:
    """AsyncLimner with the calls of Limner, so that one test serves both."""

    def __init__(self, client: AsyncLimner) -> None:
        self._client = client
        self._runner = asyncio.Runner()

    def photos(self, **filters):
        async def collected():
            return [photo async for photo in self._client.photos(**filters)]

        return iter(self._runner.run(collected()))

    def __getattr__(self, name):
        def call(*args, **kwargs):
            return self._runner.run(getattr(self._client, name)(*args, **kwargs))

        return call

    def end(self):
        self._runner.run(self._client.close())
        self._runner.close()


@pytest.fixture
def api():
    return FakeApi()


@pytest.fixture(params=["sync", "async"])
def limner(request, api):
    if request.param == "sync":
        with Limner(URL, KEY, transport=api.transport(), sleep=api.sleep) as client:
            yield client
    else:
        client = Blocking(AsyncLimner(URL, KEY, transport=api.transport(), sleep=api.sleep_async))
        yield client
        client.end()


@pytest.fixture
def mug(tmp_path):
    path = tmp_path / "mug.png"
    path.write_bytes(b"pixels")
    return path


def test_the_whole_job(limner, api, mug, tmp_path):
    order = limner.upload(mug, looks=["oil", Look(styles={"oil": 0.7, "ukiyo-e": 0.3}, strength=0.8)])
    photo = limner.wait(order)
    (path,) = limner.save(photo, tmp_path / "out")
    assert api.files == {order.photo_id: b"pixels"}
    assert api.orders[order.photo_id] == {
        "filename": "mug.png",
        "content_type": "image/png",
        "looks": [{"styles": {"oil": 1.0}}, {"styles": {"oil": 0.7, "ukiyo-e": 0.3}, "strength": 0.8}],
    }
    assert photo.status == "READY"
    assert path.name == "mug__oil-100.s80.webp"
    assert path.read_bytes() == PICTURE
    assert limner.download(photo.results[0].renditions[0]) == PICTURE


@pytest.mark.parametrize("kind", [bytes, io.BytesIO])
def test_bytes_and_open_files_are_uploaded(limner, api, kind):
    order = limner.upload(kind(b"pixels"), filename="a.jpg")
    assert api.files[order.photo_id] == b"pixels"
    assert api.orders[order.photo_id] == {"filename": "a.jpg", "content_type": "image/jpeg"}


def test_the_shops_own_data_are_part_of_the_order(limner, api, mug):
    order = limner.upload(mug, external_id="SKU-1", metadata={"colour": "blue"}, tags=["autumn"])
    assert api.orders[order.photo_id].items() >= {"external_id": "SKU-1", "tags": ["autumn"]}.items()
    assert api.orders[order.photo_id]["metadata"] == {"colour": "blue"}


def test_a_failed_photo_raises_with_its_reason(limner, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    order = limner.upload(bad)
    with pytest.raises(PhotoFailed, match=r"too_small: The photo is too small\.") as raised:
        limner.wait(order.photo_id)
    assert (raised.value.code, raised.value.photo.status) == ("too_small", "FAILED")


def test_waiting_ends_after_its_time(limner, mug):
    with pytest.raises(NotFinished):
        limner.wait(limner.upload(mug), timeout_seconds=0)


def test_a_status_of_a_later_release_is_not_final(limner, api, mug):
    order = limner.upload(mug)
    later = api._photo(order.photo_id) | {"status": "REVIEWING", "reviewer": "ann"}
    api.faults.append(httpx.Response(200, json=later))
    assert limner.wait(order).status == "READY"


def test_properties_of_later_releases_are_kept(limner, api, mug):
    order = limner.upload(mug)
    api.faults.append(httpx.Response(200, json=api._photo(order.photo_id) | {"reviewer": "ann"}))
    assert limner.get_photo(order.photo_id).model_extra == {"reviewer": "ann"}


def test_polling_waits_as_long_as_the_api_says(limner, api, mug):
    order = limner.upload(mug)
    answer = httpx.Response(200, json=api._photo(order.photo_id), headers={"retry-after": "7"})
    api.faults.append(answer)
    limner.wait(order)
    assert api.slept == [7.0]


def test_all_pages_of_a_list_are_read(limner):
    assert [photo.photo_id for photo in limner.photos(limit=1)] == ["1" * 32, "2" * 32]


def test_an_answer_may_be_null(limner):
    assert limner.get_sign_in() is None


def test_a_call_is_sent_again_with_the_same_idempotency_key(limner, api, mug):
    api.faults += [httpx.ConnectError("down"), problem(503, "unavailable", **{"retry-after": "5"})]
    limner.upload(mug)
    orders = [each for each in api.requests if each.url.path == ORDER_PATH]
    keys = {each.headers["idempotency-key"] for each in orders}
    assert (len(orders), len(keys)) == (3, 1)
    assert api.slept[1] == 5.0
    limner.upload(mug, idempotency_key="mine")
    assert [each.headers.get("idempotency-key") for each in api.requests][-2] == "mine"


def test_an_order_under_way_with_the_same_key_is_awaited(limner, api, mug):
    api.faults.append(problem(409, "in_flight", **{"retry-after": "1"}))
    assert limner.upload(mug).photo_id
    assert api.slept == [1.0]


def test_after_every_try_the_last_error_is_raised(limner, api):
    api.faults += [problem(503, "unavailable") for _ in range(9)]
    with pytest.raises(ServiceFailed):
        limner.list_styles()
    assert len(api.requests) == 5
    api.faults += [httpx.ReadTimeout("slow") for _ in range(9)]
    with pytest.raises(NotConnected):
        limner.list_styles()


def test_a_quota_of_a_day_is_not_waited_for(limner, api):
    api.faults.append(problem(429, "quota_exceeded", **{"retry-after": "40000"}))
    with pytest.raises(TooManyRequests) as raised:
        limner.list_styles()
    assert raised.value.retry_after_seconds == 40000
    assert api.slept == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequest),
        (401, NotAuthenticated),
        (403, NotAllowed),
        (404, NotFound),
        (409, Conflict),
        (412, Conflict),
        (413, InvalidRequest),
        (422, InvalidRequest),
        (428, Conflict),
        (501, ServiceFailed),
    ],
)
def test_a_problem_is_a_typed_exception(limner, api, status, kind):
    api.faults.append(problem(status, "some_code"))
    with pytest.raises(kind) as raised:
        limner.get_photo("0" * 32)
    assert (raised.value.status, raised.value.code, raised.value.request_id) == (status, "some_code", "r1")
    assert api.slept == [], "not sent again"


def test_invalid_fields_are_named(limner, api):
    errors = [{"at": "query/limit", "code": "less_than_equal", "detail": "at most 50"}]
    body = json.loads(problem(422, "invalid_request").content) | {"errors": errors}
    api.faults.append(httpx.Response(422, json=body))
    with pytest.raises(InvalidRequest) as raised:
        limner.list_photos(limit=51)
    assert raised.value.errors[0].at == "query/limit"


def test_the_gateways_own_answer_is_an_error_too(limner, api):
    api.faults.append(httpx.Response(401, json={"message": "Unauthorized"}))
    with pytest.raises(NotAuthenticated, match="Unauthorized"):
        limner.list_photos()
    api.faults.append(httpx.Response(404, text="<html>"))
    with pytest.raises(ApiError) as raised:
        limner.list_photos()
    assert raised.value.code == "http_404"


def test_storages_refusal_has_its_code(limner, api, mug):
    limner.upload(mug)
    text = "<Error><Code>EntityTooLarge</Code><Message>too large</Message></Error>"
    api.faults.append(httpx.Response(400, text=text))
    with pytest.raises(UploadRefused, match="EntityTooLarge: too large"):
        limner.download("https://bucket.example/x")
    with pytest.raises(UploadRefused, match="too_large: 1,001 bytes"):
        limner.upload(b"x" * 1001)


def test_address_and_key_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("LIMNER_URL", f"{URL}/v1/")
    monkeypatch.delenv("LIMNER_KEY", raising=False)
    with pytest.raises(ValueError, match="LIMNER_KEY"):
        Limner()
    monkeypatch.setenv("LIMNER_KEY", KEY)
    api = FakeApi()
    with Limner(transport=api.transport()) as limner:
        limner.list_styles()
    assert str(api.requests[0].url) == f"{URL}/v1/styles"
    monkeypatch.delenv("LIMNER_URL")
    with pytest.raises(ValueError, match="LIMNER_URL"):
        AsyncLimner()
