"""A photo goes through the deployed system, and the deployed eraser leaves nothing of it."""

import time
from datetime import UTC, datetime

import boto3
import pytest
from botocore.exceptions import ClientError

from limner.adapters.audit import DynamoDbAudit
from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.dynamodb_erasures import DynamoDbErasures
from limner.adapters.sqs import QueuedErasures
from limner.adapters.usage import DynamoDbUsage
from limner.erasure import Erasure
from limner.errors import PhotoNotFound
from limner.keys import photo_key_for
from limner.photos import PhotoStatus
from limner.use_cases.outcomes import Outcome
from local.aws.emulator import REGION
from tests import makers

KEY = "uploads/main/e2e/erase-me.jpg"
PATIENCE_SECONDS = 60


@pytest.fixture
def table_named(emulator, stack):
    dynamodb = boto3.resource(
        "dynamodb",
        region_name=REGION,
        endpoint_url=emulator.url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    return lambda logical_id: dynamodb.Table(stack.resources[logical_id])


@pytest.fixture
def table_as(emulator, stack, roles):
    """A table with the credentials of a role."""

    def resource(role, logical_id, **tags):
        dynamodb = roles.session(role, **tags).resource("dynamodb", endpoint_url=emulator.url)
        return dynamodb.Table(stack.resources[logical_id])

    return resource


def until(condition):
    end = time.monotonic() + PATIENCE_SECONDS
    while not (value := condition()):
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.2)
    return value


def test_nothing_is_left_of_a_photo_that_went_through_the_whole_system(emulator, stack, table_named):
    s3 = emulator.client("s3")
    usage = DynamoDbUsage(table_named("UsageTable"))
    photos = DynamoDbPhotos(table_named("PhotosTable"), usage)
    erasures = DynamoDbErasures(table_named("PhotosTable"), usage)
    queue = QueuedErasures(emulator.client("sqs"), queue_url=stack.resources["EraseQueue"])
    photo = photo_key_for(stack.uploads_bucket, KEY)
    s3.put_object(Bucket=stack.uploads_bucket, Key=KEY, Body=makers.jpeg(400, 300))

    def is_ready():
        try:
            return photos.get(photo).status is PhotoStatus.READY
        except PhotoNotFound:
            return False

    def left():
        names = (stack.uploads_bucket, KEY), (stack.results_bucket, "")
        pages = [s3.list_object_versions(Bucket=bucket, Prefix=prefix) for bucket, prefix in names]
        found = [entry["Key"] for page in pages for entry in page.get("Versions", [])]
        hashes = [item["picture"] for item in table_named("PictureHashesTable").scan()["Items"]]
        return [key for key in found + hashes if photo.photo_id in key or key == KEY]

    until(is_ready)
    output = photos.get(photo).job.output_location.partition(f"{stack.results_bucket}/")[2]
    assert len(left()) > 10
    now = datetime.now(UTC)
    erasures.begin(
        Erasure(
            tenant=photo.tenant,
            photo_id=photo.photo_id,
            requested_at=now,
            requested_by="test",
            last_check_at=now,
        ),
        int(now.timestamp()),
    )
    with pytest.raises(PhotoNotFound):
        photos.get(photo)
    queue.send(photo)
    until(lambda: erasures.get(photo).objects)
    assert left() == []
    assert "Versions" not in s3.list_object_versions(Bucket=stack.results_bucket, Prefix=output)
    queue.send(photo)
    until(lambda: erasures.get(photo).finished_at)
    (entry,) = until(lambda: DynamoDbAudit(table_named("AuditTable")).entries(photo.tenant))
    assert entry.subject == photo.photo_id
    assert entry.counts["objects"] > 10


def test_the_deployed_eraser_runs_on_its_schedule(emulator, stack):
    answer = emulator.client("lambda").invoke(FunctionName=stack.resources["EraserFunction"], Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()
    assert answer["Payload"].read() in {b"{}", f'{{"{Outcome.RESULT_EXPIRED}": 1}}'.encode()}


def test_a_tenants_session_makes_a_tombstone_and_deletes_no_row(table_as, stack, table_named):
    """As its role, with IAM on."""
    table = table_named("PhotosTable")
    photo = makers.photo(photo_id="e" * 32, source=makers.source(bucket=stack.uploads_bucket))
    DynamoDbPhotos(table, DynamoDbUsage(table_named("UsageTable"))).record_upload(photo)
    limited = table_as("TenantRole", "PhotosTable", tenant=photo.tenant)
    usage = DynamoDbUsage(table_as("TenantRole", "UsageTable", tenant=photo.tenant))
    row = {"Key": {"photo_key": str(photo.key)}}
    with pytest.raises(ClientError, match="AccessDenied"):
        limited.delete_item(**row)
    now = datetime.now(UTC)
    erasure = Erasure(
        tenant=photo.tenant,
        photo_id=photo.photo_id,
        requested_at=now,
        requested_by="test",
        last_check_at=now,
    )
    DynamoDbErasures(limited, usage).begin(erasure, 0)
    assert DynamoDbErasures(table, usage).get(photo.key).requested_by == "test"
