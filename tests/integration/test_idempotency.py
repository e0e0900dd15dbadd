"""Idempotency-Key: repeated POSTs on moto's tables."""

import json
import re
import threading
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from limner.adapters.kept_answers import DynamoDbKeptAnswers
from limner.adapters.tenants import DynamoDbTenants
from limner.bootstrap import storefront
from limner.errors import IdempotencyKeyReused, RequestInProgress, Unavailable
from limner.idempotency import KEEP_ANSWERS, LOCK_LIFETIME, KeptAnswer, RequestKey
from limner.tenancy import PhotoKey
from tests import makers
from tests.callers import Gateway, caller
from tests.fakes import Clock
from tests.function_modules import load

ORDER = {"filename": "mug.jpg", "content_type": "image/jpeg"}
KEY = {"Idempotency-Key": "order-42"}


@pytest.fixture
def app(storefront_aws, tenants_table, function_environment):
    function_environment("StorefrontFunction")
    for tenant in ("north", "south"):
        DynamoDbTenants(tenants_table).put(makers.tenant(tenant=tenant), 0)
    return load("storefront").app


@pytest.fixture
def client_of(app):
    def client(tenant: str = "north") -> TestClient:
        return TestClient(Gateway(app, caller(tenant=tenant).context()), raise_server_exceptions=False)

    return client


@pytest.fixture
def api(client_of):
    return client_of()


def order(api, body=ORDER, headers=KEY):
    return api.post("/v1/photos", json=body, headers=headers)


def photos_in(table):
    return table.scan()["Items"]


def test_the_same_request_is_answered_as_the_first_time(api, table):
    first, second = order(api), order(api)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["photo_id"] == second.json()["photo_id"]
    assert first.headers["location"] == second.headers["location"]
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert len(photos_in(table)) == 1


def test_a_repeated_answer_has_a_form_of_its_own_and_none_is_stored(api, requests_table, monkeypatch):
    first = order(api).json()
    (item,) = requests_table.scan()["Items"]
    assert set(json.loads(zlib.decompress(bytes(item["answer"]["body"])))) == {
        "photo_id",
        "photo",
        "livemode",
    }
    later = makers.NOON + timedelta(days=400)
    links = storefront.tenant_stores("north").links
    monkeypatch.setattr(links, "_now", lambda: later)
    second = order(api).json()
    assert {name: value for name, value in second.items() if name != "upload"} == {
        name: value for name, value in first.items() if name != "upload"
    }
    assert second["upload"]["expires_at"] == (later + timedelta(minutes=10)).isoformat()
    assert second["upload"]["fields"]["key"] == first["upload"]["fields"]["key"]
    assert second["upload"]["fields"]["Content-Type"] == "image/jpeg"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/photos", ORDER | {"filename": "cup.jpg"}),
        ("/v1/photos?", ORDER | {"external_id": "7"}),
        (f"/v1/photos/{makers.PHOTO_ID}/upload", ORDER),
    ],
)
def test_the_key_of_another_request_is_refused(api, table, path, body):
    order(api)
    answer = api.post(path, json=body, headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")
    assert len(photos_in(table)) == 1


def test_requests_without_a_key_are_each_their_own(api, table):
    order(api, headers={})
    order(api, headers={})
    assert len(photos_in(table)) == 2


def test_the_keys_of_tenants_are_apart(client_of, table):
    north, south = order(client_of("north")).json(), order(client_of("south")).json()
    assert north["photo_id"] != south["photo_id"]
    assert len(photos_in(table)) == 2


def test_a_keys_record_lies_under_its_tenant(api, requests_table):
    order(api)
    (item,) = requests_table.scan()["Items"]
    assert item["request_key"].startswith("north#answer#")
    assert "order-42" not in json.dumps(item, default=repr)


@pytest.mark.parametrize("key", ["", "x" * 256, "a key", "schlüssel".encode("latin-1"), "a\tb"])
def test_a_key_of_another_form_is_refused(api, table, key):
    answer = order(api, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert "idempotency-key" in answer.json()["detail"].lower()
    assert photos_in(table) == []


def test_keys_of_the_longest_form_and_quoted_ones_are_accepted(api):
    for key in ("x" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"'):
        assert order(api, headers={"Idempotency-Key": key}).status_code == 201


def test_a_refusal_of_the_body_is_kept_too(api):
    wrong = ORDER | {"looks": [{"styles": {"none-such": 1}}]}
    first, second = order(api, wrong), order(api, wrong)
    assert (first.status_code, second.status_code) == (422, 422)
    assert second.json()["request_id"] == second.headers["x-request-id"] != first.headers["x-request-id"]
    assert first.json() | {"request_id": ""} == second.json() | {"request_id": ""}
    assert second.headers["content-type"] == "application/problem+json"
    assert order(api).json()["code"] == "idempotency_key_reused"


def test_answers_of_failures_are_not_kept(api, table, monkeypatch):
    for error in (Unavailable("busy"), RuntimeError("a fault of ours")):
        with monkeypatch.context() as patch:
            patch.setattr(storefront, "request_upload", raising(error))
            assert order(api).status_code >= 500
    assert order(api).status_code == 201
    assert len(photos_in(table)) == 1


def raising(error):
    def fail(*_):
        raise error

    return fail


def test_a_refusal_that_ends_by_itself_is_not_kept(api, tenants_table):
    settings = DynamoDbTenants(tenants_table)
    del settings
    with_quota = storefront.quotas_of("north").model_copy(update={"orders_per_day": 0})
    original = storefront.quotas_of
    storefront.quotas_of = lambda tenant: with_quota
    try:
        assert order(api).status_code == 429
    finally:
        storefront.quotas_of = original
    assert order(api).status_code == 201


def test_a_request_without_an_answer_is_in_progress(api, monkeypatch, table):
    begun, ended = threading.Event(), threading.Event()
    make = storefront.request_upload

    def slow(tenant):
        begun.set()
        ended.wait(10)
        return make(tenant)

    monkeypatch.setattr(storefront, "request_upload", slow)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(order, api)
        assert begun.wait(10)
        second = order(api)
        ended.set()
        assert first.result().status_code == 201
    assert (second.status_code, second.json()["code"]) == (409, "request_in_progress")
    assert int(second.headers["retry-after"]) >= 1
    assert order(api).json()["photo_id"] == first.result().json()["photo_id"]
    assert len(photos_in(table)) == 1


def test_fifty_equal_orders_at_once_are_one_photo(client_of, table):
    api = client_of()
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: order(api), range(50)))
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses.keys() <= {201, 409}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {
        "request_in_progress"
    }
    assert len({answer.json()["photo_id"] for answer in answers if answer.status_code == 201}) == 1
    assert len(photos_in(table)) == 1


def test_every_post_takes_a_key(api):
    paths = api.get("/openapi.json").json()["paths"]
    posts = [item["post"] for item in paths.values() if "post" in item]
    assert posts
    for operation in posts:
        names = [parameter["name"].lower() for parameter in operation["parameters"]]
        assert names.count("idempotency-key") == 1
        assert "409" in operation["responses"]


def test_every_answer_with_upload_forms_or_a_secret_is_renewed(api, app):
    description = api.get("/openapi.json").json()
    schemas = description["components"]["schemas"]

    def names_in(node):
        """The schemas that a part of the description refers to, directly or not."""
        text = json.dumps(node)
        found = set(re.findall(r"#/components/schemas/(\w+)", text))
        return found.union(*(names_in(schemas[name]) for name in found))

    renewed = {
        route.path
        for route in iter_route_contexts(app.routes)
        if "POST" in (route.methods or ()) and hasattr(route.endpoint, "renew_answer")
    }
    answers = {
        path: item["post"]["responses"] for path, item in description["paths"].items() if "post" in item
    }
    rights = {"FormView", "WebhookSecretView"}
    assert {path for path, responses in answers.items() if rights & names_in(responses)} == renewed
    assert {"/v1/photos", "/v1/batches", "/v1/styles"} <= renewed


def test_a_repeated_order_of_a_style_has_new_forms(api, requests_table):
    body = {"name": "Poster", "pictures": [{"content_type": "image/png"}, {"content_type": "image/jpeg"}]}
    first, second = (api.post("/v1/styles", json=body, headers=KEY) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201), first.text
    assert first.json()["style"] == second.json()["style"]
    keys = [[form["fields"]["key"] for form in answer.json()["uploads"]] for answer in (first, second)]
    assert keys[0] == keys[1]
    (item,) = (item for item in requests_table.scan()["Items"])
    assert "uploads" not in json.loads(zlib.decompress(bytes(item["answer"]["body"])))


def test_a_secret_is_neither_kept_nor_given_again(api, requests_table):
    body = {"url": "https://shop.example.com/hooks", "events": ["photo.ready"]}
    first, second = (api.post("/v1/webhooks", json=body, headers=KEY) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201), first.text
    assert first.json()["secret"].startswith("whsec_")
    assert first.json() | {"secret": None} == second.json()
    path, key = f"/v1/webhooks/{first.json()['id']}/rotate-secret", {"Idempotency-Key": "rotation"}
    rotated, again = (api.post(path, headers=key) for _ in range(2))
    assert rotated.json()["secret"] not in {None, first.json()["secret"]}
    assert again.json()["secret"] is None
    for item in requests_table.scan()["Items"]:
        assert "secret" not in json.loads(zlib.decompress(bytes(item["answer"]["body"])))


def test_no_other_method_takes_a_key(api):
    for item in api.get("/openapi.json").json()["paths"].values():
        for method in item.keys() - {"post"}:
            names = [parameter["name"].lower() for parameter in item[method].get("parameters", [])]
            assert "idempotency-key" not in names


REQUEST = RequestKey("north", "order-42", "f" * 64)


@pytest.fixture
def clock():
    clock = Clock()
    clock.time = makers.NOON
    return clock


@pytest.fixture
def answers(requests_table, clock):
    return DynamoDbKeptAnswers(requests_table, clock)


def test_an_answer_is_kept_for_a_day(answers, clock):
    answers.keep(REQUEST, answers.begin(REQUEST), KeptAnswer(201, b"{}", {"location": "photos/1"}))
    clock.time += KEEP_ANSWERS - timedelta(seconds=1)
    assert answers.begin(REQUEST) == KeptAnswer(201, b"{}", {"location": "photos/1"})
    clock.time += timedelta(seconds=2)
    assert isinstance(answers.begin(REQUEST), str)


def test_an_attempt_that_died_is_taken_over_by_the_same_request_alone(answers, clock):
    dead = answers.begin(REQUEST)
    clock.time += LOCK_LIFETIME
    with pytest.raises(RequestInProgress):
        answers.begin(REQUEST)
    clock.time += timedelta(seconds=1)
    with pytest.raises(IdempotencyKeyReused):
        answers.begin(RequestKey("north", "order-42", "0" * 64))
    token = answers.begin(REQUEST)
    answers.keep(REQUEST, dead, KeptAnswer(500, b"late"))
    answers.discard(REQUEST, dead)
    answers.keep(REQUEST, token, KeptAnswer(201, b"{}"))
    assert answers.begin(REQUEST) == KeptAnswer(201, b"{}")


def test_a_discarded_request_may_be_another_one(answers):
    answers.discard(REQUEST, answers.begin(REQUEST))
    assert isinstance(answers.begin(RequestKey("north", "order-42", "0" * 64)), str)


def test_the_photo_of_a_repeated_order_is_its_tenants(api, app):
    photo_id = order(api).json()["photo_id"]
    assert storefront.tenant_stores("north").photos.get(PhotoKey("north", photo_id))
