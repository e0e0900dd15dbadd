"""Rows of photos in every state, as the pipeline writes them: three looks in thirteen files each."""

from datetime import UTC, datetime, timedelta
from typing import Any

from limner.adapters.dynamodb_items import (
    change_attributes,
    external_attributes,
    list_attributes,
    row_key,
    to_map,
)
from limner.keys import styled_prefix, upload_key, variants_prefix
from limner.looks import Look
from limner.photos import Failure, Photo
from limner.renditions import Rendition
from limner.tenancy import PhotoKey
from tests import makers

from .storefront import TENANT

STYLES = ("oil", "watercolour", "cartoon")
FILES = [f"w{width}.{kind}" for width in (1600, 1024, 640, 320) for kind in ("avif", "webp", "jpg")]
TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}


def store(table: Any, photos: list[Photo]) -> None:
    """`table` is the boto3 resource of the photos table."""
    with table.batch_writer() as batch:
        for photo in photos:
            keys = {**row_key(photo.key), **list_attributes(photo), **external_attributes(photo)}
            changed = change_attributes(photo.key, photo.created_at, photo.status)
            batch.put_item(Item={**to_map(photo), **keys, **changed})


def photo_in_work(number: int) -> Photo:
    """Uploaded, nothing made yet; numbers of photos differ."""
    key = PhotoKey(TENANT, f"{number % 16:x}{number:031x}")
    return makers.photo(
        photo_id=key.photo_id,
        filename=f"product-photo-{number:04}.jpg",
        created_at=datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=number),
        looks=tuple(Look(styles={style: 1.0}, strength=0.8) for style in STYLES),
        external_id=f"SKU-{number // 4:05}",
        tags=("mugs", "autumn") if number % 2 else ("mugs",),
        source=makers.source(key=upload_key(key), version_id="v" * 32, etag="e" * 32),
    )


def failed_photo(number: int, code: str) -> Photo:
    failure = Failure(sequencer=makers.SEQUENCER, code=code, message="It failed.", at=makers.NOON)
    return photo_in_work(number).model_copy(update={"failure": failure})


def ready_photo(number: int) -> Photo:
    photo = photo_in_work(number)
    job_id = f"{TENANT}.{photo.photo_id}.{'a' * 12}"
    pictures = tuple(
        makers.full_picture(
            look=look,
            hash="0123456789abcdef",
            renditions=_renditions(f"{styled_prefix(job_id)}1/{look.slug}/", ["full.jpg", *FILES]),
        ).without_explanation
        for look in photo.looks
    )
    folder = variants_prefix(photo.key, makers.SEQUENCER)
    made = {
        "job": makers.job(job_id=job_id, submitted_at=makers.NOON),
        "results": makers.results(pictures=pictures),
        "variants": makers.variants(renditions=_renditions(folder, FILES)),
    }
    return photo.model_copy(update=made)


def _renditions(folder: str, names: list[str]) -> tuple[Rendition, ...]:
    return tuple(
        makers.rendition(key=f"{folder}{name}", bytes=123_456, content_type=TYPES[name.rpartition(".")[2]])
        for name in names
    )
