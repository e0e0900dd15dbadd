"""DELETE /v1/photos/{photo_id}, in process, on moto."""

import boto3
import pytest
from fastapi.testclient import TestClient

from limner.adapters.dynamodb_erasures import DynamoDbErasures
from limner.adapters.tenants import DynamoDbTenants
from limner.adapters.usage import DynamoDbUsage
from limner.bootstrap import pipeline
from tests import makers
from tests.callers import KEY_ID, Gateway, caller
from tests.function_modules import load

PATH = f"/v1/photos/{makers.PHOTO_ID}"


@pytest.fixture
def queue(aws, monkeypatch):
    return boto3.client("sqs").create_queue(QueueName="erase")["QueueUrl"]


@pytest.fixture
def app(table, tenants_table, usage_table, buckets, cursor_secret, queue, function_environment, monkeypatch):
    function_environment("StorefrontFunction")
    DynamoDbTenants(tenants_table).put(makers.tenant(tenant="other"), 0)
    monkeypatch.setenv("ERASE_QUEUE_URL", queue)
    return load("storefront").app


@pytest.fixture
def api(app):
    pipeline.photos("limner-photos").record_upload(makers.photo(source=makers.source()))
    return client(app)


def client(app, tenant=makers.TENANT):
    return TestClient(Gateway(app, caller(tenant).context()), raise_server_exceptions=False)


def without_request_id(answer):
    return {name: value for name, value in answer.json().items() if name != "request_id"}


def test_a_photo_is_hidden_at_once_and_sent_to_the_eraser(api, queue):
    answer = api.delete(PATH)
    assert answer.status_code == 202
    assert answer.json()["state"] == "erasing"
    assert api.get("/v1/photos").json()["photos"] == []
    (message,) = boto3.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    assert makers.PHOTO_ID in message["Body"]


def test_an_erased_photo_is_answered_as_an_unknown_one(api):
    unknown = "f" * 32
    expected = without_request_id(api.get(f"/v1/photos/{unknown}"))
    api.delete(PATH)
    for path in (PATH, f"{PATH}/explanation"):
        answer = api.get(path)
        assert answer.status_code == 404
        assert without_request_id(answer) == {
            **expected, "detail": expected["detail"].replace(unknown, makers.PHOTO_ID)
        }  # fmt: skip


def test_who_asked_is_recorded_and_asking_again_changes_nothing(api, table, usage_table):
    first = api.delete(PATH).json()
    assert api.delete(PATH).json() == first
    assert DynamoDbErasures(table, DynamoDbUsage(usage_table)).get(makers.KEY).requested_by == KEY_ID


def test_another_tenants_photo_is_unknown(api, app, table):
    before = table.scan()["Items"]
    answer = client(app, "other").delete(PATH)
    assert (answer.status_code, answer.json()["code"]) == (404, "photo_not_found")
    assert table.scan()["Items"] == before
