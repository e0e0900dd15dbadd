"""Tenants in one DynamoDB table: their settings with history, and the buckets that are attached to them.

    tenant                 record                what the item is
    `{tenant}`             `settings`            the newest version of the settings
    `{tenant}`             `settings#00000012`   one version, for the history
    `bucket#{bucket}`      `prefix#{prefix}`     whose the objects with this prefix are: `owner`

No tenant's id has a `#`, so that a tenant's partition holds nothing of another's.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError
from pydantic import ValidationError

from limner.adapters.dynamodb_items import to_map
from limner.adapters.dynamodb_writes import TransactionRefused, transact
from limner.adapters.own_styles import IS_LEARNED, NEWEST_SETTINGS, style_key
from limner.adapters.sdk import all_items, error_code, sdk_errors
from limner.attached_buckets import AttachedPrefix
from limner.errors import MalformedMessage, PrefixTaken, SettingsChanged, TenantNotFound
from limner.own_styles import no_such_style
from limner.tenants import TenantSettings

_MAX_VERSION = 10**8 - 1
_BUCKET, _PREFIX = "bucket#", "prefix#"


class DynamoDbTenants:
    """`table` is a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def get(self, tenant: str) -> TenantSettings:
        with sdk_errors("reading the tenant's settings"):
            answer = self._table.get_item(
                Key={"tenant": tenant, "record": NEWEST_SETTINGS}, ConsistentRead=True
            )
        if "Item" not in answer:
            raise TenantNotFound(f"no tenant {tenant}")
        return _to_settings(answer["Item"])

    def put(self, settings: TenantSettings, expected_version: int) -> None:
        absent = {"ConditionExpression": "attribute_not_exists(tenant)"}
        is_expected = {
            "ConditionExpression": "version = :expected",
            "ExpressionAttributeValues": {":expected": expected_version},
        }
        puts = [
            self._put(settings, NEWEST_SETTINGS, is_expected if expected_version else absent),
            self._put(settings, _history_record(settings.version), absent),
        ]
        own_styles = settings.own_styles
        checks = [self._check_learned(settings.tenant, style_id) for style_id in own_styles]
        try:
            transact(self._table.meta.client, puts + checks, "storing the tenant's settings")
        except TransactionRefused as error:
            missing = [style for number, style in enumerate(own_styles, len(puts)) if number in error.refused]
            if missing:
                raise no_such_style(missing) from None
            message = f"tenant {settings.tenant}: version {expected_version} is not the newest"
            raise SettingsChanged(message) from None

    def _check_learned(self, tenant: str, style_id: str) -> dict[str, Any]:
        """An own style that is deleted at the same time is either not used or not deleted: its deletion is on
        condition that the settings are those that do not use it."""
        key, name = style_key(tenant, style_id), self._table.name
        return {"ConditionCheck": {"TableName": name, "Key": key, "ConditionExpression": IS_LEARNED}}

    def _put(self, settings: TenantSettings, record: str, condition: Mapping[str, Any]) -> dict[str, Any]:
        item = {**to_map(settings), "record": record}
        return {"Put": {"TableName": self._table.name, "Item": item, **condition}}

    def history(self, tenant: str, *, before: int | None, limit: int) -> list[TenantSettings]:
        newest = _MAX_VERSION if before is None else before - 1
        if newest < 1:
            return []
        with sdk_errors("reading the history of settings"):
            answer = self._table.query(
                KeyConditionExpression="tenant = :tenant AND #record BETWEEN :first AND :last",
                ExpressionAttributeNames={"#record": "record"},
                ExpressionAttributeValues={
                    ":tenant": tenant,
                    ":first": _history_record(1),
                    ":last": _history_record(newest),
                },
                ScanIndexForward=False,
                Limit=limit,
            )
        return [_to_settings(item) for item in answer["Items"]]

    def list(self) -> Iterator[TenantSettings]:
        """Scans the table: for operators and daily runs, not for requests."""
        newest = {
            "FilterExpression": "#record = :newest",
            "ExpressionAttributeNames": {"#record": "record"},
            "ExpressionAttributeValues": {":newest": NEWEST_SETTINGS},
            "ConsistentRead": True,
        }
        items = all_items(self._table.scan, newest, "listing tenants")
        yield from sorted((_to_settings(item) for item in items), key=lambda settings: settings.tenant)


class DynamoDbAttachedPrefixes:
    """`table` is a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def attach(self, attached: AttachedPrefix) -> None:
        item = {**_attached_key(attached), "owner": attached.tenant}
        self._write(self._table.put_item, attached, Item=item)

    def detach(self, attached: AttachedPrefix) -> None:
        self._write(self._table.delete_item, attached, Key=_attached_key(attached))

    def of_bucket(self, bucket: str) -> list[AttachedPrefix]:
        query = {
            "KeyConditionExpression": "tenant = :bucket",
            "ExpressionAttributeValues": {":bucket": f"{_BUCKET}{bucket}"},
            "ConsistentRead": True,
        }
        items = all_items(self._table.query, query, "reading attached prefixes")
        return [_to_attached(item) for item in items]

    def of_tenant(self, tenant: str) -> Sequence[AttachedPrefix]:
        """Scans the table, as `DynamoDbTenants.list` does."""
        owned = {
            "FilterExpression": "#owner = :tenant AND begins_with(tenant, :bucket)",
            "ExpressionAttributeNames": {"#owner": "owner"},
            "ExpressionAttributeValues": {":tenant": tenant, ":bucket": _BUCKET},
            "ConsistentRead": True,
        }
        items = all_items(self._table.scan, owned, "listing attached prefixes")
        found = [_to_attached(item) for item in items]
        return sorted(found, key=lambda attached: (attached.bucket, attached.prefix))

    def _write(self, write: Any, attached: AttachedPrefix, **request: Any) -> None:
        with sdk_errors("changing an attached prefix"):
            try:
                write(
                    **request,
                    ConditionExpression="attribute_not_exists(tenant) OR #owner = :tenant",
                    ExpressionAttributeNames={"#owner": "owner"},
                    ExpressionAttributeValues={":tenant": attached.tenant},
                )
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
                message = f"s3://{attached.bucket}/{attached.prefix} is attached to another tenant"
                raise PrefixTaken(message) from None


def _history_record(version: int) -> str:
    """In the order of versions when sorted as text."""
    return f"{NEWEST_SETTINGS}#{version:08d}"


def _to_settings(item: Mapping[str, Any]) -> TenantSettings:
    """Ignores attributes of later releases. Raises MalformedMessage."""
    try:
        return TenantSettings.model_validate(item, extra="ignore")
    except ValidationError as error:
        raise MalformedMessage(f"the settings of tenant {item['tenant']} are invalid: {error}") from error


def _attached_key(attached: AttachedPrefix) -> dict[str, str]:
    return {"tenant": f"{_BUCKET}{attached.bucket}", "record": f"{_PREFIX}{attached.prefix}"}


def _to_attached(item: Mapping[str, Any]) -> AttachedPrefix:
    return AttachedPrefix(
        bucket=item["tenant"].removeprefix(_BUCKET),
        prefix=item["record"].removeprefix(_PREFIX),
        tenant=item["owner"],
    )
