from dataclasses import replace
from datetime import timedelta
from itertools import islice

import pytest

from limner.errors import DependencyRefused, ForeignUpload, MalformedMessage
from limner.keys import INVENTORY_POSITION_KEY, photo_key_for, upload_key
from limner.sweep.ports import Step
from limner.use_cases.find_orphans import OVERLAP, FindOrphans
from limner.use_cases.outcomes import Outcome
from tests import makers
from tests.fakes import (
    Clock,
    InMemoryBacklog,
    InMemoryInventory,
    InMemoryObjects,
    InMemoryPhotos,
    InMemoryUploadEvents,
)


def new_photo(source):
    return makers.photo(photo_id=photo_key_for(source.bucket, source.key).photo_id, source=source)


class ReportedOrphans(FindOrphans):
    """S3 makes a report before each run."""

    def __call__(self):
        self.inventory.make()
        return super().__call__()


@pytest.fixture
def find():
    clock = Clock()
    objects = InMemoryObjects()
    find = ReportedOrphans(
        photos=InMemoryPhotos(),
        objects=objects,
        inventory=InMemoryInventory(objects, "uploads", clock),
        backlog=InMemoryBacklog(),
        events=InMemoryUploadEvents(),
        new_photo=new_photo,
        now=clock,
        uploads_bucket="uploads",
        results_bucket="results",
        grace_period=timedelta(minutes=30),
        batch_size=3,
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


def slowly(find, monkeypatch):
    """Looking up a batch of rows takes 90 seconds, and a run has 200."""
    sources = find.photos.sources

    def slow(keys):
        find.now.advance(seconds=90)
        return sources(keys)

    monkeypatch.setattr(find.photos, "sources", slow)


def test_a_report_is_read_on_where_the_last_run_ended(find, monkeypatch):
    slowly(find, monkeypatch)
    for n in range(14):
        put(find, f"uploads/main/{n:02}")
    find.inventory.make()
    runs = [len(list(FindOrphans.__call__(find))) for _ in range(3)]
    assert runs == [9, 5, 0]
    assert {source.key for source in find.events.routed} == {f"uploads/main/{n:02}" for n in range(14)}


def test_only_objects_that_are_new_since_the_last_report_are_looked_up(find, monkeypatch):
    asked = []
    sources = find.photos.sources
    monkeypatch.setattr(find.photos, "sources", lambda keys: asked.extend(keys) or sources(keys))
    for n in range(5):
        put(find, f"uploads/main/{n}")
    list(find())
    assert len(asked) == 5
    find.now.time += OVERLAP + timedelta(hours=1)
    assert list(find()) == []
    assert len(asked) == 10, "their events may have waited when the last report was made"
    find.now.time += OVERLAP + timedelta(hours=1)
    put(find, "uploads/main/new")
    find.objects.modified_by_key = {"uploads/main/new": find.now() - timedelta(hours=1)}
    assert list(find()) == [Outcome.ORPHAN_FOUND]
    assert len(asked) == 11


@pytest.mark.parametrize("error", [MalformedMessage, DependencyRefused])
def test_a_report_that_cannot_be_read_is_left_and_the_next_one_has_its_objects(find, monkeypatch, error):
    assert list(find()) == []
    find.objects.modified = find.now() - OVERLAP + timedelta(hours=1)
    put(find, "uploads/main/oldest that is looked at")
    find.now.advance(days=1)
    find.inventory.make()
    rows = find.inventory.rows

    def cut_off(report, after):
        yield from islice(rows(report, after), 0)
        raise error(report)

    monkeypatch.setattr(find.inventory, "rows", cut_off)
    assert list(FindOrphans.__call__(find)) == [Outcome.SWEEP_ERROR]
    assert list(FindOrphans.__call__(find)) == [], "it is not read again"
    monkeypatch.setattr(find.inventory, "rows", rows)
    assert list(find()) == [Outcome.ORPHAN_FOUND]


def test_an_object_whose_event_waits_for_days_and_is_then_lost_is_found(find):
    put(find, "uploads/main/by hand.jpg")
    find.backlog.oldest_by_step[Step.ROUTING] = find.objects.modified
    for _ in range(4):
        assert list(find()) == []
        find.now.advance(days=1)
    find.backlog.oldest_by_step.clear()
    assert list(find()) == [Outcome.ORPHAN_FOUND]


def test_without_a_report_nothing_is_looked_up(find, monkeypatch):
    put(find, "uploads/main/by hand.jpg")
    monkeypatch.setattr(find.inventory, "make", lambda: None)
    assert list(find()) == []


def test_an_object_is_looked_at_as_it_is_now_and_not_as_in_the_report(find):
    put(find, upload_key(makers.KEY), b"an older file")
    find.inventory.make()
    put(find, upload_key(makers.KEY))
    facts = find.objects.describe("uploads", upload_key(makers.KEY))
    find.photos.record_upload(makers.photo(source=makers.source(etag=facts.etag)))
    assert list(FindOrphans.__call__(find)) == []


def test_an_object_whose_event_may_still_wait_for_the_router_is_no_orphan(find):
    put(find, "uploads/main/by hand.jpg")
    find.backlog.oldest_by_step[Step.ROUTING] = find.objects.modified - timedelta(minutes=1)
    assert list(find()) == []
    find.backlog.oldest_by_step[Step.ROUTING] = find.now()
    assert list(find()) == [Outcome.ORPHAN_FOUND]


def test_a_position_of_another_release_begins_again(find):
    find.objects.put("results", INVENTORY_POSITION_KEY, b"uploads/main/5", "text/plain")
    put(find, "uploads/main/by hand.jpg")
    assert list(find()) == [Outcome.ORPHAN_FOUND]


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
