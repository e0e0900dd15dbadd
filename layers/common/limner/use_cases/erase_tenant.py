"""Erase a tenant: first what lets it in, then all that is stored of its photos, whether a row leads to it or
not.

It is run until it has ended: an interrupted run is gone on with, and only a run after the last check that
finds nothing is the last. The audit log is kept.
"""

from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from limner.erasure import (
    LATE_WRITES,
    AuditEntry,
    Erasure,
    TenantErasure,
    TenantErasureRepository,
    TenantRecords,
)
from limner.errors import Unavailable
from limner.keys import UPLOADS_PREFIX, public_tenant_prefix, split_s3_uri, tenant_prefixes
from limner.style_contracts import STYLE_PICTURES_PREFIX
from limner.tenancy import PhotoKey
from limner.use_cases.erase_photo import ErasePhoto, endpoint_locations, locations_in_row
from limner.use_cases.outcomes import Outcome

TENANT_ERASED = "tenant_erased"


@dataclass(frozen=True)
class Progress:
    """`done` of `total` photos in a step; a step of which nobody knows the size has no total."""

    step: str
    done: int
    total: int | None = None


@dataclass(frozen=True, kw_only=True)
class EraseTenant:
    photos: ErasePhoto
    tenants: TenantErasureRepository
    records: Sequence[TenantRecords]
    """What lets the tenant in comes first: its keys, then its settings."""
    in_flight: timedelta
    """The longest time in which something that is under way may still write."""

    def __call__(self, tenant: str, requested_by: str) -> Iterator[Progress]:
        """Does the work while it is iterated. It has ended when `tenants.find` has no erasure of the
        tenant."""
        started = self.photos.now()
        erasure = self.tenants.begin(
            TenantErasure(
                tenant=tenant,
                requested_at=started,
                requested_by=requested_by,
                last_check_at=started + self.in_flight + LATE_WRITES,
            )
        )
        removed: Counter[str] = Counter()
        for records in self.records:
            removed[records.name] += records.erase(tenant)
            yield Progress(records.name, removed[records.name])
        keys = list(self.photos.erasures.photos_of(tenant))
        locations = yield from self._hide_photos(erasure, keys)
        yield from self._erase_objects(tenant, locations, removed)
        found = removed.total()
        if started >= erasure.last_check_at:
            yield from self._end_photos(keys, removed)
        found += len(keys) - removed["photos"]
        self._save_or_end(erasure, removed, is_last=started >= erasure.last_check_at and not found)

    def _hide_photos(
        self, erasure: TenantErasure, keys: Sequence[PhotoKey]
    ) -> Generator[Progress, None, set[str]]:
        """Make every row a tombstone, before the first object is deleted. The endpoint's responses that the
        rows name."""
        locations: set[str] = set()
        due_at = int(erasure.last_check_at.timestamp())
        for done, key in enumerate(keys, start=1):
            hidden = self.photos.erasures.begin(_of_photo(key, erasure), due_at)
            locations |= set(locations_in_row(hidden))
            yield Progress("photos hidden", done, len(keys))
        return locations

    def _erase_objects(self, tenant: str, locations: set[str], removed: Counter[str]) -> Iterator[Progress]:
        """By the tenant's prefixes, a thousand in a call, whether a row leads to them or not. The endpoint's
        responses before the submissions, which name them.

        Raises Unavailable while caches cannot be invalidated.
        """
        bucket = self.photos.results_bucket
        locations |= set(endpoint_locations(self.photos.objects, bucket, f"submissions/{tenant}/"))
        for location in sorted(locations):
            removed["objects"] += self.photos.erase_key(*split_s3_uri(location))
        prefixes = [(bucket, prefix) for prefix in tenant_prefixes(tenant)]
        uploads = [
            (self.photos.uploads_bucket, f"{kind}{tenant}/")
            for kind in (UPLOADS_PREFIX, STYLE_PICTURES_PREFIX)
        ]
        for place, prefix in [*prefixes, *uploads]:
            removed["objects"] += self._erase_prefix(place, prefix)
            yield Progress("objects", removed["objects"])
        if not self.photos.edge.invalidate(public_tenant_prefix(tenant)):
            raise Unavailable("CloudFront has too many invalidations in progress; run this again")
        removed["hashes"] += self.photos.hashes.erase_all(tenant)
        yield Progress("hashes", removed["hashes"])

    def _end_photos(self, keys: Sequence[PhotoKey], removed: Counter[str]) -> Iterator[Progress]:
        """After the last check; until then the sweeper has the eraser check each photo too."""
        for done, key in enumerate(keys, start=1):
            removed["photos"] += self.photos(key) is Outcome.ERASED
            yield Progress("photos", done, len(keys))

    def _erase_prefix(self, bucket: str, prefix: str) -> int:
        return self.photos.objects.delete_versions(bucket, self.photos.objects.versions(bucket, prefix))

    def _save_or_end(self, erasure: TenantErasure, removed: Counter[str], *, is_last: bool) -> None:
        counted = erasure.model_copy(update={"counts": dict(Counter(erasure.counts) + removed)})
        if not is_last:
            self.tenants.save(counted)
            return
        self.photos.audit.record(_entry(counted, self.photos.now()))
        self.tenants.end(erasure.tenant)


def _of_photo(key: PhotoKey, erasure: TenantErasure) -> Erasure:
    return Erasure(
        tenant=key.tenant,
        photo_id=key.photo_id,
        requested_at=erasure.requested_at,
        requested_by=erasure.requested_by,
        last_check_at=erasure.last_check_at,
    )


def _entry(erasure: TenantErasure, finished_at: datetime) -> AuditEntry:
    return AuditEntry(
        tenant=erasure.tenant,
        action=TENANT_ERASED,
        subject=erasure.tenant,
        requested_at=erasure.requested_at,
        requested_by=erasure.requested_by,
        finished_at=finished_at,
        counts=erasure.counts,
    )
