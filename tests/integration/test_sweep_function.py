"""The sweeper's handler: a schedule asks for the parts of a sweep on a queue, and each message does one."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from aws_lambda_powertools import Metrics

from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.own_styles import DynamoDbOwnStyles
from limner.adapters.sqs import QueuedSweeps
from limner.adapters.usage import DynamoDbUsage
from limner.errors import MalformedMessage, Unavailable
from limner.ports import ALL_SHARDS
from limner.use_cases.request_erasure import ResendErasures
from tests import makers
from tests.function_modules import load
from tests.integration.conftest import NAMES
from tests.integration.test_functions import Context
from tests.recorded import event


@pytest.fixture
def sweeper(
    table,
    tenants_table,
    usage_table,
    hashes_table,
    buckets,
    submission_state,
    router_queues,
    sweep_queue,
    function_environment,
):
    function_environment("SweeperFunction")
    return load("sweeper").handler


@pytest.fixture
def photos(table, usage_table):
    return DynamoDbPhotos(table, DynamoDbUsage(usage_table))


def sent(client, queue):
    bodies = []
    while answer := client.receive_message(QueueUrl=NAMES[queue], MaxNumberOfMessages=10).get("Messages"):
        bodies += [json.loads(message["Body"]) for message in answer]
    return bodies


def test_the_schedule_asks_for_every_shard_and_for_orphans(sweeper, sweep_queue):
    assert sweeper(event("sweeper-schedule"), Context())["SweepsStarted"] == 1
    requests = sent(sweep_queue, "SweepQueue")
    assert sorted(request["shards"] for request in requests) == ["", *ALL_SHARDS]
    assert [request["shards"] for request in requests if request["orphans"]] == [""]


def _fail():
    raise Unavailable("busy")


def _without_parts(monkeypatch):
    monkeypatch.setattr(QueuedSweeps, "start", lambda _: _fail())


def _without_styles(monkeypatch):
    monkeypatch.setattr(DynamoDbOwnStyles, "due", lambda *_: _fail())


def _without_erasures(monkeypatch):
    monkeypatch.setattr(ResendErasures, "__call__", lambda _: _fail())


@pytest.mark.parametrize("fail", [_without_parts, _without_styles, _without_erasures])
def test_a_step_that_fails_keeps_no_other_from_being_done_and_counted(
    sweeper, sweep_queue, tenants_table, fail, monkeypatch
):
    styles = DynamoDbOwnStyles(tenants_table)
    styles.add(makers.own_style())
    fail(monkeypatch)
    counted = set()
    monkeypatch.setattr(Metrics, "add_metric", lambda _, name, **__: counted.add(name))
    with pytest.raises(Unavailable, match="busy"):
        sweeper(event("sweeper-schedule"), Context())
    are_parts_asked_for = fail is not _without_parts
    assert bool(sent(sweep_queue, "SweepQueue")) == are_parts_asked_for
    has_style_ended = fail is not _without_styles
    assert bool(styles.get(makers.TENANT, makers.STYLE_ID).failure) == has_style_ended
    assert ("SweepsStarted" in counted, "StylesRefused" in counted) == (are_parts_asked_for, has_style_ended)


def test_an_import_waits_while_its_queue_is_not_empty(sweeper, photos, import_queue):
    order = makers.photo(photo_id="a" * 32, import_url="https://cdn.example.com/mug.jpg")
    order = order.model_copy(update={"created_at": datetime.now(UTC) - timedelta(hours=1)})
    photos.add(order, datetime.now(UTC) + timedelta(hours=23))
    import_queue.send_message(QueueUrl=NAMES["ImportQueue"], MessageBody="x")
    assert sweeper(event("sweeper-shard"), Context()) == {"PhotosWaiting": 1}


def test_a_message_sweeps_its_shard_alone(sweeper, photos, router_queues):
    for digit in "a5":
        photos.record_upload(makers.photo(photo_id=digit * 32, source=makers.source()))
    assert sweeper(event("sweeper-shard"), Context()) == {"PhotosResent": 1}
    assert len(sent(router_queues, "RouterQueue")) == 1
    assert photos.get(makers.photo(photo_id="a" * 32).key).retried.count == 1
    assert photos.get(makers.photo(photo_id="5" * 32).key).retried is None


def test_a_request_can_be_given_directly(sweeper, photos):
    photos.record_upload(makers.photo(photo_id="a" * 32, source=makers.source()))
    request = {"request_version": 1, "shards": ALL_SHARDS, "orphans": True}
    assert sweeper(request, Context()) == {"PhotosResent": 1}


def test_what_is_no_request_fails_and_comes_back(sweeper):
    message = event("sweeper-shard")
    message["Records"][0]["body"] = '{"shards": "xyz"}'
    with pytest.raises(MalformedMessage):
        sweeper(message, Context())
