"""The photo of an uploaded object that no order was placed for: whose it is, in which looks, and what is
written on it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from limner.attached_buckets import longest_match
from limner.errors import ForeignUpload, ObjectMissing, PhotoRefused, RefusalCode, TenantNotFound
from limner.keys import UPLOADS_PREFIX, attached_photo_key, photo_key_for, upload_key
from limner.object_labels import InvalidLabel, ObjectLabels, labels_for_rules, read_labels
from limner.photos import Failure, Photo, Source
from limner.ports import ObjectStore
from limner.tenancy import PhotoKey
from limner.tenants import TenantSettings, Upload
from limner.use_cases.known_tenants import FindAttached, FindTenant


@dataclass(frozen=True, kw_only=True)
class UploadOwners:
    """Whose an object is: in the stack's own bucket by its key, in others by the prefixes attached."""

    uploads_bucket: str
    attached_prefixes: FindAttached

    def __call__(self, bucket: str, key: str) -> tuple[PhotoKey, str]:
        """The photo, and the key's path below the tenant's prefix. Raises ForeignUpload."""
        if bucket == self.uploads_bucket:
            photo = photo_key_for(bucket, key)
            return photo, key.removeprefix(f"{UPLOADS_PREFIX}{photo.tenant}/")
        attached = longest_match(self.attached_prefixes(bucket), key)
        if attached is None:
            raise ForeignUpload(f"s3://{bucket}/{key} is attached to no tenant")
        return attached_photo_key(attached.tenant, bucket, key), key.removeprefix(attached.prefix)


@dataclass(frozen=True, kw_only=True)
class NewPhotos:
    """An order that was placed keeps its own looks and file name: PhotoRepository.record_upload."""

    owner: UploadOwners
    find_tenant: FindTenant
    objects: ObjectStore
    now: Callable[[], datetime]
    grace_period: timedelta

    def __call__(self, source: Source) -> Photo:
        """A photo with a `failure` if what is written on its object cannot be accepted: whoever records the
        upload records that too (`require_valid_labels`).

        Raises ForeignUpload for an object of no tenant, or of one that does not exist.
        """
        photo, path = self.owner(source.bucket, source.key)
        try:
            settings = self.find_tenant(photo.tenant)
        except TenantNotFound as error:
            raise ForeignUpload(f"s3://{source.bucket}/{source.key}: {error}") from error
        labels, failure = self._labels(photo, settings, source)
        return Photo(
            photo_id=photo.photo_id,
            tenant=photo.tenant,
            filename=source.key.rsplit("/", 1)[-1] or source.key,
            looks=settings.looks_for(Upload(path, frozenset(labels.tags), labels.category)),
            created_at=self.now(),
            external_id=labels.external_id,
            metadata=dict(labels.metadata),
            tags=labels.photo_tags,
            source=source,
            failure=failure,
            due_at=int((self.now() + self.grace_period).timestamp()),
        )

    def _labels(
        self, photo: PhotoKey, settings: TenantSettings, source: Source
    ) -> tuple[ObjectLabels, Failure | None]:
        """Metadata cost a request: of a file that came by the form of an order they are only read for rules
        that need them. An object that is gone has none: its photo fails when it is opened."""
        is_ordered = source.key == upload_key(photo)
        if is_ordered and not settings.need_metadata:
            return ObjectLabels(), None
        try:
            metadata = self.objects.describe(source.bucket, source.key).metadata
            return (labels_for_rules(metadata) if is_ordered else read_labels(metadata)), None
        except ObjectMissing:
            return ObjectLabels(), None
        except InvalidLabel as error:
            return labels_for_rules(metadata), self._failure(source, error)

    def _failure(self, source: Source, error: InvalidLabel) -> Failure:
        return Failure(
            sequencer=source.sequencer,
            code=RefusalCode.INVALID_METADATA,
            message=f"{error}. Please upload the photo again with other metadata.",
            at=self.now(),
        )


def require_valid_labels(new: Photo) -> None:
    """Raises PhotoRefused for a photo that NewPhotos has given a failure."""
    if new.failure:
        raise PhotoRefused(RefusalCode(new.failure.code), new.failure.message)
