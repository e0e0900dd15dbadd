"""Photos that are ordered by URL: from the API over the queue to the bucket, on moto, with a shop on 127.0.0.1."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.dynamodb_imports import DynamoDbImportFailures
from limner.adapters.tenants import DynamoDbTenants
from limner.adapters.usage import DynamoDbUsage
from limner.bootstrap import imports, pipeline
from limner.errors import PhotoNotFound, StaleWrite
from limner.keys import upload_key
from limner.photos import NO_UPLOAD, Failure, PhotoStatus
from limner.tenancy import PhotoKey
from tests import makers
from tests.callers import Gateway, caller
from tests.function_modules import load
from tests.integration.conftest import NAMES
from tests.integration.shop_server import NAME, open_shop
from tests.integration.test_functions import Context
from tests.unit.limner.test_outbound_addresses import FORBIDDEN_URLS

URL = f"https://{NAME}/products/mug%20blue.jpg"
FILE = makers.jpeg()


@pytest.fixture
def stack(
    table,
    tenants_table,
    usage_table,
    requests_table,
    buckets,
    cursor_secret,
    import_queue,
    function_environment,
):
    function_environment("StorefrontFunction")
    function_environment("ImporterFunction")
    for tenant in ("north", "south"):
        DynamoDbTenants(tenants_table).put(makers.tenant(tenant=tenant), 0)
    return load("storefront").app


@pytest.fixture
def api(stack):
    return TestClient(Gateway(stack, caller(tenant="north").context()), raise_server_exceptions=False)


@pytest.fixture
def shop(tmp_path):
    with open_shop(tmp_path) as shop:
        yield shop


@pytest.fixture
def run_importer(stack, shop, import_queue, monkeypatch):
    """Takes all messages from the queue, as Lambda does; what the handler answers."""

    def run():
        fetching = replace(imports.import_photo(), fetch=imports.fetch_with(shop.client()))
        monkeypatch.setattr(imports, "import_photo", lambda: fetching)
        messages = import_queue.receive_message(QueueUrl=NAMES["ImportQueue"], MaxNumberOfMessages=10)
        records = [
            {"messageId": m["MessageId"], "body": m["Body"], "eventSource": "aws:sqs"}
            for m in messages.get("Messages", [])
        ]
        return load("importer").handler({"Records": records}, Context()), len(records)

    return run


def test_a_photo_is_fetched_into_the_bucket_under_its_tenant(api, shop, run_importer, buckets):
    shop.says("/products/mug%20blue.jpg", 200, FILE, **{"Content-Type": "text/html"})
    body = {"url": URL, "external_id": "MUG", "tags": ["mugs"], "looks": [{"styles": {"oil": 1}}]}
    answer = api.post("/v1/photos/import", json=body)
    photo = answer.json()
    assert answer.status_code == 202
    assert (photo["status"], photo["filename"], photo["external_id"]) == (
        "AWAITING_UPLOAD",
        "mug blue.jpg",
        "MUG",
    )
    assert photo["import_url"] == URL
    assert answer.headers["location"] == f"photos/{photo['photo_id']}"
    assert int(answer.headers["retry-after"]) > 0
    assert shop.requests == [], "the API asks no server"
    assert run_importer() == ({"batchItemFailures": []}, 1)
    key = upload_key(PhotoKey("north", photo["photo_id"]))
    assert buckets.get_object(Bucket=NAMES["UploadsBucket"], Key=key)["Body"].read() == FILE


def test_a_failed_import_is_failed_and_listed(api, shop, run_importer):
    shop.says("/mug.jpg", 404)
    photo_id = api.post("/v1/photos/import", json={"url": f"https://{NAME}/mug.jpg"}).json()["photo_id"]
    run_importer()
    photo = api.get(f"/v1/photos/{photo_id}").json()
    assert (photo["status"], photo["failure"]["code"]) == ("FAILED", "import_not_found")
    assert [each["photo_id"] for each in api.get("/v1/photos").json()["photos"]] == [photo_id]
    assert api.post(f"/v1/photos/{photo_id}/upload", json={"content_type": "image/jpeg"}).status_code == 201


def test_an_erased_photo_is_not_fetched(api, shop, run_importer, table):
    photo_id = api.post("/v1/photos/import", json={"url": URL}).json()["photo_id"]
    table.delete_item(Key={"photo_key": f"north#{photo_id}"})
    run_importer()
    assert shop.requests == []
    with pytest.raises(PhotoNotFound):
        pipeline.photos(NAMES["PhotosTable"]).get(PhotoKey("north", photo_id))


def test_a_forbidden_url_is_422_and_nothing_is_ordered(api, table, import_queue):
    for form, url in FORBIDDEN_URLS.items():
        answer = api.post("/v1/photos/import", json={"url": url})
        assert answer.status_code == 422, form
        assert answer.json()["code"] in {"address_refused", "invalid_request"}
    assert table.scan()["Count"] == 0
    assert "Messages" not in import_queue.receive_message(QueueUrl=NAMES["ImportQueue"])


def test_a_name_that_leads_to_a_forbidden_address_fails_when_it_is_fetched(api, shop, run_importer):
    shop.addresses[NAME] = [["169.254.169.254"]]
    photo_id = api.post("/v1/photos/import", json={"url": URL}).json()["photo_id"]
    run_importer()
    failure = api.get(f"/v1/photos/{photo_id}").json()["failure"]
    assert failure["code"] == "import_address_refused"
    assert "169.254" not in json.dumps(failure)


def test_a_repeated_import_is_one_photo(api, table, import_queue):
    key = {"Idempotency-Key": "import-1"}
    first, second = (api.post("/v1/photos/import", json={"url": URL}, headers=key) for _ in range(2))
    assert first.json() == second.json()
    assert table.scan()["Count"] == 1
    messages = import_queue.receive_message(QueueUrl=NAMES["ImportQueue"], MaxNumberOfMessages=10)["Messages"]
    assert len(messages) == 1


@pytest.fixture
def photos(table, usage_table):
    return DynamoDbPhotos(table, DynamoDbUsage(usage_table))


FAILURE = Failure(sequencer=NO_UPLOAD, code="import_not_found", message="…", at=makers.NOON)


def test_a_failure_of_an_import_is_kept_and_no_longer_due(photos, table):
    failures = DynamoDbImportFailures(table)
    photos.add(makers.photo(import_url=URL), makers.NOON + timedelta(days=1))
    failures.record(makers.photo(import_url=URL), FAILURE)
    row = table.get_item(Key={"photo_key": str(makers.KEY)})["Item"]
    assert not row.keys() & {"expires_at", "due_at", "open_shard"}
    assert photos.get(makers.KEY).status is PhotoStatus.FAILED
    with pytest.raises(StaleWrite):
        failures.record(makers.photo(import_url=URL), FAILURE)
    photos.record_upload(makers.photo(source=makers.source()))
    assert photos.get(makers.KEY).status is PhotoStatus.UPLOADED


def test_no_failure_is_recorded_of_a_photo_that_has_an_upload_or_is_gone(photos, table):
    failures = DynamoDbImportFailures(table)
    with pytest.raises(StaleWrite):
        failures.record(makers.photo(), FAILURE)
    photos.record_upload(makers.photo(source=makers.source()))
    with pytest.raises(StaleWrite):
        failures.record(makers.photo(), FAILURE)
