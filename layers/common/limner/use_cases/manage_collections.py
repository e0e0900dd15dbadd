"""Collections of a tenant: make one of a filter or of ids, add ids to a list, delete one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from limner.campaign_errors import CampaignProblem, CampaignRefused
from limner.photo_collections import (
    IDS_IN_A_PART,
    MAX_COLLECTION_PHOTOS,
    MAX_COLLECTIONS,
    Collection,
    CollectionRepository,
    ListPart,
    PhotoFilter,
)


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
        return self.collections.replace(before, with_parts(self.collections, before, added, self.new_id))


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
