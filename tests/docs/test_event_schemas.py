"""docs/events/ has the schemas of all events, and they hold for what the system emits."""

import json

import pytest
from jsonschema import Draft202012Validator, ValidationError

from limner.batches import Batch, BatchCompletion, BatchOutcomes
from limner.events import EventType
from limner.own_styles import StyleFailure
from limner.photos import Failure
from limner.reviews.publication import picture_id_of
from limner.reviews.review import Review, ReviewState
from limner.use_cases.announce_changes import BatchChange, PhotoChange, StyleChange, events_of
from limner.use_cases.deliver_webhook import DeliverWebhook
from limner.use_cases.webhook_deliveries import SendTestEvent
from limner.webhooks import DeliveryMessage
from tests import makers
from tests.fake_webhooks import InMemoryWebhooks, Receiver, RecordingBus, ReversibleBox, TimedQueue
from tests.fakes import Clock
from tools.event_schemas import FOLDER, ROOT, as_text, schemas


def emitted():
    """At least one event of each type, as its source makes it."""
    yield from _of_photos()
    yield from _of_batches_and_styles()
    yield from _of_webhooks()


def _of_photos():
    ready = makers.photo(
        source=makers.source(),
        results=makers.results(),
        variants=makers.variants(),
        external_id="SKU-1",
        batch_id="b" * 32,
    )
    failures = [
        makers.photo(
            source=makers.source(),
            failure=Failure(sequencer=makers.SEQUENCER, code=code, message="Why.", at=makers.NOON),
        )
        for code in ("too_small", "stylization_failed", "quota_exceeded")
    ]
    review = Review(
        picture_id=picture_id_of(ready.results.pictures[0]), state=ReviewState.APPROVED, at=makers.NOON
    )
    decided = ready.model_copy(update={"reviews": (review,)})
    yield from events_of(PhotoChange(ready, decided, makers.NOON), "limner/test")
    for photo in (ready, *failures):
        yield from events_of(PhotoChange(None, photo, makers.NOON), "limner/test")


def _of_batches_and_styles():
    batch = Batch(batch_id="b" * 32, tenant="main", created_at=makers.NOON, photo_ids=(makers.PHOTO_ID,))
    completion = BatchCompletion(at=makers.NOON, outcomes=BatchOutcomes.of(batch, []))
    complete = batch.model_copy(update={"completion": completion})
    ends = [
        {"learned": makers.learned_style()},
        {"failure": StyleFailure(code="learning_failed", message="Why.")},
    ]
    changes = [BatchChange(batch, complete), *(_style_change(end) for end in ends)]
    for change in changes:
        yield from events_of(change, "limner/test")


def _style_change(end):
    return StyleChange(makers.own_style(), makers.own_style(**end), makers.NOON)


def _of_webhooks():
    webhooks, clock, bus = InMemoryWebhooks(), Clock(), RecordingBus()
    queue = TimedQueue(clock)
    webhooks.add_endpoint(makers.endpoint())
    send = SendTestEvent(
        webhooks=webhooks, queue=queue, new_id=lambda: "9" * 32, now=clock, source="limner/test"
    )
    test_event = send("main", makers.ENDPOINT_ID)
    yield json.loads(test_event.event)
    deliver = DeliverWebhook(
        webhooks=webhooks,
        queue=queue,
        secrets=ReversibleBox(),
        send=Receiver([410]),
        bus=bus,
        now=clock,
        seconds=lambda: 0.0,
        random=lambda: 0.0,
        source="limner/test",
    )
    ids = {"endpoint_id": makers.ENDPOINT_ID, "delivery_id": test_event.delivery_id}
    deliver(DeliveryMessage(tenant="main", **ids))
    yield from bus.published


EMITTED = [each if isinstance(each, dict) else json.loads(each.model_dump_json()) for each in emitted()]
VALIDATORS = {
    name.removesuffix(".json"): Draft202012Validator(
        schema, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    for name, schema in schemas().items()
}


def test_committed_schemas_are_those_of_the_models():
    committed = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.json")}
    assert committed == {name: as_text(schema) for name, schema in schemas().items()}, "make event-schemas"


@pytest.mark.parametrize("name", schemas())
def test_every_schema_is_a_json_schema(name):
    Draft202012Validator.check_schema(schemas()[name])


def test_every_type_is_documented():
    page = (ROOT / "docs/how-to/events.md").read_text("utf-8")
    for event_type in EventType:
        assert f"| `{event_type}` |" in page


def test_every_type_is_emitted():
    assert {event["type"] for event in EMITTED} == set(EventType) == set(VALIDATORS)


@pytest.mark.parametrize("event", EMITTED, ids=lambda event: event["type"])
def test_every_emitted_event_is_valid_by_the_schema_of_its_type_alone(event):
    VALIDATORS[event["type"]].validate(event)
    for event_type, validator in VALIDATORS.items():
        if event_type != event["type"]:
            assert not validator.is_valid(event)


@pytest.mark.parametrize("event", EMITTED, ids=lambda event: event["type"])
def test_every_emitted_event_has_the_attributes_of_cloudevents(event):
    """CloudEvents 1.0: required attributes are strings that are not empty."""
    for name in ("id", "source", "specversion", "type", "subject", "time", "sequence"):
        assert isinstance(event[name], str)
        assert event[name]
    assert event["specversion"] == "1.0"
    assert event["data"]["tenant"] == "main"


def test_a_later_releases_fields_are_valid_and_missing_ones_are_not():
    event = EMITTED[0]
    validator = VALIDATORS[event["type"]]
    validator.validate(event | {"later": 1, "data": event["data"] | {"later": 1}})
    with pytest.raises(ValidationError):
        validator.validate({name: value for name, value in event.items() if name != "sequence"})
