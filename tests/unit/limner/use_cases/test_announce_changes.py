"""Which events follow from a change of the row of a photo, a batch or a style, and which batches are checked."""

from datetime import timedelta

import pytest

from limner.batches import Batch, BatchCompletion, BatchKey, BatchOutcomes
from limner.errors import RefusalCode, Unavailable
from limner.events import EVENT, EventType
from limner.own_styles import StyleFailure
from limner.photos import FILE_FAULTS, Failure, Photo
from limner.reviews.publication import picture_id_of
from limner.reviews.review import RejectionReason, Review, ReviewState
from limner.use_cases.announce_changes import (
    AnnounceChanges,
    BatchChange,
    PhotoChange,
    StyleChange,
    batch_to_check,
    events_of,
)
from tests import makers
from tests.fake_webhooks import RecordingBus

SOURCE = "limner/test"
LATER = makers.NOON + timedelta(minutes=1)
ORDERED = makers.photo()
UPLOADED = makers.photo(source=makers.source())
STYLED = makers.photo(source=makers.source(), results=makers.results())
READY = makers.photo(source=makers.source(), results=makers.results(), variants=makers.variants())


def failed(code="too_small", **changes):
    failure = Failure(
        sequencer=makers.SEQUENCER,
        revision=changes.get("revision", 0),
        code=code,
        message="The reason.",
        at=makers.NOON,
    )
    return makers.photo(source=makers.source(), failure=failure, **changes)


def events(before: Photo | None, after: Photo, at=LATER):
    return list(events_of(PhotoChange(before, after, at), SOURCE))


def types(before, after):
    return [event.type for event in events(before, after)]


def test_each_step_of_a_photo_is_announced_once():
    assert types(None, ORDERED) == []
    assert types(ORDERED, UPLOADED) == ["photo.uploaded"]
    assert types(None, UPLOADED) == ["photo.uploaded"]
    assert types(UPLOADED, STYLED) == []
    assert types(STYLED, READY) == ["photo.ready"]
    assert types(READY, READY.model_copy(update={"replaceable": "x"})) == []


def test_a_row_that_is_ready_from_the_start_has_both_events():
    assert types(None, READY) == ["photo.uploaded", "photo.ready"]


@pytest.mark.parametrize("code", RefusalCode)
def test_a_failure_is_a_refusal_if_it_is_the_files_fault(code):
    (first, *_) = types(UPLOADED, failed(code))
    assert first == ("photo.refused" if code in FILE_FAULTS else "photo.failed")


def test_only_the_files_faults_are_refusals():
    theirs = {"unknown_style", "stylization_failed", "deadline_passed", "tenant_suspended", "quota_exceeded"}
    assert {code for code in RefusalCode if code not in FILE_FAULTS} >= theirs
    assert "not_an_image" in FILE_FAULTS


def test_another_file_for_a_ready_photo_is_an_upload_and_a_new_end():
    newer = makers.source(sequencer="FF" + "0" * 30)
    replaced = READY.model_copy(update={"source": newer})
    assert types(READY, replaced) == ["photo.uploaded"]
    made = {"results": makers.results(sequencer=newer.sequencer)}
    ready = replaced.model_copy(update={**made, "variants": makers.variants(sequencer=newer.sequencer)})
    assert types(replaced, ready) == ["photo.ready"]
    assert events(replaced, ready)[0].id != events(STYLED, READY)[0].id


def test_more_looks_of_a_ready_photo_are_a_new_end():
    running = READY.model_copy(update={"revision": 1})
    assert types(READY, running) == []
    again = running.model_copy(update={"results": makers.results(revision=1)})
    (event,) = events(running, again)
    assert (event.type, event.data.revision) == ("photo.ready", 1)
    assert event.id != events(STYLED, READY)[0].id


def test_the_same_change_has_the_same_event_whenever_it_is_read():
    (first,), (second,) = events(STYLED, READY), events(UPLOADED, READY, at=LATER + timedelta(days=1))
    assert first.id == second.id
    assert first.sequence == second.sequence


def test_events_of_other_photos_tenants_and_types_have_other_ids():
    north, south = (READY.model_copy(update={"tenant": tenant}) for tenant in ("north", "south"))
    other = READY.model_copy(update={"photo_id": "f" * 32})
    ids = [event.id for photo in (north, south, other) for event in events(None, photo)]
    assert len(set(ids)) == 6


def test_a_sequence_sorts_in_the_order_of_uploads_orders_and_steps():
    found = makers.SEQUENCER + "-"  # an upload that the sweeper found, after the one before
    later = "FF" + "0" * 30
    photos = [
        READY.model_copy(
            update={
                "source": makers.source(sequencer=sequencer),
                "results": makers.results(sequencer=sequencer, revision=revision),
                "variants": makers.variants(sequencer=sequencer),
                "revision": revision,
            }
        )
        for sequencer in (makers.SEQUENCER, found, later)
        for revision in (0, 1, 2, 10)
    ]
    sequences = [event.sequence for photo in photos for event in events(None, photo)]
    assert sequences == sorted(sequences)
    assert len(set(sequences)) == len(sequences)


def test_an_event_says_which_photo_it_is_and_in_which_order():
    photo = failed(external_id="SKU-1", batch_id="b" * 32, revision=3)
    (event,) = events(UPLOADED, photo)
    assert event.subject == makers.PHOTO_ID
    assert event.source == SOURCE
    assert event.time == LATER
    assert event.data.model_dump(mode="json") == {
        "tenant": "main",
        "livemode": True,
        "photo_id": makers.PHOTO_ID,
        "external_id": "SKU-1",
        "batch_id": "b" * 32,
        "status": "FAILED",
        "revision": 3,
        "looks": [makers.OIL.slug],
        "waiting": [],
        "failure": {"code": "too_small", "message": "The reason."},
    }
    assert "mug.jpg" not in event.model_dump_json(), "names of files may be personal"


def test_a_used_up_quota_is_announced_once_a_day():
    first, second = failed("quota_exceeded"), failed("quota_exceeded", photo_id="f" * 32)
    (_, reached), (_, again) = events(UPLOADED, first), events(None, second)[1:]
    assert reached.type == EventType.QUOTA_REACHED
    assert (reached.id, reached.time, reached.sequence) == (again.id, again.time, again.sequence)
    assert reached.time == makers.NOON.replace(hour=0)
    other = failed("quota_exceeded", tenant="other")
    assert events(UPLOADED, other)[-1].id != reached.id


BATCH = Batch(batch_id="b" * 32, tenant=makers.TENANT, created_at=makers.NOON, photo_ids=(makers.PHOTO_ID,))
COMPLETE = BATCH.model_copy(
    update={"completion": BatchCompletion(at=LATER, outcomes=BatchOutcomes(ready=1, not_ordered=2))}
)


def announce(bus, checked=None):
    return AnnounceChanges(
        bus=bus,
        complete_batches=[].extend if checked is None else checked.extend,
        source=SOURCE,
    )


def test_events_of_several_changes_are_published_at_once():
    bus = RecordingBus()
    changes = [
        PhotoChange(None, UPLOADED, LATER),
        PhotoChange(STYLED, READY, LATER),
        BatchChange(BATCH, COMPLETE),
        StyleChange(makers.own_style(), makers.own_style(learned=makers.learned_style()), LATER),
    ]
    assert list(announce(bus)(changes)) == bus.published
    assert [event.type for event in bus.published] == [
        "photo.uploaded", "photo.ready", "batch.completed", "style.ready"
    ]  # fmt: skip
    for event in bus.published:
        assert EVENT.validate_json(event.model_dump_json()) == event


def test_nothing_is_published_for_changes_without_events():
    class Bus:
        def publish(self, events):
            raise Unavailable("asked for nothing")

    assert announce(Bus())([PhotoChange(UPLOADED, STYLED, LATER)]) == []


def test_a_batch_is_announced_when_its_completion_is_recorded():
    (event,) = events_of(BatchChange(BATCH, COMPLETE), SOURCE)
    assert (event.type, event.subject, event.time) == ("batch.completed", BATCH.batch_id, LATER)
    assert event.data.model_dump()["outcomes"] == {
        "ready": 1, "failed": 0, "refused": 0, "cancelled": 0, "not_uploaded": 0, "gone": 0, "not_ordered": 2
    }  # fmt: skip
    assert list(events_of(BatchChange(None, BATCH), SOURCE)) == []
    assert list(events_of(BatchChange(COMPLETE, COMPLETE), SOURCE)) == []


def test_a_style_is_announced_when_its_end_is_recorded():
    ordered, learned = makers.own_style(), makers.own_style(learned=makers.learned_style())
    failed_style = makers.own_style(failure=StyleFailure(code="learning_failed", message="The reason."))
    (ready,) = events_of(StyleChange(ordered, learned, LATER), SOURCE)
    assert (ready.type, ready.subject, ready.data.style_id) == ("style.ready", *[makers.STYLE_ID] * 2)
    (failed,) = events_of(StyleChange(ordered, failed_style, LATER), SOURCE)
    assert (failed.type, failed.data.failure.code) == ("style.failed", "learning_failed")
    assert ready.id != failed.id
    assert "Autumn" not in ready.model_dump_json(), "names may be personal"
    deleted = learned.model_copy(update={"deleted_at": LATER})
    for before, after in ((None, ordered), (ordered, ordered), (learned, deleted)):
        assert list(events_of(StyleChange(before, after, LATER), SOURCE)) == []


IN_BATCH = {"batch_id": BATCH.batch_id}
CLOSED = makers.photo(due_at=None, **IN_BATCH)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (UPLOADED.model_copy(update=IN_BATCH), failed(**IN_BATCH)),
        (STYLED.model_copy(update=IN_BATCH), READY.model_copy(update=IN_BATCH)),
        (ORDERED.model_copy(update=IN_BATCH), CLOSED),
        (CLOSED, None),
        (UPLOADED.model_copy(update=IN_BATCH), None),
    ],
    ids=["failed", "ready", "its file has not come", "its order has expired", "erased"],
)
def test_a_photo_that_ends_may_complete_its_batch(before, after):
    checked = []
    announce(RecordingBus(), checked)([PhotoChange(before, after, LATER)])
    assert checked == [BATCH.key]


@pytest.mark.parametrize(
    "change",
    [
        PhotoChange(None, ORDERED.model_copy(update=IN_BATCH), LATER),
        PhotoChange(ORDERED.model_copy(update=IN_BATCH), UPLOADED.model_copy(update=IN_BATCH), LATER),
        PhotoChange(UPLOADED, READY, LATER),
        PhotoChange(READY.model_copy(update=IN_BATCH), READY.model_copy(update=IN_BATCH), LATER),
        BatchChange(BATCH, COMPLETE),
    ],
)
def test_other_changes_complete_no_batch(change):
    assert batch_to_check(change) is None


def test_a_batch_whose_row_comes_last_is_checked_then():
    assert batch_to_check(BatchChange(None, BATCH)) == BatchKey(makers.TENANT, BATCH.batch_id)


def test_events_of_test_tenants_are_not_of_live_mode():
    theirs = {"tenant": "test_walnut"}
    style, failure = makers.own_style(**theirs), StyleFailure(code="learning_failed", message="The reason.")
    changes = [
        PhotoChange(None, READY.model_copy(update=theirs), LATER),
        PhotoChange(UPLOADED.model_copy(update=theirs), failed("quota_exceeded", **theirs), LATER),
        BatchChange(BATCH.model_copy(update=theirs), COMPLETE.model_copy(update=theirs)),
        StyleChange(style, style.model_copy(update={"learned": makers.learned_style()}), LATER),
        StyleChange(style, style.model_copy(update={"failure": failure}), LATER),
    ]
    found = [event for change in changes for event in events_of(change, SOURCE)]
    assert len(found) == 7
    assert {event.data.livemode for event in found} == {False}


def test_a_decision_about_a_picture_is_announced_once_and_after_the_photos_end():
    (picture,) = READY.results.pictures
    waiting = Review(picture_id=picture_id_of(picture), since=makers.NOON)
    rejected = waiting.model_copy(
        update={"state": ReviewState.REJECTED, "reason": RejectionReason.ARTEFACTS, "at": LATER}
    )
    before, after = (READY.model_copy(update={"reviews": (each,)}) for each in (waiting, rejected))
    (ready,) = events(STYLED, before)
    assert ready.data.waiting == (picture.look.slug,)
    (decided,) = events(before, after)
    assert (decided.type, decided.data.look) == ("photo.reviewed", picture.look.slug)
    assert (decided.data.state, decided.data.reason) == ("rejected", "artefacts")
    assert decided.data.waiting == ()
    assert decided.sequence > ready.sequence
    assert types(after, after.model_copy(update={"replaceable": "x"})) == []
