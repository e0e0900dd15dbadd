"""API keys in a DynamoDB table: one item for each key, under its id; the index ByTenant lists a tenant's."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from limner.adapters.sdk import all_items, error_code, sdk_errors
from limner.api_keys import ApiKey
from limner.errors import ApiKeyNotFound, InvalidRequest

BY_TENANT = "ByTenant"
_CONDITION_FAILED = "ConditionalCheckFailed"


class DynamoDbApiKeys:
    """`table` is a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def add(self, key: ApiKey) -> None:
        condition = {"ConditionExpression": "attribute_not_exists(key_id)"}
        if not self._write("storing a key", self._table.put_item, Item=_to_item(key), **condition):
            raise InvalidRequest(f"{key.key_id}: there is a key with this id")

    def get(self, key_id: str) -> ApiKey:
        """A consistent read, so that a key is refused from the moment it is revoked."""
        with sdk_errors("reading a key"):
            answer = self._table.get_item(Key={"key_id": key_id}, ConsistentRead=True)
        if "Item" not in answer:
            raise ApiKeyNotFound(key_id)
        return _to_key(answer["Item"])

    def keys_of(self, tenant: str | None) -> Sequence[ApiKey]:
        if tenant is None:
            return sorted(self._keys(self._table.scan), key=lambda key: key.created_at)
        condition = Key("tenant").eq(tenant)
        return self._keys(self._table.query, IndexName=BY_TENANT, KeyConditionExpression=condition)

    def record_use(self, key_id: str, day: date) -> None:
        self._write(
            "recording a key's use",
            self._table.update_item,
            Key={"key_id": key_id},
            UpdateExpression="SET last_used_on = :day",
            ConditionExpression=(
                "attribute_exists(key_id) AND (attribute_not_exists(last_used_on) OR last_used_on < :day)"
            ),
            ExpressionAttributeValues={":day": day.isoformat()},
        )

    def revoke(self, key_id: str, at: datetime) -> None:
        revoked = self._write(
            "revoking a key",
            self._table.update_item,
            Key={"key_id": key_id},
            UpdateExpression="SET revoked_at = if_not_exists(revoked_at, :at)",
            ConditionExpression="attribute_exists(key_id)",
            ExpressionAttributeValues={":at": at.isoformat()},
        )
        if not revoked:
            raise ApiKeyNotFound(key_id)

    def rotate(self, key_id: str, replacement: ApiKey, valid_until: datetime) -> None:
        before = self.get(key_id)
        ends = min(valid_until, before.expires_at or valid_until)
        table = self._table.name
        put = {
            "TableName": table,
            "Item": _to_item(replacement),
            "ConditionExpression": "attribute_not_exists(key_id)",
        }
        update = {
            "TableName": table,
            "Key": {"key_id": key_id},
            "UpdateExpression": "SET rotated_to = :replacement, expires_at = :ends",
            "ConditionExpression": (
                "attribute_exists(key_id) AND attribute_not_exists(revoked_at)"
                " AND attribute_not_exists(rotated_to)"
            ),
            "ExpressionAttributeValues": {
                ":replacement": replacement.key_id,
                ":ends": ends.isoformat(),
            },
        }
        rotated = self._write(
            "rotating a key",
            self._table.meta.client.transact_write_items,
            TransactItems=[{"Put": put}, {"Update": update}],
        )
        if not rotated:
            raise InvalidRequest(f"{key_id}: is revoked, or has been rotated")

    def _keys(self, read: Any, **request: Any) -> list[ApiKey]:
        return [_to_key(item) for item in all_items(read, request, "listing keys")]

    def _write(self, action: str, write: Any, **request: Any) -> bool:
        """Whether the condition held."""
        with sdk_errors(action):
            try:
                write(**request)
            except ClientError as error:
                if not _condition_failed(error):
                    raise
                return False
        return True


def _condition_failed(error: ClientError) -> bool:
    """Of the write, or of one of a transaction's, which may also be cancelled for other reasons."""
    reasons = error.response.get("CancellationReasons", [])
    codes = {reason.get("Code") for reason in reasons}
    return error_code(error) == f"{_CONDITION_FAILED}Exception" or _CONDITION_FAILED in codes


def _to_item(key: ApiKey) -> dict[str, Any]:
    """None is omitted, for `attribute_not_exists`."""
    item: dict[str, Any] = key.model_dump(mode="json", exclude_none=True)
    return item


def _to_key(item: Mapping[str, Any]) -> ApiKey:
    """Ignores attributes of later releases. Raises ValidationError."""
    return ApiKey.model_validate(item, extra="ignore")
