"""Failures of photos that never had an upload, in the photos' own rows."""

from typing import Any

from limner.adapters.dynamodb_items import change_attributes, list_attributes, row_key, to_map
from limner.adapters.dynamodb_writes import conditional
from limner.adapters.sdk import sdk_errors
from limner.photos import Failure, Photo, PhotoStatus


class DynamoDbImportFailures:
    """`table` is a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def record(self, photo: Photo, failure: Failure) -> None:
        listed = list_attributes(photo) | change_attributes(photo.key, failure.at, PhotoStatus.FAILED)
        in_lists = ", ".join(f"{name} = :{name}" for name in listed)
        with sdk_errors("recording a failed import"):
            conditional(
                self._table,
                "update_item",
                Key=row_key(photo.key),
                UpdateExpression=f"SET failure = :failure, {in_lists} REMOVE due_at, open_shard, expires_at",
                ConditionExpression="attribute_exists(photo_id) AND attribute_not_exists(#source)"
                " AND attribute_not_exists(failure)",
                ExpressionAttributeNames={"#source": "source"},
                ExpressionAttributeValues={
                    ":failure": to_map(failure),
                    **{f":{name}": value for name, value in listed.items()},
                },
            )
