"""Messages whose tenant differs between key, row and job: refused, counted, and nothing is written."""

import json

import pytest
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from limner import contracts
from limner.errors import MalformedMessage
from limner.keys import report_key
from limner.use_cases.outcomes import Outcome
from tests import makers
from tests.function_modules import load
from tests.integration.conftest import NAMES

READERS = {"router": "route", "thumbnailer": "make_variants"}
"""Functions that read upload events, and the function of one message in each."""
OTHER = "other"


@pytest.fixture
def handle(
    table,
    tenants_table,
    usage_table,
    hashes_table,
    buckets,
    submission_state,
    router_queues,
    function_environment,
):
    """The outcomes of one message body."""

    def call(folder, body):
        function_environment(f"{folder.capitalize()}Function")
        names = {**READERS, "recorder": "record"}
        message = SQSRecord({"body": body, "attributes": {"ApproximateReceiveCount": "1"}})
        return list(getattr(load(folder), names[folder])(message if folder == "recorder" else body))

    return call


def upload_event(key=None, sequencer=makers.SEQUENCER):
    source = makers.source(bucket=NAMES["UploadsBucket"], sequencer=sequencer)
    return contracts.upload_event(source.model_copy(update={"key": key or source.key}))


def results(buckets):
    listed = buckets.list_objects_v2(Bucket=NAMES["ResultsBucket"])
    return [each["Key"] for each in listed.get("Contents", [])]


@pytest.fixture
def photo_with_job(handle, buckets, monkeypatch):
    """An uploaded photo whose ticket the endpoint has, and a report at the job's place."""
    from limner.ports import Submission

    monkeypatch.setattr(
        "limner.adapters.sagemaker.AsyncEndpoint.submit",
        lambda self, job_id, location: Submission(f"s3://{NAMES['ResultsBucket']}/endpoint/output/1", None),
    )
    buckets.put_object(Bucket=NAMES["UploadsBucket"], Key=makers.source().key, Body=makers.jpeg(400, 300))
    assert handle("router", upload_event()) == [Outcome.SUBMITTED]
    (ticket,) = [key for key in results(buckets) if key.startswith("tickets/")]
    job_id = ticket.rpartition("/")[2].removesuffix(".json")
    body = makers.report(job_id).model_dump_json().encode()
    buckets.put_object(Bucket=NAMES["ResultsBucket"], Key=report_key(job_id), Body=body)
    return job_id


def notification(job_id):
    return json.dumps({"inferenceId": job_id, "invocationStatus": "Completed"})


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "key",
    [
        f"uploads/{makers.PHOTO_ID}",
        f"uploads/Main/{makers.PHOTO_ID}",
        f"uploads//{makers.PHOTO_ID}",
        f"uploads/{'m' * 19}/{makers.PHOTO_ID}",
        f"uploads/../main/{makers.PHOTO_ID}",
        f"styled/main/{makers.PHOTO_ID}",
    ],
)
def test_an_upload_of_no_tenant_is_counted_and_leaves_no_trace(handle, table, buckets, reader, key):
    assert handle(reader, upload_event(key)) == [Outcome.FOREIGN_UPLOAD]
    assert table.scan()["Count"] == 0
    assert results(buckets) == []


@pytest.fixture
def foreign_row(table, photo_with_job):
    """The row under the photo's key says that it is another tenant's."""
    table.update_item(
        Key={"photo_key": str(makers.KEY)},
        UpdateExpression="SET tenant = :other",
        ExpressionAttributeValues={":other": OTHER},
    )


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.usefixtures("foreign_row")
def test_an_upload_whose_row_is_another_tenants_is_refused(handle, buckets, reader):
    """The message goes to the dead-letter queue, whose alarm counts it."""
    before = results(buckets)
    with pytest.raises(MalformedMessage, match=f"is of {OTHER}#"):
        handle(reader, upload_event(sequencer="F" * 32))
    assert results(buckets) == before


@pytest.mark.usefixtures("foreign_row")
def test_a_result_whose_row_is_another_tenants_is_refused(handle, table, photo_with_job):
    with pytest.raises(MalformedMessage, match=f"is of {OTHER}#"):
        handle("recorder", notification(photo_with_job))
    assert "results" not in table.get_item(Key={"photo_key": str(makers.KEY)})["Item"]


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        (lambda job_id: job_id.replace(makers.TENANT, OTHER), Outcome.FOREIGN_NOTIFICATION),
        (lambda job_id: job_id.replace(makers.PHOTO_ID, "f" * 32), Outcome.FOREIGN_NOTIFICATION),
        (lambda job_id: job_id.partition(".")[2], Outcome.FOREIGN_NOTIFICATION),
        (lambda job_id: job_id[:-12] + "0" * 12, Outcome.SUPERSEDED),
    ],
    ids=["another tenant's", "another photo's", "no tenant's", "another job's"],
)
def test_a_notification_of_another_job_changes_nothing_and_is_counted(
    handle, table, hashes_table, photo_with_job, change, outcome
):
    before = table.scan()["Items"]
    assert handle("recorder", notification(change(photo_with_job))) == [outcome]
    assert table.scan()["Items"] == before
    assert hashes_table.scan()["Count"] == 0
    assert handle("recorder", notification(photo_with_job)) == [Outcome.STYLED], "the true one still counts"
