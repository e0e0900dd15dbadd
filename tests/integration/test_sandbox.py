"""Test mode on moto: from an order in the API over router, thumbnailer, sandbox and recorder to the pictures."""

import io

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from limner.adapters.tenants import DynamoDbTenants
from limner.contracts import upload_event
from limner.photos import Source
from limner.tenancy import Visibility
from tests import makers
from tests.callers import Gateway, caller
from tests.function_modules import load
from tests.integration.conftest import NAMES
from tests.integration.test_functions import NOTHING_FAILED, Context

TENANT = "test_main"
FUNCTIONS = ("Storefront", "Router", "Thumbnailer", "Sandbox", "Recorder")
QUEUES = {"thumbnailer": "ThumbQueue", "sandbox": "SandboxQueue", "recorder": "DoneQueue"}
ORDER = {"filename": "mug.jpg", "content_type": "image/jpeg", "looks": [{"styles": {"oil": 1}}]}


@pytest.fixture
def stack(storefront_aws, router_queues, submission_state, tenants_table, function_environment):
    for function in FUNCTIONS:
        function_environment(f"{function}Function")
    public = makers.tenant(tenant="test_public", pictures=Visibility.PUBLIC)
    reviewed = makers.tenant(tenant="test_review", pictures=Visibility.PUBLIC, review=True)
    for settings in (makers.tenant(tenant=TENANT), public, reviewed):
        DynamoDbTenants(tenants_table).put(settings, 0)
    return load("storefront").app


@pytest.fixture
def api_of(stack):
    def api(tenant=TENANT):
        return TestClient(Gateway(stack, caller(tenant).context()), raise_server_exceptions=False)

    return api


@pytest.fixture
def api(api_of):
    return api_of()


def record(body, **attributes):
    facts = {"ApproximateReceiveCount": "1", **attributes}
    arn = "arn:aws:sqs:eu-central-1:123456789012:limner-queue"
    return {
        "messageId": "1",
        "receiptHandle": "1",
        "body": body,
        "attributes": facts,
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
    }


@pytest.fixture
def upload(stack, buckets, router_queues):
    """Puts a file where a form leads to and lets the functions work until their queues are empty."""

    def run(fields, body=None):
        key, data = fields["key"], body or makers.jpeg(400, 300)
        buckets.put_object(Bucket=NAMES["UploadsBucket"], Key=key, Body=data)
        source = Source(bucket=NAMES["UploadsBucket"], key=key, sequencer="0061", bytes=len(data))
        routed = record(upload_event(source), MessageGroupId=key.split("/")[1])
        assert load("router").handler({"Records": [routed]}, Context()) == NOTHING_FAILED
        for folder, queue in QUEUES.items():
            got = router_queues.receive_message(QueueUrl=NAMES[queue], MaxNumberOfMessages=10)
            for message in got.get("Messages", []):
                event = {"Records": [record(message["Body"])]}
                assert load(folder).handler(event, Context()) == NOTHING_FAILED

    return run


def ordered(api, external_id, upload, **changes):
    answer = api.post("/v1/photos", json=ORDER | {"external_id": external_id} | changes)
    assert (answer.status_code, answer.json()["livemode"]) == (201, False), answer.text
    upload(answer.json()["upload"]["fields"])
    return api.get(f"/v1/{answer.json()['photo']}").json()


def test_a_photo_of_a_test_tenant_is_ready_without_the_endpoint_and_costs_nothing(
    api, upload, buckets, monkeypatch
):
    def fail(*_):
        raise AssertionError("the endpoint was invoked")

    monkeypatch.setattr("limner.adapters.sagemaker.AsyncEndpoint.submit", fail)
    photo = ordered(api, "SKU-1", upload)
    assert (photo["status"], photo["livemode"], photo["model"]) == ("READY", False, "sandbox@1")
    (picture,) = photo["results"]
    assert picture["verdict"]["outcome"] == "passed"
    assert {each["content_type"] for each in picture["renditions"]} >= {
        "image/avif",
        "image/webp",
        "image/jpeg",
    }
    assert picture["placeholder"]
    listed = buckets.list_objects_v2(Bucket=NAMES["ResultsBucket"], Prefix=f"styled/{TENANT}/")["Contents"]
    (full,) = [each["Key"] for each in listed if each["Key"].endswith("full.jpg")]
    body = buckets.get_object(Bucket=NAMES["ResultsBucket"], Key=full)["Body"].read()
    assert Image.open(io.BytesIO(body)).size == (400, 300)
    usage = api.get("/v1/usage").json()
    assert (usage["livemode"], usage["total"]["orders"], usage["total"]["pictures"]) == (False, 1, 1)
    assert usage["total"]["estimated_cost_usd"] == usage["month"]["estimated_cost_usd"] == 0
    (card,) = api.get("/v1/photos").json()["photos"]
    assert card["livemode"] is False


@pytest.mark.parametrize(
    ("external_id", "code"),
    [
        ("test_too_small", "too_small"),
        ("test_stylization_failed", "stylization_failed"),
        ("test_unknown_style", "unknown_style"),
        ("test_quota_exceeded", "quota_exceeded"),
    ],
)
def test_a_photo_fails_as_its_external_id_says(api, upload, external_id, code):
    photo = ordered(api, external_id, upload)
    assert (photo["status"], photo["failure"]["code"]) == ("FAILED", code)


def test_a_public_picture_of_a_test_tenant_has_an_address_that_lives(api_of, upload):
    photo = ordered(api_of("test_public"), "SKU-1", upload)
    assert photo["status"] == "READY"
    assert all("/public/test_public/" in each["url"] for each in photo["results"][0]["renditions"])


def test_an_order_over_quota_is_429_with_its_body_also_in_a_batch(api):
    order = ORDER | {"external_id": "test_order_over_quota"}
    refused = api.post("/v1/photos", json=order)
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")
    assert int(refused.headers["Retry-After"]) > 0
    assert "ratelimit" in refused.headers
    imported = api.post(
        "/v1/photos/import", json={"url": "https://a.example/x.jpg", "external_id": order["external_id"]}
    )
    assert imported.status_code == 429
    batch = api.post("/v1/batches", json={"items": [order, ORDER | {"external_id": "SKU-1"}]}).json()
    assert (batch["accepted"], batch["refused"], batch["livemode"]) == (1, 1, False)
    assert batch["items"][0]["error"]["code"] == "quota_exceeded"
    assert api.get(f"/v1/{batch['batch']}").json()["livemode"] is False


def test_the_same_external_ids_mean_nothing_to_a_live_tenant(api_of, upload, tenants_table, monkeypatch):
    live = api_of("main")
    answer = live.post("/v1/photos", json=ORDER | {"external_id": "test_order_over_quota"})
    assert answer.status_code == 201
    assert live.get(f"/v1/{answer.json()['photo']}").json()["livemode"] is True


def test_a_test_tenant_has_caps_of_its_own(api_of, tenants_table):
    capped = makers.tenant(tenant="test_capped", quotas={"orders_per_day": 1})
    DynamoDbTenants(tenants_table).put(capped, 0)
    api = api_of("test_capped")
    assert [api.post("/v1/photos", json=ORDER).status_code for _ in range(2)] == [201, 429]
    first = api_of().post("/v1/photos", json=ORDER)
    assert "q=500" in first.headers["ratelimit-policy"]


def test_a_style_of_a_test_tenant_is_learned_at_once_and_used(api, upload, buckets):
    photo = ordered(api, "SKU-1", upload)
    order = {"name": "Autumn", "pictures": [{"content_type": "image/jpeg"}]}
    answer = api.post("/v1/styles", json=order).json()
    (form,) = answer["uploads"]
    upload(form["fields"])
    style = api.get(f"/v1/styles/own/{answer['style']['id']}").json()
    assert (style["status"], style["livemode"]) == ("READY", False)
    assert style["preview"]["content_type"] == "image/webp"
    used = ordered(api, "SKU-2", upload, looks=[{"styles": {style["id"]: 1}}])
    assert (photo["status"], used["status"]) == ("READY", "READY")


def test_with_review_a_lowered_picture_waits_and_has_no_public_address(api_of, upload):
    api = api_of("test_review")
    sure, lowered = (ordered(api, name, upload) for name in ("SKU-1", "test_lowered_text"))
    assert sure["results"][0]["review"] is None
    assert all("/public/" in each["url"] for each in sure["results"][0]["renditions"])
    assert lowered["results"][0]["review"] == "waiting"
    assert not any("/public/" in each["url"] for each in lowered["results"][0]["renditions"])
    (waiting,) = api.get("/v1/reviews").json()["reviews"]
    assert (waiting["photo_id"], waiting["unsure_gates"]) == (lowered["photo_id"], ["text"])
