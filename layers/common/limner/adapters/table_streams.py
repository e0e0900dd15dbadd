"""Changes of photos, batches and own styles, from the DynamoDB streams of their tables (NEW_AND_OLD_IMAGES).

A record's key says of which table it is. The tables of batches and styles have other rows too: the event
source mappings leave them out (FilterCriteria), and what comes of them all the same is dropped.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from boto3.dynamodb.types import TypeDeserializer

from limner.adapters.dynamodb_batches import to_batch
from limner.adapters.dynamodb_items import to_photo
from limner.adapters.own_styles import is_style_record, to_style
from limner.errors import MalformedMessage
from limner.photos import Photo
from limner.use_cases.announce_changes import BatchChange, Change, PhotoChange, StyleChange

logger = logging.getLogger(__name__)
_deserialize = TypeDeserializer().deserialize
TOMBSTONE_ATTRIBUTE = "erasure"
Item = Mapping[str, Any]
Row = TypeVar("Row")


def changes_in(event: Mapping[str, Any], on_unreadable: Callable[[], None]) -> Iterator[Change]:
    """The changes that a Lambda event of a stream reports.

    An invalid row is logged, counted by `on_unreadable` and left out: raising would stop the stream for all
    rows behind it.

    Raises:
        MalformedMessage: the event is none of a DynamoDB stream.
    """
    try:
        records = [record["dynamodb"] for record in event["Records"]]
    except (KeyError, TypeError) as error:
        raise MalformedMessage(f"not an event of a DynamoDB stream: {error!r}") from error
    for record in records:
        try:
            change = _change(record)
        except (KeyError, TypeError, ValueError, MalformedMessage):
            logger.exception("a change of row %s cannot be read, and is not announced", record.get("Keys"))
            on_unreadable()
            continue
        if change:
            yield change


def _change(record: Mapping[str, Any]) -> Change | None:
    """None for a row that is none of these, or of which nothing is announced. Raises ValueError, KeyError,
    MalformedMessage."""
    key, before, after = (_item(record.get(name)) for name in ("Keys", "OldImage", "NewImage"))
    at = datetime.fromtimestamp(float(record["ApproximateCreationDateTime"]), UTC)
    if "photo_key" in key:
        photos = _photo(before), _photo(after)
        return PhotoChange(*photos, at) if any(photos) else None
    if "batch" in after:
        return BatchChange(_if_there(before, to_batch), to_batch(after))
    if "record" in key and is_style_record(key["record"]) and after:
        return StyleChange(_if_there(before, to_style), to_style(after), at)
    return None


def _item(image: Mapping[str, Any] | None) -> Item:
    return {name: _deserialize(value) for name, value in (image or {}).items()}


def _if_there(item: Item, read: Callable[[Item], Row]) -> Row | None:
    return read(item) if item else None


def _photo(item: Item) -> Photo | None:
    """None where there is none, and for a tombstone."""
    return to_photo(item) if item and TOMBSTONE_ATTRIBUTE not in item else None
