"""Order a pack for some photos, or for those of a collection; and ask for the archive of one of its
marketplaces."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from limner.campaigns.photo_collections import CollectionPhotos, CollectionRepository, first_photos
from limner.errors import InvalidRequest, ObjectMissing
from limner.packs.contracts import archive_key
from limner.packs.errors import ArchiveTooLarge, PackRunning
from limner.packs.pack import MAX_PACK_PHOTOS, Pack, PackQueue, PackRepository
from limner.ports import ObjectStore
from limner.quotas import Quotas, Standing, UsageRepository
from photo_files.packs.profile import profile_ids

ARCHIVE_PAUSE = timedelta(minutes=5)
"""After which an archive is asked for although another has not ended: the function's timeout is shorter."""


@dataclass(frozen=True, kw_only=True)
class RequestPack:
    packs: PackRepository
    collections: CollectionRepository
    collection_photos: CollectionPhotos
    queue: PackQueue
    usage: UsageRepository
    quotas_of: Callable[[str], Quotas]
    new_id: Callable[[], str]
    now: Callable[[], datetime]

    def __call__(
        self,
        tenant: str,
        profiles: Sequence[str],
        *,
        photo_ids: Sequence[str] = (),
        collection_id: str | None = None,
        look_name: str | None = None,
        key_id: str | None = None,
    ) -> tuple[Pack, Standing]:
        """Each photo counts as an order; the answer says how the tenant stands after them.

        Raises:
            InvalidRequest: an unknown marketplace, or not 1 to MAX_PACK_PHOTOS photos.
            CollectionNotFound: the tenant has no such collection.
            QuotaExceeded: of the day's orders, or nothing is left of the month's budget.
        """
        if unknown := sorted(set(profiles) - set(profile_ids())):
            raise InvalidRequest(f"marketplaces: no {', '.join(unknown)}; GET /v1/marketplaces lists all")
        ids = tuple(
            dict.fromkeys(photo_ids if collection_id is None else self._ids_of(tenant, collection_id))
        )
        if not 1 <= len(ids) <= MAX_PACK_PHOTOS:
            raise InvalidRequest(f"a pack has 1 to {MAX_PACK_PHOTOS} photos; these are {len(ids)}")
        now = self.now()
        standing = self.usage.count_order(tenant, key_id, self.quotas_of(tenant), now, len(ids))
        pack = Pack(
            pack_id=self.new_id(),
            tenant=tenant,
            created_at=now,
            photo_ids=ids,
            profiles=tuple(dict.fromkeys(profiles)),
            look_name=look_name,
            due_at=now,
        )
        self.packs.add(pack)
        self.queue.send(pack.key)
        return pack, standing

    def _ids_of(self, tenant: str, collection_id: str) -> list[str]:
        """Of a collection's photos, until there are more than a pack may have."""
        found = first_photos(
            self.collection_photos,
            self.collections.get(tenant, collection_id),
            before=self.now(),
            most=MAX_PACK_PHOTOS + 1,
            whole=False,
        )
        return [photo.photo_id for photo in found]


@dataclass(frozen=True, kw_only=True)
class RequestArchive:
    packs: PackRepository
    objects: ObjectStore
    queue: PackQueue
    now: Callable[[], datetime]
    results_bucket: str

    def __call__(self, tenant: str, pack_id: str, profile: str) -> int | None:
        """How many bytes the archive has; None while it is being assembled, which the first call asks for, or
        another of the tenant's is: they are assembled one by one.

        Raises:
            PackNotFound: the tenant has no such pack.
            InvalidRequest: the pack is not for this marketplace.
            PackRunning: the pack has not ended.
            ArchiveTooLarge: it was to be assembled, and is too large.
        """
        pack = self.packs.get(tenant, pack_id)
        if profile not in pack.profiles:
            raise InvalidRequest(f"marketplace: the pack is for {', '.join(pack.profiles)}")
        if pack.finished_at is None:
            raise PackRunning("the pack is not finished")
        try:
            return self.objects.describe(self.results_bucket, archive_key(tenant, pack_id, profile)).bytes
        except ObjectMissing:
            pass
        if profile in pack.too_large:
            raise ArchiveTooLarge("the pictures are too large for an archive; fetch them one by one")
        now = self.now()
        if self.packs.take_archive_turn(tenant, now, now + ARCHIVE_PAUSE):
            self.queue.assemble(pack.key, profile)
        return None
