"""Lists of photos, on the in-memory fake and on DynamoDB's indexes: filters, orders, pages."""

from datetime import timedelta

import pytest

from limner.adapters import dynamodb_lists
from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.usage import DynamoDbUsage
from limner.photo_lists import PhotoQuery, Sort
from limner.photos import Failure, PhotoStatus
from limner.tenancy import PhotoKey
from tests import makers
from tests.fakes import Clock, InMemoryPhotos

HOUR = timedelta(hours=1)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def dynamodb_photos(table, usage_table, clock):
    return DynamoDbPhotos(table, DynamoDbUsage(usage_table), now=clock)


@pytest.fixture(params=["memory", "dynamodb"])
def photos(request, clock):
    if request.param == "memory":
        return InMemoryPhotos(now=clock)
    return request.getfixturevalue("dynamodb_photos")


def upload(photos, clock, number, **changes):
    """A photo an hour after the one before."""
    clock.advance(hours=1)
    photo_id = f"{number % 16:x}{number:031x}"
    photo = makers.photo(photo_id=photo_id, created_at=clock(), source=makers.source(), **changes)
    photos.record_upload(photo)
    return photo.key


def make_ready(photos, key):
    photos.record_results(key, makers.results())
    photos.record_variants(key, makers.variants())


def fail(photos, key):
    failure = Failure(sequencer=makers.SEQUENCER, code="too_small", message="…", at=makers.NOON)
    photos.record_failure(key, failure)


def listed(photos, *, limit=3, **query):
    """Photo ids of all pages, each page within its limit."""
    cursor, ids = None, []
    while True:
        page = photos.page(makers.TENANT, PhotoQuery(**query), limit=limit, cursor=cursor)
        assert len(page.photos) <= limit
        ids += [photo.photo_id for photo in page.photos]
        cursor = page.cursor
        if cursor is None:
            return ids


def ids_of(keys):
    return [key.photo_id for key in keys]


def test_a_list_by_change_begins_with_what_changed_last(photos, clock):
    keys = [upload(photos, clock, number) for number in range(8)]
    clock.advance(hours=1)
    make_ready(photos, keys[2])
    clock.advance(hours=1)
    fail(photos, keys[5])
    first = [keys[5], keys[2]]
    rest = [key for key in reversed(keys) if key not in first]
    assert listed(photos, sort=Sort.UPDATED_AT) == ids_of(first + rest)
    assert listed(photos) == ids_of(reversed(keys))


def test_the_time_of_the_last_change_is_the_uploads_then_the_finals(photos, clock):
    key = upload(photos, clock, 1)
    uploaded_at = clock()
    clock.advance(hours=1)
    photos.record_variants(key, makers.variants())
    assert photos.get(key).updated_at == uploaded_at
    clock.advance(hours=1)
    photos.record_results(key, makers.results())
    assert photos.get(key).updated_at == clock()


@pytest.mark.parametrize("sort", Sort)
def test_lists_are_filtered_by_status(photos, clock, sort):
    keys = [upload(photos, clock, number) for number in range(20)]
    for key in keys[:4]:
        make_ready(photos, key)
    for key in keys[4:6]:
        fail(photos, key)
    photos.lease(keys[7], makers.job(), int(clock().timestamp()), makers.charge())
    submitted = makers.job(submitted_at=makers.NOON)
    photos.record_submission(keys[7], submitted)
    assert set(listed(photos, sort=sort, status=PhotoStatus.READY)) == set(ids_of(keys[:4]))
    assert set(listed(photos, sort=sort, status=PhotoStatus.FAILED)) == set(ids_of(keys[4:6]))
    assert listed(photos, sort=sort, status=PhotoStatus.PROCESSING) == [keys[7].photo_id]
    assert len(listed(photos, sort=sort, status=PhotoStatus.UPLOADED)) == 13


@pytest.mark.parametrize("sort", Sort)
def test_lists_have_what_changed_since_a_time_and_has_a_tag(photos, clock, sort):
    keys = [upload(photos, clock, number, tags=("mugs", f"n{number % 2}")) for number in range(9)]
    since = clock() - 3 * HOUR
    make_ready(photos, keys[0])
    assert set(listed(photos, sort=sort, updated_since=since)) == set(ids_of([keys[0], *keys[5:]]))
    assert set(listed(photos, sort=sort, tag="n1", updated_since=since)) == set(ids_of(keys[5::2]))
    assert listed(photos, sort=sort, tag="n", updated_since=since) == []
    assert set(listed(photos, sort=sort, tag="mugs", status=PhotoStatus.READY)) == {keys[0].photo_id}


@pytest.mark.parametrize("sort", Sort)
def test_photos_and_orders_are_found_by_the_callers_own_id(photos, clock, sort):
    keys = [upload(photos, clock, number, external_id=f"SKU#{number % 2}") for number in range(6)]
    clock.advance(hours=1)
    order = makers.photo(photo_id="f" * 32, created_at=clock(), external_id="SKU#1")
    photos.add(order, makers.NOON)
    expected = [order.photo_id, *ids_of(reversed(keys[1::2]))]
    assert listed(photos, limit=2, external_id="SKU#1", sort=sort) == expected
    assert listed(photos, external_id="SKU#1", status=PhotoStatus.AWAITING_UPLOAD, sort=sort) == expected[:1]
    assert listed(photos, external_id="SKU") == []
    assert order.photo_id not in listed(photos)
    assert photos.page("other", PhotoQuery(external_id="SKU#1"), limit=9, cursor=None).photos == ()


def test_photos_by_their_ids_come_in_the_order_asked_for(photos, clock):
    keys = [upload(photos, clock, number) for number in range(5)]
    unknown = PhotoKey(makers.TENANT, "e" * 32)
    asked = [keys[3], unknown, keys[0]]
    assert [photo.key for photo in photos.those_of(asked)] == [keys[3], keys[0]]


def test_a_page_that_goes_through_too_much_goes_on_at_its_cursor(dynamodb_photos, clock, monkeypatch):
    monkeypatch.setattr(dynamodb_lists, "FILTERED_ENTRIES", 2)
    keys = [upload(dynamodb_photos, clock, 16 * number) for number in range(7)]
    keys.append(upload(dynamodb_photos, clock, 113))
    fail(dynamodb_photos, keys[0])
    fail(dynamodb_photos, keys[5])
    assert listed(dynamodb_photos, status=PhotoStatus.FAILED) == ids_of([keys[5], keys[0]])


@pytest.mark.parametrize("whole", [True, False])
def test_a_card_has_a_photos_status_and_first_picture(dynamodb_photos, clock, whole):
    key = upload(dynamodb_photos, clock, 1, external_id="SKU", tags=("mugs",))
    dynamodb_photos.record_variants(key, makers.variants())
    dynamodb_photos.record_results(key, makers.results(pictures=(makers.full_picture(),) * 3))
    whole_photo = dynamodb_photos.get(key)
    (photo,) = dynamodb_photos.page(makers.TENANT, limit=9, cursor=None, whole=whole).photos
    if whole:
        assert photo == whole_photo
        return
    assert photo.status is PhotoStatus.READY
    assert photo.variants.renditions == whole_photo.variants.renditions
    (picture,) = photo.results.pictures
    first = whole_photo.results.pictures[0]
    assert picture.renditions == first.renditions
    assert (picture.look, picture.dominant_colour) == (first.look, first.dominant_colour)
    assert picture.verdict.strength == first.verdict.strength
    assert picture.chosen.look == first.chosen.look
    without_parts = {"variants": None, "results": None, "metadata": {}, "replaceable": None}
    without_parts |= {"due_at": None, "versions": ()}
    assert photo.model_copy(update=without_parts) == whole_photo.model_copy(update=without_parts)


def test_an_erased_photo_is_in_no_list(dynamodb_photos, table, clock):
    key = upload(dynamodb_photos, clock, 1, external_id="SKU")
    table.update_item(
        Key={"photo_key": str(key)},
        UpdateExpression="SET erasure = :x",
        ExpressionAttributeValues={":x": {}},
    )
    for query in (PhotoQuery(), PhotoQuery(sort="updated_at"), PhotoQuery(external_id="SKU")):
        assert dynamodb_photos.page(makers.TENANT, query, limit=9, cursor=None).photos == ()
    assert dynamodb_photos.those_of([key]) == []
