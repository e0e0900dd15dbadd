"""The audit log of erasures, and erasures of tenants that have not ended, in one DynamoDB table.

    tenant   partition key
    at       sort key: time of the request, action and subject; or OPEN for the tenant's erasure, and OPEN and
    a
             prefix for how far a listing of it has come

Entries expire AUDIT_LIFETIME after they end. An entry is only ever replaced by that of a later end of the
same erasure.
"""

from typing import Any

from limner.adapters.dynamodb_items import to_map
from limner.adapters.sdk import all_items, sdk_errors
from limner.erasure import AUDIT_LIFETIME, AuditEntry, TenantErasure
from limner.tenancy import KEY_SEPARATOR

OPEN = "open"
"""Sorts after all times, which begin with a digit."""


class DynamoDbAudit:
    """`table` is a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def record(self, entry: AuditEntry) -> None:
        at = KEY_SEPARATOR.join((entry.requested_at.isoformat(), entry.action, entry.subject))
        expires_at = int((entry.finished_at + AUDIT_LIFETIME).timestamp())
        with sdk_errors("writing the audit log"):
            self._table.put_item(Item={**to_map(entry), "at": at, "expires_at": expires_at})

    def entries(self, tenant: str) -> list[AuditEntry]:
        request: dict[str, Any] = {
            "KeyConditionExpression": "tenant = :tenant AND #at < :open",
            "ExpressionAttributeNames": {"#at": "at"},
            "ExpressionAttributeValues": {":tenant": tenant, ":open": OPEN},
        }
        items = all_items(self._table.query, request, "reading the audit log")
        return [AuditEntry.model_validate(item, extra="ignore") for item in items]


class DynamoDbTenantErasures:
    """`table` is a boto3 Table resource of the audit log."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def find(self, tenant: str) -> TenantErasure | None:
        with sdk_errors("reading the tenant's erasure"):
            item = self._table.get_item(Key=_open_key(tenant), ConsistentRead=True).get("Item")
        return TenantErasure.model_validate(item, extra="ignore") if item else None

    def begin(self, erasure: TenantErasure) -> TenantErasure:
        if found := self.find(erasure.tenant):
            return found
        self.save(erasure)
        return erasure

    def save(self, erasure: TenantErasure) -> None:
        with sdk_errors("recording the tenant's erasure"):
            self._table.put_item(Item={**to_map(erasure), **_open_key(erasure.tenant)})

    def end(self, tenant: str) -> None:
        """The cursors first: keys may hold names of files."""
        with sdk_errors("recording the tenant's erasure"):
            found = self._table.query(
                KeyConditionExpression="tenant = :tenant AND #at > :open",
                ExpressionAttributeNames={"#at": "at"},
                ExpressionAttributeValues={":tenant": tenant, ":open": OPEN},
            )["Items"]
            for item in found:
                self._table.delete_item(Key={"tenant": tenant, "at": item["at"]})
            self._table.delete_item(Key=_open_key(tenant))


def _open_key(tenant: str) -> dict[str, str]:
    return {"tenant": tenant, "at": OPEN}


class DynamoDbListingCursors:
    """`table` is a boto3 Table resource of the audit log. A cursor is deleted with the tenant's erasure."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def get(self, tenant: str, prefix: str) -> str:
        with sdk_errors("reading a cursor"):
            item = self._table.get_item(Key=_cursor_key(tenant, prefix)).get("Item", {})
        return str(item.get("after", ""))

    def put(self, tenant: str, prefix: str, key: str) -> None:
        with sdk_errors("storing a cursor"):
            self._table.put_item(Item={**_cursor_key(tenant, prefix), "after": key})


def _cursor_key(tenant: str, prefix: str) -> dict[str, str]:
    return {"tenant": tenant, "at": f"{OPEN}{KEY_SEPARATOR}{prefix}"}
