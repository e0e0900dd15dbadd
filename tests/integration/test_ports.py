"""Port tests, which run on both the in-memory fakes and the AWS adapters."""

from datetime import timedelta

import boto3
import pytest

from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.s3 import S3Objects
from limner.adapters.usage import DynamoDbUsage
from limner.errors import (
    InvalidRequest,
    JobInProgress,
    MalformedMessage,
    ObjectMissing,
    PhotoNotFound,
    StaleWrite,
)
from limner.keys import found_sequencer, upload_key
from limner.photos import Failure, PhotoStatus, Retried
from limner.tenancy import PhotoKey
from tests import makers
from tests.fakes import InMemoryObjects, InMemoryPhotos

NOW = int(makers.NOON.timestamp())
NEWER = "FF" + "0" * 30


@pytest.fixture(params=["memory", "dynamodb"])
def photos(request):
    if request.param == "memory":
        return InMemoryPhotos(now=lambda: makers.NOON)
    return request.getfixturevalue("dynamodb_photos")


@pytest.fixture
def dynamodb_photos(table, usage_table):
    return DynamoDbPhotos(table, DynamoDbUsage(usage_table), now=lambda: makers.NOON)


@pytest.fixture(params=["memory", "s3"])
def objects(request):
    if request.param == "memory":
        return InMemoryObjects()
    request.getfixturevalue("buckets")
    return S3Objects(boto3.client("s3"))


def upload(photos, **changes):
    return photos.record_upload(makers.photo(source=makers.source(**changes)))


def failure(sequencer=makers.SEQUENCER, code="too_small"):
    return Failure(sequencer=sequencer, code=code, message="…", at=makers.NOON)


def test_a_stored_photo_is_read_unchanged(photos):
    photos.add(makers.photo(), makers.NOON + timedelta(days=1))
    assert photos.get(makers.KEY) == makers.photo()


def test_an_unknown_photo_is_not_found(photos):
    with pytest.raises(PhotoNotFound):
        photos.get(makers.KEY)


def test_sources_of_many_photos(photos):
    keys = [PhotoKey(makers.TENANT, f"{n:032x}") for n in range(250)]
    for key in keys[:210]:
        source = makers.source(key=upload_key(key))
        photos.record_upload(makers.photo(photo_id=key.photo_id, source=source))
    photos.add(makers.photo(photo_id=keys[210].photo_id), makers.NOON)
    sources = photos.sources(keys)
    assert set(sources) == set(keys[:211])
    assert [sources[key].key for key in keys[:210]] == [upload_key(key) for key in keys[:210]]
    assert sources[keys[210]] is None
    assert photos.sources([]) == {}


def test_unprocessed_keys_of_a_batch_are_requested_again(dynamodb_photos, table, monkeypatch):
    photos = dynamodb_photos
    keys = [PhotoKey(makers.TENANT, f"{n:032x}") for n in range(5)]
    for key in keys:
        photos.record_upload(makers.photo(photo_id=key.photo_id, source=makers.source()))
    read = table.meta.client.batch_get_item

    def read_two_at_most(RequestItems):  # noqa: N803 - boto3's names
        ((name, request),) = RequestItems.items()
        answer = read(RequestItems={name: {**request, "Keys": request["Keys"][:2]}})
        left = request["Keys"][2:]
        answer["UnprocessedKeys"] = {name: {**request, "Keys": left}} if left else {}
        return answer

    monkeypatch.setattr(table.meta.client, "batch_get_item", read_two_at_most)
    assert set(photos.sources(keys)) == set(keys)


def test_source_of_an_invalid_row_is_none(dynamodb_photos, table):
    table.put_item(Item={"photo_key": str(makers.KEY), "source": {"bucket": 1}})
    assert dynamodb_photos.sources([makers.KEY]) == {makers.KEY: None}


def test_an_order_is_never_overwritten(photos):
    photos.add(makers.photo(), makers.NOON)
    with pytest.raises(StaleWrite):
        photos.add(makers.photo(filename="other.jpg"), makers.NOON)


def test_an_upload_keeps_the_order_that_was_placed(photos):
    photos.add(makers.photo(filename="ordered.jpg"), makers.NOON)
    row = photos.record_upload(makers.photo(filename="unordered.jpg", source=makers.source()))
    expected = makers.photo(filename="ordered.jpg", source=makers.source(), updated_at=makers.NOON)
    assert row == photos.get(makers.KEY) == expected


def test_an_upload_without_an_order_creates_a_row(photos):
    assert upload(photos) == photos.get(makers.KEY)


def test_the_same_upload_can_be_recorded_again_and_a_newer_one_replaces_it(photos):
    upload(photos)
    upload(photos)
    upload(photos, sequencer=NEWER)
    with pytest.raises(StaleWrite):
        upload(photos)
    assert photos.get(makers.KEY).source.sequencer == NEWER


def test_a_late_event_of_the_same_version_is_stale(photos):
    upload(photos, sequencer="0" * 32, version_id="v1")
    with pytest.raises(StaleWrite):
        upload(photos, version_id="v1")
    assert upload(photos, version_id="v2").source.version_id == "v2"


@pytest.mark.parametrize("before", [{}, {"newest": makers.SEQUENCER}])
def test_a_late_event_of_a_found_upload_is_recognised_by_its_etag(photos, before):
    """Events of the emulator and of a bucket without versioning have no version id."""
    upload(photos, sequencer=found_sequencer(**before), version_id="v1", etag="same")
    with pytest.raises(StaleWrite):
        upload(photos, sequencer=NEWER, etag="same")
    assert upload(photos, sequencer=NEWER, etag="other").source.etag == "other"
    assert upload(photos, sequencer=NEWER + "1", etag="other"), "a later event counts as a newer upload"


def test_the_same_bytes_under_another_version_are_a_newer_upload(photos):
    upload(photos, sequencer=found_sequencer(), version_id="v1", etag="same")
    with pytest.raises(StaleWrite):
        upload(photos, sequencer=NEWER, version_id="v1", etag="same")
    assert upload(photos, sequencer=NEWER, version_id="v2", etag="same").source.version_id == "v2"


def test_the_first_file_of_a_form_is_kept_until_a_replacement_is_ordered(photos):
    photos.add(makers.photo(replaceable=""), makers.NOON + timedelta(days=1))
    upload(photos, version_id="1", etag="a")
    for etag in ("a", "b"):
        with pytest.raises(StaleWrite):
            upload(photos, sequencer=NEWER, version_id="2", etag=etag)
    assert upload(photos, version_id="1", etag="a").source.etag == "a", "its own event comes twice"
    photos.allow_replacement(makers.KEY, makers.SEQUENCER)
    assert upload(photos, version_id="1", etag="a").source.etag == "a"
    assert upload(photos, sequencer=NEWER, version_id="2", etag="b").source.etag == "b"
    with pytest.raises(StaleWrite):
        upload(photos, sequencer=NEWER + "1", version_id="3", etag="c")


def test_a_replacement_is_of_the_newest_upload(photos):
    photos.add(makers.photo(replaceable=""), makers.NOON + timedelta(days=1))
    with pytest.raises(StaleWrite):
        photos.allow_replacement(makers.KEY, makers.SEQUENCER)
    upload(photos, sequencer=NEWER)
    with pytest.raises(StaleWrite):
        photos.allow_replacement(makers.KEY, makers.SEQUENCER)


def test_a_ready_photo_cannot_fail(photos):
    upload(photos)
    photos.record_results(makers.KEY, makers.results())
    photos.record_variants(makers.KEY, makers.variants())
    late = Failure(sequencer=makers.SEQUENCER, code="deadline_passed", message="late", at=makers.NOON)
    with pytest.raises(StaleWrite):
        photos.record_failure(makers.KEY, late)
    assert photos.get(makers.KEY).status is PhotoStatus.READY


def test_a_job_with_results_cannot_be_leased(photos):
    upload(photos)
    photos.lease(makers.KEY, makers.job(), NOW, makers.charge())
    photos.record_results(makers.KEY, makers.results())
    with pytest.raises(StaleWrite):
        photos.lease(makers.KEY, makers.job(), NOW + 10_000, makers.charge())


def test_only_one_worker_gets_the_lease(photos):
    upload(photos)
    photos.lease(makers.KEY, makers.job(), NOW, makers.charge())
    with pytest.raises(JobInProgress):
        photos.lease(makers.KEY, makers.job(), NOW, makers.charge())


def test_an_expired_lease_can_be_taken(photos):
    upload(photos)
    photos.lease(makers.KEY, makers.job(lease_until=NOW + 60), NOW, makers.charge())
    photos.lease(makers.KEY, makers.job(lease_until=NOW + 200), NOW + 61, makers.charge())


def test_a_submitted_job_cannot_be_leased(photos):
    upload(photos)
    photos.lease(makers.KEY, makers.job(), NOW, makers.charge())
    photos.record_submission(makers.KEY, makers.job(submitted_at=makers.NOON))
    with pytest.raises(StaleWrite):
        photos.lease(makers.KEY, makers.job(), NOW + 10_000, makers.charge())
    assert photos.get(makers.KEY).status == PhotoStatus.PROCESSING


def test_a_failed_upload_cannot_be_leased(photos):
    upload(photos)
    photos.record_failure(makers.KEY, failure())
    with pytest.raises(StaleWrite):
        photos.lease(makers.KEY, makers.job(), NOW, makers.charge())


def test_a_newer_upload_frees_the_lease_and_hides_the_failure(photos):
    upload(photos)
    photos.lease(makers.KEY, makers.job(), NOW, makers.charge())
    photos.record_failure(makers.KEY, failure())
    upload(photos, sequencer=NEWER)
    photos.lease(makers.KEY, makers.job(sequencer=NEWER), NOW, makers.charge())
    assert photos.get(makers.KEY).status == PhotoStatus.UPLOADED


def test_only_the_leased_job_can_be_submitted(photos):
    upload(photos)
    photos.lease(makers.KEY, makers.job(), NOW, makers.charge())
    with pytest.raises(StaleWrite):
        photos.record_submission(makers.KEY, makers.job(job_id="another"))


@pytest.mark.parametrize(
    ("method", "part"),
    [
        ("record_variants", makers.variants()),
        ("record_results", makers.results()),
        ("record_failure", failure()),
    ],
)
def test_a_part_is_recorded_once_and_only_for_the_newest_upload(photos, method, part):
    upload(photos)
    record = getattr(photos, method)
    record(makers.KEY, part)
    with pytest.raises(StaleWrite):
        record(makers.KEY, part)
    upload(photos, sequencer=NEWER)
    with pytest.raises(StaleWrite):
        record(makers.KEY, part)
    record(makers.KEY, part.model_copy(update={"sequencer": NEWER}))


def test_all_optional_parts_of_a_picture_are_read_unchanged(photos):
    upload(photos)
    results = makers.results(pictures=(makers.full_picture(),))
    photos.record_results(makers.KEY, results)
    assert photos.get(makers.KEY).results == results


def test_results_and_variants_make_a_photo_ready(photos):
    upload(photos)
    photos.record_results(makers.KEY, makers.results())
    photos.record_variants(makers.KEY, makers.variants())
    row = photos.get(makers.KEY)
    assert row.status == PhotoStatus.READY
    assert row.results == makers.results()
    assert row.variants == makers.variants()


def test_pages_have_uploaded_photos_newest_first(photos):
    for n in range(5):
        changes = {"photo_id": f"{n:032x}", "created_at": makers.NOON + timedelta(minutes=n)}
        photos.record_upload(makers.photo(source=makers.source(), **changes))
    photos.add(makers.photo(photo_id="f" * 32), makers.NOON)
    photos.record_upload(makers.photo(photo_id="e" * 32, tenant="another", source=makers.source()))
    first = photos.page("main", limit=3, cursor=None)
    second = photos.page("main", limit=3, cursor=first.cursor)
    assert [photo.photo_id[-1] for photo in first.photos + second.photos] == list("43210")
    assert second.cursor is None


def test_a_photo_is_due_until_its_status_is_final(photos):
    upload(photos)
    assert photos.due(makers.DUE - 1, 10) == []
    assert photos.due(makers.DUE, 10) == [photos.get(makers.KEY)]
    photos.record_results(makers.KEY, makers.results())
    assert len(photos.due(makers.DUE, 10)) == 1
    photos.record_variants(makers.KEY, makers.variants())
    assert photos.due(makers.DUE, 10) == []


def test_a_failed_photo_is_not_due(photos):
    upload(photos)
    photos.record_failure(makers.KEY, failure())
    assert photos.due(makers.DUE, 10) == []


def test_an_order_is_due_apart_from_photos_until_it_is_uploaded_or_closed(photos):
    photos.add(makers.photo(), makers.NOON)
    assert photos.due_orders(makers.DUE - 1, 10) == []
    assert [photo.photo_id for photo in photos.due_orders(makers.DUE, 10)] == [makers.PHOTO_ID]
    assert photos.due(makers.DUE, 10) == []
    upload(photos)
    assert photos.due_orders(makers.DUE, 10) == []
    assert [photo.photo_id for photo in photos.due(makers.DUE, 10)] == [makers.PHOTO_ID]
    photos.add(makers.photo(photo_id="f" * 32), makers.NOON)
    photos.close(photos.get(PhotoKey(makers.TENANT, "f" * 32)))
    assert photos.due_orders(makers.DUE, 10) == []


def test_due_photos_are_limited_and_longest_overdue_first(photos):
    for n in range(6):
        photo = makers.photo(photo_id=f"{n:x}" + "0" * 31, due_at=makers.DUE - n, source=makers.source())
        photos.record_upload(photo)
    assert [photo.photo_id[0] for photo in photos.due(makers.DUE, 3)] == ["5", "4", "3"]


def test_only_one_sweeper_gets_an_overdue_photo(photos):
    photo = upload(photos)
    again = Retried(sequencer=makers.SEQUENCER, count=1)
    photos.postpone(photo, makers.DUE + 100, again)
    for late in (lambda: photos.postpone(photo, makers.DUE + 200, again), lambda: photos.close(photo)):
        with pytest.raises(StaleWrite):
            late()
    row = photos.get(makers.KEY)
    assert (row.due_at, row.newest.retried) == (makers.DUE + 100, again)
    photos.close(row)
    assert photos.get(makers.KEY).due_at is None


def test_an_order_uploaded_meanwhile_is_not_closed(photos):
    photos.add(makers.photo(), makers.NOON)
    ordered = photos.get(makers.KEY)
    upload(photos)
    with pytest.raises(StaleWrite):
        photos.close(ordered)
    assert photos.get(makers.KEY).due_at == makers.DUE


def test_a_released_job_can_be_leased_again(photos):
    upload(photos)
    submitted = makers.job(submitted_at=makers.NOON)
    photos.lease(makers.KEY, makers.job(), NOW, makers.charge())
    photos.record_submission(makers.KEY, submitted)
    photos.release(makers.KEY, submitted)
    assert photos.get(makers.KEY).status == PhotoStatus.UPLOADED
    photos.lease(makers.KEY, makers.job(), NOW, makers.charge())


def test_a_job_that_was_submitted_again_is_not_released_for_the_submission_before(photos):
    upload(photos)
    before = makers.job(submitted_at=makers.NOON)
    photos.lease(makers.KEY, makers.job(), NOW, makers.charge())
    photos.record_submission(makers.KEY, before)
    photos.record_submission(makers.KEY, makers.job(submitted_at=makers.NOON + timedelta(minutes=5)))
    with pytest.raises(StaleWrite):
        photos.release(makers.KEY, before)


def test_a_failed_job_is_released_with_its_count_and_the_photos_new_time(photos):
    upload(photos)
    submitted = makers.job(submitted_at=makers.NOON, output_location="s3://results/endpoint/output/1")
    photos.lease(makers.KEY, makers.job(), NOW, makers.charge())
    photos.record_submission(makers.KEY, submitted)
    failed = Retried(sequencer=makers.SEQUENCER, failed=1, sent_at=NOW + 60)
    photos.retry_failed(makers.KEY, submitted, failed, NOW + 90)
    photo = photos.get(makers.KEY)
    assert (photo.retried, photo.due_at, photo.status) == (failed, NOW + 90, PhotoStatus.UPLOADED)
    assert (photo.job.submitted_at, photo.job.was_submitted) == (None, True)
    assert photo.in_flight, "it keeps its place, and is not charged again"
    with pytest.raises(StaleWrite):
        photos.retry_failed(makers.KEY, submitted, failed, NOW + 90)
    photos.lease(makers.KEY, makers.job(), NOW, makers.charge())


def test_photos_that_are_due_are_read_by_shard(photos):
    for digit in "05f":
        photos.record_upload(makers.photo(photo_id=digit * 32, source=makers.source()))
        photos.add(makers.photo(photo_id=digit * 31 + "1"), makers.NOON)
    assert [photo.photo_id[0] for photo in photos.due(makers.DUE, 10, "5f")] == ["5", "f"]
    assert [photo.photo_id[0] for photo in photos.due_orders(makers.DUE, 10, "0")] == ["0"]
    assert len(photos.due(makers.DUE, 10)) == len(photos.due_orders(makers.DUE, 10)) == 3


def test_a_job_with_results_cannot_be_released(photos):
    upload(photos)
    photos.lease(makers.KEY, makers.job(), NOW, makers.charge())
    photos.record_results(makers.KEY, makers.results())
    with pytest.raises(StaleWrite):
        photos.release(makers.KEY, makers.job())


@pytest.mark.parametrize("cursor", ["!", "bm90IGpzb24=", "e30=", "bnVsbA=="])
def test_an_invalid_cursor_is_refused(photos, cursor):
    with pytest.raises(InvalidRequest):
        photos.page("main", limit=3, cursor=cursor)


def test_stored_objects_are_read_unchanged(objects):
    objects.put("limner-results", "a/b.bin", b"0123456789", "application/octet-stream")
    assert objects.get("limner-results", "a/b.bin") == b"0123456789"
    assert objects.get_head("limner-results", "a/b.bin", None, 4) == b"0123"
    assert objects.get_head("limner-results", "a/b.bin", None, 400) == b"0123456789"


def test_an_object_that_exists_is_not_overwritten_if_only_an_absent_one_may_be_written(objects):
    place = ("limner-results", "styled/once.jpg")
    assert objects.put(*place, b"first", "image/jpeg", only_if_absent=True)
    assert not objects.put(*place, b"second", "image/jpeg", only_if_absent=True)
    assert objects.get(*place) == b"first"
    assert objects.put(*place, b"third", "image/jpeg")
    assert objects.get(*place) == b"third"


def test_the_head_of_an_empty_object_is_empty(objects):
    objects.put("limner-results", "empty", b"", "image/jpeg")
    assert objects.get_head("limner-results", "empty", None, 4) == b""


def test_objects_are_listed_in_order_page_by_page(objects):
    for name in "cabd":
        objects.put("limner-uploads", f"uploads/{name}", b"x", "image/jpeg")
    objects.put("limner-uploads", "other", b"x", "image/jpeg")
    first = objects.list("limner-uploads", "uploads/", after="", limit=3)
    rest = objects.list("limner-uploads", "uploads/", after=first[-1].key, limit=3)
    assert [entry.key[-1] for entry in [*first, *rest]] == list("abcd")
    assert first[0].modified.tzinfo is not None


def test_objects_are_described(objects):
    objects.put("limner-results", "five", b"12345", "image/jpeg")
    described = objects.describe("limner-results", "five")
    (listed,) = objects.list("limner-results", "five", after="", limit=1)
    assert described.bytes == 5
    assert described.etag == listed.etag == "827ccb0eea8a706c4c34a16891f84e7b"
    with pytest.raises(ObjectMissing):
        objects.describe("limner-results", "nothing")


def test_reading_a_missing_object_raises_object_missing(objects):
    with pytest.raises(ObjectMissing):
        objects.get("limner-results", "nothing")
    with pytest.raises(ObjectMissing):
        objects.get_head("limner-results", "nothing", None, 10)


def test_a_photo_of_another_tenant_is_not_found(photos):
    upload(photos)
    with pytest.raises(PhotoNotFound):
        photos.get(PhotoKey("another", makers.PHOTO_ID))
    assert photos.sources([PhotoKey("another", makers.PHOTO_ID)]) == {}


def test_equal_photo_ids_of_two_tenants_are_two_photos(photos):
    upload(photos)
    theirs = photos.record_upload(
        makers.photo(tenant="another", filename="theirs.jpg", source=makers.source())
    )
    assert photos.get(theirs.key).filename == "theirs.jpg"
    assert photos.get(makers.KEY).filename == "mug.jpg"


def test_a_row_under_another_photos_key_is_refused(dynamodb_photos, table):
    photos = dynamodb_photos
    upload(photos)
    item = table.get_item(Key={"photo_key": str(makers.KEY)})["Item"]
    theirs = PhotoKey("another", makers.PHOTO_ID)
    table.put_item(Item={**item, "photo_key": str(theirs)})
    with pytest.raises(MalformedMessage):
        photos.get(theirs)


def test_pages_of_many_photos_are_complete_and_ordered(photos):
    """More photos than partitions, created at equal and different times."""
    for n in range(60):
        created_at = makers.NOON + timedelta(minutes=n // 3)
        photo_id = f"{n * 7919 % 256:02x}".ljust(32, "0")
        photos.record_upload(makers.photo(photo_id=photo_id, created_at=created_at, source=makers.source()))
    seen, cursor = [], None
    while True:
        page = photos.page(makers.TENANT, limit=7, cursor=cursor)
        seen += [(photo.created_at, photo.photo_id) for photo in page.photos]
        cursor = page.cursor
        if cursor is None:
            break
    assert len(seen) == 60
    assert seen == sorted(set(seen), reverse=True)


def test_a_page_is_full_where_most_photos_are_in_one_partition(photos):
    """Of each partition few entries are read first: here all photos but one are in the first."""
    for n in range(30):
        photo_id = f"{'f' if n == 15 else '0'}{n:031x}"
        created_at = makers.NOON + timedelta(minutes=n)
        photos.record_upload(makers.photo(photo_id=photo_id, created_at=created_at, source=makers.source()))
    page = photos.page(makers.TENANT, limit=25, cursor=None)
    rest = photos.page(makers.TENANT, limit=25, cursor=page.cursor)
    listed = [photo.created_at for photo in (*page.photos, *rest.photos)]
    assert (len(page.photos), len(rest.photos)) == (25, 5)
    assert listed == [makers.NOON + timedelta(minutes=29 - n) for n in range(30)]


def test_the_same_upload_recorded_again_does_not_open_a_finished_photo(photos):
    upload(photos)
    photos.record_variants(makers.KEY, makers.variants())
    photos.record_results(makers.KEY, makers.results())
    assert upload(photos).due_at is None
    assert photos.due(makers.DUE, 10) == []


@pytest.mark.parametrize("last", ["results", "variants"])
def test_one_write_records_the_last_part_and_closes_the_photo(dynamodb_photos, table, last):
    photos = dynamodb_photos
    upload(photos)
    parts = {"results": makers.results(), "variants": makers.variants()}
    first = ({*parts} - {last}).pop()
    getattr(photos, f"record_{first}")(makers.KEY, parts[first])
    before = table.get_item(Key={"photo_key": str(makers.KEY)})["Item"]
    assert {"due_at", "open_shard"} <= set(before)
    getattr(photos, f"record_{last}")(makers.KEY, parts[last])
    after = table.get_item(Key={"photo_key": str(makers.KEY)})["Item"]
    assert {"due_at", "open_shard"} & set(after) == set()


def test_an_objects_metadata_are_described_by_names_in_lower_case(buckets):
    metadata = {"Category": "boots", "tags": "sale,new"}
    buckets.put_object(Bucket="limner-uploads", Key="a", Body=b"x", Metadata=metadata)
    described = S3Objects(boto3.client("s3")).describe("limner-uploads", "a")
    assert described.metadata == {"category": "boots", "tags": "sale,new"}
