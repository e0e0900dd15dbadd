"""What tables hold of a tenant besides its photos, to be erased."""

from collections.abc import Iterator, Mapping
from typing import Any

from limner.adapters.sdk import all_items, sdk_errors
from limner.tenancy import KEY_SEPARATOR


class DynamoDbTenantRecords:
    """All items of a table whose `attribute` is the tenant, or begins with it and a separator.

    `table` is a boto3 Table resource. The whole table is read: tables of keys, settings and counters are
    small, and what an index has not yet, such as a key that was made a moment ago, must not stay.
    """

    def __init__(self, name: str, table: Any, attribute: str) -> None:
        self.name = name
        self._table = table
        self._attribute = attribute

    def erase(self, tenant: str) -> int:
        found = list(self._keys(tenant))
        with sdk_errors(f"erasing {self.name}"), self._table.batch_writer() as batch:
            for key in found:
                batch.delete_item(Key=key)
        return len(found)

    def _keys(self, tenant: str) -> Iterator[Mapping[str, Any]]:
        names = [entry["AttributeName"] for entry in self._table.key_schema]
        request: dict[str, Any] = {
            "FilterExpression": "#tenant = :tenant OR begins_with(#tenant, :prefix)",
            "ExpressionAttributeNames": {"#tenant": self._attribute},
            "ExpressionAttributeValues": {":tenant": tenant, ":prefix": f"{tenant}{KEY_SEPARATOR}"},
            "ConsistentRead": True,
        }
        for item in all_items(self._table.scan, request, f"finding {self.name}"):
            yield {name: item[name] for name in names}
