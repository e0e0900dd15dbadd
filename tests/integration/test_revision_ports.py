"""Revisions of a photo: the writes of orders and of parts, on the fakes and on DynamoDB."""

import pytest

from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.usage import DynamoDbUsage
from limner.errors import JobInProgress, QuotaExceeded, StaleWrite
from limner.keys import attempt_prefix, comparable_sequencer
from limner.looks import MAX_LOOKS, Look
from limner.photos import Failure, Photo, PhotoStatus, Retried
from limner.report import StyledPicture
from limner.revisions import cancelled, history, restored, retried, with_more_looks
from limner.versions import MAX_VERSIONS, VersionSource
from tests import makers
from tests.fakes import InMemoryPhotos
from tests.fakes_usage import InMemoryUsage

NOW = int(makers.NOON.timestamp())
LATER = NOW + 600
INK = Look(styles={"ink-wash": 1.0})
JOB_OF_INK = f"{makers.TENANT}.{makers.PHOTO_ID}.{'b' * 12}"
ONE_PLACE = {"concurrent_jobs": 1}


@pytest.fixture(params=["memory", "dynamodb"])
def photos(request):
    if request.param == "memory":
        return InMemoryPhotos(InMemoryUsage())
    table, usage_table = (request.getfixturevalue(name) for name in ("table", "usage_table"))
    return DynamoDbPhotos(table, DynamoDbUsage(usage_table))


def picture(look: Look, job_id: str = makers.JOB_ID) -> StyledPicture:
    rendition = makers.rendition(key=f"{attempt_prefix(job_id, '1')}{look.slug}/full.jpg")
    return makers.results().pictures[0].model_copy(update={"look": look, "renditions": (rendition,)})


def ready(photos) -> Photo:
    photos.record_upload(makers.photo(source=makers.source()))
    photos.lease(makers.KEY, makers.job(), NOW, makers.charge(**ONE_PLACE))
    photos.record_submission(makers.KEY, makers.job(submitted_at=makers.NOON))
    photos.record_results(makers.KEY, makers.results(pictures=(picture(makers.OIL),)))
    photos.record_variants(makers.KEY, makers.variants())
    return photos.get(makers.KEY)


def order_ink(photos) -> Photo:
    before = photos.get(makers.KEY)
    photos.revise(before, with_more_looks(before, (INK,), makers.NOON, LATER))
    return photos.get(makers.KEY)


def lease(photos, job_id=JOB_OF_INK, revision=1, **caps):
    job = makers.job(job_id=job_id, revision=revision)
    photos.lease(makers.KEY, job, NOW, makers.charge(**(ONE_PLACE | caps)))
    return job


def record_ink(photos, revision=1):
    both = (picture(makers.OIL), picture(INK, JOB_OF_INK))
    photos.record_results(makers.KEY, makers.results(pictures=both, revision=revision))


def test_a_further_order_is_processing_due_and_keeps_the_earlier_pictures(photos):
    ready(photos)
    photo = order_ink(photos)
    assert (photo.status, photo.revision) == (PhotoStatus.PROCESSING, 1)
    assert [each.look for each in photo.published.pictures] == [makers.OIL]
    assert photo.missing_looks == (INK,)
    assert [each.key for each in photos.due(LATER, 10)] == [makers.KEY]


def test_one_of_two_orders_at_once_is_written(photos):
    before = ready(photos)
    photos.revise(before, with_more_looks(before, (INK,), makers.NOON, LATER))
    with pytest.raises(StaleWrite):
        photos.revise(before, with_more_looks(before, (INK,), makers.NOON, LATER))


def test_the_results_of_a_further_order_make_the_photo_ready_and_a_version(photos):
    ready(photos)
    order_ink(photos)
    lease(photos)
    record_ink(photos)
    photo = photos.get(makers.KEY)
    assert (photo.status, photo.due_at, photo.in_flight) == (PhotoStatus.READY, None, None)
    first, second = photo.versions
    assert (first.number, first.source, first.looks) == (1, VersionSource.ORDER, (makers.OIL.slug,))
    assert (second.number, second.source) == (2, VersionSource.LOOKS)
    assert second.looks == (makers.OIL.slug, INK.slug)
    assert (first.jobs, second.jobs) == (("a" * 12,), ("a" * 12, "b" * 12))


def test_what_is_under_way_of_an_earlier_revision_changes_nothing(photos):
    ready(photos)
    order_ink(photos)
    of_first = makers.job(submitted_at=makers.NOON)
    stale = Failure(sequencer=makers.SEQUENCER, code="stylization_failed", message="…", at=makers.NOON)
    for write in (
        lambda: photos.lease(makers.KEY, makers.job(), NOW, makers.charge()),
        lambda: photos.record_submission(makers.KEY, of_first),
        lambda: photos.record_results(makers.KEY, makers.results()),
        lambda: photos.record_failure(makers.KEY, stale),
        lambda: photos.release(makers.KEY, of_first),
    ):
        before = photos.get(makers.KEY)
        with pytest.raises(StaleWrite):
            write()
        assert photos.get(makers.KEY) == before


def test_a_job_of_a_further_order_is_leased_once(photos):
    ready(photos)
    order_ink(photos)
    lease(photos)
    with pytest.raises(JobInProgress):
        lease(photos)


def test_a_cancelled_order_frees_its_place_and_shows_the_earlier_pictures(photos):
    ready(photos)
    order_ink(photos)
    job = lease(photos)
    before = photos.get(makers.KEY)
    photos.revise(before, cancelled(before, makers.NOON))
    photo = photos.get(makers.KEY)
    assert (photo.status, photo.revision, photo.looks) == (PhotoStatus.READY, 2, (makers.OIL,))
    assert (photo.job, photo.due_at, photo.in_flight) == (None, None, None)
    for late in (
        lambda: photos.record_submission(makers.KEY, job.model_copy(update={"submitted_at": makers.NOON})),
        lambda: record_ink(photos),
    ):
        with pytest.raises(StaleWrite):
            late()
    order_ink(photos)
    lease(photos, revision=3)  # the one place is free


def test_a_first_order_that_is_cancelled_has_failed(photos):
    photos.record_upload(makers.photo(source=makers.source()))
    lease(photos, makers.JOB_ID, 0)
    before = photos.get(makers.KEY)
    photos.revise(before, cancelled(before, makers.NOON))
    photo = photos.get(makers.KEY)
    assert (photo.status, photo.failure.code, photo.in_flight) == (PhotoStatus.FAILED, "cancelled", None)
    photos.record_variants(makers.KEY, makers.variants())
    assert photos.get(makers.KEY).status == PhotoStatus.FAILED


def test_a_cancellation_and_a_lease_at_once(photos):
    photos.record_upload(makers.photo(source=makers.source()))
    before = photos.get(makers.KEY)
    lease(photos, makers.JOB_ID, 0)
    with pytest.raises(StaleWrite):
        photos.revise(before, cancelled(before, makers.NOON))


@pytest.mark.parametrize("last", ["results", "variants", "failure"])
def test_a_cancellation_that_a_finishing_job_precedes_is_refused(photos, last):
    photos.record_upload(makers.photo(source=makers.source()))
    lease(photos, makers.JOB_ID, 0)
    before = photos.get(makers.KEY)
    failure = Failure(sequencer=makers.SEQUENCER, code="stylization_failed", message="…", at=makers.NOON)
    part = {"results": makers.results(), "variants": makers.variants(), "failure": failure}[last]
    getattr(photos, f"record_{last}")(makers.KEY, part)
    with pytest.raises(StaleWrite):
        photos.revise(before, cancelled(before, makers.NOON))


def test_a_retried_order_can_be_leased_again_without_another_charge(photos):
    photos.record_upload(makers.photo(source=makers.source()))
    lease(photos, makers.JOB_ID, 0)
    failure = Failure(sequencer=makers.SEQUENCER, code="stylization_failed", message="…", at=makers.NOON)
    photos.record_failure(makers.KEY, failure)
    before = photos.get(makers.KEY)
    photos.revise(before, retried(before, makers.NOON, LATER))
    assert photos.get(makers.KEY).status == PhotoStatus.UPLOADED
    lease(photos, makers.JOB_ID, 1, looks_per_day=1)


def test_a_job_after_a_cancellation_is_charged_anew(photos):
    photos.record_upload(makers.photo(source=makers.source()))
    lease(photos, makers.JOB_ID, 0)
    for change in (cancelled, lambda photo, now: retried(photo, now, LATER)):
        before = photos.get(makers.KEY)
        photos.revise(before, change(before, makers.NOON))

    with pytest.raises(QuotaExceeded):
        lease(photos, makers.JOB_ID, 2, looks_per_day=1)


def test_a_restored_version_is_ready_at_once_and_a_version_of_its_own(photos):
    ready(photos)
    order_ink(photos)
    lease(photos)
    record_ink(photos)
    before = photos.get(makers.KEY)
    results = makers.results(pictures=(picture(makers.OIL),))
    photos.revise(before, restored(before, before.versions[0], results, makers.NOON))
    photo = photos.get(makers.KEY)
    assert (photo.status, photo.revision, photo.looks) == (PhotoStatus.READY, 2, (makers.OIL,))
    assert photo.results.pictures == (picture(makers.OIL),)
    assert (photo.versions[-1].number, photo.versions[-1].restored) == (3, 1)


def test_a_new_upload_begins_at_revision_0(photos):
    ready(photos)
    order_ink(photos)
    newer = makers.source(sequencer=comparable_sequencer("0062"))
    photo = photos.record_upload(makers.photo(source=newer))
    assert (photo.revision, photo.revised_by, photo.published) == (0, None, None)
    assert photo.missing_looks == (makers.OIL, INK)
    both = (picture(makers.OIL), picture(INK))
    photos.record_results(makers.KEY, makers.results(sequencer=newer.sequencer, pictures=both))
    assert photos.get(makers.KEY).versions[-1].source == VersionSource.REPLACE


def test_more_looks_than_a_ticket_holds_are_made_in_several_jobs(photos):
    looks = tuple(Look(styles={"oil": 1.0}, strength=n / 100) for n in range(MAX_LOOKS + 2))
    photos.record_upload(makers.photo(source=makers.source(), looks=looks))
    photos.record_variants(makers.KEY, makers.variants())
    lease(photos, makers.JOB_ID, 0)
    first = tuple(picture(look) for look in looks[:MAX_LOOKS])
    photos.record_results(makers.KEY, makers.results(pictures=first))
    photo = photos.get(makers.KEY)
    assert (photo.status, photo.revision, photo.missing_looks) == (
        PhotoStatus.PROCESSING,
        1,
        looks[MAX_LOOKS:],
    )
    assert (photo.versions, photo.due_at) == ((), NOW), "the sweeper sends the next job off"
    lease(photos)
    photos.record_results(
        makers.KEY, makers.results(pictures=tuple(picture(look) for look in looks), revision=1)
    )
    photo = photos.get(makers.KEY)
    assert (photo.status, photo.in_flight) == (PhotoStatus.READY, None)
    assert [each.source for each in photo.versions] == [VersionSource.ORDER]


def test_retries_are_counted_for_each_revision(photos):
    ready(photos)
    photo = order_ink(photos)
    photos.postpone(photo, LATER + 1, Retried(sequencer=makers.SEQUENCER, revision=1, count=1))
    assert photos.get(makers.KEY).newest.retried.count == 1
    before = photos.get(makers.KEY)
    photos.revise(before, retried(before, makers.NOON, LATER))
    assert photos.get(makers.KEY).newest.retried is None


def test_a_sweeper_does_not_touch_a_revision_that_it_has_not_read(photos):
    ready(photos)
    before = order_ink(photos)
    photos.revise(before, retried(before, makers.NOON, before.due_at))
    for write in (lambda: photos.postpone(before, LATER + 1, None), lambda: photos.close(before)):
        with pytest.raises(StaleWrite):
            write()


def test_twenty_versions_are_kept(photos):
    ready(photos)
    for revision in range(1, MAX_VERSIONS + 2):
        before = photos.get(makers.KEY)
        photos.revise(before, restored(before, before.versions[0], before.results, makers.NOON))
        assert photos.get(makers.KEY).revision == revision
    versions = photos.get(makers.KEY).versions
    assert [each.number for each in versions] == list(range(3, MAX_VERSIONS + 3))


def test_a_row_of_an_earlier_release_has_one_version_and_takes_orders(table, usage_table):
    photos = DynamoDbPhotos(table, DynamoDbUsage(usage_table))
    ready(photos)
    row = table.get_item(Key={"photo_key": str(makers.KEY)})["Item"]
    for name in ("revision", "versions", "revised_by"):
        row.pop(name, None)
    for part in ("job", "results"):
        del row[part]["revision"]
    table.put_item(Item=row)
    photo = photos.get(makers.KEY)
    assert (photo.status, photo.revision) == (PhotoStatus.READY, 0)
    (only,) = history(photo)
    assert (only.number, only.source, only.jobs) == (1, VersionSource.ORDER, ("a" * 12,))
    order_ink(photos)
    lease(photos)
    record_ink(photos)
    photo = photos.get(makers.KEY)
    assert photo.status == PhotoStatus.READY
    assert [each.number for each in photo.versions] == [1, 2]
