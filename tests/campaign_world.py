"""A campaign with everything around it: photos, collections, the queue of steps, and a pipeline that finishes
what was ordered. Time passes only when the test says so."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from limner.adapters.collection_photos import DynamoDbCollectionPhotos
from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.dynamodb_campaigns import DynamoDbCampaigns, DynamoDbDueCampaigns
from limner.adapters.dynamodb_collections import DynamoDbCollections
from limner.adapters.dynamodb_items import change_attributes, row_key, to_map, upload_attributes
from limner.adapters.usage import DynamoDbUsage
from limner.campaigns.campaign import Campaign, CampaignAction, CampaignStatus, Member
from limner.errors import StaleWrite, TenantSuspended
from limner.looks import Look
from limner.photos import FINAL_STATUSES, Photo, PhotoStatus, Results
from limner.quotas import Quotas
from limner.tenancy import PhotoKey
from limner.use_cases.advance_campaign import AdvanceCampaign, AskForDueCampaigns
from limner.use_cases.find_published import FindPublished
from limner.use_cases.manage_campaigns import ChangeCampaign, WithdrawPhoto
from limner.use_cases.order_looks import OrderLooks
from limner.use_cases.outcomes import Outcome
from limner.use_cases.revise_photo import RevisePhoto
from tests import campaign_makers as made
from tests import makers
from tests.fake_campaigns import (
    InMemoryCampaignQueue,
    InMemoryCampaigns,
    InMemoryCollectionPhotos,
    InMemoryCollections,
)
from tests.fakes import Clock, InMemoryPhotos, InMemoryUploadEvents

CARTOON = Look(styles={"cartoon": 1.0})
TICK = timedelta(minutes=1)
Wrap = Callable[[Any], Any]


def unchanged(port: Any) -> Any:
    return port


class CampaignWorld:
    """`photos`, `campaigns` and the like are the ports themselves; the use cases have them as `wrap` returns
    them."""

    def __init__(
        self, photos: Any, campaigns: Any, collections: Any, collection_photos: Any, due: Any, **quotas: int
    ) -> None:
        self.photos, self.campaigns, self.collections = photos, campaigns, collections
        self.collection_photos, self.usage = collection_photos, photos.usage
        self._due = due
        self.clock: Clock = photos.clock
        self.messages = InMemoryCampaignQueue(self.clock)
        self.quotas = Quotas(**({"orders_per_day": 1_000_000, "looks_per_day": 1_000_000} | quotas))
        self.events = InMemoryUploadEvents()
        self.suspended: set[str] = set()
        self.build()

    def build(self, wrap: Wrap = unchanged) -> None:
        photos, campaigns, queue = wrap(self.photos), wrap(self.campaigns), wrap(self.messages)
        self.order_looks = OrderLooks(
            revise=RevisePhoto(photos=photos, now=self.clock),
            events=wrap(self.events),
            require_styles=lambda tenant, looks: None,
            usage=wrap(self.usage),
            quotas_of=lambda tenant: self.quotas,
            grace_period=timedelta(minutes=30),
        )
        shared = {
            "campaigns": campaigns,
            "collections": wrap(self.collections),
            "collection_photos": wrap(self.collection_photos),
            "queue": queue,
            "now": self.clock,
        }
        self.advance = AdvanceCampaign(
            **shared, photos=photos, order_looks=self.order_looks, require_active=self._require_active
        )
        self.change = ChangeCampaign(**shared, shown=campaigns, require_styles=lambda tenant, looks: None)
        self.withdraw = WithdrawPhoto(campaigns=campaigns)
        self.published = FindPublished(shown=campaigns, campaigns=campaigns, photos=photos, now=self.clock)
        self.tick = AskForDueCampaigns(campaigns=wrap(self._due), queue=queue, now=self.clock)

    def _require_active(self, tenant: str) -> None:
        if tenant in self.suspended:
            raise TenantSuspended("suspended")

    def add_ready_photos(
        self, count: int, tenant: str = makers.TENANT, first: int = 0, **changes: Any
    ) -> list[PhotoKey]:
        """READY, each with the picture OIL; numbered from `first` on."""
        photos = ready_photos(count, tenant, first, **changes)
        self.photos.put_all(photos)
        return [photo.key for photo in photos]

    def add_campaign(self, **changes: Any) -> Campaign:
        """For all photos, unless the collection is there."""
        campaign = made.campaign(**({"looks": (CARTOON,)} | changes))
        with suppress(StaleWrite):
            self.collections.add(made.collection(tenant=campaign.tenant))
        self.campaigns.add(campaign)
        return campaign

    def do(self, campaign: Campaign, action: CampaignAction) -> Campaign:
        return self.change(campaign.tenant, campaign.campaign_id, action)

    def now_of(self, campaign: Campaign) -> Campaign:
        found: Campaign = self.campaigns.get(*campaign.key)
        return found

    def members_of(self, campaign: Campaign) -> list[Member]:
        return list(self.campaigns.members(campaign.key, after=None, limit=10_000))

    def step(self, campaign: Campaign) -> Outcome:
        return self.advance(campaign.key)

    def deliver(self) -> None:
        """Every message that is due, once."""
        for key in self.messages.take():
            self.advance(key)

    def pass_time(self, time: timedelta = TICK) -> None:
        self.clock.time += time

    def finish_orders(self, keys: Iterable[PhotoKey]) -> None:
        """The pipeline: each photo that is under way gets all its pictures."""
        for photo in self.photos.those_of(list(keys), consistent=True):
            if photo.status not in FINAL_STATUSES:
                self.finish(photo)

    def finish(self, photo: Photo) -> None:
        self.photos.record_results(photo.key, results_of(photo, self.clock()))

    def run_to_its_end(self, campaign: Campaign, keys: list[PhotoKey], pause: timedelta = TICK) -> Campaign:
        for _ in range(200):
            self.tick()
            self.deliver()
            self.finish_orders(keys)
            after = self.now_of(campaign)
            if after.status is CampaignStatus.FINISHED:
                return after
            self.pass_time(pause)
        raise AssertionError(f"the run has not ended: {self.now_of(campaign)}")


class _Photos(InMemoryPhotos):
    def __init__(self, clock: Clock) -> None:
        super().__init__(now=clock)
        self.clock = clock

    def put_all(self, photos: Iterable[Photo]) -> None:
        self._rows |= {photo.key: photo for photo in photos}

    def erase(self, key: PhotoKey) -> None:
        del self._rows[key]


class _StoredPhotos(DynamoDbPhotos):
    def __init__(self, table: Any, usage: DynamoDbUsage, clock: Clock) -> None:
        super().__init__(table, usage, clock)
        self.clock, self.usage = clock, usage

    def put_all(self, photos: Iterable[Photo]) -> None:
        with self._table.batch_writer() as batch:
            for photo in photos:
                batch.put_item(Item=_row(photo))

    def add_ready(self, count: int, first: int = 0, **changes: Any) -> list[PhotoKey]:
        photos = ready_photos(count, makers.TENANT, first, **changes)
        self.put_all(photos)
        return [photo.key for photo in photos]

    def finish(self, photo: Photo) -> None:
        self.record_results(photo.key, results_of(photo, self.clock()))


def stored_photos(table: Any, usage: DynamoDbUsage) -> _StoredPhotos:
    return _StoredPhotos(table, usage, _clock())


def in_memory(**quotas: int) -> CampaignWorld:
    photos, collections, campaigns = _Photos(_clock()), InMemoryCollections(), InMemoryCampaigns()
    found = InMemoryCollectionPhotos(photos, collections)
    return CampaignWorld(photos, campaigns, collections, found, campaigns, **quotas)


def on_dynamodb(photos_table: Any, usage_table: Any, campaigns_table: Any, **quotas: int) -> CampaignWorld:
    photos = _StoredPhotos(photos_table, DynamoDbUsage(usage_table), _clock())
    campaigns, collections = DynamoDbCampaigns(campaigns_table), DynamoDbCollections(campaigns_table)
    found = DynamoDbCollectionPhotos(photos_table, collections)
    due = DynamoDbDueCampaigns(campaigns_table)
    return CampaignWorld(photos, campaigns, collections, found, due, **quotas)


def _clock() -> Clock:
    clock = Clock()
    clock.time = makers.NOON + timedelta(hours=1)
    return clock


def photo_key(number: int, tenant: str = makers.TENANT) -> PhotoKey:
    """Spread over the sixteen partitions of a list."""
    return PhotoKey(tenant, f"{number % 16:x}{number:031x}")


def ready_photos(count: int, tenant: str, first: int, **changes: Any) -> list[Photo]:
    return [_ready(number, tenant, changes) for number in range(first, first + count)]


def results_of(photo: Photo, finished_at: datetime) -> Results:
    """All pictures that are ordered; each has files of its own."""
    picture = makers.results().pictures[0]
    pictures = []
    for look in photo.looks:
        file = makers.rendition(key=f"styled/{photo.photo_id}/{look.slug}/full.jpg")
        pictures.append(picture.model_copy(update={"look": look, "renditions": (file,)}))
    return makers.results(pictures=tuple(pictures), revision=photo.revision, finished_at=finished_at)


def _ready(number: int, tenant: str, changes: dict[str, Any]) -> Photo:
    key = photo_key(number, tenant)
    facts = {
        "tenant": tenant,
        "photo_id": key.photo_id,
        "created_at": makers.NOON + timedelta(seconds=number),
        "source": makers.source(),
        "results": makers.results(),
        "variants": makers.variants(),
        "due_at": None,
    }
    photo = makers.photo(**(facts | changes))
    assert photo.status is PhotoStatus.READY
    return photo


def _row(photo: Photo) -> dict[str, Any]:
    return {
        **row_key(photo.key),
        **to_map(photo),
        **upload_attributes(photo),
        **change_attributes(photo.key, photo.created_at, photo.status),
    }
