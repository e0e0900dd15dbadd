"""The photo of an uploaded object that no order was placed for: whose it is, and in which looks."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from limner.attached_buckets import longest_match
from limner.errors import ForeignUpload, ObjectMissing, TenantNotFound
from limner.keys import UPLOADS_PREFIX, attached_photo_key, photo_key_for
from limner.photos import Photo, Source
from limner.ports import ObjectStore
from limner.tenancy import PhotoKey
from limner.tenants import TenantSettings, Upload
from limner.use_cases.known_tenants import FindAttached, FindTenant

TAGS, CATEGORY = "tags", "category"
"""Names of the object's metadata (`x-amz-meta-…`); tags are separated by commas."""


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
        """Raises ForeignUpload for an object of no tenant, or of one that does not exist."""
        photo, path = self.owner(source.bucket, source.key)
        try:
            settings = self.find_tenant(photo.tenant)
        except TenantNotFound as error:
            raise ForeignUpload(f"s3://{source.bucket}/{source.key}: {error}") from error
        return Photo(
            photo_id=photo.photo_id,
            tenant=photo.tenant,
            filename=source.key.rsplit("/", 1)[-1] or source.key,
            looks=settings.looks_for(self._upload(settings, source, path)),
            created_at=self.now(),
            source=source,
            due_at=int((self.now() + self.grace_period).timestamp()),
        )

    def _upload(self, settings: TenantSettings, source: Source, path: str) -> Upload:
        """Metadata cost a request, so they are only read for tenants with a rule that needs them. An object
        that is gone has none: its photo fails when it is opened."""
        if settings.need_metadata:
            with suppress(ObjectMissing):
                return _described(path, self.objects.describe(source.bucket, source.key).metadata)
        return Upload(path)


def _described(path: str, metadata: Mapping[str, str]) -> Upload:
    tags = (tag.strip() for tag in metadata.get(TAGS, "").split(","))
    return Upload(path, frozenset(tag for tag in tags if tag), metadata.get(CATEGORY))
