"""The deployed handlers with the environment of template.yaml and recorded events, on moto."""

import importlib
import json
from dataclasses import dataclass

import pytest

from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.dynamodb_erasures import DynamoDbErasures
from limner.adapters.usage import DynamoDbUsage
from limner.bootstrap import pipeline
from limner.contracts import parse_upload_event
from limner.erasure import Erasure
from limner.keys import report_key, ticket_key
from limner.packs.contracts import PackTicket, pack_job_id
from limner.photo_lists import PhotoQuery
from limner.quotas import JOBS_PER_INSTANCE
from limner.tenancy import PhotoKey
from tests import makers
from tests.function_modules import load
from tests.integration.conftest import NAMES, PARAMETERS
from tests.recorded import event


@dataclass
class Context:
    function_name: str = "test"
    memory_limit_in_mb: int = 128
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:test"
    aws_request_id: str = "52fdfc07-2182-154f-163f-5f0f9a621d72"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


@pytest.fixture
def invoke(
    table,
    tenants_table,
    usage_table,
    hashes_table,
    buckets,
    submission_state,
    router_queues,
    function_environment,
    monkeypatch,
):
    def call(folder: str, name: str):
        function_environment(f"{folder.capitalize()}Function")
        return load(folder).handler(event(name), Context())

    monkeypatch.setattr("limner.adapters.sagemaker.AsyncEndpoint.submit", _submit)
    return call


def _submit(self, job_id, ticket_location):
    """moto has no asynchronous invocations; the tests of the local run cover the real call."""
    from limner.ports import Submission

    return Submission(f"s3://{NAMES['ResultsBucket']}/endpoint/output/{job_id}.out", None)


def put_photo(buckets, key=f"uploads/main/{makers.PHOTO_ID}", body=None):
    """moto assigns its own version ids, so the tests drop those of the recorded events."""
    buckets.put_object(Bucket=NAMES["UploadsBucket"], Key=key, Body=body or makers.jpeg(400, 300))


def row(table, photo_id=makers.PHOTO_ID):
    return table.get_item(Key={"photo_key": f"main#{photo_id}"})["Item"]


NOTHING_FAILED = {"batchItemFailures": []}


@pytest.fixture
def without_version(monkeypatch):
    """Makes the functions read the newest version instead of the recorded one."""
    monkeypatch.setattr(
        "limner.contracts._source", _unversioned(importlib.import_module("limner.contracts")._source)
    )


def _unversioned(make):
    def source(bucket, key, facts, version_field):
        return make(bucket, key, {k: v for k, v in facts.items() if k != version_field}, version_field)

    return source


@pytest.mark.usefixtures("without_version")
def test_router_submits_and_thumbnailer_makes_variants(invoke, buckets, table):
    put_photo(buckets)
    assert invoke("router", "router-duplicate") == NOTHING_FAILED
    assert row(table)["job"]["submitted_at"]
    tickets = buckets.list_objects_v2(Bucket=NAMES["ResultsBucket"], Prefix="tickets/")
    assert tickets["KeyCount"] == 1
    assert invoke("thumbnailer", "thumbnailer-object-created") == NOTHING_FAILED
    stored = buckets.list_objects_v2(Bucket=NAMES["ResultsBucket"], Prefix="variants/")
    assert stored["KeyCount"] == len(row(table)["variants"]["renditions"]["files"].split("\n")) == 6


def test_keys_with_spaces_and_signs_are_found_from_both_kinds_of_event(invoke, buckets, table):
    put_photo(buckets, "uploads/main/summer 2026/mug+lid 100%25 油画.JPG")
    for name in ("router-encoded-key", "router-plain-key"):
        assert invoke("router", name) == NOTHING_FAILED
    (item,) = table.scan()["Items"]
    assert item["filename"] == "mug+lid 100%25 油画.JPG"
    assert item["job"]["submitted_at"]


LABELLED_KEY = "uploads/main/summer 2026/mug+lid 100%25 油画.JPG"


def put_labelled(buckets, **metadata):
    named = {name.replace("_", "-"): value for name, value in metadata.items()}
    bucket = NAMES["UploadsBucket"]
    buckets.put_object(Bucket=bucket, Key=LABELLED_KEY, Body=makers.jpeg(400, 300), Metadata=named)


@pytest.mark.usefixtures("without_version")
def test_a_photo_is_found_by_the_id_that_a_program_wrote_on_its_object(invoke, buckets, table):
    put_labelled(buckets, limner_external_id="MUG-1", limner_metadata_colour="blue", tags="sale")
    assert invoke("router", "router-plain-key") == NOTHING_FAILED
    page = DynamoDbPhotos(table, None).page("main", PhotoQuery(external_id="MUG-1"), limit=9, cursor=None)
    (photo,) = page.photos
    assert (photo.metadata, photo.tags, photo.status) == ({"colour": "blue"}, ("sale",), "PROCESSING")


@pytest.mark.usefixtures("without_version")
def test_a_photo_whose_objects_metadata_cannot_be_accepted_is_refused(invoke, buckets, table):
    put_labelled(buckets, limner_external_id="x" * 200)
    assert invoke("router", "router-plain-key") == NOTHING_FAILED
    (item,) = table.scan()["Items"]
    assert item["failure"]["code"] == "invalid_metadata"
    assert "x-amz-meta-limner-external-id" in item["failure"]["message"]
    assert "job" not in item


@pytest.mark.parametrize(
    "name", ["router-test-event", "router-folder-created", "router-delete-marker", "router-object-deleted"]
)
def test_other_events_succeed_without_effect(invoke, table, name):
    assert invoke("router", name) == NOTHING_FAILED
    assert table.scan()["Count"] == 0


def test_only_the_malformed_message_of_a_batch_is_reported_as_failed(invoke, buckets, table, router_queues):
    for n in range(10):
        put_photo(buckets, f"uploads/main/{n:032x}")
    failed = invoke("router", "router-poison-in-ten")["batchItemFailures"]
    assert [failure["itemIdentifier"][-1] for failure in failed] == ["4"]
    assert table.scan()["Count"] == 9
    submitted = [item for item in table.scan()["Items"] if item.get("job", {}).get("submitted_at")]
    assert len(submitted) == JOBS_PER_INSTANCE * int(PARAMETERS["StylizerMaxInstances"])
    assert depth(router_queues, "WaitingQueue") == 9 - len(submitted), "the others wait in their line"


def depth(client, queue):
    answer = client.get_queue_attributes(
        QueueUrl=NAMES[queue], AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def first_in_line(client):
    """The event of the router for the first message of the queue of lines."""
    (message,) = client.receive_message(QueueUrl=NAMES["WaitingQueue"])["Messages"]
    record = {
        **event("router-object-created")["Records"][0],
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:limner-waiting.fifo",
    }
    return {"Records": [record]}


def test_an_event_without_a_message_group_is_sent_once_more_with_its_tenants(invoke, table, router_queues):
    (record,) = event("router-object-created")["Records"]
    del record["attributes"]["MessageGroupId"]
    invoke("router", "router-test-event")
    assert load("router").handler({"Records": [record]}, Context()) == NOTHING_FAILED
    assert table.scan()["Count"] == 0
    (message,) = router_queues.receive_message(
        QueueUrl=NAMES["RouterQueue"], MessageSystemAttributeNames=["MessageGroupId"]
    )["Messages"]
    assert message["Attributes"]["MessageGroupId"] == "main"
    assert parse_upload_event(message["Body"]) == parse_upload_event(record["body"])


@pytest.mark.usefixtures("without_version", "tenants_table")
def test_the_first_of_a_line_stays_until_a_job_ends_and_then_gets_its_variants(
    invoke, buckets, table, router_queues, monkeypatch
):
    monkeypatch.setitem(PARAMETERS, "DefaultQuotas", '{"concurrent_jobs":1}')
    for n in range(3):
        put_photo(buckets, f"uploads/main/{n:032x}")
    invoke("router", "router-poison-in-ten")
    (leased,) = [item for item in table.scan()["Items"] if "in_flight" in item]
    message = first_in_line(router_queues)
    router = load("router")
    failed = router.handler(message, Context())["batchItemFailures"]
    assert failed == [{"itemIdentifier": message["Records"][0]["messageId"]}]
    photos = pipeline.photos(NAMES["PhotosTable"])
    key = PhotoKey("main", leased["photo_id"])
    sequencer = photos.get(key).source.sequencer
    photos.record_results(key, makers.results(sequencer=sequencer))
    photos.record_variants(key, makers.variants(sequencer=sequencer))
    before = depth(router_queues, "ThumbQueue")
    assert router.handler(message, Context()) == NOTHING_FAILED
    assert depth(router_queues, "ThumbQueue") == before + 1


@pytest.mark.usefixtures("without_version")
def test_recorder_records_results(invoke, buckets, table, hashes_table, function_environment):
    put_photo(buckets)
    invoke("router", "router-object-created")
    job_id = row(table)["job"]["job_id"]
    report = makers.report(job_id, makers.full_picture(hash="0123456789abcdef"))
    key = report_key(job_id)
    buckets.put_object(Bucket=NAMES["ResultsBucket"], Key=key, Body=report.model_dump_json())
    notifications = event("recorder-completed")
    notifications["Records"][0]["body"] = notifications["Records"][0]["body"].replace(makers.JOB_ID, job_id)
    function_environment("RecorderFunction")
    assert load("recorder").handler(notifications, Context()) == NOTHING_FAILED
    assert row(table)["results"]["model"] == "m@1"
    assert {item["band"] for item in hashes_table.scan()["Items"]} == {
        "main#0-cdef", "main#1-89ab", "main#2-4567", "main#3-0123", f"main#photo-{makers.PHOTO_ID}",
    }  # fmt: skip


@pytest.mark.usefixtures("without_version")
@pytest.mark.parametrize(
    ("recorded", "failed_attempts"), [("recorder-function-failed", 1), ("recorder-function-expired", 0)]
)
def test_recorder_tries_again_what_lambda_says_has_failed(
    invoke, buckets, table, function_environment, monkeypatch, recorded, failed_attempts
):
    put_photo(buckets)
    invoke("router", "router-object-created")
    job_id = row(table)["job"]["job_id"]
    text = json.dumps(event(recorded)).replace(makers.JOB_ID, job_id).replace("2026-01-01", "2999-01-01")
    function_environment("RecorderFunction")
    monkeypatch.setenv("STYLIZER_TIER", "lambda")
    assert load("recorder").handler(json.loads(text), Context()) == NOTHING_FAILED
    assert row(table).get("retried", {}).get("failed", 0) == failed_attempts
    assert "results" not in row(table)


def test_recorder_stores_why_the_function_failed_a_pack_and_asks_for_the_packs_next_step(
    buckets, campaign_queue, function_environment, monkeypatch
):
    picture = makers.source()
    job_id = pack_job_id(makers.KEY, "d" * 32, picture, ("ebay",), "m@1")
    ticket = PackTicket(job_id=job_id, pack_id="d" * 32, picture=picture, profiles=("ebay",), model="m@1")
    bucket = NAMES["ResultsBucket"]
    buckets.put_object(Bucket=bucket, Key=ticket_key(job_id), Body=ticket.model_dump_json().encode())
    text = json.dumps(event("recorder-function-failed")).replace(makers.JOB_ID, job_id)
    function_environment("RecorderFunction")
    monkeypatch.setenv("STYLIZER_TIER", "lambda")
    assert load("recorder").handler(json.loads(text), Context()) == NOTHING_FAILED
    (stored,) = buckets.list_objects_v2(Bucket=bucket, Prefix="endpoint/failure/")["Contents"]
    assert stored["Key"].startswith(f"endpoint/failure/function/{job_id}/")
    (message,) = campaign_queue.receive_message(QueueUrl=NAMES["CampaignQueue"])["Messages"]
    assert json.loads(message["Body"])["has_ended"]


def test_recorder_ignores_foreign_notifications(invoke):
    assert invoke("recorder", "recorder-failed") == NOTHING_FAILED


def body(answer):
    return json.loads(answer["body"])


def test_storefront_lists_styles(invoke):
    answer = invoke("storefront", "storefront-get-styles")
    assert answer["statusCode"] == 200
    assert {"oil", "watercolour", "cartoon"} <= {style["id"] for style in body(answer)["styles"]}


def test_storefront_takes_an_order(invoke, table):
    answer = invoke("storefront", "storefront-post-photos")
    assert answer["statusCode"] == 201
    order = body(answer)
    assert answer["headers"]["location"] == order["photo"] == f"photos/{order['photo_id']}"
    assert order["upload"]["fields"]["key"] == f"uploads/main/{order['photo_id']}"
    assert row(table, order["photo_id"])["expires_at"]


def test_storefront_returns_problems(invoke):
    missing = invoke("storefront", "storefront-get-photo-missing")
    unknown = invoke("storefront", "storefront-post-photos-unknown-style")
    assert (missing["statusCode"], body(missing)["code"]) == (404, "photo_not_found")
    assert (unknown["statusCode"], body(unknown)["code"]) == (422, "invalid_request")
    assert "no-such-style" in body(unknown)["detail"]
    for answer in (missing, unknown):
        assert answer["headers"]["content-type"] == "application/problem+json"
        assert body(answer)["request_id"] == answer["headers"]["x-request-id"] == Context.aws_request_id


@pytest.mark.usefixtures("audit_table", "without_version")
def test_eraser_erases_a_photo_that_is_a_tombstone(invoke, buckets, table, usage_table):
    put_photo(buckets)
    invoke("router", "router-duplicate")
    erasure = Erasure(
        tenant="main",
        photo_id=makers.PHOTO_ID,
        requested_at=makers.NOON,
        requested_by="key-1",
        last_check_at=makers.NOON,
    )
    DynamoDbErasures(table, DynamoDbUsage(usage_table)).begin(erasure, 0)
    assert invoke("eraser", "eraser-erasure-request") == NOTHING_FAILED
    for bucket in ("UploadsBucket", "ResultsBucket"):
        assert "Versions" not in buckets.list_object_versions(Bucket=NAMES[bucket])
    assert row(table)["erasure"]["objects"] == 3, "the upload, the ticket and the submission"
    assert invoke("eraser", "eraser-erasure-request") == NOTHING_FAILED
    assert row(table)["erasure"]["finished_at"]


@pytest.mark.usefixtures("audit_table")
def test_eraser_expires_what_is_no_longer_kept_on_its_schedule(invoke, buckets, table, monkeypatch):
    put_photo(buckets)
    assert invoke("eraser", "eraser-schedule") == {}, "by default everything is kept"


def test_importer_leaves_a_photo_alone_that_was_not_ordered_by_url(invoke, table, usage_table):
    DynamoDbPhotos(table, DynamoDbUsage(usage_table)).add(makers.photo(), makers.NOON)
    before = row(table)
    assert invoke("importer", "importer-import-request") == NOTHING_FAILED
    assert row(table) == before


def test_an_erasure_of_an_unknown_photo_changes_nothing(invoke, audit_table, table):
    assert invoke("eraser", "eraser-erasure-request") == NOTHING_FAILED
    assert table.scan()["Count"] == audit_table.scan()["Count"] == 0
