"""Items of the photos table: keys, and conversion to and from domain objects.

    photo_key    partition key: `{tenant}#{photo_id}`
    list_key     partition of the indexes Listed and Updated: `{tenant}#l{0 to 3, by the photo's id}`; once
                 uploaded
    listed_at    sort key of Listed: time of creation and photo id, so that it is unique
    changed_at   sort key of Updated: time of the last change that a caller sees, and photo id
    list_state   OPEN, READY or FAILED; both lists have it, and it changes only when changed_at does
    external_key partition of the index External: `{tenant}#{external id}`, of orders too; listed_at sorts it
    open_shard   partition of the index Open, which is the sweeper's: a digit; of orders `order-{digit}`
    due_at       its sort key; both only until the status is final
    review_key   partition of the index Reviews, and review_at its sort key (adapters.dynamodb_reviews)

The indexes hold keys and what lists are filtered by: a write to the rest of a row costs nothing in them
(docs/access-patterns.md).
"""

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError

from limner.errors import InvalidRequest, MalformedMessage
from limner.photo_lists import list_state
from limner.photos import Photo, PhotoStatus, Source
from limner.ports import ALL_SHARDS
from limner.renditions import IN_ROW
from limner.reviews.publication import reviewed_pictures, waiting_since
from limner.reviews.review import REVIEWS, ReviewState
from limner.tenancy import KEY_SEPARATOR, PHOTO_ID_PATTERN, PhotoKey

logger = logging.getLogger(__name__)

OPEN_SHARDS = tuple(ALL_SHARDS)
"""The partitions of the index of open photos, which spread its load."""
LIST_SHARDS = 4
"""A photo takes about three write units of each index in its life, a partition has 1,000 a second: one tenant
may upload over a thousand photos a second."""
LIST_SHARD = f"{KEY_SEPARATOR}l"
"""Partitions of an earlier release, sixteen, had a digit alone after the separator."""
_POSITION = re.compile(rf"[0-9T:.+-]{{1,40}}{KEY_SEPARATOR}{PHOTO_ID_PATTERN}")


SMALLEST_NUMBER = Decimal("1e-100")
"""Numbers closer to 0 are stored as 0. No measure needs them, and DynamoDB refuses those below 1e-130."""


def to_map(part: BaseModel) -> dict[str, Any]:
    """Floats as Decimal, which DynamoDB requires; None is omitted, for `attribute_not_exists`."""
    text = part.model_dump_json(exclude_none=True, context=IN_ROW)
    fields: dict[str, Any] = json.loads(text, parse_float=_to_number)
    return fields


def plain(value: object) -> Any:
    """One attribute of a photo, as `to_map` has it."""
    match value:
        case BaseModel():
            return to_map(value)
        case tuple():
            return [plain(item) for item in value]
        case datetime():
            return value.isoformat()
        case _:
            return value


def _to_number(text: str) -> Decimal:
    number = Decimal(text)
    return number if abs(number) >= SMALLEST_NUMBER else Decimal(0)


def row_key(photo: PhotoKey) -> dict[str, str]:
    return {"photo_key": str(photo)}


def open_shard(photo_id: str) -> str:
    """The first hexadecimal digit of the id."""
    return photo_id[0]


def order_shard(shard: str) -> str:
    """A partition of its own for photos that are not uploaded: however many, they are in no query for overdue
    photos."""
    return f"order-{shard}"


def order_attributes(photo: Photo) -> dict[str, Any]:
    """Puts a photo with a `due_at` that is not uploaded into the index of open photos."""
    return {"open_shard": order_shard(open_shard(photo.photo_id))} if photo.due_at is not None else {}


def list_keys(tenant: str) -> list[str]:
    """The partitions of the tenant's list: a few, so that not all of its uploads write to one, and a page of
    the list takes few queries."""
    return [f"{tenant}{LIST_SHARD}{number}" for number in range(LIST_SHARDS)]


def list_attributes(photo: Photo) -> dict[str, str]:
    """Puts an uploaded photo into its tenant's list."""
    return {
        "list_key": list_keys(photo.tenant)[int(photo.photo_id[0], 16) % LIST_SHARDS],
        "listed_at": position_of(photo.created_at, photo.key),
    }


def upload_attributes(photo: Photo) -> dict[str, Any]:
    """What an upload without an order gives a row; a row with an order keeps its own."""
    return {
        "tenant": photo.tenant,
        "photo_id": photo.photo_id,
        "filename": photo.filename,
        "looks": [to_map(look) for look in photo.looks],
        "created_at": photo.created_at.isoformat(),
        **list_attributes(photo),
        **external_attributes(photo),
        **_labels(photo),
    }


def _labels(photo: Photo) -> dict[str, Any]:
    named = {"external_id": photo.external_id, "tags": list(photo.tags), "metadata": photo.metadata}
    return {name: value for name, value in named.items() if value}


def external_attributes(photo: Photo) -> dict[str, str]:
    """Makes a photo with an id of the caller's own found by it, from its order on."""
    if photo.external_id is None:
        return {}
    return {
        "external_key": external_key(photo.tenant, photo.external_id),
        "listed_at": position_of(photo.created_at, photo.key),
    }


def external_key(tenant: str, external_id: str) -> str:
    return f"{tenant}{KEY_SEPARATOR}{external_id}"


def change_attributes(photo: PhotoKey, at: datetime, status: PhotoStatus) -> dict[str, str]:
    """To be set by every write that changes what a caller sees, with the status after it: `updated_at`, and
    the photo's place in the list that is sorted by it."""
    return {"changed_at": position_of(at, photo), "list_state": list_state(status)}


def review_key(tenant: str, *, are_waiting: bool) -> str:
    return f"{tenant}{KEY_SEPARATOR}{'waiting' if are_waiting else 'decided'}"


def review_attributes(photo: Photo) -> dict[str, Any]:
    """To be set by every write that changes a photo's reviews; none without."""
    if photo.reviews is None:
        return {}
    return {
        "reviews": REVIEWS.dump_python(photo.reviews, mode="json", exclude_none=True, context=IN_ROW),
        "reviews_version": photo.reviews_version + 1,
        **review_position(photo),
    }


def review_position(photo: Photo) -> dict[str, str]:
    """The photo's place in the index Reviews; none without reviews."""
    if photo.reviews is None:
        return {}
    current = [review for _, review in reviewed_pictures(photo)]
    waiting = [waiting_since(photo, each) for each in current if each.state is ReviewState.WAITING]
    last = max((each.at or waiting_since(photo, each) for each in current), default=photo.created_at)
    return {
        "review_key": review_key(photo.tenant, are_waiting=bool(waiting)),
        "review_at": position_of(min(waiting, default=last), photo.key),
    }


def position_of(at: datetime, photo: PhotoKey) -> str:
    """The sort key of lists: unique, since it has the photo's id."""
    return f"{at.astimezone(UTC).isoformat()}{KEY_SEPARATOR}{photo.photo_id}"


def checked_position(cursor: str) -> str:
    """A position in a tenant's list: the sort key of the last photo on the page. Raises InvalidRequest."""
    if not _POSITION.fullmatch(cursor):
        raise InvalidRequest("cursor: must be the next_cursor of the previous page, unchanged")
    return cursor


def to_photo(item: Mapping[str, Any]) -> Photo:
    """Ignores attributes that only DynamoDB needs (`listed_at`, `expires_at`) and parts of later releases.
    Raises ValueError, which pydantic's ValidationError is too; also for a row under another photo's key."""
    if "changed_at" in item:
        item = {**item, "updated_at": item["changed_at"].partition(KEY_SEPARATOR)[0]}
    photo = Photo.model_validate(item, extra="ignore")
    if str(photo.key) != item["photo_key"]:
        raise ValueError(f"the row of {item['photo_key']} is of {photo.key}")
    return photo


def valid_photo(item: Mapping[str, Any]) -> Photo:
    """Raises MalformedMessage."""
    try:
        return to_photo(item)
    except ValueError as error:
        raise MalformedMessage(f"the row of photo {item['photo_key']} is invalid: {error}") from error


def valid_photos(items: Iterable[Mapping[str, Any]]) -> Iterator[Photo]:
    """Skips invalid rows, so that one of them does not keep the sweeper from the others."""
    for item in items:
        try:
            yield to_photo(item)
        except ValueError:
            logger.exception("invalid row %s", item.get("photo_key"))


def to_source(item: Mapping[str, Any]) -> Source | None:
    """None where there is no upload yet, or it is invalid."""
    try:
        return Source.model_validate(item["source"], extra="ignore") if "source" in item else None
    except ValidationError:
        logger.exception("invalid upload of photo %s", item["photo_key"])
        return None
