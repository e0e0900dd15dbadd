"""Fetch the file of an order from its URL into the uploads bucket, where its event starts the styling."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Protocol

from limner.errors import (
    AddressRefused,
    AddressUnreachable,
    AnswerTooLarge,
    PhotoNotFound,
    PhotoRefused,
    RefusalCode,
    StaleWrite,
    TenantNotFound,
    TenantSuspended,
)
from limner.keys import upload_key
from limner.photos import NO_UPLOAD, Failure, Photo, PhotoStatus
from limner.ports import ObjectStore, PhotoRepository
from limner.sandbox import Stage, refuse_as_ordered
from limner.tenancy import PhotoKey
from limner.use_cases.known_tenants import FindTenant
from limner.use_cases.outcomes import Outcome

CONTENT_TYPE = "application/octet-stream"
"""What the file is, its first bytes say; what its server says of it counts for nothing."""


@dataclass(frozen=True)
class Fetched:
    status: int
    body: bytes


Fetch = Callable[[str, int], Fetched]
"""The answer of a URL, with at most so many bytes.

Raises AddressRefused, AddressUnreachable, AnswerTooLarge."""


class ImportFailures(Protocol):
    def record(self, photo: Photo, failure: Failure) -> None:
        """The photo has no upload and will get none by its import; it is listed and kept from now on.
        Raises StaleWrite where it has an upload or a failure, or is gone."""


@dataclass(frozen=True, kw_only=True)
class ImportPhoto:
    photos: PhotoRepository
    failures: ImportFailures
    objects: ObjectStore
    fetch: Fetch
    find_tenant: FindTenant
    now: Callable[[], datetime]
    uploads_bucket: str
    max_bytes: int

    def __call__(self, key: PhotoKey) -> Outcome:
        """A message that comes again finds the photo with its upload, or its object in the bucket."""
        try:
            photo = self.photos.get(key)
        except PhotoNotFound:
            return Outcome.SUPERSEDED
        if photo.import_url is None or photo.status is not PhotoStatus.AWAITING_UPLOAD:
            return Outcome.SUPERSEDED
        try:
            refuse_as_ordered(photo.tenant, photo.external_id, Stage.IMPORT)
            body = self._fetched(photo.tenant, photo.import_url)
        except PhotoRefused as refusal:
            return self._fail(photo, refusal)
        self.objects.put(self.uploads_bucket, upload_key(key), body, CONTENT_TYPE, only_if_absent=True)
        return Outcome.IMPORTED

    def _fetched(self, tenant: str, url: str) -> bytes:
        """Raises PhotoRefused."""
        try:
            self.find_tenant(tenant).require_active()
            answer = self.fetch(url, self.max_bytes)
        except (TenantSuspended, TenantNotFound):
            raise PhotoRefused(RefusalCode.TENANT_SUSPENDED, "The tenant is suspended.") from None
        except AddressRefused as error:
            raise PhotoRefused(RefusalCode.IMPORT_ADDRESS_REFUSED, f"Not fetched: {error}.") from error
        except AnswerTooLarge as error:
            raise PhotoRefused(RefusalCode.IMPORT_TOO_LARGE, f"Not fetched: {error}.") from error
        except AddressUnreachable as error:
            raise PhotoRefused(RefusalCode.IMPORT_UNREACHABLE, f"Not fetched: {error}.") from error
        if answer.status != HTTPStatus.OK:
            message = f"Not fetched: the server answered {answer.status}."
            raise PhotoRefused(RefusalCode.IMPORT_NOT_FOUND, message)
        return answer.body

    def _fail(self, photo: Photo, refusal: PhotoRefused) -> Outcome:
        failure = Failure(sequencer=NO_UPLOAD, code=refusal.code, message=refusal.message, at=self.now())
        try:
            self.failures.record(photo, failure)
        except StaleWrite:
            return Outcome.SUPERSEDED
        return Outcome.IMPORT_FAILED
