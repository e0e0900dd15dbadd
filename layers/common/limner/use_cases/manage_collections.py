"""Collections of a tenant: make one of a filter or of ids, add ids to a list, delete one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from limner.campaigns.errors import CampaignProblem, CampaignRefused
from limner.campaigns.photo_collections import (
    IDS_IN_A_PART,
    MAX_COLLECTION_PHOTOS,
    MAX_COLLECTIONS,
    UNNAMED_PART_LIFETIME,
    Collection,
    CollectionRepository,
    ListPart,
    PhotoFilter,
)
from limner.errors import StaleWrite


@dataclass(frozen=True, kw_only=True)
class CreateCollection:
    collections: CollectionRepository
    new_id: Callable[[], str]
    now: Callable[[], datetime]

    def __call__(
        self, tenant: str, name: str, *, photo_filter: PhotoFilter | None, external_ids: Sequence[str] = ()
    ) -> Collection:
        """Without a filter, a list of these ids. Raises CampaignRefused where the tenant has as many
        collections as it may have."""
        if len(self.collections.list(tenant)) >= MAX_COLLECTIONS:
            message = f"a tenant has at most {MAX_COLLECTIONS} collections; delete one first"
            raise CampaignRefused(CampaignProblem.TOO_MANY_COLLECTIONS, message)
        collection = Collection(
            collection_id=self.new_id(),
            tenant=tenant,
            name=name,
            created_at=self.now(),
            filter=photo_filter,
        )
        distinct = tuple(dict.fromkeys(external_ids))
        collection = with_parts(self.collections, collection, distinct, self.new_id)
        self.collections.add(collection)
        return collection


@dataclass(frozen=True, kw_only=True)
class AddToCollection:
    collections: CollectionRepository
    new_id: Callable[[], str]
    now: Callable[[], datetime]

    def __call__(self, tenant: str, collection_id: str, external_ids: Sequence[str]) -> Collection:
        """Ids that the list has are left out, so that a repeated call adds nothing.

        Raises:
            CollectionNotFound: there is no such collection.
            CampaignRefused: it is of a filter, or would have too many ids.
            StaleWrite: others have added to it meanwhile.
        """
        before = self.collections.get(tenant, collection_id)
        if before.filter is not None:
            message = "the collection is of a filter; ids are added to lists"
            raise CampaignRefused(CampaignProblem.NOT_A_LIST, message)
        known = set(self.collections.ids(before))
        added = tuple(each for each in dict.fromkeys(external_ids) if each not in known)
        if not added:
            return before
        if len(known) + len(added) > MAX_COLLECTION_PHOTOS:
            message = f"a list has at most {MAX_COLLECTION_PHOTOS} ids"
            raise CampaignRefused(CampaignProblem.TOO_MANY_PHOTOS, message)
        return self._extended(before, added)

    def _extended(self, before: Collection, added: Sequence[str]) -> Collection:
        """Ids of a last part that is not full are stored again with the new ones: however few ids a call
        has, the list has no more parts than it needs."""
        replaced = tuple(part for part in before.parts[-1:] if part.ids < IDS_IN_A_PART)
        kept = before.parts[: len(before.parts) - len(replaced)]
        former = [each for part in replaced for each in self.collections.ids_of_part(before, part)]
        shorter = before.model_copy(update={"parts": kept})
        longer = with_parts(self.collections, shorter, [*former, *added], self.new_id)
        try:
            after = self.collections.replace(before, longer)
        except StaleWrite:
            self._expire_unnamed(longer)
            raise
        self.collections.expire_parts(after, replaced, self.now() + UNNAMED_PART_LIFETIME)
        return after

    def _expire_unnamed(self, stale: Collection) -> None:
        """Parts of a collection that was not written. The newest is read for it, since a write whose answer
        was lost is stale when it is sent again."""
        newest = self.collections.get(stale.tenant, stale.collection_id, also_deleted=True)
        unnamed = [part for part in stale.parts if part not in newest.parts]
        self.collections.expire_parts(stale, unnamed, self.now() + UNNAMED_PART_LIFETIME)


@dataclass(frozen=True, kw_only=True)
class DeleteCollection:
    collections: CollectionRepository
    now: Callable[[], datetime]

    def __call__(self, tenant: str, collection_id: str) -> None:
        """Campaigns that have it go on. Raises CollectionNotFound, StaleWrite."""
        self.collections.delete(self.collections.get(tenant, collection_id), self.now())


def with_parts(
    collections: CollectionRepository, collection: Collection, ids: Sequence[str], new_id: Callable[[], str]
) -> Collection:
    """The collection with further ids, whose parts are stored. Until the collection's own row names them,
    they are without effect."""
    parts = []
    for first in range(0, len(ids), IDS_IN_A_PART):
        some = ids[first : first + IDS_IN_A_PART]
        part = ListPart(part_id=new_id(), ids=len(some))
        collections.add_part(collection, part, some)
        parts.append(part)
    return collection.model_copy(update={"parts": (*collection.parts, *parts)})
