"""In-memory collections and campaigns, which pass the same tests as the AWS adapters
(tests/integration/test_campaign_ports.py)."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from limner.campaigns.campaign import Campaign, CampaignKey, Member
from limner.campaigns.errors import CampaignNotFound, CollectionNotFound
from limner.campaigns.photo_collections import Collection, ListPart, PhotoCount, PhotosPage
from limner.campaigns.publications import ShownCampaign
from limner.errors import PhotoNotFound, StaleWrite
from limner.photo_lists import PhotoQuery
from limner.photos import Photo
from tests.fakes import Clock, InMemoryPhotos


class InMemoryCollections:
    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Collection] = {}
        self._deleted: set[tuple[str, str]] = set()
        self._parts: dict[str, Sequence[str]] = {}

    def add(self, collection: Collection) -> None:
        if _key_of(collection) in self._rows:
            raise StaleWrite(collection.collection_id)
        self._rows[_key_of(collection)] = collection

    def get(self, tenant: str, collection_id: str, *, also_deleted: bool = False) -> Collection:
        key = (tenant, collection_id)
        if key not in self._rows or (key in self._deleted and not also_deleted):
            raise CollectionNotFound(collection_id)
        return self._rows[key]

    def list(self, tenant: str) -> Sequence[Collection]:
        kept = [row for key, row in self._rows.items() if key[0] == tenant and key not in self._deleted]
        return sorted(kept, key=lambda each: (each.created_at, each.collection_id))

    def ids(self, collection: Collection) -> Iterator[str]:
        for part in collection.parts:
            yield from self._parts[part.part_id]

    def add_part(self, collection: Collection, part: ListPart, ids: Sequence[str]) -> None:
        self._parts[part.part_id] = ids

    def ids_of_part(self, collection: Collection, part: ListPart) -> Sequence[str]:
        return self._parts[part.part_id]

    def expire_parts(self, collection: Collection, parts: Sequence[ListPart], at: datetime) -> None:
        """Nothing expires in memory."""

    def expire(self, collection: Collection) -> None:
        del self._rows[_key_of(collection)]

    def replace(self, before: Collection, after: Collection) -> Collection:
        self._require_newest(before)
        newer = after.model_copy(update={"version": before.version + 1})
        self._rows[_key_of(newer)] = newer
        return newer

    def delete(self, collection: Collection, at: datetime) -> None:
        self._require_newest(collection)
        self._deleted.add(_key_of(collection))

    def _require_newest(self, collection: Collection) -> None:
        key = _key_of(collection)
        if self._rows[key].version != collection.version or key in self._deleted:
            raise StaleWrite(collection.collection_id)


def _key_of(collection: Collection) -> tuple[str, str]:
    return collection.tenant, collection.collection_id


class InMemoryCollectionPhotos:
    """Cursors are the number of photos before."""

    def __init__(self, photos: InMemoryPhotos, collections: InMemoryCollections) -> None:
        self._photos = photos
        self._collections = collections

    def page(
        self,
        collection: Collection,
        *,
        before: datetime,
        cursor: str | None,
        limit: int,
        whole: bool = True,
    ) -> PhotosPage:
        found = self._found(collection, before)
        first = int(cursor or 0)
        more = str(first + limit) if first + limit < len(found) else None
        return PhotosPage(tuple(found[first : first + limit]), more)

    def count(self, collection: Collection, before: datetime) -> PhotoCount:
        return PhotoCount(len(self._found(collection, before)), is_exact=True)

    def _found(self, collection: Collection, before: datetime) -> list[Photo]:
        """Newest first; of a list by its ids."""
        wanted = collection.filter
        if wanted is None:
            queries = [PhotoQuery(external_id=each) for each in self._collections.ids(collection)]
        else:
            queries = [PhotoQuery(tag=wanted.tag)]
        found = [
            photo
            for query in queries
            for photo in self._photos.page(collection.tenant, query, limit=10**6, cursor=None).photos
            if photo.created_at < before
        ]
        if wanted and wanted.created_since:
            found = [photo for photo in found if photo.created_at >= wanted.created_since]
        if wanted and wanted.created_before:
            found = [photo for photo in found if photo.created_at < wanted.created_before]
        return found


class InMemoryCampaigns:
    def __init__(self) -> None:
        self._rows: dict[CampaignKey, Campaign] = {}
        self._members: dict[tuple[CampaignKey, str], Member] = {}

    def add(self, campaign: Campaign) -> None:
        if campaign.key in self._rows:
            raise StaleWrite(campaign.campaign_id)
        self._rows[campaign.key] = campaign

    def get(self, tenant: str, campaign_id: str) -> Campaign:
        key = CampaignKey(tenant, campaign_id)
        if key not in self._rows:
            raise CampaignNotFound(campaign_id)
        return self._rows[key]

    def list(self, tenant: str) -> Sequence[Campaign]:
        found = [row for key, row in self._rows.items() if key.tenant == tenant]
        return sorted(found, key=lambda each: (each.created_at, each.campaign_id), reverse=True)

    def replace(self, before: Campaign, after: Campaign) -> Campaign:
        if self._rows[before.key].version != before.version:
            raise StaleWrite(before.campaign_id)
        newer = after.model_copy(update={"version": before.version + 1})
        self._rows[newer.key] = newer
        return newer

    def shown(self, tenant: str, placement: str) -> Sequence[ShownCampaign]:
        found = [ShownCampaign.of(row) for key, row in self._rows.items() if key.tenant == tenant]
        return [each for each in found if each and each.placement == placement]

    def due(self, now: datetime, limit: int) -> Sequence[CampaignKey]:
        times = [(row.due_at, key) for key, row in self._rows.items() if row.due_at is not None]
        return [key for due_at, key in sorted(times) if due_at <= now][:limit]

    def put_member(self, key: CampaignKey, member: Member) -> None:
        self._members[key, member.photo_id] = member

    def replace_member(self, key: CampaignKey, member: Member) -> None:
        if self._members[key, member.photo_id].run != member.run:
            raise StaleWrite(member.photo_id)
        self.put_member(key, member)

    def member(self, key: CampaignKey, photo_id: str) -> Member:
        if (key, photo_id) not in self._members:
            raise PhotoNotFound(photo_id)
        return self._members[key, photo_id]

    def members(self, key: CampaignKey, *, after: str | None, limit: int) -> Sequence[Member]:
        of_campaign = [member for (owner, _), member in self._members.items() if owner == key]
        ordered = sorted(of_campaign, key=lambda member: member.photo_id)
        return [member for member in ordered if member.photo_id > (after or "")][:limit]

    def members_of(
        self, keys: Sequence[CampaignKey], photo_ids: Sequence[str]
    ) -> dict[tuple[str, str], Member]:
        return {
            (key.campaign_id, photo_id): member
            for (key, photo_id), member in self._members.items()
            if key in keys and photo_id in photo_ids
        }


class InMemoryCampaignQueue:
    """A message can be taken once its delay is over."""

    def __init__(self, now: Clock) -> None:
        self._sent: list[tuple[datetime, CampaignKey]] = []
        self._now = now

    def send(self, key: CampaignKey, delay: timedelta = timedelta(0)) -> None:
        self._sent.append((self._now() + delay, key))

    def take(self) -> list[CampaignKey]:
        taken = [key for at, key in self._sent if at <= self._now()]
        self._sent = [(at, key) for at, key in self._sent if at > self._now()]
        return taken
