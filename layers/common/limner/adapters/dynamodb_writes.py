"""Conditional writes: to one row, or to several rows that are written together or not at all."""

import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from limner.adapters.dynamodb_conditions import NAMES, is_newest, same_place
from limner.adapters.dynamodb_items import row_key
from limner.adapters.sdk import error_code, sdk_errors
from limner.errors import LimnerError, StaleWrite, Unavailable
from limner.photos import Photo
from limner.tenancy import PhotoKey

WRITE_ATTEMPTS = 4
"""Of a write that depends on what was read before it."""
TRANSACTION_ATTEMPTS = 6
CONFLICT_PAUSE_MAX_SECONDS = 0.05
"""Before the second attempt; doubled for each further one."""


class TransactionRefused(LimnerError):
    """Conditions did not hold; nothing was written. `refused` are the numbers of their items."""

    code = "transaction_refused"

    def __init__(self, refused: frozenset[int]) -> None:
        super().__init__(f"the conditions of items {sorted(refused)} do not hold")
        self.refused = refused


def write_row(
    table: Any,
    key: PhotoKey,
    written: Mapping[str, Any],
    others: Sequence[Mapping[str, Any]],
    action: str,
) -> None:
    """Update a photo's row, in one transaction with `others` if there are any; `written` are arguments of
    UpdateItem. Raises StaleWrite."""
    update = {"Key": row_key(key), **written}
    if not others:
        with sdk_errors(action):
            conditional(table, "update_item", **update)
        return
    items = [{"Update": {"TableName": table.name, **update}}, *others]
    try:
        transact(table.meta.client, items, action)
    except TransactionRefused:
        raise StaleWrite("the row or a counter has changed") from None


def update_if_still_due(
    table: Any,
    photo: Photo,
    update: str,
    values: Mapping[str, object],
    others: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Update a row whose `due_at`, upload and revision are still those of `photo`; with `others` only if its
    place among the jobs in flight is, too. Raises StaleWrite."""
    sequencer = photo.source.sequencer if photo.source else None
    is_same = is_newest(photo.revision) if sequencer else "attribute_not_exists(#source)"
    is_same_place = f" AND {same_place(photo)}" if others else ""
    upload = {":sequencer": sequencer, ":revision": photo.revision} if sequencer else {}
    written = {
        "UpdateExpression": update,
        "ConditionExpression": f"due_at = :due_at AND {is_same}{is_same_place}",
        "ExpressionAttributeNames": NAMES if sequencer else {"#source": "source"},
        "ExpressionAttributeValues": {":due_at": photo.due_at, **upload, **values},
    }
    write_row(table, photo.key, written, others, "sweeping")


def conditional(table: Any, operation: str, **arguments: Any) -> dict[str, Any]:
    """Raises StaleWrite where the condition does not hold, and what the SDK raises."""
    try:
        answer: dict[str, Any] = getattr(table, operation)(**arguments)
    except ClientError as error:
        if error_code(error) == "ConditionalCheckFailedException":
            raise StaleWrite("the row has changed") from None
        raise
    return answer


def transact(client: Any, items: Sequence[Mapping[str, Any]], action: str) -> None:
    """Write `items` of TransactWriteItems; `client` is that of a boto3 Table resource.

    Two transactions on one row at the same time are a conflict, and one of them is cancelled: it is tried
    again after a pause. boto3 gives each call a token, so that one whose answer was lost acts once.

    Raises:
        TransactionRefused: conditions do not hold.
        Unavailable: it was cancelled for other reasons at each attempt.
    """
    for attempt in range(TRANSACTION_ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(0, CONFLICT_PAUSE_MAX_SECONDS * 2 ** (attempt - 1)))  # noqa: S311 - no secret
        with sdk_errors(action):
            try:
                client.transact_write_items(TransactItems=list(items))
            except ClientError as error:
                if error_code(error) != "TransactionCanceledException":
                    raise
                refused = _refused_items(error)
            else:
                return
        if refused:
            raise TransactionRefused(refused)
    raise Unavailable(f"{action} failed: the rows are being written by others")


def _refused_items(error: ClientError) -> frozenset[int]:
    reasons: Sequence[dict[str, Any]] = error.response.get("CancellationReasons", [])
    return frozenset(
        number for number, reason in enumerate(reasons) if reason.get("Code") == "ConditionalCheckFailed"
    )
