"""Nothing is left of an erased photo, in no bucket, table or index, on moto."""

from datetime import timedelta

import pytest

from limner.adapters.inventory import S3Inventory
from limner.contracts import EndpointNotification, StylizeReport
from limner.erasure import BY_RETENTION
from limner.errors import JobInProgress, PhotoNotFound, StaleWrite
from limner.keys import (
    photo_key_for,
    picture_folder,
    report_key,
    styled_prefix,
    upload_key,
    variants_folder,
)
from limner.photos import Failure, Source
from limner.tenancy import PhotoKey, Visibility
from limner.use_cases.find_orphans import FindOrphans
from limner.use_cases.outcomes import Outcome
from limner.use_cases.record_result import RecordResult
from limner.use_cases.request_erasure import ResendErasures
from local.aws.inventory import write_report
from tests import makers
from tests.erasure_world import FIRST, RESULTS, SECOND, UPLOADS, World
from tests.fakes import InMemoryBacklog, InMemoryUploadEvents
from tests.interruption import Interrupted, interrupt_after

PHOTO = PhotoKey("main", "a" * 32)
OTHERS = (PhotoKey("main", "b" * 32), PhotoKey("other", "a" * 32))
LATER = "FF" + "0" * 30


@pytest.fixture
def world(table, usage_table, hashes_table, audit_table, buckets):
    return World(table, usage_table, hashes_table, audit_table, buckets)


@pytest.fixture
def others(world):
    """What is stored of other photos and of another tenant's photo with the same id."""
    for photo in OTHERS:
        world.publish(photo)
    world.put(UPLOADS, upload_key(PHOTO) + "-of-a-program.jpg")
    return world.stored()


def erase_at_once(world, photo=PHOTO):
    world.request(photo, "key-1")
    assert world.erase(photo) is Outcome.ERASING
    world.past_last_check()
    assert world.erase(photo) is Outcome.ERASED


def test_nothing_is_left_of_an_erased_photo_and_nothing_else_is_touched(world, others):
    world.publish(PHOTO)
    assert len([key for key in world.versions() if PHOTO.photo_id[:8] in key]) > 20
    erase_at_once(world)
    assert world.stored() == others


def test_the_tombstone_holds_ids_times_and_counts_and_expires(world):
    world.publish(PHOTO)
    erase_at_once(world)
    row = world.rows()[str(PHOTO)]
    assert set(row) == {"photo_key", "source", "erasure", "expires_at"}
    assert row["source"] == {"bucket": "-", "key": "-", "sequencer": "~", "bytes": 0}
    assert set(row["erasure"]) == {
        "tenant", "photo_id", "requested_at", "requested_by", "last_check_at", "objects", "hashes",
        "is_at_edge", "finished_at",
    }  # fmt: skip
    ends = world.clock() + timedelta(days=48)
    assert row["expires_at"] == int(ends.timestamp())


def make_public(world, photo):
    for folder in (variants_folder(photo, SECOND, "1", Visibility.PUBLIC),
                   picture_folder(world.job_id(photo, 2), "1", "oil", Visibility.PUBLIC)):  # fmt: skip
        world.put(RESULTS, f"{folder}w640.avif")


def test_nothing_is_left_of_public_pictures_and_caches_are_told_once(world, others):
    world.publish(PHOTO)
    make_public(world, PHOTO)
    erase_at_once(world)
    assert world.stored() == others
    assert world.edge.forgotten == [f"public/main/{PHOTO.photo_id}/"]


def test_an_erasure_does_not_end_before_caches_were_told(world):
    world.publish(PHOTO)
    make_public(world, PHOTO)
    world.request(PHOTO, "key-1")
    world.edge.is_busy = True
    assert world.erase(PHOTO) is Outcome.ERASING
    assert world.rows()[str(PHOTO)]["due_at"] == int((world.clock() + timedelta(minutes=30)).timestamp())
    world.past_last_check()
    assert world.erase(PHOTO) is Outcome.ERASING
    world.edge.is_busy = False
    assert world.erase(PHOTO) is Outcome.ERASED
    assert world.edge.forgotten == [f"public/main/{PHOTO.photo_id}/"]


def test_retention_tells_no_cache(world):
    world.publish(PHOTO)
    make_public(world, PHOTO)
    world.request(PHOTO, BY_RETENTION)
    world.erase(PHOTO)
    world.past_last_check()
    assert world.erase(PHOTO) is Outcome.ERASED
    assert world.edge.forgotten == []


def test_no_cache_is_told_of_private_photos(world):
    world.publish(PHOTO)
    erase_at_once(world)
    assert world.edge.forgotten == []


def test_the_audit_log_says_who_when_and_how_much(world):
    world.publish(PHOTO)
    before = len(list(world.versions()))
    erase_at_once(world)
    (entry,) = world.audit.entries("main")
    assert (entry.action, entry.subject, entry.requested_by) == ("photo_erased", PHOTO.photo_id, "key-1")
    assert entry.counts == {"objects": before, "hashes": 20}
    assert entry.finished_at - entry.requested_at == timedelta(hours=3)
    assert world.audit.entries("other") == []


def test_a_file_that_a_program_put_is_erased_by_its_key(world):
    key = "uploads/main/shoes/summer 1.jpg"
    photo = photo_key_for(UPLOADS, key)
    world.publish(photo, key)
    erase_at_once(world, photo)
    assert list(world.versions()) == []


def test_an_order_that_was_never_uploaded_is_erased(world):
    world.photos.add(makers.photo(photo_id=PHOTO.photo_id), makers.NOON)
    erase_at_once(world)
    assert world.stored()["rows"] == {}
    assert world.index_entries("Open") == []


def test_only_photos_that_exist_are_erased(world):
    with pytest.raises(PhotoNotFound):
        world.request(PHOTO, "key-1")
    assert world.rows() == {}
    assert world.erase(PHOTO) is Outcome.SUPERSEDED


def test_a_second_request_changes_nothing(world):
    world.publish(PHOTO)
    first = world.request(PHOTO, "key-1")
    world.clock.advance(minutes=1)
    assert world.request(PHOTO, "key-2") == first
    erase_at_once(world)
    sent = len(world.queue.sent)
    assert world.request(PHOTO, "key-3").finished_at
    assert len(world.queue.sent) == sent, "an erasure that has ended is not sent again"


def test_at_once_the_photo_is_neither_listed_nor_read_nor_swept(world):
    world.publish(PHOTO)
    world.request(PHOTO, "key-1")
    with pytest.raises(PhotoNotFound) as raised:
        world.photos.get(PHOTO)
    assert raised.value.is_erased
    assert world.photos.page("main", limit=10, cursor=None).photos == ()
    assert world.photos.due(2**33, 10) == []


def test_an_erasure_that_is_interrupted_after_any_call_goes_on(world, others, monkeypatch):
    interrupted_at = []
    for number in range(1, 100):
        photo = PhotoKey("main", f"{number:032x}")
        world.publish(photo)
        with monkeypatch.context() as patched:
            interrupt_after(patched, number)
            try:
                erase_at_once(world, photo)
            except Interrupted as error:
                interrupted_at.append(str(error))
            else:
                break
        world.request(photo, "key-1")
        assert world.erase(photo) in {Outcome.ERASING, Outcome.ERASED}
        world.past_last_check()
        assert world.erase(photo) is Outcome.ERASED
        assert world.stored() == others, f"interrupted after call {number}, {interrupted_at[-1]}"
    assert {"UpdateItem", "DeleteObjects", "BatchWriteItem", "PutItem"} <= set(interrupted_at)
    assert len(interrupted_at) > 25
    assert len(world.audit.entries("main")) == len(interrupted_at) + 1


def test_what_is_still_written_is_found_by_the_last_check(world, others):
    """The container paints on, and its result is stored after the photo's objects were erased."""
    world.publish(PHOTO)
    world.request(PHOTO, "key-1")
    assert world.erase(PHOTO) is Outcome.ERASING
    world.clock.advance(hours=1)
    world.make_pictures(PHOTO, world.job_id(PHOTO, 2))
    world.make_variants(PHOTO, SECOND)
    world.put(UPLOADS, upload_key(PHOTO))
    assert world.erase(PHOTO) is Outcome.ERASING
    world.make_pictures(PHOTO, world.job_id(PHOTO, 2))
    world.past_last_check()
    assert world.erase(PHOTO) is Outcome.ERASING, "a check that finds something is not the last"
    world.clock.advance(minutes=30)
    assert world.erase(PHOTO) is Outcome.ERASED
    assert world.stored() == others


def test_the_response_to_a_submission_that_the_row_did_not_take_is_erased(world, others):
    """The router had leased the job before the erasure began; its submission is refused."""
    world.publish(PHOTO)
    world.request(PHOTO, "key-1")
    with pytest.raises(StaleWrite):
        world.submit(PHOTO, makers.job(job_id=world.job_id(PHOTO, 3), sequencer=SECOND))
    erase_at_once(world)
    assert world.stored() == others


def late_writes(world, photo):
    job = makers.job(job_id=world.job_id(photo, 2), sequencer=SECOND)
    source = Source(bucket=UPLOADS, key=upload_key(photo), sequencer=LATER, bytes=1, version_id="v", etag="e")
    arrived = makers.photo(tenant=photo.tenant, photo_id=photo.photo_id, source=source)
    failure = Failure(sequencer=SECOND, code="too_small", message="…", at=makers.NOON)
    yield lambda: world.photos.record_upload(arrived)
    yield lambda: world.photos.record_upload(
        arrived.model_copy(update={"source": source.model_copy(update={"sequencer": SECOND})})
    )
    yield lambda: world.photos.add(arrived.model_copy(update={"source": None}), makers.NOON)
    yield lambda: world.photos.lease(photo, job, 1, makers.charge())
    yield lambda: world.photos.release(photo, job)
    yield lambda: world.photos.record_submission(photo, job)
    yield lambda: world.photos.record_results(photo, makers.results(sequencer=SECOND))
    yield lambda: world.photos.record_variants(photo, makers.variants(sequencer=SECOND))
    yield lambda: world.photos.record_failure(photo, failure)
    yield lambda: world.photos.postpone(arrived, 1, None)
    yield lambda: world.photos.close(arrived)


@pytest.mark.parametrize("has_ended", [False, True])
def test_no_late_event_result_or_sweep_brings_it_back(world, others, has_ended):
    world.publish(PHOTO)
    world.request(PHOTO, "key-1")
    world.erase(PHOTO)
    if has_ended:
        world.past_last_check()
        world.erase(PHOTO)
    row = world.rows()[str(PHOTO)]
    for write in late_writes(world, PHOTO):
        with pytest.raises((StaleWrite, JobInProgress)) as raised:
            write()
        assert raised.type is StaleWrite
    assert world.rows()[str(PHOTO)] == row


def test_a_late_notification_records_nothing(world):
    world.publish(PHOTO)
    world.request(PHOTO, "key-1")
    job_id = world.job_id(PHOTO, 2)
    report = StylizeReport(
        job_id=job_id, model="m", pictures=(makers.full_picture(hash="0" * 16),), timings={}
    )
    world.erase(PHOTO)
    world.put(RESULTS, report_key(job_id), report.model_dump_json().encode())
    record = RecordResult(
        photos=world.photos,
        objects=world.objects,
        now=world.clock,
        results_bucket=RESULTS,
        hashes=world.hashes,
        **makers.attempts(InMemoryUploadEvents()),
    )
    notification = EndpointNotification(job_id=job_id, status="Completed")
    assert record(notification) is Outcome.SUPERSEDED
    assert world.hash_items() == []


def test_an_upload_to_an_erased_photo_is_found_by_the_sweeper_and_erased(world):
    """A file put long after, under a key that does not follow from the photo's id."""
    key = "uploads/main/shoes/1.jpg"
    photo = photo_key_for(UPLOADS, key)
    world.publish(photo, key)
    erase_at_once(world, photo)
    world.put(UPLOADS, key)
    write_report(world.s3, UPLOADS, (RESULTS, f"inventory/{UPLOADS}/uploads/"), makers.NOON)
    finder = FindOrphans(
        photos=world.photos,
        objects=world.objects,
        inventory=S3Inventory(world.s3, source=UPLOADS, destination=RESULTS),
        backlog=InMemoryBacklog(),
        events=InMemoryUploadEvents(),
        new_photo=lambda source: pytest.fail("an erased photo is no orphan"),
        now=lambda: makers.NOON.replace(year=2100),
        uploads_bucket=UPLOADS,
        results_bucket=RESULTS,
        grace_period=timedelta(0),
        on_erased=world.queue.send,
    )
    assert list(finder()) == []
    assert world.queue.sent[-1] == (photo, key)
    assert world.erase(*world.queue.sent[-1]) is Outcome.ERASING
    world.clock.advance(minutes=30)
    assert world.erase(photo) is Outcome.ERASED
    assert {name.split("/")[1] for name in world.versions()} == {"inventory", "sweeper"}


def test_the_sweeper_sends_an_erasure_again_until_it_has_ended(world):
    resend = ResendErasures(erasures=world.erasures, queue=world.queue, now=world.clock)
    world.publish(PHOTO)
    world.request(PHOTO, "key-1")
    assert resend() == 0, "its message may still arrive"
    world.clock.advance(minutes=20)
    assert resend() == 1
    assert resend() == 0, "it is not sent again at once"
    world.erase(PHOTO)
    world.clock.advance(minutes=40)
    assert resend() == 0, "nothing is to be done before the last check"
    world.past_last_check()
    assert resend() == 1
    world.erase(PHOTO)
    world.clock.advance(days=2)
    assert resend() == 0


def test_objects_of_a_newer_job_are_under_the_photos_prefix(world):
    """The prefixes that are erased are those that the writers use."""
    from limner.keys import photo_prefixes, ticket_key, variants_prefix

    prefixes = photo_prefixes(PHOTO)
    job_id = world.job_id(PHOTO, 9)
    for key in (styled_prefix(job_id), ticket_key(job_id), variants_prefix(PHOTO, FIRST)):
        assert key.startswith(prefixes)


def test_archives_are_erased_with_a_photo_of_a_pack_alone_and_are_not_counted(world):
    archive = "pack-archives/main/p/ebay.zip"
    for photo in (PHOTO, OTHERS[0]):
        world.publish(photo)
    world.put(RESULTS, archive)
    world.put(RESULTS, f"packs/main/{OTHERS[0].photo_id}/job/ebay.jpg")
    erase_at_once(world)
    assert any(archive in key for key in world.versions())
    world.request(OTHERS[0], "key-1")
    world.erase(OTHERS[0])
    assert not any(archive in key for key in world.versions())
    world.put(RESULTS, archive)
    world.past_last_check()
    assert world.erase(OTHERS[0]) is Outcome.ERASED, "a new archive is without it"
