"""Rows and keys of a stack without tenants, and what they become.

    then                                         now
    uploads/{photo id}                           uploads/{tenant}/{photo id}
    uploads/{any other key}                      uploads/{tenant}/{any other key}, and a new photo id that
    follows styled/{photo id}/{photo id}-{16 digits}/    styled/{tenant}/{photo id}/{tenant}.{photo id}.{first
    12 digits}/ variants/{photo id}/{sequencer}/             variants/{tenant}/{photo id}/{sequencer}/

Only what belongs to a photo's newest upload moves.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from limner.errors import InvalidRequest, MalformedMessage
from limner.keys import FOUND_SUFFIX, UPLOADS_PREFIX, found_sequencer, photo_key_for, variants_prefix
from limner.photos import Photo, Results, Source, StylizeJob, Variants
from limner.renditions import Rendition
from limner.report import StyledPicture
from limner.tenancy import TENANT_PATTERN, PhotoKey, is_live

_JOB_DIGITS = 12


@dataclass(frozen=True)
class Move:
    """Objects of one former prefix and the prefix that they move to."""

    before: str
    after: str

    def key(self, key: str) -> str:
        return self.after + key.removeprefix(self.before) if key.startswith(self.before) else key


@dataclass(frozen=True)
class MovedPhoto:
    """`photo` has its upload's new key, but not yet the version that the copy gets."""

    former_id: str
    photo: Photo
    former_source: Source
    styled: Move | None
    variants: Move | None

    @property
    def key(self) -> PhotoKey:
        return self.photo.key


def is_order(row: Mapping[str, Any]) -> bool:
    """Whether the row's file has not been uploaded. Its form has a key without a tenant, so it cannot be any
    more."""
    return "source" not in row


def tenant_of(row: Mapping[str, Any], tenants: Mapping[str, str]) -> str:
    """The tenant that the row's shop becomes: `tenants` by shop, or the shop itself.

    Raises:
        InvalidRequest: the shop's name is no tenant's id, and `tenants` has none for it.
    """
    shop = str(row.get("shop", ""))
    tenant = tenants.get(shop, shop)
    if not re.fullmatch(TENANT_PATTERN, tenant) or not is_live(tenant):
        raise InvalidRequest(f"shop {shop!r} is no tenant's id; choose one with --tenant-of {shop}=TENANT")
    return tenant


def moved(row: Mapping[str, Any], tenant: str, uploads_bucket: str) -> MovedPhoto:
    """Raises MalformedMessage for a row that is no photo, and InvalidRequest for one in another bucket."""
    try:
        former = Photo.model_validate({**row, "tenant": tenant}, extra="ignore").newest
    except ValidationError as error:
        raise MalformedMessage(f"the row of photo {row.get('photo_id')} is invalid: {error}") from error
    if former.source is None or former.source.bucket != uploads_bucket:
        raise InvalidRequest(f"the upload of photo {former.photo_id} is not in the bucket {uploads_bucket}")
    key = f"{UPLOADS_PREFIX}{tenant}/{former.source.key.removeprefix(UPLOADS_PREFIX)}"
    photo_key = photo_key_for(uploads_bucket, key)
    sequencer = found_sequencer(former.source.sequencer.removesuffix(FOUND_SUFFIX))
    styled = _styled(former, photo_key)
    variants = _variants(former, photo_key, sequencer)
    source = Source(bucket=uploads_bucket, key=key, sequencer=sequencer, bytes=former.source.bytes)
    parts = {
        "job": _job(former, photo_key, sequencer),
        "variants": _moved_variants(former.variants, variants, sequencer),
        "results": _moved_results(former.results, styled, sequencer),
        "failure": former.failure and former.failure.model_copy(update={"sequencer": sequencer}),
        "retried": None,
    }
    photo = former.model_copy(update={"photo_id": photo_key.photo_id, "source": source, **parts})
    return MovedPhoto(former.photo_id, photo, former.source, styled, variants)


def _job(former: Photo, photo: PhotoKey, sequencer: str) -> StylizeJob | None:
    """A job without results is not moved: its notification has the former id. The sweeper sends the upload
    again."""
    if former.job is None or former.results is None:
        return None
    return former.job.model_copy(
        update={"job_id": moved_job_id(former.job.job_id, photo), "sequencer": sequencer}
    )


def moved_job_id(former: str, photo: PhotoKey) -> str:
    return f"{photo.tenant}.{photo.photo_id}.{former.rpartition('-')[2][:_JOB_DIGITS]}"


def _styled(former: Photo, photo: PhotoKey) -> Move | None:
    if former.job is None or former.results is None:
        return None
    after = f"styled/{photo.tenant}/{photo.photo_id}/{moved_job_id(former.job.job_id, photo)}/"
    return Move(f"styled/{former.photo_id}/{former.job.job_id}/", after)


def _variants(former: Photo, photo: PhotoKey, sequencer: str) -> Move | None:
    if former.variants is None:
        return None
    before = f"variants/{former.photo_id}/{former.variants.sequencer}/"
    return Move(before, variants_prefix(photo, sequencer))


def _moved_variants(variants: Variants | None, move: Move | None, sequencer: str) -> Variants | None:
    if variants is None or move is None:
        return None
    renditions = tuple(_moved_rendition(each, move) for each in variants.renditions)
    return variants.model_copy(update={"sequencer": sequencer, "renditions": renditions})


def _moved_results(results: Results | None, move: Move | None, sequencer: str) -> Results | None:
    if results is None:
        return None
    pictures = tuple(moved_picture(each, move).without_explanation for each in results.pictures)
    return results.model_copy(update={"sequencer": sequencer, "pictures": pictures})


def moved_picture(picture: StyledPicture, move: Move | None) -> StyledPicture:
    """The picture with the new keys of its renditions and exhibits."""
    if move is None:
        return picture
    return picture.model_copy(
        update={
            "renditions": tuple(_moved_rendition(each, move) for each in picture.renditions),
            "exhibits": {name: _moved_rendition(each, move) for name, each in picture.exhibits.items()},
        }
    )


def _moved_rendition(rendition: Rendition, move: Move) -> Rendition:
    return rendition.model_copy(update={"key": move.key(rendition.key)})
