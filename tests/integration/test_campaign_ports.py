"""Collections and campaigns: what the use cases need of their ports, in memory and on DynamoDB."""

from datetime import datetime, timedelta

import pytest

from limner.adapters import collection_photos
from limner.adapters.dynamodb_erasures import DynamoDbErasures
from limner.campaigns.campaign import CampaignAction, CampaignStatus, Counts, Member, MemberOutcome, published
from limner.campaigns.errors import CampaignNotFound, CampaignRefused, CollectionNotFound
from limner.campaigns.photo_collections import (
    DELETED_COLLECTION_LIFETIME,
    IDS_IN_A_PART,
    UNNAMED_PART_LIFETIME,
    ListPart,
    PhotoFilter,
    first_photos,
)
from limner.campaigns.previews import PREVIEW_PHOTOS
from limner.campaigns.windows import Window
from limner.costs import cost_model
from limner.erasure import Erasure
from limner.errors import PhotoNotFound, StaleWrite
from limner.use_cases.estimate_campaign import EstimateCampaign
from limner.use_cases.manage_collections import AddToCollection, CreateCollection, DeleteCollection
from limner.use_cases.preview_campaign import ReadPreview
from limner.use_cases.steps import CLAIM
from tests import campaign_makers as made
from tests import makers
from tests.campaign_world import CampaignWorld, in_memory, on_dynamodb, photo_key
from tests.interruption import Interrupted, interrupt_after

OTHER_TENANT = "other"
HOUR = timedelta(hours=1)


@pytest.fixture(params=["memory", "dynamodb"])
def world(request) -> CampaignWorld:
    if request.param == "memory":
        return in_memory()
    return request.getfixturevalue("stored")


@pytest.fixture
def stored(table, usage_table, campaigns_table) -> CampaignWorld:
    return on_dynamodb(table, usage_table, campaigns_table)


def ids():
    numbers = iter(range(1, 1_000))
    return lambda: f"{next(numbers):032x}"


def create(world, **given):
    new = CreateCollection(collections=world.collections, new_id=ids(), now=world.clock)
    return new(makers.TENANT, "Mugs", **({"photo_filter": None} | given))


def test_a_collection_is_found_by_its_tenant_alone(world):
    collection = made.collection(filter=PhotoFilter(tag="mug", created_since=makers.NOON))
    world.collections.add(collection)
    assert world.collections.get(makers.TENANT, made.COLLECTION_ID) == collection
    assert list(world.collections.list(makers.TENANT)) == [collection]
    assert not world.collections.list(OTHER_TENANT)
    with pytest.raises(CollectionNotFound):
        world.collections.get(OTHER_TENANT, made.COLLECTION_ID)


def test_a_deleted_collection_is_found_by_its_campaigns_alone(world):
    collection = create(world, photo_filter=PhotoFilter())
    DeleteCollection(collections=world.collections, now=world.clock)(makers.TENANT, collection.collection_id)
    assert not world.collections.list(makers.TENANT)
    with pytest.raises(CollectionNotFound):
        world.collections.get(makers.TENANT, collection.collection_id)
    kept = world.collections.get(makers.TENANT, collection.collection_id, also_deleted=True)
    assert kept.filter == PhotoFilter()
    with pytest.raises(StaleWrite):
        world.collections.delete(collection, world.clock())


def test_ids_are_kept_in_order_once_and_in_parts(world):
    given = [f"SKU-{number}" for number in range(IDS_IN_A_PART + 3)]
    collection = create(world, external_ids=[*given, given[0]])
    assert [part.ids for part in collection.parts] == [IDS_IN_A_PART, 3]
    add = AddToCollection(collections=world.collections, new_id=lambda: "e" * 32, now=world.clock)
    longer = add(makers.TENANT, collection.collection_id, ["NEW", "SKU-5", "NEW"])
    assert add(makers.TENANT, collection.collection_id, ["NEW"]) == longer, "a repeated call adds nothing"
    assert list(world.collections.ids(longer)) == [*given, "NEW"]
    assert longer.listed_ids == IDS_IN_A_PART + 4


def new_ids(first: int):
    numbers = iter(range(first, 1_000))
    return lambda: f"{next(numbers):032x}"


def test_single_ids_make_no_more_parts_than_the_list_needs(world):
    collection = create(world, external_ids=[f"SKU-{number}" for number in range(IDS_IN_A_PART - 2)])
    add = AddToCollection(collections=world.collections, new_id=new_ids(100), now=world.clock)
    for number in range(5):
        collection = add(makers.TENANT, collection.collection_id, [f"NEW-{number}"])
    assert [part.ids for part in collection.parts] == [IDS_IN_A_PART, 3]
    assert list(world.collections.ids(collection))[-5:] == [f"NEW-{number}" for number in range(5)]


def parts_in(table):
    return {item["record"]: item.get("expires_at") for item in table.scan()["Items"] if "ids" in item}


def test_a_part_that_no_collection_names_expires(stored, campaigns_table):
    collection = create(stored, external_ids=["MUG"])
    expected = int((stored.clock() + UNNAMED_PART_LIFETIME).timestamp())
    (former,) = collection.parts

    def add_meanwhile() -> str:
        stored.collections.replace(collection, collection)
        return "d" * 32

    add = AddToCollection(collections=stored.collections, new_id=add_meanwhile, now=stored.clock)
    with pytest.raises(StaleWrite):
        add(makers.TENANT, collection.collection_id, ["CUP"])
    assert parts_in(campaigns_table) == {former.part_id: None, "d" * 32: expected}
    add = AddToCollection(collections=stored.collections, new_id=lambda: "e" * 32, now=stored.clock)
    add(makers.TENANT, collection.collection_id, ["CUP"])
    assert parts_in(campaigns_table) == {former.part_id: expected, "d" * 32: expected, "e" * 32: None}


def test_the_ids_of_a_deleted_collection_expire_with_it(stored, campaigns_table):
    collection = create(stored, external_ids=["MUG", "CUP"])
    DeleteCollection(collections=stored.collections, now=stored.clock)(
        makers.TENANT, collection.collection_id
    )
    expected = int((stored.clock() + DELETED_COLLECTION_LIFETIME).timestamp())
    assert set(parts_in(campaigns_table).values()) == {expected}
    kept = stored.collections.get(makers.TENANT, collection.collection_id, also_deleted=True)
    assert list(stored.collections.ids(kept)) == ["MUG", "CUP"]
    campaigns_table.delete_item(
        Key={
            "campaign_key": f"{makers.TENANT}#collection#{collection.collection_id}",
            "record": collection.parts[0].part_id,
        }
    )
    with pytest.raises(CollectionNotFound):
        list(stored.collections.ids(kept))


def test_a_filters_photos_are_counted_no_further_than_a_campaign_may_have(stored, monkeypatch):
    """In pages, which moto makes of a megabyte; so each query ends after an entry."""
    stored.add_ready_photos(40)
    client = stored.photos._table.meta.client
    query, asked = client.query, []

    def short_query(**request):
        asked.append(request)
        return query(**request, Limit=1)

    monkeypatch.setattr(client, "query", short_query)
    monkeypatch.setattr(collection_photos, "MAX_COLLECTION_PHOTOS", 10)
    photos, is_exact = stored.collection_photos.count(made.collection(), stored.clock())
    assert 10 < photos < 20
    assert not is_exact
    monkeypatch.setattr(collection_photos, "COUNTED_ENTRIES", 12)
    asked.clear()
    rare = made.collection(filter=PhotoFilter(tag="rare"))
    assert stored.collection_photos.count(rare, stored.clock()) == (0, False)
    assert len(asked) < 20


def test_a_list_whose_first_ids_have_no_photo_is_estimated_and_run(stored):
    keys = stored.add_ready_photos(1, external_id="MUG")
    collection = create(stored, external_ids=[*(f"none-{number}" for number in range(60)), "MUG"])
    campaign = stored.add_campaign(collection_id=collection.collection_id)
    assert stored.collection_photos.count(collection, stored.clock()) == (0, False)
    estimate = estimated(stored, campaign)
    assert (estimate.count.photos, estimate.sampled, estimate.pictures) == (1, 1, 1)
    assert estimate.fits
    stored.do(campaign, CampaignAction.RUN)
    assert stored.run_to_its_end(campaign, keys).run.counts == Counts(ready=1)


def test_an_estimate_without_a_sample_claims_nothing(stored):
    collection = create(stored, external_ids=[f"none-{number}" for number in range(600)])
    campaign = stored.add_campaign(collection_id=collection.collection_id)
    estimate = estimated(stored, campaign)
    assert (estimate.sampled, estimate.pictures, estimate.fits) == (0, 0, False)


@pytest.mark.parametrize("ids_without_photos", [0, 30])
def test_a_preview_has_the_first_twelve_photos_of_ids_that_have_many_or_none(stored, ids_without_photos):
    stored.add_ready_photos(30, external_id="MUG")
    external_ids = [*(f"none-{number}" for number in range(ids_without_photos)), "MUG"]
    collection = create(stored, external_ids=external_ids)
    campaign = made.campaign(collection_id=collection.collection_id, created_at=stored.clock())
    read = ReadPreview(
        campaigns=stored.campaigns,
        collections=stored.collections,
        collection_photos=stored.collection_photos,
    )
    assert len(read.photos_of(campaign)) == PREVIEW_PHOTOS


def test_ids_of_a_collections_photos_are_read_without_their_pictures(stored):
    keys = stored.add_ready_photos(3, external_id="MUG")
    collection = create(stored, external_ids=["MUG"])
    before = stored.clock()
    found = first_photos(stored.collection_photos, collection, before=before, most=2, whole=False)
    assert [photo.key for photo in found] == list(reversed(keys))[:2]


def estimated(world, campaign):
    estimate = EstimateCampaign(
        campaigns=world.campaigns,
        collections=world.collections,
        collection_photos=world.collection_photos,
        usage=world.usage,
        quotas_of=lambda tenant: world.quotas,
        costs=cost_model(),
        instance_type="ml.g4dn.xlarge",
        now=world.clock,
    )
    return estimate(*campaign.key)


def test_withdrawing_a_photo_does_not_undo_a_further_run(world):
    campaign = world.add_campaign()
    world.campaigns.put_member(campaign.key, member(0))
    newer = member(0).model_copy(update={"run": 2, "sequencer": "2"})
    read, answers = world.campaigns.member, []

    def run_meanwhile(key, photo_id):
        answers.append(read(key, photo_id))
        if len(answers) == 1:
            world.campaigns.put_member(key, newer)
        return answers[-1]

    world.withdraw.campaigns.member = run_meanwhile
    after = world.withdraw(*campaign.key, photo_key(0).photo_id, is_withdrawn=True)
    assert after == newer.model_copy(update={"is_withdrawn": True})
    assert read(campaign.key, photo_key(0).photo_id) == after
    assert len(answers) == 2


def test_ids_are_not_added_to_a_filter(world):
    collection = create(world, photo_filter=PhotoFilter())
    with pytest.raises(CampaignRefused, match="filter"):
        AddToCollection(collections=world.collections, new_id=ids(), now=world.clock)(
            makers.TENANT, collection.collection_id, ["NEW"]
        )


def test_of_two_changes_of_a_collection_one_is_stale(world):
    collection = create(world, external_ids=["MUG"])
    part = ListPart(part_id="f" * 32, ids=1)
    world.collections.replace(collection, collection.model_copy(update={"parts": (part,)}))
    with pytest.raises(StaleWrite):
        world.collections.replace(collection, collection)


def found_in(world, collection, limit=7):
    found, cursor = [], None
    for _ in range(100):
        page = world.collection_photos.page(collection, before=world.clock(), cursor=cursor, limit=limit)
        found += [photo.key for photo in page.photos]
        cursor = page.cursor
        if cursor is None:
            return found
    raise AssertionError("the collection has no end")


SINCE, BEFORE = makers.NOON + timedelta(seconds=5), makers.NOON + timedelta(seconds=15)


@pytest.mark.parametrize(
    ("photo_filter", "numbers"),
    [
        (PhotoFilter(), range(40)),
        (PhotoFilter(tag="mug"), range(20)),
        (PhotoFilter(tag="cup"), range(0)),
        (PhotoFilter(created_since=SINCE), range(5, 40)),
        (PhotoFilter(created_before=BEFORE), range(15)),
        (PhotoFilter(tag="mug", created_since=SINCE, created_before=BEFORE), range(5, 15)),
    ],
    ids=["all", "a tag", "a tag of none", "since", "before", "all three"],
)
def test_a_filter_finds_its_photos_newest_first(world, photo_filter, numbers):
    world.add_ready_photos(20, tags=("mug",))
    world.add_ready_photos(20, first=20)
    world.add_ready_photos(3, tenant=OTHER_TENANT, tags=("mug",))
    collection = made.collection(filter=photo_filter)
    assert found_in(world, collection) == [photo_key(number) for number in reversed(numbers)]
    assert world.collection_photos.count(collection, world.clock()) == (len(numbers), True)


def test_photos_that_are_created_later_are_not_found(world):
    world.add_ready_photos(2)
    before = makers.NOON + timedelta(seconds=1)
    page = world.collection_photos.page(made.collection(), before=before, cursor=None, limit=10)
    assert [photo.key for photo in page.photos] == [photo_key(0)]
    assert world.collection_photos.count(made.collection(), before).photos == 1


def test_a_list_finds_the_photos_of_its_ids(world):
    mugs = world.add_ready_photos(12, external_id="MUG")
    cups = world.add_ready_photos(3, first=12, external_id="CUP")
    world.add_ready_photos(2, first=15, external_id="LAMP")
    world.add_ready_photos(2, tenant=OTHER_TENANT, external_id="MUG")
    collection = create(world, external_ids=["MUG", "none", "CUP"])
    assert found_in(world, collection, limit=1) == [*mugs[::-1], *cups[::-1]]
    assert world.collection_photos.count(collection, world.clock()) == (15, True)


def test_a_list_in_several_parts_is_gone_through_to_its_end(stored):
    (mug,) = stored.add_ready_photos(1, external_id="MUG")
    (cup,) = stored.add_ready_photos(1, first=1, external_id="CUP")
    parts = (ListPart(part_id="1" * 32, ids=2), ListPart(part_id="2" * 32, ids=2))
    collection = made.collection(filter=None, parts=parts)
    stored.collections.add_part(collection, parts[0], ["MUG", "none"])
    stored.collections.add_part(collection, parts[1], ["nothing", "CUP"])
    assert found_in(stored, collection, limit=1) == [mug, cup]


def test_a_campaign_is_found_by_its_tenant_alone(world):
    campaign = made.finished(window=Window(starts_at=datetime(2026, 11, 27), time_zone="Europe/Berlin"))
    world.campaigns.add(campaign)
    assert world.campaigns.get(*campaign.key) == campaign
    assert list(world.campaigns.list(makers.TENANT)) == [campaign]
    assert not world.campaigns.list(OTHER_TENANT)
    with pytest.raises(CampaignNotFound):
        world.campaigns.get(OTHER_TENANT, campaign.campaign_id)
    with pytest.raises(StaleWrite):
        world.campaigns.add(campaign)


def test_of_two_changes_of_a_campaign_one_is_stale(world):
    campaign = made.campaign()
    world.campaigns.add(campaign)
    first = world.campaigns.replace(campaign, campaign.model_copy(update={"priority": 3}))
    assert world.campaigns.get(*campaign.key) == first
    with pytest.raises(StaleWrite):
        world.campaigns.replace(campaign, campaign.model_copy(update={"priority": 4}))


def test_what_is_shown_follows_the_campaign_in_the_same_write(world):
    campaign = made.finished()
    world.campaigns.add(campaign)
    assert not world.campaigns.shown(makers.TENANT, "home")
    shown = world.campaigns.replace(campaign, published(campaign, world.clock()))
    (found,) = world.campaigns.shown(makers.TENANT, "home")
    assert (found.campaign_id, found.look_names) == (campaign.campaign_id, campaign.look_names)
    assert not world.campaigns.shown(makers.TENANT, "cart")
    assert not world.campaigns.shown(OTHER_TENANT, "home")
    with pytest.raises(StaleWrite):
        world.campaigns.replace(campaign, published(campaign, world.clock()))
    hidden = shown.model_copy(update={"status": CampaignStatus.FINISHED, "published_at": None})
    world.campaigns.replace(shown, hidden)
    assert not world.campaigns.shown(makers.TENANT, "home")


def test_campaigns_of_all_tenants_are_due_at_their_time(world):
    due = [
        made.campaign(tenant=tenant, due_at=world.clock() + HOUR * number)
        for number, tenant in enumerate([makers.TENANT, OTHER_TENANT, "third"])
    ]
    for campaign in due:
        world.campaigns.add(campaign)
    world.campaigns.add(made.campaign(tenant="none"))
    assert world.tick() == 1
    world.pass_time(HOUR)
    assert world.tick() == 2
    world.campaigns.replace(due[0], due[0].model_copy(update={"due_at": None}))
    assert world.tick() == 1


def member(number: int) -> Member:
    return Member(
        photo_id=photo_key(number).photo_id, outcome=MemberOutcome.READY, at=makers.NOON, run=1, sequencer="1"
    )


def test_photos_of_a_campaign_are_listed_by_their_ids(world):
    key, other = made.campaign().key, made.campaign(tenant=OTHER_TENANT).key
    for number in range(3):
        world.campaigns.put_member(key, member(number))
    world.campaigns.put_member(other, member(0))
    first = world.campaigns.members(key, after=None, limit=2)
    assert list(first) == [member(0), member(1)]
    assert list(world.campaigns.members(key, after=first[-1].photo_id, limit=2)) == [member(2)]
    assert world.campaigns.member(key, photo_key(1).photo_id) == member(1)
    with pytest.raises(PhotoNotFound):
        world.campaigns.member(other, photo_key(1).photo_id)
    wanted = [photo_key(number).photo_id for number in (0, 2, 5)]
    assert world.campaigns.members_of([key], wanted) == {
        (key.campaign_id, wanted[0]): member(0),
        (key.campaign_id, wanted[1]): member(2),
    }


def test_a_run_and_its_publication(world):
    """The same on both."""
    keys = world.add_ready_photos(4)
    campaign = world.add_campaign()
    assert world.do(campaign, CampaignAction.RUN).run.expected == 4
    assert world.run_to_its_end(campaign, keys).run.counts == Counts(ready=4)
    assert [photo.revision for photo in world.photos.those_of(keys)] == [1] * 4
    assert len(world.members_of(campaign)) == 4
    world.do(campaign, CampaignAction.PUBLISH)
    found = world.published(makers.TENANT, "home", [key.photo_id for key in keys])
    assert {each.campaign_id for each in found} == {campaign.campaign_id}
    world.do(campaign, CampaignAction.UNPUBLISH)
    found = world.published(makers.TENANT, "home", [key.photo_id for key in keys])
    assert {each.campaign_id for each in found} == {None}


def test_a_step_whose_calls_to_aws_are_interrupted_in_turn_orders_each_photo_once(stored, monkeypatch):
    """Every ninth call of a step; each time in a tenant of its own."""
    for calls in range(1, 80, 9):
        tenant = f"t{calls}"
        keys = stored.add_ready_photos(2, tenant=tenant)
        campaign = stored.add_campaign(tenant=tenant)
        stored.do(campaign, CampaignAction.RUN)
        stored.messages.take()
        is_interrupted = False
        with monkeypatch.context() as patched:
            interrupt_after(patched, calls)
            try:
                stored.step(campaign)
            except Interrupted:
                is_interrupted = True
        stored.pass_time(CLAIM)
        assert stored.run_to_its_end(campaign, keys).run.counts == Counts(ready=2), calls
        assert [photo.revision for photo in stored.photos.those_of(keys)] == [1, 1], calls
        if not is_interrupted:
            break
    assert 10 < calls < 73


def test_an_erased_photo_is_gone_from_a_run_and_from_what_is_published(stored):
    keys = stored.add_ready_photos(2)
    campaign = stored.add_campaign()
    stored.do(campaign, CampaignAction.RUN)
    stored.step(campaign)
    _erase(stored, keys[0])
    assert stored.run_to_its_end(campaign, keys[1:]).run.counts == Counts(ready=1, gone=1)
    stored.do(campaign, CampaignAction.PUBLISH)
    assert stored.published(makers.TENANT, "home", [keys[1].photo_id])[0].campaign_id
    _erase(stored, keys[1])
    assert stored.published(makers.TENANT, "home", [key.photo_id for key in keys]) == []


def _erase(world, key):
    erasure = Erasure(
        tenant=key.tenant,
        photo_id=key.photo_id,
        requested_at=world.clock(),
        requested_by="key-1",
        last_check_at=world.clock(),
    )
    DynamoDbErasures(world.photos._table, world.usage).begin(erasure, 0)
