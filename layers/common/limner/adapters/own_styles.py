"""Own styles as items of the tenants table.

tenant        partition key
record        sort key: `style#{id}`
open_styles   partition key of the index OpenStyles, the same for all; until the style has ended
due_at        its sort key, in Unix seconds
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from limner.adapters.dynamodb_items import to_map
from limner.adapters.dynamodb_writes import TransactionRefused, conditional, transact
from limner.adapters.sdk import sdk_errors
from limner.errors import MalformedMessage, StaleWrite, StyleNotFound
from limner.own_styles import MAX_STYLES, LearnedStyle, OwnStyle, StyleFailure

logger = logging.getLogger(__name__)
_RECORD = "style#"
OPEN_STYLES_INDEX = "OpenStyles"
_OPEN = "open"
NEWEST_SETTINGS = "settings"
"""`record` of the newest version of the tenant's settings, which are in the same table."""
IS_LEARNED = "attribute_exists(learned) AND attribute_not_exists(deleted_at)"
_IS_NOT_DELETED = "attribute_exists(tenant) AND attribute_not_exists(deleted_at)"


class DynamoDbOwnStyles:
    """`table` is a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def add(self, style: OwnStyle) -> None:
        item = {**_to_item(style), "open_styles": _OPEN, "due_at": int(style.due_at.timestamp())}
        with sdk_errors("storing a style"):
            conditional(
                self._table, "put_item", Item=item, ConditionExpression="attribute_not_exists(tenant)"
            )

    def get(self, tenant: str, style_id: str) -> OwnStyle:
        with sdk_errors("reading a style"):
            answer = self._table.get_item(Key=style_key(tenant, style_id), ConsistentRead=True)
        if "Item" not in answer or "deleted_at" in answer["Item"]:
            raise StyleNotFound(f"no style {style_id}")
        return to_style(answer["Item"])

    def due(self, now: datetime, limit: int) -> list[OwnStyle]:
        """The index may be a moment behind: a style that has ended or is deleted is left out. So is an
        invalid row, which is logged."""
        with sdk_errors("finding overdue styles"):
            answer = self._table.query(
                IndexName=OPEN_STYLES_INDEX,
                KeyConditionExpression="open_styles = :open AND due_at <= :now",
                ExpressionAttributeValues={":open": _OPEN, ":now": int(now.timestamp())},
                Limit=limit,
            )
        found: list[OwnStyle] = []
        for entry in answer["Items"]:
            try:
                found.append(self.get(entry["tenant"], entry["record"].removeprefix(_RECORD)))
            except StyleNotFound:
                continue
            except MalformedMessage:
                logger.exception("style %s of tenant %s is not ended", entry["record"], entry["tenant"])
        return [style for style in found if not (style.learned or style.failure)]

    def list(self, tenant: str) -> list[OwnStyle]:
        with sdk_errors("listing styles"):
            answer = self._table.query(
                KeyConditionExpression="tenant = :tenant AND begins_with(#record, :styles)",
                ExpressionAttributeNames={"#record": "record"},
                ExpressionAttributeValues={":tenant": tenant, ":styles": _RECORD},
                ConsistentRead=True,
                Limit=MAX_STYLES,
            )
        kept = [to_style(item) for item in answer["Items"] if "deleted_at" not in item]
        return sorted(kept, key=lambda style: (style.created_at, style.style_id))

    def record_job(self, tenant: str, style_id: str, job_id: str, ends_by: datetime) -> None:
        submitted = "SET job_id = :job_id, job_ends_by = :ends_by, due_at = :due_at"
        values = {":job_id": job_id, ":ends_by": ends_by.isoformat(), ":due_at": int(ends_by.timestamp())}
        try:
            self._update(tenant, style_id, submitted, _IS_NOT_DELETED, values)
        except StaleWrite:
            raise StyleNotFound(f"no style {style_id}") from None

    def record_end(self, tenant: str, style_id: str, end: LearnedStyle | StyleFailure) -> bool:
        name = "learned" if isinstance(end, LearnedStyle) else "failure"
        has_not_ended = (
            f"{_IS_NOT_DELETED} AND attribute_not_exists(learned) AND attribute_not_exists(failure)"
        )
        try:
            ended = f"SET {name} = :end REMOVE open_styles, due_at"
            self._update(tenant, style_id, ended, has_not_ended, {":end": to_map(end)})
        except StaleWrite:
            return False
        return True

    def mark_deleted(self, tenant: str, style_id: str, at: datetime, settings_version: int) -> None:
        """The item stays: the storefront may delete nothing."""
        deleted = self.get(tenant, style_id).model_copy(update={"deleted_at": at})
        put = {
            "TableName": self._table.name,
            "Item": _to_item(deleted),
            "ConditionExpression": _IS_NOT_DELETED,
        }
        writes = [{"Put": put}, {"ConditionCheck": self._has_settings(tenant, settings_version)}]
        try:
            transact(self._table.meta.client, writes, "deleting a style")
        except TransactionRefused as error:
            if 0 in error.refused:
                raise StyleNotFound(f"no style {style_id}") from None
            message = f"the settings of tenant {tenant} have changed meanwhile"
            raise StaleWrite(message) from None

    def _has_settings(self, tenant: str, version: int) -> dict[str, Any]:
        """Version 0 is stored nowhere."""
        check = {"TableName": self._table.name, "Key": {"tenant": tenant, "record": NEWEST_SETTINGS}}
        if version == 0:
            return {**check, "ConditionExpression": "attribute_not_exists(tenant)"}
        values = {":version": version}
        return {**check, "ConditionExpression": "version = :version", "ExpressionAttributeValues": values}

    def is_deleted(self, tenant: str, style_id: str) -> bool:
        try:
            self.get(tenant, style_id)
        except StyleNotFound:
            return True
        return False

    def remove(self, tenant: str, style_id: str) -> None:
        is_deleted = "attribute_not_exists(tenant) OR attribute_exists(deleted_at)"
        with sdk_errors("removing a style"):
            conditional(
                self._table, "delete_item", Key=style_key(tenant, style_id), ConditionExpression=is_deleted
            )

    def _update(
        self, tenant: str, style_id: str, update: str, condition: str, values: Mapping[str, object]
    ) -> None:
        with sdk_errors("recording a style"):
            conditional(
                self._table,
                "update_item",
                Key=style_key(tenant, style_id),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )


def _to_item(style: OwnStyle) -> dict[str, Any]:
    return {**to_map(style), "record": _RECORD + style.style_id}


def style_key(tenant: str, style_id: str) -> dict[str, str]:
    return {"tenant": tenant, "record": _RECORD + style_id}


def is_style_record(record: str) -> bool:
    return record.startswith(_RECORD)


def to_style(item: Mapping[str, Any]) -> OwnStyle:
    """Ignores attributes that only DynamoDB needs. Raises MalformedMessage."""
    try:
        return OwnStyle.model_validate(item, extra="ignore")
    except ValidationError as error:
        raise MalformedMessage(f"the row of style {item['record']} is invalid: {error}") from error
