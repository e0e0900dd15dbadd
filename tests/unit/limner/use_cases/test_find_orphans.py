from dataclasses import replace
from datetime import timedelta

import pytest

from limner.errors import ForeignUpload
from limner.keys import photo_key_for, upload_key
from limner.use_cases.find_orphans import FindOrphans
from limner.use_cases.outcomes import Outcome
from tests import makers
from tests.fakes import Clock, InMemoryObjects, InMemoryPhotos, InMemoryUploadEvents


def new_photo(source):
    return makers.photo(photo_id=photo_key_for(source.bucket, source.key).photo_id, source=source)


@pytest.fixture
def find():
    clock = Clock()
    find = FindOrphans(
        photos=InMemoryPhotos(),
        objects=InMemoryObjects(),
        events=InMemoryUploadEvents(),
        new_photo=new_photo,
        now=clock,
        uploads_bucket="uploads",
        results_bucket="results",
        grace_period=timedelta(minutes=30),
        page_size=3,
        pages=1,
    )
    find.objects.modified = clock() - timedelta(hours=1)
    return find


def put(find, key, body=b"12345"):
    find.objects.put("uploads", key, body, "image/jpeg")


def test_an_object_without_a_row_is_found_after_the_grace_period(find):
    put(find, "uploads/main/by hand.jpg")
    find.objects.modified = find.now()
    assert list(find()) == []
    find.now.advance(minutes=31)
    assert list(find()) == [Outcome.ORPHAN_FOUND]
    (source,) = find.events.routed
    assert (source.key, source.bytes) == ("uploads/main/by hand.jpg", 5)
    row = find.photos.get(photo_key_for("uploads", source.key))
    assert (row.source, row.due_at) == (source, makers.DUE), "the sweeper finds it if it becomes overdue"
    assert list(find()) == []


def test_a_folder_is_no_orphan_but_an_empty_photo_is(find):
    put(find, "uploads/main/new-season/", b"")
    assert list(find()) == []
    put(find, "uploads/main/new-season/empty.jpg", b"")
    assert list(find()) == [Outcome.ORPHAN_FOUND]


def test_an_object_of_an_unknown_tenant_is_left_alone(find):
    """It was counted when its event came; the sweeper would count it in every run."""

    def refuse(source):
        raise ForeignUpload(source.key)

    put(find, "uploads/nobody/by hand.jpg")
    assert list(replace(find, new_photo=refuse)()) == []
    assert find.events.routed == []


def test_an_event_that_arrives_during_the_lookup_takes_precedence(find, monkeypatch):
    put(find, upload_key(makers.KEY))
    describe = find.objects.describe

    def describe_after_event(bucket, key):
        find.photos.record_upload(makers.photo(source=makers.source()))
        return describe(bucket, key)

    monkeypatch.setattr(find.objects, "describe", describe_after_event)
    assert list(find()) == [Outcome.SUPERSEDED]
    assert find.events.routed == []


def test_an_object_with_an_upload_of_the_same_bytes_is_ignored(find):
    put(find, upload_key(makers.KEY))
    facts = find.objects.describe("uploads", upload_key(makers.KEY))
    find.photos.record_upload(makers.photo(source=makers.source(etag=facts.etag)))
    assert list(find()) == []


def test_the_file_of_an_order_whose_event_was_lost_is_found_before_the_order_is_due(find):
    put(find, upload_key(makers.KEY))
    order = makers.photo(filename="ordered.jpg", due_at=makers.DUE * 2)
    find.photos.add(order, makers.NOON)
    assert list(find()) == [Outcome.ORPHAN_FOUND]
    row = find.photos.get(makers.KEY)
    assert (row.filename, row.source) == ("ordered.jpg", find.events.routed[0])
    assert list(find()) == []


def test_an_object_newer_than_its_row_is_recorded_as_a_newer_upload(find):
    put(find, upload_key(makers.KEY))
    find.photos.record_upload(makers.photo(source=makers.source(etag="an older one")))
    assert list(find()) == [Outcome.ORPHAN_FOUND]
    (source,) = find.events.routed
    assert source.sequencer > makers.SEQUENCER
    assert find.photos.get(makers.KEY).source == source
    assert list(find()) == []


def test_the_bucket_is_listed_page_by_page_and_from_the_start_again(find):
    for n in range(7):
        put(find, f"uploads/main/{n}")
    counts = [len(list(find())) for _ in range(3)]
    assert counts == [3, 3, 1]
    assert {source.key for source in find.events.routed} == {f"uploads/main/{n}" for n in range(7)}
    put(find, "uploads/main/0 too")
    assert len(list(find())) == 1


def test_a_run_lists_several_pages(find):
    object.__setattr__(find, "pages", 2)
    for n in range(7):
        put(find, f"uploads/main/{n}")
    assert [len(list(find())) for _ in range(2)] == [6, 1]


def test_an_error_on_one_object_does_not_stop_the_others(find, monkeypatch):
    from limner.errors import Unavailable

    for n in range(3):
        put(find, f"uploads/main/{n}")
    describe = find.objects.describe

    def flaky(bucket, key):
        if key.endswith("1"):
            raise Unavailable("slow down")
        return describe(bucket, key)

    monkeypatch.setattr(find.objects, "describe", flaky)
    assert sorted(find()) == sorted([Outcome.ORPHAN_FOUND, Outcome.SWEEP_ERROR, Outcome.ORPHAN_FOUND])


def test_photo_ids_equal_those_of_the_router(find):
    put(find, "uploads/main/by hand.jpg")
    photo_id = photo_key_for("uploads", "uploads/main/by hand.jpg")
    find.photos.record_upload(
        makers.photo(photo_id=photo_id.photo_id, source=makers.source(key="uploads/main/by hand.jpg"))
    )
    assert list(find()) == []
