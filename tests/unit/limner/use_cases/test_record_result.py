from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import pytest

from limner.contracts import EndpointNotification, Refusal, StylizeReport
from limner.errors import MalformedMessage, ObjectMissing
from limner.function_contracts import ExpiredInvocation, FailedInvocation
from limner.keys import report_key
from limner.looks import Look
from limner.photos import PhotoStatus
from limner.ports import PublishedPicture
from limner.use_cases.outcomes import Outcome
from limner.use_cases.record_result import RecordResult, pause_before_attempt
from tests import makers
from tests.fakes import Clock, InMemoryObjects, InMemoryPhotos, InMemoryPictureHashes, InMemoryUploadEvents

JOB = makers.job(failure_location="s3://results/endpoint/failure/1")
COMPLETED = EndpointNotification(job_id=JOB.job_id, status="Completed")
FAILED = EndpointNotification(job_id=JOB.job_id, status="Failed", failure_reason="out of memory")


@pytest.fixture
def photos():
    photos = InMemoryPhotos()
    photos.record_upload(makers.photo(source=makers.source()))
    photos.lease(makers.KEY, JOB, 1, makers.charge())
    photos.record_submission(makers.KEY, JOB.model_copy(update={"submitted_at": makers.NOON}))
    photos.record_variants(makers.KEY, makers.variants())
    return photos


@pytest.fixture
def objects():
    return InMemoryObjects()


@pytest.fixture
def hashes():
    return InMemoryPictureHashes()


@pytest.fixture
def events():
    return InMemoryUploadEvents()


@pytest.fixture
def record(photos, objects, hashes, events):
    return RecordResult(
        photos=photos,
        objects=objects,
        now=Clock(),
        results_bucket="results",
        hashes=hashes,
        **makers.attempts(events),
    )


def store_report(objects, **changes):
    facts = {
        "job_id": JOB.job_id,
        "model": "m@1",
        "pictures": makers.results().pictures,
        "timings": {"total": 1.0},
    }
    body = StylizeReport(**(facts | changes)).model_dump_json().encode()
    objects.put("results", report_key(JOB.job_id), body, "application/json")


def test_a_finished_job_makes_the_photo_ready(record, photos, objects):
    store_report(objects)
    assert record(COMPLETED) == Outcome.STYLED
    photo = photos.get(makers.KEY)
    assert photo.status == PhotoStatus.READY
    assert photo.results.pictures == makers.results().pictures


def test_hashes_of_the_pictures_are_recorded(record, objects, hashes):
    picture = makers.full_picture(hash="00000000000000ff", is_signed=True)
    store_report(objects, pictures=(picture,))
    record(COMPLETED)
    published = PublishedPicture(255, makers.KEY, JOB.job_id, picture.look.slug, "m@1")
    assert hashes.recorded == {published}


def test_reports_of_older_releases_have_no_hashes(record, objects, hashes):
    store_report(objects)
    assert record(COMPLETED) == Outcome.STYLED
    assert not hashes.recorded


def test_unsigned_pictures_are_counted(record, objects):
    unsigned = []
    record = replace(record, on_unsigned=unsigned.append)
    pictures = [
        makers.full_picture(look=Look(styles={style: 1.0}), is_signed=signed)
        for style, signed in (("oil", True), ("cartoon", False), ("ukiyo-e", None))
    ]
    store_report(objects, pictures=tuple(pictures))
    record(COMPLETED)
    assert unsigned == [1]


def test_on_refusal_is_called_once_per_refusing_gate(record, photos, objects):
    refused = []
    record = replace(record, on_refusal=refused.append)
    verdicts = [makers.lowered(), makers.lowered(refused_by=("text", "halo")), None]
    pictures = tuple(makers.full_picture(verdict=verdict) for verdict in verdicts)
    store_report(objects, pictures=pictures)
    record(COMPLETED)
    record(COMPLETED)
    assert refused == ["text", "text", "halo"]


def test_the_row_keeps_the_pictures_without_their_explanation(record, photos, objects):
    store_report(objects, pictures=(makers.full_picture(),))
    record(COMPLETED)
    (kept,) = photos.get(makers.KEY).results.pictures
    assert kept == makers.full_picture(explanation=None, exhibits={})


def test_a_duplicate_notification_is_ignored(record, photos, objects):
    store_report(objects)
    record(COMPLETED)
    before = photos.get(makers.KEY)
    assert record(COMPLETED) == Outcome.SUPERSEDED
    assert photos.get(makers.KEY) == before


def test_a_refusal_is_recorded_as_a_failure(record, photos, objects):
    store_report(objects, pictures=(), refusal=Refusal(code="damaged_image", message="It breaks off."))
    assert record(COMPLETED) == Outcome.REFUSED
    assert photos.get(makers.KEY).failure.code == "damaged_image"


def fail(record, photos, objects, attempt=1):
    """The endpoint fails an invocation, whose failure it stores, as each, under a name of its own."""
    location = f"endpoint/failure/{attempt}"
    job = JOB.model_copy(
        update={
            "submitted_at": makers.NOON + timedelta(hours=attempt),
            "output_location": f"s3://results/endpoint/output/{attempt}",
            "failure_location": f"s3://results/{location}",
        }
    )
    photos.record_submission(makers.KEY, job)
    objects.put("results", location, b"boom", "text/plain")
    return record(FAILED)


def test_a_failed_job_is_tried_again_and_not_charged_again(record, photos, objects, events):
    charged = deepcopy(photos.usage.rows)
    assert fail(record, photos, objects) == Outcome.STYLIZATION_RETRIED
    photo = photos.get(makers.KEY)
    assert (photo.status, photo.failure, photo.retried.failed) == (PhotoStatus.UPLOADED, None, 1)
    assert [source.sequencer for source in events.routed] == [makers.SEQUENCER]
    photos.lease(makers.KEY, JOB, 1, makers.charge())
    assert photos.usage.rows == charged


def test_a_job_that_fails_as_often_as_it_may_fails_its_photo_with_the_number_of_attempts(
    record, photos, objects, events
):
    outcomes = [fail(record, photos, objects, attempt) for attempt in (1, 2, 3, 4)]
    assert outcomes == [Outcome.STYLIZATION_RETRIED] * 3 + [Outcome.STYLIZATION_FAILED]
    photo = photos.get(makers.KEY)
    assert (photo.status, photo.failure.code) == (PhotoStatus.FAILED, "stylization_failed")
    assert "failed 4 times" in photo.failure.message
    assert "out of memory" not in photo.failure.message, "sellers get no internal details"
    assert len(events.routed) == 3


def test_a_repeated_notification_of_a_failure_counts_once(record, photos, objects):
    fail(record, photos, objects)
    assert record(FAILED) == Outcome.SUPERSEDED, "the job waits for its next submission"
    submitted = {"submitted_at": makers.NOON + timedelta(hours=2), "failure_location": "s3://results/2"}
    photos.record_submission(makers.KEY, JOB.model_copy(update=submitted))
    earlier = FAILED.model_copy(update={"received_at": makers.NOON + timedelta(hours=1)})
    assert record(earlier, without_evidence=True) == Outcome.SUPERSEDED, "it is about the first submission"
    assert photos.get(makers.KEY).retried.failed == 1


def test_a_refusal_is_never_tried_again(record, photos, objects, events):
    store_report(objects, pictures=(), refusal=Refusal(code="damaged_image", message="It breaks off."))
    assert record(FAILED) == Outcome.REFUSED
    assert events.routed == []


def test_pauses_between_attempts_grow_and_differ_and_sqs_can_delay_messages_for_so_long():
    for failed, longest in ((1, 30), (2, 120), (3, 480), (9, 900)):
        pauses = {pause_before_attempt(failed) for _ in range(50)}
        assert len(pauses) > 1
        assert timedelta(seconds=longest / 2) <= min(pauses) <= max(pauses) <= timedelta(seconds=longest)


@pytest.mark.parametrize("notification", [FAILED, COMPLETED])
def test_a_job_without_any_object_has_failed_when_no_evidence_is_asked_for(record, photos, notification):
    assert record(notification, without_evidence=True) == Outcome.STYLIZATION_RETRIED
    assert photos.get(makers.KEY).retried.failed == 1


def test_an_invalid_report_is_a_failure_when_no_evidence_is_asked_for(record, photos, objects):
    store_report(objects, job_id="another")
    assert record(COMPLETED, without_evidence=True) == Outcome.STYLIZATION_RETRIED


def test_a_report_takes_precedence_over_a_failure_notification(record, photos, objects):
    store_report(objects)
    assert record(FAILED) == Outcome.STYLED


def test_a_failure_notification_without_a_failure_object_is_retried(record, photos):
    before = photos.get(makers.KEY)
    with pytest.raises(ObjectMissing):
        record(FAILED)
    assert photos.get(makers.KEY) == before


def test_lambdas_record_of_a_failure_needs_no_failure_object(record, photos, events):
    failed = FailedInvocation(job_id=JOB.job_id, status="Failed", received_at=makers.NOON)
    assert record(failed) == Outcome.STYLIZATION_RETRIED
    assert photos.get(makers.KEY).retried.failed == 1
    assert len(events.routed) == 1


def test_lambdas_record_waits_until_the_submission_is_recorded(record, photos):
    """Else the router would record the submission of a job whose failure has been counted."""
    photos.release(makers.KEY, photos.get(makers.KEY).job)
    photos.lease(makers.KEY, JOB, 1, makers.charge())
    with pytest.raises(ObjectMissing):
        record(FailedInvocation(job_id=JOB.job_id, status="Failed", received_at=makers.NOON))


def test_lambdas_record_of_an_earlier_submission_is_ignored(record, photos):
    earlier = makers.NOON - timedelta(minutes=5)
    failed = FailedInvocation(job_id=JOB.job_id, status="Failed", received_at=earlier)
    assert record(failed) == Outcome.SUPERSEDED


def test_a_job_that_was_never_begun_is_no_failed_attempt_and_stays_the_sweepers(record, photos, events):
    before = photos.get(makers.KEY)
    expired = ExpiredInvocation(job_id=JOB.job_id, status="Failed", received_at=makers.NOON)
    assert record(expired, without_evidence=True) == Outcome.WAITING
    assert photos.get(makers.KEY) == before
    assert not events.routed


def test_a_success_notification_without_a_report_is_retried(record):
    with pytest.raises(ObjectMissing):
        record(COMPLETED)


def test_a_forged_or_foreign_notification_is_ignored(record, photos):
    before = photos.get(makers.KEY)
    assert (
        record(EndpointNotification(job_id=f"main.{'f' * 32}.{'0' * 12}", status="Failed"))
        == Outcome.FOREIGN_NOTIFICATION
    )
    assert (
        record(EndpointNotification(job_id=f"main.{makers.PHOTO_ID}.{'b' * 12}", status="Failed"))
        == Outcome.SUPERSEDED
    )
    assert photos.get(makers.KEY) == before


def test_a_notification_for_a_replaced_upload_is_ignored(record, photos, objects):
    store_report(objects)
    photos.record_upload(makers.photo(source=makers.source(sequencer="F" * 32)))
    assert record(COMPLETED) == Outcome.SUPERSEDED
    assert photos.get(makers.KEY).status == PhotoStatus.UPLOADED


def test_a_report_of_another_job_is_malformed(record, objects):
    store_report(objects, job_id="another")
    with pytest.raises(MalformedMessage):
        record(COMPLETED)


@pytest.mark.parametrize(
    "key",
    [
        makers.rendition().key.replace(makers.TENANT, "other"),
        makers.rendition().key.replace(makers.PHOTO_ID, "f" * 32),
        f"variants/{makers.TENANT}/{makers.PHOTO_ID}/x.jpg",
        f"/{makers.rendition().key}",
    ],
)
@pytest.mark.parametrize("kind", ["renditions", "exhibits"])
def test_a_report_that_names_objects_of_another_job_is_malformed_and_recorded_nowhere(
    record, photos, objects, hashes, key, kind
):
    foreign = makers.rendition(key=key)
    named = {"renditions": (makers.rendition(), foreign), "exhibits": {"strip": foreign}}
    store_report(objects, pictures=(makers.full_picture(hash="0" * 16, **{kind: named[kind]}),))
    with pytest.raises(MalformedMessage, match="of another"):
        record(COMPLETED)
    assert photos.get(makers.KEY).results is None
    assert not hashes.recorded
