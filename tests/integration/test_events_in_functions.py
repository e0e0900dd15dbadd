"""notifier and webhooks, the deployed handlers with recorded events, on moto."""

import json
import threading
from collections import Counter
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import boto3
import botocore.client
import pytest
from standardwebhooks.webhooks import Webhook

from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.dynamodb_batches import DynamoDbBatches
from limner.adapters.dynamodb_webhooks import DynamoDbWebhooks
from limner.adapters.tenant_records import DynamoDbTenantRecords
from limner.adapters.webhook_secrets import KmsSecretBox
from limner.batches import Batch, BatchOutcomes
from limner.bootstrap import events
from limner.errors import MalformedMessage
from limner.events import EventType, event_id
from limner.tenancy import PhotoKey
from limner.use_cases.announce_changes import BatchChange
from limner.use_cases.manage_webhooks import new_secret
from limner.webhooks import DeliveryMessage, DeliveryState, StoredSecret
from limner_admin.erase import TENANT_RECORDS
from tests import makers
from tests.function_modules import load
from tests.integration.conftest import NAMES
from tests.integration.test_functions import NOTHING_FAILED, Context
from tests.interruption import Interrupted, interrupt_after
from tests.recorded import event

SECRET = new_secret(lambda size: bytes(range(size)))


class Receiver(ThreadingHTTPServer):
    """`answers` are statuses in turn, the last of which is repeated; `received` are headers and body."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers, self.received = [204], []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/limner"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.received.append((dict(self.headers.items()), body))
        answers = self.server.answers
        self.send_response(answers.pop(0) if len(answers) > 1 else answers[0])
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver():
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def made_calls(aws, monkeypatch):
    """Operation and arguments of each call to AWS."""
    made, make_call = [], botocore.client.BaseClient._make_api_call

    def record(client, operation, arguments):
        answer = make_call(client, operation, arguments)
        made.append((operation, arguments))
        return answer

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", record)
    return made


def taken(made_calls, operation):
    """The arguments of the calls since this was asked before."""
    found = [arguments for name, arguments in made_calls if name == operation]
    made_calls[:] = [call for call in made_calls if call[0] != operation]
    return found


@pytest.fixture
def bus(made_calls):
    """The events that have been published since it was asked before."""
    boto3.client("events").create_event_bus(Name=NAMES["EventsBus"])

    def published():
        entries = [entry for each in taken(made_calls, "PutEvents") for entry in each["Entries"]]
        found = [json.loads(entry["Detail"]) for entry in entries]
        assert {entry["EventBusName"] for entry in entries} <= {NAMES["EventsBus"]}
        assert [entry["DetailType"] for entry in entries] == [each["type"] for each in found]
        return found

    return published


@pytest.fixture
def messages(made_calls, webhook_queue):
    """The messages that have been sent to WebhookQueue since it was asked before, whatever their delay."""

    def sent():
        found = taken(made_calls, "SendMessage")
        assert {each["QueueUrl"] for each in found} <= {NAMES["WebhookQueue"]}
        assert all(0 <= each["DelaySeconds"] <= 900 for each in found)
        return [each["MessageBody"] for each in found]

    return sent


@pytest.fixture
def notify(bus, table, requests_table, function_environment):
    def call(name):
        function_environment("NotifierFunction")
        return load("notifier").handler(event(name), Context())

    return call


@pytest.fixture
def webhooks(webhooks_table, webhook_key, receiver):
    """With one endpoint, the receiver."""
    repository, box = DynamoDbWebhooks(webhooks_table), KmsSecretBox(webhook_key, NAMES["WebhookSecretsKey"])
    ciphertext = box.encrypt(SECRET, "main", makers.ENDPOINT_ID)
    repository.add_endpoint(makers.endpoint(url=receiver.url, secrets=(StoredSecret(ciphertext=ciphertext),)))
    return repository


@pytest.fixture
def invoke(webhooks, messages, bus, function_environment, monkeypatch):
    """Calls the function webhooks."""
    function_environment("WebhooksFunction")
    monkeypatch.setenv("REQUIRE_TLS", "false")

    def call(payload):
        return load("webhooks").handler(payload, Context())

    return call


def of_queue(body):
    """A recorded event with another body."""
    (record,) = event("webhooks-delivery")["Records"]
    return {"Records": [record | {"body": body}]}


def test_the_notifier_publishes_what_has_happened_and_nothing_of_orders_deletions_and_tombstones(notify, bus):
    assert notify("notifier-changes") is None
    assert [each["type"] for each in bus()] == ["photo.uploaded", "photo.ready"]


def test_the_notifier_publishes_ends_of_batches_and_styles_and_nothing_of_the_other_rows(notify, bus):
    notify("notifier-batches")
    assert [each["type"] for each in bus()] == ["batch.completed"]
    notify("notifier-styles")
    assert [(each["type"], each["subject"]) for each in bus()] == [
        ("style.ready", makers.STYLE_ID),
        ("style.failed", "own-ffffffffffff"),
    ]


BATCH = Batch(batch_id="b" * 32, tenant="main", created_at=makers.NOON, photo_ids=(makers.PHOTO_ID,))


def test_the_change_that_ends_a_batchs_last_photo_completes_the_batch(notify, table, requests_table):
    """The records are those of one photo of the batch; the row says that it has ended."""
    batches = DynamoDbBatches(requests_table)
    photos = DynamoDbPhotos(table, usage=None)
    photos.add(makers.photo(batch_id=BATCH.batch_id), makers.NOON)
    batches.add(BATCH)
    notify("notifier-batches")
    assert batches.get(*BATCH.key).completion is None, "the photo has no file yet"
    photos.close(photos.get(PhotoKey("main", makers.PHOTO_ID)))
    notify("notifier-batches")
    completion = batches.get(*BATCH.key).completion
    assert completion.outcomes == BatchOutcomes(not_uploaded=1)
    table.delete_item(Key={"photo_key": f"main#{makers.PHOTO_ID}"})
    notify("notifier-batches")
    assert batches.get(*BATCH.key).completion == completion, "the first one stays"


def test_a_batch_whose_check_ends_after_any_call_is_completed_the_next_time(
    function_environment, bus, table, requests_table, monkeypatch
):
    """The same record comes again, and then the record of the completion."""
    batches = DynamoDbBatches(requests_table)
    DynamoDbPhotos(table, usage=None).add(makers.photo(due_at=None), makers.NOON)
    function_environment("NotifierFunction")
    announce = events.announce_changes()
    for calls in count(1):
        batch = BATCH.model_copy(update={"batch_id": f"{calls:032x}"})
        batches.add(batch)
        with monkeypatch.context() as interrupted:
            interrupt_after(interrupted, calls)
            with suppress(Interrupted):
                announce([BatchChange(None, batch)])
                break
        announce([BatchChange(None, batch)])
        complete = batches.get(*batch.key)
        announce([BatchChange(batch, complete), BatchChange(batch, complete)])
        assert complete.completion.outcomes == BatchOutcomes(not_uploaded=1)
        assert {each["id"] for each in bus()} == {event_id(EventType.BATCH_COMPLETED, *batch.key)}
    assert calls == 4, "interrupted after reading the batch, its photos, and the write"


def test_changes_that_come_again_are_events_with_the_same_ids(notify, bus):
    notify("notifier-changes")
    notify("notifier-changes")
    assert set(Counter(each["id"] for each in bus()).values()) == {2}


def test_an_invalid_row_keeps_none_of_the_others_from_being_announced(notify, bus):
    notify("notifier-invalid-row")
    assert [each["type"] for each in bus()] == ["photo.uploaded", "photo.ready"]


def test_the_notifier_fails_for_what_is_no_change(notify):
    with pytest.raises(MalformedMessage):
        notify("router-object-created")


def test_the_notifier_that_ends_after_any_call_publishes_all_the_next_time(notify, bus, monkeypatch):
    with monkeypatch.context() as interrupted:
        interrupt_after(interrupted, 1)
        with pytest.raises(Interrupted):
            notify("notifier-changes")
    notify("notifier-changes")
    assert set(Counter(each["id"] for each in bus()).values()) == {2}


def test_an_event_becomes_a_signed_request_that_its_receiver_can_verify(invoke, messages, receiver, webhooks):
    assert invoke(event("webhooks-event")) == NOTHING_FAILED
    (message,) = messages()
    assert json.loads(message)["delivery_id"] == makers.delivery_id(1)
    # now, as the library refuses signatures that are older than five minutes
    assert invoke(of_queue(message)) == NOTHING_FAILED
    ((headers, body),) = receiver.received
    assert Webhook(SECRET).verify(body, headers) == json.loads(makers.event_body(1))
    assert headers["webhook-id"] == makers.event_id(1)
    assert headers["Content-Type"] == "application/json"
    assert headers["User-Agent"].startswith("Limner-Webhooks/")
    delivery = webhooks.delivery("main", makers.ENDPOINT_ID, makers.delivery_id(1))
    assert delivery.state is DeliveryState.DELIVERED


def test_a_redirect_is_not_followed_and_counts_as_a_failure(invoke, messages, receiver, webhooks):
    receiver.answers = [302]
    webhooks.add_delivery(makers.delivery())
    assert invoke(event("webhooks-delivery")) == NOTHING_FAILED
    assert len(receiver.received) == 1
    delivery = webhooks.delivery("main", makers.ENDPOINT_ID, makers.delivery_id(1))
    assert [attempt.status for attempt in delivery.attempts] == [302]
    assert delivery.next_at


def test_an_address_that_has_become_forbidden_is_never_called(invoke, receiver, webhooks, messages):
    endpoint = webhooks.endpoint("main", makers.ENDPOINT_ID)
    webhooks.replace_endpoint(endpoint.model_copy(update={"url": "https://169.254.169.254/latest"}))
    webhooks.add_delivery(makers.delivery())
    invoke(event("webhooks-delivery"))
    delivery = webhooks.delivery("main", makers.ENDPOINT_ID, makers.delivery_id(1))
    (attempt,) = delivery.attempts
    assert (attempt.status, delivery.state) == (None, DeliveryState.PENDING)
    assert attempt.error


def test_a_malformed_message_is_retried_and_ends_in_the_dlq(invoke):
    for body in ("{}", "not JSON", '{"specversion": "1.0"}', makers.event_body(1)[:-1]):
        assert len(invoke(of_queue(body))["batchItemFailures"]) == 1


def test_an_event_of_a_later_release_is_delivered_as_it_is(invoke, messages, webhooks):
    later = json.dumps(json.loads(makers.event_body(1)) | {"type": "photo.sold", "later": [1]})
    assert invoke(of_queue(later)) == NOTHING_FAILED
    stored = webhooks.delivery("main", makers.ENDPOINT_ID, makers.delivery_id(1))
    assert (stored.event, stored.event_type) == (later, "photo.sold")


def interrupted_at_every_call(invoke, monkeypatch, payload_of):
    """Invoke with one payload after the other, which ends after its first call to AWS, its second, and so on.
    Each comes again, as its queue delivers it. How many were interrupted."""
    for number in count(1):
        with monkeypatch.context() as interrupted:
            interrupt_after(interrupted, number)
            was_whole = invoke(payload_of(number)) == NOTHING_FAILED
        if was_whole:
            return number - 1
        assert invoke(payload_of(number)) == NOTHING_FAILED
    raise AssertionError


def test_fanning_out_that_ends_after_any_call_loses_no_event_and_delivers_it_once(
    invoke, messages, receiver, monkeypatch
):
    interruptions = interrupted_at_every_call(
        invoke, monkeypatch, lambda number: of_queue(makers.event_body(number))
    )
    assert interruptions == 3, "query, row, message"
    for message in messages():
        assert invoke(of_queue(message)) == NOTHING_FAILED
    received = Counter(headers["webhook-id"] for headers, _ in receiver.received)
    assert received == {makers.event_id(number): 1 for number in range(1, interruptions + 2)}


def delivery_message(number):
    ids = {"endpoint_id": makers.ENDPOINT_ID, "delivery_id": makers.delivery_id(number)}
    return of_queue(DeliveryMessage(tenant="main", **ids).model_dump_json())


@pytest.mark.parametrize(("first_answers", "least_calls"), [([204], 4), ([500], 5)])
def test_a_delivery_that_ends_after_any_call_is_lost_in_no_case_and_doubles_have_the_same_id(
    invoke, messages, webhooks, receiver, monkeypatch, first_answers, least_calls
):
    """Messages that are left are handled late, in reverse order."""
    receiver.answers = first_answers
    for number in range(1, 20):
        webhooks.add_delivery(makers.delivery(number))
    interruptions = interrupted_at_every_call(invoke, monkeypatch, delivery_message)
    assert interruptions >= least_calls, "endpoint, delivery, secret, next message, record"
    receiver.answers = [204]
    while left := messages():
        for message in reversed(left):
            assert invoke(of_queue(_due_now(message))) == NOTHING_FAILED
    ids = {makers.event_id(number) for number in range(1, interruptions + 2)}
    assert {headers["webhook-id"] for headers, _ in receiver.received} == ids
    for number in range(1, interruptions + 2):
        stored = webhooks.delivery("main", makers.ENDPOINT_ID, makers.delivery_id(number))
        assert stored.state is DeliveryState.DELIVERED


def test_disabling_that_ends_after_any_call_is_made_the_next_time_with_one_notice(
    invoke, webhooks, receiver, bus, monkeypatch
):
    receiver.answers = [410]
    webhooks.add_delivery(makers.delivery())
    for calls in count(1):
        with monkeypatch.context() as interrupted:
            interrupt_after(interrupted, calls)
            if invoke(delivery_message(1)) == NOTHING_FAILED:
                break
    assert webhooks.endpoint("main", makers.ENDPOINT_ID).disabled_by == "gone"
    notices = {json.dumps(notice) for notice in bus()}
    assert len(notices) == 1
    stored = webhooks.delivery("main", makers.ENDPOINT_ID, makers.delivery_id(1))
    assert stored.state is DeliveryState.FAILED


def _due_now(body):
    message = DeliveryMessage.model_validate_json(body)
    return message.model_copy(update={"not_before": 0}).model_dump_json()


def test_nothing_is_left_of_an_erased_tenants_webhooks_and_queued_messages_send_nothing(
    invoke, messages, webhooks, webhooks_table, receiver
):
    webhooks.add_endpoint(makers.endpoint(tenant="main-2"))
    webhooks.add_delivery(makers.delivery(tenant="main-2"))
    webhooks.add_delivery(makers.delivery())
    (attribute,) = [attribute for table, _, attribute in TENANT_RECORDS if table == "WebhooksTable"]
    assert DynamoDbTenantRecords("webhooks", webhooks_table, attribute).erase("main") == 2
    assert {item["tenant"] for item in webhooks_table.scan()["Items"]} == {"main-2"}
    assert invoke(event("webhooks-delivery")) == NOTHING_FAILED
    assert invoke(event("webhooks-event")) == NOTHING_FAILED
    assert receiver.received == []
    assert messages() == []


def test_a_delivery_of_one_tenant_reads_and_sends_nothing_of_another(invoke, messages, webhooks, receiver):
    webhooks.add_delivery(makers.delivery(tenant="main-2"))
    other = DeliveryMessage(
        tenant="main-2", endpoint_id=makers.ENDPOINT_ID, delivery_id=makers.delivery_id(1)
    )
    assert invoke(of_queue(other.model_dump_json())) == NOTHING_FAILED
    assert invoke(of_queue(makers.event_body(1, tenant="main-2"))) == NOTHING_FAILED
    assert receiver.received == []
    assert messages() == []
