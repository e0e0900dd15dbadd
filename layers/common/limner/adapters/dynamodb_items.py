"""Items of the photos table: conversion to and from domain objects, and cursors."""

import base64
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError

from limner.errors import InvalidRequest
from limner.photos import Photo, Source

logger = logging.getLogger(__name__)

OPEN_SHARDS = tuple("0123456789abcdef")
"""The partitions of the index of open photos, which spread its load."""
ORDER_SHARDS = tuple(f"order-{digit}" for digit in OPEN_SHARDS)
"""Partitions of their own for photos that are not uploaded: however many, they are in no query for overdue
photos."""


SMALLEST_NUMBER = Decimal("1e-100")
"""Numbers closer to 0 are stored as 0. No measure needs them, and DynamoDB refuses those below 1e-130."""


def to_map(part: BaseModel) -> dict[str, Any]:
    """Floats as Decimal, which DynamoDB requires; None is omitted, for `attribute_not_exists`."""
    plain: dict[str, Any] = json.loads(part.model_dump_json(exclude_none=True), parse_float=_to_number)
    return plain


def _to_number(text: str) -> Decimal:
    number = Decimal(text)
    return number if abs(number) >= SMALLEST_NUMBER else Decimal(0)


def open_shard(photo_id: str) -> str:
    """The first hexadecimal digit of the id."""
    return photo_id[0]


def order_attributes(photo: Photo) -> dict[str, Any]:
    """Puts a photo with a `due_at` that is not uploaded into the index of open photos."""
    return {"open_shard": f"order-{open_shard(photo.photo_id)}"} if photo.due_at is not None else {}


def to_photo(item: Mapping[str, Any]) -> Photo:
    """Ignores attributes that only DynamoDB needs (`listed_at`, `expires_at`) and parts of later releases.
    Raises ValidationError."""
    return Photo.model_validate(item, extra="ignore")


def valid_photos(items: Iterable[Mapping[str, Any]]) -> Iterator[Photo]:
    """Skips invalid rows, so that one of them does not keep the sweeper from the others."""
    for item in items:
        try:
            yield to_photo(item)
        except ValidationError:
            logger.exception("invalid row %s", item.get("photo_id"))


def to_source(item: Mapping[str, Any]) -> Source | None:
    """None where there is no upload yet, or it is invalid."""
    try:
        return Source.model_validate(item["source"], extra="ignore") if "source" in item else None
    except ValidationError:
        logger.exception("invalid upload of photo %s", item["photo_id"])
        return None


def encode_cursor(key: Mapping[str, Any] | None) -> str | None:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode() if key else None


def decode_cursor(cursor: str, shop: str) -> dict[str, str]:
    """Raises InvalidRequest for a cursor that `encode_cursor` did not make, or for another shop's."""
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor))
        checked = {name: str(key[name]) for name in ("photo_id", "shop", "listed_at")}
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidRequest("cursor: must be the next_cursor of the previous page, unchanged") from error
    if checked["shop"] != shop:
        raise InvalidRequest("cursor: it belongs to another shop")
    return checked
