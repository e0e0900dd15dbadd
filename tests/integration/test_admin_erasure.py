"""The commands that erase and migrate, on moto."""

import boto3
import pytest
from typer.testing import CliRunner

from limner.adapters.tenants import DynamoDbAttachedPrefixes
from limner.attached_buckets import AttachedPrefix
from limner.tenancy import PhotoKey
from limner_admin import __main__ as command
from limner_admin import erase, stack
from tests import makers
from tests.erasure_world import World
from tests.integration.conftest import NAMES
from tests.template_reader import resources

PHOTO = PhotoKey("main", "a" * 32)


@pytest.fixture
def world(
    table,
    tenants_table,
    api_keys_table,
    usage_table,
    requests_table,
    webhooks_table,
    recommendations_table,
    campaigns_table,
    hashes_table,
    audit_table,
    buckets,
    monkeypatch,
):
    queue = boto3.client("sqs").create_queue(QueueName="erase")["QueueUrl"]
    names = {**NAMES, "EraseQueue": queue}
    monkeypatch.setattr(stack, "physical_id", lambda stack, logical_id: names[logical_id])
    monkeypatch.setattr(erase, "_resource_names", lambda stack: set(names))
    return World(table, usage_table, hashes_table, audit_table, buckets)


def run(*arguments, typed=None):
    return CliRunner().invoke(command.app, [*arguments, "--stack", "limner-test"], input=typed)


def test_a_photo_is_hidden_and_sent_to_the_eraser(world):
    world.publish(PHOTO)
    answer = run("erase", "photo", "main", PHOTO.photo_id)
    assert answer.exit_code == 0, answer.output
    assert world.photos.page("main", limit=9, cursor=None).photos == ()
    messages = boto3.client("sqs").receive_message(
        QueueUrl=boto3.client("sqs").get_queue_url(QueueName="erase")["QueueUrl"]
    )["Messages"]
    assert PHOTO.photo_id in messages[0]["Body"]


@pytest.mark.parametrize("typed", ["", "mian\n"])
def test_a_tenant_is_erased_only_after_its_name_was_typed(world, typed):
    world.publish(PHOTO)
    before = world.stored()
    assert run("erase", "tenant", "main", typed=typed).exit_code != 0
    assert world.stored() == before


def test_a_tenants_objects_are_gone_when_the_command_ends(
    world, tenants_table, requests_table, recommendations_table
):
    for tenant in ("main", "other"):
        recommendations_table.put_item(Item={"subject": f"{tenant}#visitor#0f", "record": "0#0"})
        requests_table.put_item(Item={"request_key": f"{tenant}#answer#1"})
    world.publish(PHOTO)
    attached = DynamoDbAttachedPrefixes(tenants_table)
    attached.attach(AttachedPrefix(bucket="theirs", prefix="shoes/", tenant="main"))
    attached.attach(AttachedPrefix(bucket="theirs", prefix="hats/", tenant="other"))
    answer = run("erase", "tenant", "main", typed="main\n")
    assert answer.exit_code == 0, answer.output
    assert list(world.versions()) == []
    assert requests_table.scan()["Items"] == [{"request_key": "other#answer#1"}]
    assert [item["subject"] for item in recommendations_table.scan()["Items"]] == ["other#visitor#0f"]
    assert [each.tenant for each in attached.of_bucket("theirs")] == ["other"]
    assert world.tenant_erasures.find("main").requested_by.startswith("aws:")


def test_the_log_shows_what_was_erased(world):
    world.publish(PHOTO)
    world.request(PHOTO, "key-1")
    world.erase(PHOTO)
    world.past_last_check()
    world.erase(PHOTO)
    answer = run("erase", "log", "main")
    assert answer.exit_code == 0
    assert "key-1" in answer.output


def test_no_table_of_the_template_is_forgotten():
    """A table that is added later holds something of a tenant, or says here that it does not."""
    of_photos = {"PhotosTable", "PictureHashesTable"}
    with_records = {table for table, _, _ in erase.TENANT_RECORDS}
    assert set(resources("AWS::DynamoDB::Table")) <= of_photos | {"AuditTable"} | with_records


def test_rows_of_the_former_table_are_migrated_and_counted(world):
    former = boto3.resource("dynamodb").create_table(
        TableName="former-photos",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "photo_id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "photo_id", "KeyType": "HASH"}],
    )
    source = {"bucket": NAMES["UploadsBucket"], "key": "uploads/" + "b" * 32, "sequencer": "0061", "bytes": 1}
    photo = {"filename": "mug.jpg", "looks": [{"styles": {"oil": 1}}], "created_at": makers.NOON.isoformat()}
    former.put_item(Item={"photo_id": "b" * 32, "shop": "My Shop", "source": source, **photo})
    former.put_item(Item={"photo_id": "c" * 32, "shop": "My Shop", "source": {}})
    given = ("migrate", "--from-table", "former-photos", "--tenant-of", "My Shop=my-shop")
    assert "my-shop: photos 2" in run(*given, "--dry-run").output
    assert world.rows() == {}
    answer = run(*given)
    assert answer.exit_code == 1, "one row is invalid, and named"
    assert "migrated 1" in answer.output
    assert "failed 1" in answer.output
    assert list(world.rows()) == ["my-shop#" + "b" * 32]
    assert "migrated before 1" in run(*given).output


def test_the_former_table_is_emptied_only_after_its_name_was_typed(world):
    given = ("remove-former", "--from-table", "former-photos")
    assert run(*given, typed="photos\n").exit_code != 0
