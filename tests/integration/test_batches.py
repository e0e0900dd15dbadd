"""Batches through the API, on moto."""

import json

import pytest
from fastapi.testclient import TestClient

from limner.adapters.dynamodb_batches import DynamoDbBatches
from limner.adapters.dynamodb_imports import DynamoDbImportFailures
from limner.batches import MAX_ITEMS, Batch, BatchCompletion, BatchOutcomes
from limner.bootstrap import pipeline
from limner.errors import BatchNotFound, MalformedMessage
from limner.photos import NO_UPLOAD, Failure
from limner.tenancy import PhotoKey
from tests import makers
from tests.callers import Gateway, caller
from tests.fake_batches import InMemoryBatches
from tests.function_modules import load
from tests.integration.conftest import NAMES

UPLOAD = {"external_id": "MUG-1", "filename": "mug.jpg", "content_type": "image/jpeg"}
IMPORT = {"external_id": "MUG-2", "url": "https://cdn.example.com/mug-2.jpg"}


@pytest.fixture
def api(storefront_aws, function_environment):
    function_environment("StorefrontFunction")
    app = load("storefront").app
    return TestClient(Gateway(app, caller().context()), raise_server_exceptions=False)


def test_a_batch_is_ordered_item_by_item(api, import_queue, table):
    unknown = UPLOAD | {"external_id": "MUG-3", "looks": [{"styles": {"none-such": 1}}]}
    private = IMPORT | {"external_id": "MUG-4", "url": "https://192.168.0.1/mug.jpg"}
    answer = api.post("/v1/batches", json={"items": [UPLOAD, IMPORT, unknown, private]})
    batch = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == batch["batch"] == f"batches/{batch['batch_id']}"
    assert (batch["accepted"], batch["refused"]) == (2, 2)
    assert [(item["index"], item["external_id"]) for item in batch["items"]] == [
        (0, "MUG-1"), (1, "MUG-2"), (2, "MUG-3"), (3, "MUG-4")
    ]  # fmt: skip
    uploaded, imported, *refused = batch["items"]
    assert uploaded["upload"]["fields"]["key"].endswith(uploaded["photo_id"])
    assert imported["upload"] is None
    assert [item["error"]["code"] for item in refused] == ["invalid_request", "address_refused"]
    assert [item["photo_id"] for item in refused] == [None, None]
    photo = api.get(f"/v1/{imported['photo']}").json()
    assert (photo["external_id"], photo["batch_id"]) == ("MUG-2", batch["batch_id"])
    (message,) = import_queue.receive_message(QueueUrl=NAMES["ImportQueue"], MaxNumberOfMessages=10)[
        "Messages"
    ]
    assert imported["photo_id"] in message["Body"]
    assert table.scan()["Count"] == 2


def test_a_batch_counts_its_photos_by_status(api, table):
    items = [UPLOAD | {"external_id": f"MUG-{number}"} for number in range(5)]
    answer = api.post("/v1/batches", json={"items": [*items, IMPORT | {"url": "https://10.0.0.1/"}]}).json()
    path = f"/v1/{answer['batch']}"
    waiting, uploaded, ready, failed, erased = (
        PhotoKey("main", item["photo_id"]) for item in answer["items"][:5]
    )
    photos = pipeline.photos(NAMES["PhotosTable"])
    for key in (uploaded, ready):
        photos.record_upload(makers.photo(photo_id=key.photo_id, source=makers.source()))
    photos.record_results(ready, makers.results())
    photos.record_variants(ready, makers.variants())
    failure = Failure(sequencer=NO_UPLOAD, code="import_not_found", message="…", at=makers.NOON)
    DynamoDbImportFailures(table).record(photos.get(failed), failure)
    table.delete_item(Key={"photo_key": str(erased)})
    found = api.get(path)
    assert found.json()["photos"] == {
        "AWAITING_UPLOAD": 1, "UPLOADED": 1, "PROCESSING": 0, "READY": 1, "FAILED": 1
    }  # fmt: skip
    assert (found.json()["gone"], found.json()["accepted"], found.json()["is_finished"]) == (1, 5, False)
    assert found.json()["outcomes"] == {
        "ready": 1, "failed": 1, "refused": 0, "cancelled": 0, "not_uploaded": 0, "gone": 1, "not_ordered": 1
    }  # fmt: skip
    assert found.json()["completed_at"] is None
    assert [(each["index"], each["error"]["code"]) for each in found.json()["refused"]] == [
        (5, "address_refused")
    ]
    assert int(found.headers["retry-after"]) > 0
    photos.close(photos.get(waiting))
    table.delete_item(Key={"photo_key": str(uploaded)})
    assert api.get(path).json()["is_finished"] is True
    assert api.get(path).json()["outcomes"]["not_uploaded"] == 1, "closed, since its file has not come"
    assert "retry-after" not in api.get(path).headers


def test_a_repeated_batch_is_one_and_has_new_forms(api, table, requests_table):
    key = {"Idempotency-Key": "batch-1"}
    body = {"items": [UPLOAD, IMPORT, UPLOAD | {"looks": [{"styles": {"none-such": 1}}]}]}
    first, second = (api.post("/v1/batches", json=body, headers=key) for _ in range(2))
    assert second.headers["idempotent-replayed"] == "true"
    assert first.json()["batch_id"] == second.json()["batch_id"]
    assert second.json()["items"][0]["upload"]["fields"]["key"].endswith(first.json()["items"][0]["photo_id"])
    assert [item["upload"] for item in second.json()["items"][1:]] == [None, None]
    assert table.scan()["Count"] == 2


def test_the_largest_batch_is_accepted_and_its_answer_kept(api, table, requests_table):
    items = [UPLOAD | {"external_id": f"{number:0128d}"} for number in range(MAX_ITEMS)]
    answer = api.post("/v1/batches", json={"items": items}, headers={"Idempotency-Key": "large"})
    assert answer.status_code == 201
    assert answer.json()["accepted"] == MAX_ITEMS
    assert len(answer.content) < 5 * 2**20, "Lambda answers with at most 6 MB"
    assert all(len(repr(item)) < 300_000 for item in requests_table.scan()["Items"]), "an item has 400 kB"
    progress = api.get(f"/v1/{answer.json()['batch']}").json()
    assert progress["photos"]["AWAITING_UPLOAD"] == MAX_ITEMS


@pytest.mark.parametrize(
    "items",
    [
        [],
        [UPLOAD] * (MAX_ITEMS + 1),
        [UPLOAD | {"url": "https://cdn.example.com/"}],
        [{"external_id": "A"}],
        [{"external_id": "A", "filename": "mug.jpg"}],
        [{"filename": "mug.jpg", "content_type": "image/jpeg"}],
        [UPLOAD, UPLOAD | {"filename": "../mug.jpg"}],
        [UPLOAD | {"batch_id": "b" * 32}],
    ],
)
def test_a_batch_that_is_described_wrongly_is_refused_as_a_whole(api, table, items):
    answer = api.post("/v1/batches", json={"items": items})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert table.scan()["Count"] == 0


def test_a_batch_may_have_a_larger_body_than_other_calls_up_to_a_limit(api):
    headers = {"content-type": "application/json"}
    body = json.dumps({"items": [UPLOAD]}).encode()
    assert api.post("/v1/batches", content=body + b" " * 100_000, headers=headers).status_code == 201
    assert api.post("/v1/photos", content=b" " * 100_000, headers=headers).status_code == 413
    assert api.post("/v1/batches", content=b" " * (2**20 + 1), headers=headers).status_code == 413


def test_an_unknown_batch_is_404(api):
    answer = api.get(f"/v1/batches/{'b' * 32}")
    assert (answer.status_code, answer.json()["code"]) == (404, "batch_not_found")
    assert api.get("/v1/batches/none").status_code == 422


BATCH = Batch(batch_id="b" * 32, tenant="main", created_at=makers.NOON, photo_ids=(makers.PHOTO_ID,))


@pytest.fixture(params=["memory", "dynamodb"])
def batches(request):
    if request.param == "memory":
        return InMemoryBatches()
    return DynamoDbBatches(request.getfixturevalue("requests_table"))


def test_the_first_completion_of_a_batch_stays(batches):
    batches.add(BATCH)
    assert batches.get(*BATCH.key).completion is None
    completions = [BatchCompletion(at=makers.NOON, outcomes=BatchOutcomes(ready=ready)) for ready in (1, 0)]
    for completion in completions:
        batches.complete(BATCH.key, completion)
    assert batches.get(*BATCH.key) == BATCH.model_copy(update={"completion": completions[0]})


def test_a_batch_that_has_expired_is_not_completed(batches):
    batches.complete(BATCH.key, BatchCompletion(at=makers.NOON, outcomes=BatchOutcomes()))
    with pytest.raises(BatchNotFound):
        batches.get(*BATCH.key)


def test_an_invalid_row_is_malformed(requests_table):
    for batch in ({}, {"batch": {"batch_id": "no id"}}):
        requests_table.put_item(Item={"request_key": f"main#batch#{'b' * 32}", **batch})
        with pytest.raises(MalformedMessage, match="b" * 32):
            DynamoDbBatches(requests_table).get("main", "b" * 32)


def test_a_batch_is_stored_under_its_tenant_and_expires(requests_table):
    batches = DynamoDbBatches(requests_table)
    batches.add(BATCH)
    assert batches.get("main", "b" * 32) == BATCH
    with pytest.raises(BatchNotFound):
        batches.get("other", "b" * 32)
    (item,) = requests_table.scan()["Items"]
    assert item["request_key"] == f"main#batch#{'b' * 32}"
    assert item["expires_at"] > makers.NOON.timestamp()
