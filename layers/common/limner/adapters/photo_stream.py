"""Changes of photos, from the DynamoDB stream of their table (NEW_AND_OLD_IMAGES)."""

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from limner.adapters.dynamodb_items import to_photo
from limner.errors import MalformedMessage
from limner.photos import Photo
from limner.use_cases.announce_changes import PhotoChange

logger = logging.getLogger(__name__)
_deserialize = TypeDeserializer().deserialize
TOMBSTONE_ATTRIBUTE = "erasure"


def changes_in(event: Mapping[str, Any], on_unreadable: Callable[[], None]) -> Iterator[PhotoChange]:
    """The changes that a Lambda event of the stream reports, but for deletions and rows of photos that are
    being erased.

    An invalid row is logged, counted by `on_unreadable` and left out: raising would stop the stream for all
    photos behind it.

    Raises:
        MalformedMessage: the event is none of a DynamoDB stream.
    """
    try:
        records = [(record["eventName"], record["dynamodb"]) for record in event["Records"]]
    except (KeyError, TypeError) as error:
        raise MalformedMessage(f"not an event of a DynamoDB stream: {error!r}") from error
    for name, record in records:
        if name == "REMOVE":
            continue
        try:
            change = _change(record)
        except (KeyError, TypeError, ValueError):
            logger.exception("a change of row %s cannot be read, and is not announced", record.get("Keys"))
            on_unreadable()
            continue
        if change:
            yield change


def _change(record: Mapping[str, Any]) -> PhotoChange | None:
    after = _photo(record["NewImage"])
    if after is None:
        return None
    before = _photo(record["OldImage"]) if "OldImage" in record else None
    at = datetime.fromtimestamp(float(record["ApproximateCreationDateTime"]), UTC)
    return PhotoChange(before=before, after=after, at=at)


def _photo(image: Mapping[str, Any]) -> Photo | None:
    """None for a tombstone. Raises ValueError, KeyError."""
    item = {name: _deserialize(value) for name, value in image.items()}
    return None if TOMBSTONE_ATTRIBUTE in item else to_photo(item)
