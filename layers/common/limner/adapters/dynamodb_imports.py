"""Failures of photos that never had an upload, in the photos' own rows."""

from typing import Any

from limner.adapters.dynamodb_items import list_attributes, row_key, to_map
from limner.adapters.dynamodb_writes import conditional
from limner.adapters.sdk import sdk_errors
from limner.photos import Failure, Photo


class DynamoDbImportFailures:
    """`table` is a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def record(self, photo: Photo, failure: Failure) -> None:
        listed = list_attributes(photo)
        with sdk_errors("recording a failed import"):
            conditional(
                self._table,
                "update_item",
                Key=row_key(photo.key),
                UpdateExpression="SET failure = :failure, updated_at = :at, list_key = :list_key,"
                " listed_at = :listed_at REMOVE due_at, open_shard, expires_at",
                ConditionExpression="attribute_exists(photo_id) AND attribute_not_exists(#source)"
                " AND attribute_not_exists(failure)",
                ExpressionAttributeNames={"#source": "source"},
                ExpressionAttributeValues={
                    ":failure": to_map(failure),
                    ":at": failure.at.isoformat(),
                    **{f":{name}": value for name, value in listed.items()},
                },
            )
