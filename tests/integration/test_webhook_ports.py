"""Webhooks and deliveries in memory and in DynamoDB: the same tests for both."""

from datetime import timedelta

import pytest

from limner.adapters.dynamodb_webhooks import DynamoDbWebhooks
from limner.adapters.webhook_secrets import KmsSecretBox
from limner.errors import DeliveryNotFound, DependencyRefused, MalformedMessage, StaleWrite, WebhookNotFound
from limner.webhooks import DELIVERY_LIFETIME, Attempt, DeliveryState
from tests import makers
from tests.fake_webhooks import InMemoryWebhooks
from tests.integration.conftest import NAMES


@pytest.fixture(params=["memory", "dynamodb"])
def webhooks(request):
    if request.param == "memory":
        return InMemoryWebhooks()
    return DynamoDbWebhooks(request.getfixturevalue("webhooks_table"))


def test_endpoints_are_listed_oldest_first_and_by_tenant(webhooks):
    newer = makers.endpoint(endpoint_id="1" * 32, created_at=makers.NOON + timedelta(seconds=1))
    for endpoint in (newer, makers.endpoint(), makers.endpoint(tenant="main-2")):
        webhooks.add_endpoint(endpoint)
    webhooks.add_delivery(makers.delivery())
    assert webhooks.endpoints("main") == [makers.endpoint(), newer]
    assert webhooks.endpoints("mai") == []
    assert webhooks.endpoint("main", "1" * 32) == newer
    with pytest.raises(WebhookNotFound):
        webhooks.endpoint("main-2", "1" * 32)


def test_of_two_changes_of_one_version_the_second_is_refused(webhooks):
    webhooks.add_endpoint(makers.endpoint())
    changed = webhooks.replace_endpoint(makers.endpoint(description="mine", event_types=("photo.ready",)))
    assert changed.version == 1
    assert webhooks.endpoint("main", makers.ENDPOINT_ID) == changed
    for write in (webhooks.replace_endpoint, lambda each: webhooks.remove_endpoint(each, makers.NOON)):
        with pytest.raises(StaleWrite):
            write(makers.endpoint())
    assert webhooks.endpoint("main", makers.ENDPOINT_ID) == changed


def test_nothing_is_left_of_a_removed_endpoint(webhooks):
    webhooks.add_endpoint(makers.endpoint())
    webhooks.remove_endpoint(makers.endpoint(), makers.NOON)
    assert webhooks.endpoints("main") == []
    with pytest.raises(WebhookNotFound):
        webhooks.endpoint("main", makers.ENDPOINT_ID)
    with pytest.raises(StaleWrite):
        webhooks.replace_endpoint(makers.endpoint())


def test_a_delivery_that_is_added_again_stays_as_it_is(webhooks):
    webhooks.add_delivery(makers.delivery())
    tried = makers.delivery(next_attempt=1, state=DeliveryState.DELIVERED)
    webhooks.record_delivery(tried)
    webhooks.add_delivery(makers.delivery())
    assert webhooks.delivery("main", makers.ENDPOINT_ID, makers.delivery_id(1)) == tried
    with pytest.raises(DeliveryNotFound):
        webhooks.delivery("main", makers.ENDPOINT_ID, makers.delivery_id(2))
    with pytest.raises(DeliveryNotFound):
        webhooks.delivery("main-2", makers.ENDPOINT_ID, makers.delivery_id(1))


def test_only_more_attempts_are_recorded(webhooks):
    attempt = Attempt(at=makers.NOON, error="no answer", milliseconds=10_000)
    with pytest.raises(StaleWrite):
        webhooks.record_delivery(makers.delivery(next_attempt=1))
    webhooks.add_delivery(makers.delivery())
    webhooks.record_delivery(makers.delivery(next_attempt=2, attempts=(attempt,), next_at=makers.NOON))
    for attempts in (1, 2):
        with pytest.raises(StaleWrite):
            webhooks.record_delivery(makers.delivery(next_attempt=attempts))
    assert webhooks.delivery("main", makers.ENDPOINT_ID, makers.delivery_id(1)).attempts == (attempt,)


def test_deliveries_are_listed_newest_first_in_pages(webhooks):
    for number in (2, 4, 1, 3):
        webhooks.add_delivery(makers.delivery(number))
    webhooks.add_delivery(makers.delivery(5, endpoint_id="f" * 32))
    first = webhooks.deliveries("main", makers.ENDPOINT_ID, before=None, limit=3)
    rest = webhooks.deliveries("main", makers.ENDPOINT_ID, before=first[-1].delivery_id, limit=3)
    assert [each.event_id for each in first + rest] == [makers.event_id(number) for number in (4, 3, 2, 1)]


def test_deliveries_and_removed_endpoints_expire(webhooks_table):
    webhooks = DynamoDbWebhooks(webhooks_table)
    webhooks.add_endpoint(makers.endpoint())
    webhooks.add_delivery(makers.delivery())
    webhooks.remove_endpoint(makers.endpoint(), makers.NOON)
    items = {item["record"].partition("#")[0]: item for item in webhooks_table.scan()["Items"]}
    expected = int((makers.NOON + DELIVERY_LIFETIME).timestamp())
    assert {int(item["expires_at"]) for item in items.values()} == {expected}
    assert set(items["endpoint"]) == {"tenant", "record", "expires_at"}


def test_rows_of_a_later_release_are_read_and_invalid_ones_named(webhooks_table):
    webhooks = DynamoDbWebhooks(webhooks_table)
    webhooks.add_endpoint(makers.endpoint())
    key = {"tenant": "main", "record": f"endpoint#{makers.ENDPOINT_ID}"}
    item = webhooks_table.get_item(Key=key)["Item"]
    webhooks_table.put_item(Item={**item, "later": 1})
    assert webhooks.endpoint("main", makers.ENDPOINT_ID) == makers.endpoint()
    webhooks_table.put_item(Item={**item, "secrets": []})
    with pytest.raises(MalformedMessage, match=makers.ENDPOINT_ID):
        webhooks.endpoint("main", makers.ENDPOINT_ID)


def test_a_secret_is_decrypted_for_its_endpoint_alone(webhook_key):
    box = KmsSecretBox(webhook_key, NAMES["WebhookSecretsKey"])
    ciphertext = box.encrypt("whsec_1", "main", makers.ENDPOINT_ID)
    assert "whsec" not in ciphertext
    assert box.decrypt(ciphertext, "main", makers.ENDPOINT_ID) == "whsec_1"
    for tenant, endpoint_id in (("other", makers.ENDPOINT_ID), ("main", "f" * 32)):
        with pytest.raises(DependencyRefused):
            box.decrypt(ciphertext, tenant, endpoint_id)


def test_secrets_are_decrypted_once_for_each_process(webhook_key, monkeypatch):
    box = KmsSecretBox(webhook_key, NAMES["WebhookSecretsKey"])
    ciphertext = box.encrypt("whsec_1", "main", makers.ENDPOINT_ID)
    box.decrypt(ciphertext, "main", makers.ENDPOINT_ID)
    monkeypatch.setattr(box, "_client", None)
    assert box.decrypt(ciphertext, "main", makers.ENDPOINT_ID) == "whsec_1"
