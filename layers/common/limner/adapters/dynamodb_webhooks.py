"""Webhooks and their deliveries in one DynamoDB table.

tenant       partition key
record       sort key: `endpoint#{id}` or `delivery#{endpoint id}#{delivery id}`
expires_at   of deliveries, and of endpoints that were removed, of which nothing else is left
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from limner.adapters.dynamodb_items import to_map
from limner.adapters.dynamodb_writes import conditional
from limner.adapters.sdk import all_items, sdk_errors
from limner.errors import DeliveryNotFound, MalformedMessage, StaleWrite, WebhookNotFound
from limner.webhooks import DELIVERY_LIFETIME, Delivery, Endpoint

_ENDPOINT, _DELIVERY = "endpoint#", "delivery#"
_AFTER_EVERY_ID = "~"


class DynamoDbWebhooks:
    """`table` is a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def endpoints(self, tenant: str) -> list[Endpoint]:
        found = [_to_endpoint(item) for item in self._items(tenant, _ENDPOINT) if "url" in item]
        return sorted(found, key=lambda endpoint: (endpoint.created_at, endpoint.endpoint_id))

    def endpoint(self, tenant: str, endpoint_id: str) -> Endpoint:
        item = self._get(tenant, f"{_ENDPOINT}{endpoint_id}", "reading a webhook")
        if "url" not in item:
            raise WebhookNotFound(f"no webhook {endpoint_id}")
        return _to_endpoint(item)

    def add_endpoint(self, endpoint: Endpoint) -> None:
        item = {**to_map(endpoint), **_endpoint_key(endpoint)}
        with sdk_errors("storing a webhook"):
            self._table.put_item(Item=item)

    def replace_endpoint(self, endpoint: Endpoint) -> Endpoint:
        newer = endpoint.model_copy(update={"version": endpoint.version + 1})
        self._put_if_unchanged(endpoint, {**to_map(newer), **_endpoint_key(endpoint)})
        return newer

    def remove_endpoint(self, endpoint: Endpoint, at: datetime) -> None:
        expires_at = int((at + DELIVERY_LIFETIME).timestamp())
        self._put_if_unchanged(endpoint, {**_endpoint_key(endpoint), "expires_at": expires_at})

    def _put_if_unchanged(self, endpoint: Endpoint, item: Mapping[str, Any]) -> None:
        with sdk_errors("changing a webhook"):
            conditional(
                self._table,
                "put_item",
                Item=item,
                ConditionExpression="version = :version",
                ExpressionAttributeValues={":version": endpoint.version},
            )

    def add_delivery(self, delivery: Delivery) -> None:
        with sdk_errors("storing a delivery"):
            try:
                conditional(
                    self._table,
                    "put_item",
                    Item=_delivery_item(delivery),
                    ConditionExpression="attribute_not_exists(tenant)",
                )
            except StaleWrite:
                return

    def delivery(self, tenant: str, endpoint_id: str, delivery_id: str) -> Delivery:
        record = f"{_DELIVERY}{endpoint_id}#{delivery_id}"
        item = self._get(tenant, record, "reading a delivery")
        if not item:
            raise DeliveryNotFound(f"no delivery {delivery_id}")
        return _to_delivery(item)

    def record_delivery(self, delivery: Delivery) -> None:
        with sdk_errors("recording a delivery"):
            conditional(
                self._table,
                "put_item",
                Item=_delivery_item(delivery),
                ConditionExpression="next_attempt < :next_attempt",
                ExpressionAttributeValues={":next_attempt": delivery.next_attempt},
            )

    def deliveries(self, tenant: str, endpoint_id: str, *, before: str | None, limit: int) -> list[Delivery]:
        prefix = f"{_DELIVERY}{endpoint_id}#"
        with sdk_errors("reading deliveries"):
            answer = self._table.query(
                KeyConditionExpression="tenant = :tenant AND #record BETWEEN :first AND :last",
                ExpressionAttributeNames={"#record": "record"},
                ExpressionAttributeValues={
                    ":tenant": tenant,
                    ":first": prefix,
                    ":last": prefix + (before or _AFTER_EVERY_ID),
                },
                ScanIndexForward=False,
                Limit=limit + 1,
            )
        found = [_to_delivery(item) for item in answer["Items"]]
        return [each for each in found if each.delivery_id != before][:limit]

    def _get(self, tenant: str, record: str, action: str) -> Mapping[str, Any]:
        with sdk_errors(action):
            answer = self._table.get_item(Key={"tenant": tenant, "record": record}, ConsistentRead=True)
        item: Mapping[str, Any] = answer.get("Item", {})
        return item

    def _items(self, tenant: str, prefix: str) -> Iterator[Mapping[str, Any]]:
        request: dict[str, Any] = {
            "KeyConditionExpression": "tenant = :tenant AND begins_with(#record, :prefix)",
            "ExpressionAttributeNames": {"#record": "record"},
            "ExpressionAttributeValues": {":tenant": tenant, ":prefix": prefix},
            "ConsistentRead": True,
        }
        return all_items(self._table.query, request, "reading webhooks")


def _endpoint_key(endpoint: Endpoint) -> dict[str, str]:
    return {"tenant": endpoint.tenant, "record": f"{_ENDPOINT}{endpoint.endpoint_id}"}


def _delivery_item(delivery: Delivery) -> dict[str, Any]:
    return {
        **to_map(delivery),
        "record": f"{_DELIVERY}{delivery.endpoint_id}#{delivery.delivery_id}",
        "expires_at": int((delivery.created_at + DELIVERY_LIFETIME).timestamp()),
    }


def _to_endpoint(item: Mapping[str, Any]) -> Endpoint:
    """Ignores attributes of later releases. Raises MalformedMessage."""
    try:
        return Endpoint.model_validate(item, extra="ignore")
    except ValidationError as error:
        raise MalformedMessage(f"the webhook {item['record']} is invalid: {error}") from error


def _to_delivery(item: Mapping[str, Any]) -> Delivery:
    """The same of a delivery."""
    try:
        return Delivery.model_validate(item, extra="ignore")
    except ValidationError as error:
        raise MalformedMessage(f"the delivery {item['record']} is invalid: {error}") from error
