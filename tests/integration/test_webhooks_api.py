"""The routes of /v1/webhooks, on moto."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from standardwebhooks.webhooks import Webhook

from limner.adapters.dynamodb_webhooks import DynamoDbWebhooks
from limner.adapters.tenants import DynamoDbTenants
from limner.adapters.webhook_secrets import KmsSecretBox
from limner.webhooks import MAX_ENDPOINTS, DeliveryMessage, DeliveryState, DisabledBy
from tests import makers
from tests.callers import Gateway, caller
from tests.function_modules import load
from tests.integration.conftest import NAMES
from tests.interruption import interrupt_after

PATH = "/v1/webhooks"
URL = "https://shop.example/limner"


@pytest.fixture
def app(
    table, tenants_table, webhooks_table, webhook_queue, webhook_key, cursor_secret, function_environment
):
    function_environment("StorefrontFunction")
    return load("storefront").app


@pytest.fixture
def client_of(app):
    return lambda tenant: TestClient(Gateway(app, caller(tenant).context()), raise_server_exceptions=False)


@pytest.fixture
def api(client_of):
    return client_of("main")


@pytest.fixture
def webhooks(webhooks_table):
    return DynamoDbWebhooks(webhooks_table)


@pytest.fixture
def added(api):
    answer = api.post(PATH, json={"url": URL, "events": ["photo.ready"], "description": "mine"})
    assert answer.status_code == 201
    return answer.json()


def sent(queue):
    answer = queue.receive_message(QueueUrl=NAMES["WebhookQueue"], MaxNumberOfMessages=10)
    return [DeliveryMessage.model_validate_json(message["Body"]) for message in answer.get("Messages", [])]


def secrets_of(webhooks, webhook_key, endpoint_id):
    box = KmsSecretBox(webhook_key, NAMES["WebhookSecretsKey"])
    stored = webhooks.endpoint("main", endpoint_id).secrets
    return [box.decrypt(each.ciphertext, "main", endpoint_id) for each in stored]


def test_a_webhook_is_added_and_its_secret_is_shown_once(api, added, webhooks, webhook_key, webhooks_table):
    assert added["secret"].startswith("whsec_")
    Webhook(added["secret"])
    assert secrets_of(webhooks, webhook_key, added["id"]) == [added["secret"]]
    shown = {name: value for name, value in added.items() if name != "secret"}
    assert api.get(f"{PATH}/{added['id']}").json() == shown
    assert api.get(PATH).json() == {"webhooks": [shown]}
    assert (shown["enabled"], shown["events"], shown["description"]) == (True, ["photo.ready"], "mine")
    assert added["secret"] not in str(webhooks_table.scan()["Items"])


@pytest.mark.parametrize(
    ("webhook", "status", "code"),
    [
        ({}, 422, "invalid_request"),
        ({"url": "http://shop.example/"}, 422, "address_refused"),
        ({"url": "https://127.0.0.1/"}, 422, "address_refused"),
        ({"url": "http://127.0.0.1:8000/"}, 422, "address_refused"),
        ({"url": "https://169.254.169.254/latest/meta-data"}, 422, "address_refused"),
        ({"url": "https://user:password@shop.example/"}, 422, "address_refused"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, 422, "address_refused"),
        ({"url": "ftp://shop.example/"}, 422, "address_refused"),
        ({"url": URL + "x" * 2048}, 422, "invalid_request"),
        ({"url": URL, "events": ["photo.sold"]}, 422, "invalid_request"),
        ({"url": URL, "secret": "mine"}, 422, "invalid_request"),
        ({"url": URL, "description": "x" * 201}, 422, "invalid_request"),
    ],
)
def test_what_cannot_be_sent_to_is_refused(api, webhooks, webhook, status, code):
    answer = api.post(PATH, json=webhook)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert webhooks.endpoints("main") == []


def test_a_tenant_has_a_limited_number_of_webhooks(api, webhooks):
    for number in range(MAX_ENDPOINTS):
        webhooks.add_endpoint(makers.endpoint(endpoint_id=f"{number:032x}"))
    answer = api.post(PATH, json={"url": URL})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_webhooks")
    assert api.delete(f"{PATH}/{0:032x}").status_code == 204
    assert api.post(PATH, json={"url": URL}).status_code == 201


def test_what_is_given_is_changed_and_the_rest_stays(api, added):
    path = f"{PATH}/{added['id']}"
    changed = api.patch(path, json={"events": []}).json()
    assert changed == {name: value for name, value in added.items() if name != "secret"} | {"events": []}
    moved = api.patch(path, json={"url": "https://other.example/", "description": ""}).json()
    assert (moved["url"], moved["description"], moved["events"]) == ("https://other.example/", "", [])
    refused = api.patch(path, json={"url": "https://localhost/"})
    assert (refused.status_code, refused.json()["code"]) == (422, "address_refused")
    assert api.get(path).json() == moved


def test_a_webhook_is_switched_off_and_on_and_begins_anew_after_failures(api, added, webhooks):
    path = f"{PATH}/{added['id']}"
    off = api.patch(path, json={"enabled": False}).json()
    assert (off["enabled"], off["disabled_by"]) == (False, "owner")
    endpoint = webhooks.endpoint("main", added["id"])
    failed = {"disabled_by": DisabledBy.FAILING, "failing_since": makers.NOON, "disabled_at": makers.NOON}
    webhooks.replace_endpoint(endpoint.model_copy(update=failed))
    assert api.patch(path, json={"enabled": False}).json()["disabled_by"] == "failing", "the reason stays"
    on = api.patch(path, json={"enabled": True}).json()
    assert (on["enabled"], on["disabled_by"], on["failing_since"]) == (True, None, None)


def test_a_change_meets_one_of_the_delivering_function(api, added, webhooks, monkeypatch):
    replace, raced = DynamoDbWebhooks.replace_endpoint, []

    def race(self, endpoint):
        if not raced:
            raced.append(replace(self, endpoint.model_copy(update={"failing_since": makers.NOON})))
        return replace(self, endpoint)

    monkeypatch.setattr(DynamoDbWebhooks, "replace_endpoint", race)
    answer = api.patch(f"{PATH}/{added['id']}", json={"description": "changed"}).json()
    assert (answer["description"], answer["failing_since"]) == ("changed", "2026-01-01T12:00:00Z")


def test_a_secret_is_replaced_with_an_overlap(api, added, webhooks, webhook_key):
    path = f"{PATH}/{added['id']}/rotate-secret"
    second = api.post(path, json={"overlap_hours": 2}).json()
    assert second["secret"] != added["secret"]
    until = datetime.fromisoformat(second["previous_secret_until"])
    assert abs(until - datetime.now(UTC) - timedelta(hours=2)) < timedelta(minutes=1)
    assert secrets_of(webhooks, webhook_key, added["id"]) == [second["secret"], added["secret"]]
    third = api.post(path).json()
    assert secrets_of(webhooks, webhook_key, added["id"]) == [third["secret"], second["secret"]]
    for hours in (-1, 169):
        assert api.post(path, json={"overlap_hours": hours}).status_code == 422


def test_a_test_event_is_queued_and_in_the_log(api, added, webhook_queue):
    answer = api.post(f"{PATH}/{added['id']}/test")
    assert answer.status_code == 202
    delivery = answer.json()
    assert (delivery["state"], delivery["event_type"]) == ("pending", "webhook.test")
    assert delivery["event"]["data"] == {"tenant": "main", "livemode": True, "webhook_id": added["id"]}
    (message,) = sent(webhook_queue)
    assert (message.tenant, message.delivery_id) == ("main", delivery["id"])
    assert api.get(f"{PATH}/{added['id']}/deliveries").json()["deliveries"] == [delivery]


def test_deliveries_are_paged_newest_first_with_signed_cursors(api, added, webhooks):
    for number in range(5):
        webhooks.add_delivery(makers.delivery(number, endpoint_id=added["id"]))
    path, params = f"{PATH}/{added['id']}/deliveries", {"limit": 3}
    first = api.get(path, params=params).json()
    rest = api.get(path, params=params | {"cursor": first["next_cursor"]}).json()
    assert [each["event_id"] for each in first["deliveries"] + rest["deliveries"]] == [
        makers.event_id(number) for number in (4, 3, 2, 1, 0)
    ]
    assert rest["next_cursor"] is None
    another = api.post(PATH, json={"url": URL}).json()["id"]
    for forged in ("x", first["next_cursor"][:-2] + "AA"):
        assert api.get(path, params={"cursor": forged}).status_code == 422
    assert api.get(f"{PATH}/{another}/deliveries", params={"cursor": first["next_cursor"]}).status_code == 422


def test_a_delivery_is_made_again_by_request(api, added, webhooks, webhook_queue):
    done = makers.delivery(endpoint_id=added["id"], next_attempt=3, state=DeliveryState.FAILED)
    webhooks.add_delivery(done)
    answer = api.post(f"{PATH}/{added['id']}/deliveries/{done.delivery_id}/redeliver")
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    (message,) = sent(webhook_queue)
    assert (message.attempt, message.tries) == (4, 0)


def test_what_does_not_exist_is_404(api, added):
    unknown = f"{PATH}/{'0' * 32}"
    calls = [
        ("GET", unknown),
        ("PATCH", unknown),
        ("DELETE", unknown),
        ("POST", f"{unknown}/rotate-secret"),
        ("POST", f"{unknown}/test"),
        ("GET", f"{unknown}/deliveries"),
        ("POST", f"{unknown}/deliveries/{makers.delivery_id(1)}/redeliver"),
    ]
    for method, path in calls:
        answer = api.request(method, path, json={} if method in {"PATCH"} else None)
        assert (answer.status_code, answer.json()["code"]) == (404, "webhook_not_found"), path
    answer = api.post(f"{PATH}/{added['id']}/deliveries/{makers.delivery_id(1)}/redeliver")
    assert (answer.status_code, answer.json()["code"]) == (404, "delivery_not_found")


def test_a_removed_webhook_is_unknown_at_once(api, added):
    assert api.delete(f"{PATH}/{added['id']}").status_code == 204
    assert api.get(f"{PATH}/{added['id']}").status_code == 404
    assert api.delete(f"{PATH}/{added['id']}").status_code == 404
    assert api.get(PATH).json() == {"webhooks": []}


def test_webhooks_of_another_tenant_are_unknown(client_of, added, webhooks, tenants_table):
    DynamoDbTenants(tenants_table).put(makers.tenant(tenant="main-2"), 0)
    other = client_of("main-2")
    assert other.get(PATH).json() == {"webhooks": []}
    assert other.delete(f"{PATH}/{added['id']}").status_code == 404
    assert webhooks.endpoint("main", added["id"]).is_enabled


REQUESTS = {
    "change": ("PATCH", "", {"description": "changed"}, {200}),
    "rotate": ("POST", "/rotate-secret", {}, {200}),
    "test": ("POST", "/test", None, {202}),
    "redeliver": ("POST", f"/deliveries/{makers.delivery_id(1)}/redeliver", None, {202}),
    "remove": ("DELETE", "", None, {204, 404}),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_that_ends_after_any_call_to_aws_can_be_made_again(
    api, added, webhooks, webhook_queue, webhook_key, monkeypatch, name
):
    method, path, body, expected = REQUESTS[name]
    failed = {"next_attempt": 1, "state": DeliveryState.FAILED}
    webhooks.add_delivery(makers.delivery(endpoint_id=added["id"], **failed))
    answer, calls = None, 0
    while answer is None or answer.status_code >= 500:
        calls += 1
        with monkeypatch.context() as interrupted:
            interrupt_after(interrupted, calls)
            answer = api.request(method, f"{PATH}/{added['id']}{path}", json=body)
    assert calls > 1
    assert answer.status_code in expected
    if name == "remove":
        return
    assert secrets_of(webhooks, webhook_key, added["id"])[0] == answer.json().get("secret", added["secret"])
    if name in {"test", "redeliver"}:
        stored = webhooks.delivery("main", added["id"], answer.json()["id"])
        newest = max(
            message.attempt for message in sent(webhook_queue) if message.delivery_id == stored.delivery_id
        )
        assert newest >= stored.next_attempt, "a message is under way that will not be dropped"


def test_adding_that_ends_after_any_call_to_aws_leaves_whole_webhooks_alone(
    api, webhooks, webhook_key, monkeypatch
):
    calls, status = 0, 500
    while status >= 500:
        calls += 1
        with monkeypatch.context() as interrupted:
            interrupt_after(interrupted, calls)
            status = api.post(PATH, json={"url": URL}).status_code
    assert (calls > 1, status) == (True, 201)
    for endpoint in webhooks.endpoints("main"):
        (secret,) = secrets_of(webhooks, webhook_key, endpoint.endpoint_id)
        Webhook(secret)
