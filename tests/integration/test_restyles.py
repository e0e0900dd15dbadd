"""The function that orders a restyle's chunks, and the executions of its state machine, on moto."""

from datetime import UTC, datetime

import boto3
import pytest

from limner.adapters.s3 import S3Objects
from limner.adapters.step_functions import RestyleExecutions
from limner.adapters.tenants import DynamoDbTenants
from limner.adapters.usage import DynamoDbUsage
from limner.errors import MalformedMessage, ObjectMissing, TenantSuspended
from limner.photos import PhotoStatus
from limner.restyles.restyle import ChunkPhotos, Restyle, RestyleObjects, RestyleOutcome, chunk_key
from tests import makers
from tests.campaign_world import CARTOON, stored_photos
from tests.function_modules import load
from tests.integration.conftest import NAMES
from tests.integration.test_functions import Context
from tests.recorded import event

CHUNK = chunk_key(event("restyles-chunk")["chunk"])


@pytest.fixture
def photos(table, usage_table):
    return stored_photos(table, DynamoDbUsage(usage_table))


@pytest.fixture
def restyles(buckets, photos):
    """A chunk with two photos that are READY, and one that there never was."""
    objects = RestyleObjects(S3Objects(buckets), NAMES["ResultsBucket"])
    keys = photos.add_ready(2)
    objects.put(CHUNK.photos, ChunkPhotos(photo_ids=(*(key.photo_id for key in keys), "f" * 32)))
    facts = {"photos": 3, "chunks": 1, "estimated_micro_usd": 1, "created_at": makers.NOON}
    objects.put_restyle(
        Restyle(restyle_id=CHUNK.restyle.restyle_id, tenant=makers.TENANT, looks=(CARTOON,), **facts)
    )
    return objects


@pytest.fixture
def order(restyles, tenants_table, submission_state, function_environment):
    function_environment("RestylesFunction")
    handler = load("restyles").handler
    return lambda body=event("restyles-chunk"): handler(body, Context())


def test_a_chunk_is_ordered_and_its_tickets_are_where_the_answer_says(order, restyles):
    assert order() == {"photos": 2, "tickets": CHUNK.tickets}
    given = restyles.tickets(CHUNK)
    assert given.others == {RestyleOutcome.GONE: 1}
    for ticket in given.tickets:
        assert ticket.looks == (CARTOON,)


def test_a_repeated_event_changes_nothing(order, restyles, photos):
    order()
    before = restyles.tickets(CHUNK)
    rows = photos.due(2**40, 10)
    assert len(rows) == 2
    assert {row.status for row in rows} == {PhotoStatus.PROCESSING}
    assert order() == {"photos": 2, "tickets": CHUNK.tickets}
    assert restyles.tickets(CHUNK) == before
    assert photos.due(2**40, 10) == rows


def test_a_photo_of_an_order_of_a_restyle_is_charged_to_no_counter(order, usage_table):
    order()
    assert usage_table.scan()["Items"] == []


def test_chunks_of_a_suspended_tenant_are_not_ordered(order, restyles, tenants_table):
    DynamoDbTenants(tenants_table).put(makers.tenant(is_suspended=True), 0)
    with pytest.raises(TenantSuspended):
        order()
    with pytest.raises(ObjectMissing):
        restyles.tickets(CHUNK)


@pytest.mark.parametrize("key", ["", "restyles/main/x/chunks/000000.json", CHUNK.done, f"../{CHUNK.photos}"])
def test_an_event_that_names_no_chunk_is_malformed(order, key):
    with pytest.raises(MalformedMessage):
        order({"chunk": key})


def test_executions_are_found_by_their_restyle(aws):
    client = boto3.client("stepfunctions")
    machine = client.create_state_machine(
        name="restyles",
        definition='{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
        roleArn="arn:aws:iam::123456789012:role/restyles",
    )["stateMachineArn"]
    executions = RestyleExecutions(client, state_machine=machine, now=lambda: datetime.now(UTC))
    assert not executions.is_running(CHUNK.restyle)
    name = executions.start(CHUNK.restyle)
    assert name.startswith(CHUNK.restyle.restyle_id)
    assert executions.is_running(CHUNK.restyle)
    assert not executions.is_running(CHUNK.restyle._replace(restyle_id="f" * 32))
