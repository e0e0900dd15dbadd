"""Photos of a stack without tenants move to the keys with tenants, on moto."""

import boto3
import pytest

from limner.adapters.dynamodb_items import to_map
from limner.contracts import StylizeReport, parse_report
from limner.errors import InvalidRequest, MalformedMessage, StaleWrite
from limner.keys import comparable_sequencer, photo_key_for, report_key
from limner.photo_lists import PhotoQuery, Sort
from limner.photos import Failure, Photo, PhotoStatus, Source
from limner.tenancy import PhotoKey
from limner.use_cases.read_photos import ExplainPhoto
from limner_admin.fill_lists import Filled, count_lacking, fill_lists
from limner_admin.migration import Migration, Moved, remove_former_hashes
from tests import makers
from tests.erasure_world import RESULTS, UPLOADS, World
from tests.interruption import Interrupted, interrupt_after

LONG_SHOP = "a-shop-with-a-name-of-more-than-18-characters"
SEQUENCER, LATER, NEWEST = (comparable_sequencer(number) for number in ("0061", "0062", "FF"))
DUE_AT = 1_800_000_000
READY, UPLOADED, PROCESSING, FAILED, ORDERED, REPLACED = (digit * 32 for digit in "123456")


@pytest.fixture
def world(table, usage_table, hashes_table, audit_table, buckets):
    return World(table, usage_table, hashes_table, audit_table, buckets)


@pytest.fixture
def former(world):
    return boto3.resource("dynamodb").create_table(
        TableName="former-photos",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "photo_id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "photo_id", "KeyType": "HASH"}],
    )


@pytest.fixture
def migration(world, former):
    return Migration(
        former_table=former,
        table=world.table,
        s3=world.s3,
        objects=world.objects,
        hashes=world.hashes,
        tenants={LONG_SHOP: "long-shop"},
        uploads_bucket=UPLOADS,
        results_bucket=RESULTS,
        due_at=DUE_AT,
    )


def former_job(photo_id, **changes):
    return makers.job(job_id=f"{photo_id}-{'9' * 16}", sequencer=SEQUENCER, **changes)


def former_row(
    world, former, photo_id, *, key=None, shop="main", is_order=False, sequencer=SEQUENCER, **parts
):
    """A row as the release before tenants wrote it, with the objects that it names."""
    key = key or f"uploads/{photo_id}"
    source = Source(bucket=UPLOADS, key=key, sequencer=sequencer, bytes=9, version_id="before")
    photo = Photo(
        photo_id=photo_id,
        tenant="main",
        filename="mug.jpg",
        looks=(makers.OIL,),
        created_at=makers.NOON,
        due_at=1,
        source=None if is_order else source,
        **parts,
    )
    item = {name: value for name, value in to_map(photo).items() if name != "tenant"}
    former.put_item(Item={**item, "shop": shop, "listed_at": "2026", "open_shard": photo_id[0]})
    if not is_order:
        world.put(UPLOADS, key, b"an earlier upload")
        world.put(UPLOADS, key, f"original of {photo_id}".encode())
    return photo


def ready_parts(world, photo_id):
    output = f"s3://{RESULTS}/endpoint/output/1.out"
    job = former_job(photo_id, submitted_at=makers.NOON, output_location=output)
    styled = f"styled/{photo_id}/{job.job_id}/"
    picture = makers.full_picture(
        renditions=(makers.rendition(key=f"{styled}full.jpg"),),
        exhibits={"difference": makers.rendition(key=f"{styled}difference.webp")},
        hash="0" * 16,
    )
    variant = makers.rendition(key=f"variants/{photo_id}/{SEQUENCER}/640.webp")
    report = StylizeReport(job_id=job.job_id, model="m", pictures=(picture,), timings={})
    for key in (f"{styled}full.jpg", f"{styled}difference.webp", variant.key):
        world.put(RESULTS, key, key.encode())
    world.put(RESULTS, f"{styled}report.json", report.model_dump_json().encode())
    return {
        "job": job,
        "results": makers.results(pictures=(picture,), sequencer=SEQUENCER),
        "variants": makers.variants(renditions=(variant,), sequencer=SEQUENCER, hash="f" * 16),
    }


@pytest.fixture
def filled(world, former):
    failure = Failure(sequencer=SEQUENCER, code="too_small", message="…", at=makers.NOON)
    submitted = former_job(PROCESSING, submitted_at=makers.NOON)
    former_row(world, former, READY, **ready_parts(world, READY))
    former_row(world, former, UPLOADED)
    former_row(world, former, PROCESSING, job=submitted, shop=LONG_SHOP)
    former_row(world, former, FAILED, failure=failure)
    former_row(world, former, ORDERED, is_order=True)
    former_row(world, former, REPLACED, sequencer=LATER, **ready_parts(world, REPLACED))
    former_row(world, former, "7" * 32, key="uploads/shoes/mug 1.jpg")


def migrate_all(migration):
    return [migration.migrate(row) for row in migration.rows()]


def statuses(world):
    return {
        photo.key: photo.status
        for tenant in ("main", "long-shop")
        for photo in world.photos.page(tenant, limit=50, cursor=None).photos
    }


EXPECTED = {
    PhotoKey("main", READY): PhotoStatus.READY,
    PhotoKey("main", UPLOADED): PhotoStatus.UPLOADED,
    PhotoKey("long-shop", PROCESSING): PhotoStatus.UPLOADED,
    PhotoKey("main", FAILED): PhotoStatus.FAILED,
    PhotoKey("main", REPLACED): PhotoStatus.UPLOADED,
    photo_key_for(UPLOADS, "uploads/main/shoes/mug 1.jpg"): PhotoStatus.UPLOADED,
}
"""A job that has not ended is not moved: the sweeper sends its photo again."""


def test_photos_of_every_status_move_to_their_tenant(world, migration, filled):
    outcomes = migrate_all(migration)
    assert outcomes.count(Moved.MIGRATED) == 6
    assert outcomes.count(Moved.ORDER) == 1
    assert statuses(world) == EXPECTED
    due = {photo.key for photo in world.photos.due(DUE_AT, 50)}
    assert due == {key for key, status in EXPECTED.items() if status is PhotoStatus.UPLOADED}


def test_every_key_in_the_row_and_in_the_report_exists_and_has_the_same_bytes(world, migration, filled):
    migrate_all(migration)
    photo = world.photos.get(PhotoKey("main", READY))
    original = world.objects.get(UPLOADS, photo.source.key, photo.source.version_id)
    assert original == f"original of {READY}".encode()
    explain = ExplainPhoto(photos=world.photos, objects=world.objects, results_bucket=RESULTS)
    (picture,) = explain("main", READY).results.pictures
    assert picture.explanation
    assert photo.results.pictures[0].explanation is None
    renditions = (*picture.renditions, *picture.exhibits.values(), *photo.variants.renditions)
    bodies = [world.objects.get(RESULTS, rendition.key).decode() for rendition in renditions]
    assert [body.rpartition("/")[2] for body in bodies] == ["full.jpg", "difference.webp", "640.webp"]
    assert all(rendition.key.split("/")[1:3] == ["main", READY] for rendition in renditions)
    report = parse_report(world.objects.get(RESULTS, report_key(photo.job.job_id)))
    assert report.job_id == photo.job.job_id


def test_hashes_are_recorded_for_the_new_keys(world, migration, filled):
    migrate_all(migration)
    assert world.hashes.erase(PhotoKey("main", READY)) == 10
    assert world.hash_items() == []


def test_nothing_of_the_former_table_and_keys_is_changed(world, former, migration, filled):
    before = sorted(world.versions()), former.scan()["Items"]
    migrate_all(migration)
    kept = sorted(key for key in world.versions() if not {"main", "long-shop"} & set(key.split("/")))
    assert (kept, former.scan()["Items"]) == before


def test_a_second_run_changes_nothing(world, migration, filled):
    migrate_all(migration)
    before = world.stored()
    assert set(migrate_all(migration)) == {Moved.DONE_BEFORE, Moved.ORDER}
    assert world.stored() == before


def test_a_dry_run_counts_and_changes_nothing(world, migration, filled):
    before = world.stored()
    assert migration.check() == {"main: photos": 5, "long-shop: photos": 1, "main: orders": 1}
    assert world.stored() == before


def test_a_shop_that_cannot_be_a_tenant_needs_one(world, former, migration):
    former_row(world, former, UPLOADED, shop="Another Shop")
    with pytest.raises(InvalidRequest, match="--tenant-of"):
        migration.check()


def test_the_event_of_a_copy_is_late(world, migration, filled):
    """S3 reports each copy as a new object, with a sequencer greater than all before."""
    migrate_all(migration)
    photo = world.photos.get(PhotoKey("main", READY))

    def upload(**facts):
        source = photo.source.model_copy(update={"sequencer": NEWEST, **facts})
        return world.photos.record_upload(photo.model_copy(update={"source": source, "due_at": DUE_AT}))

    with pytest.raises(StaleWrite):
        upload()
    with pytest.raises(StaleWrite):
        upload(version_id=None)  # as the emulator's events are
    assert upload(version_id="another", etag="another").source.version_id == "another"


def test_an_event_that_arrives_while_a_photo_moves_changes_nothing(world, former, migration, monkeypatch):
    photo = former_row(world, former, UPLOADED)
    with monkeypatch.context() as patched:
        interrupt_after(patched, 2)
        with pytest.raises(Interrupted):
            migrate_all(migration)
    reserved = world.rows()
    source = photo.source.model_copy(update={"key": f"uploads/main/{UPLOADED}", "sequencer": NEWEST})
    with pytest.raises(MalformedMessage):  # it is delivered again, and late then
        world.photos.record_upload(photo.model_copy(update={"source": source}))
    assert world.rows() == reserved
    assert list(reserved) == [f"main#{UPLOADED}"]


def test_a_migration_that_is_interrupted_after_any_call_goes_on(world, former, migration, monkeypatch):
    for number in range(1, 100):
        photo_id = f"{number:032x}"
        former_row(world, former, photo_id, **ready_parts(world, photo_id))
        with monkeypatch.context() as patched:
            interrupt_after(patched, number)
            try:
                migrate_all(migration)
                is_interrupted = False
            except Interrupted:
                is_interrupted = True
        assert migrate_all(migration) in ([Moved.MIGRATED], [Moved.DONE_BEFORE])
        photo = world.photos.get(PhotoKey("main", photo_id))
        assert photo.status is PhotoStatus.READY
        copies = [key for key in world.versions() if key.endswith(photo.source.key)]
        assert len(copies) == 1, "a second copy would have a second event, which is no late one"
        former.delete_item(Key={"photo_id": photo_id})
        if not is_interrupted:
            assert number > 10
            return


def test_an_upload_that_is_gone_is_moved_without_its_file(world, former, migration):
    photo = former_row(world, former, UPLOADED)
    world.objects.delete_versions(UPLOADS, list(world.objects.versions(UPLOADS, photo.source.key)))
    assert migrate_all(migration) == [Moved.MIGRATED]
    assert statuses(world) == {PhotoKey("main", UPLOADED): PhotoStatus.UPLOADED}


def test_former_rows_and_objects_are_removed_once_they_are_migrated(world, former, migration, filled):
    with pytest.raises(InvalidRequest, match="not been migrated"):
        migration.remove(former.get_item(Key={"photo_id": READY})["Item"])
    migrate_all(migration)
    moved = [key for key in world.versions() if {"main", "long-shop", "endpoint"} & set(key.split("/"))]
    rows = world.rows()
    assert {migration.remove(row) for row in migration.rows()} == {Moved.REMOVED}
    assert former.scan()["Count"] == 0
    assert sorted(world.versions()) == sorted(moved)
    assert world.rows() == rows


def test_former_hashes_are_removed_and_others_stay(world, migration, filled):
    migrate_all(migration)
    before = world.hash_items()
    for number in range(4):
        world.hashes_table.put_item(Item={"band": f"{number}-cdef", "picture": f"{READY}#job#oil"})
    assert remove_former_hashes(world.hashes_table) == 4
    assert sorted(world.hash_items()) == sorted(before)


def test_a_migrated_photo_can_be_erased(world, migration, filled):
    migrate_all(migration)
    photo = PhotoKey("main", READY)
    world.request(photo, "key-1")
    world.erase(photo)
    world.past_last_check()
    world.erase(photo)
    assert [key for key in world.versions() if f"main/{READY}" in key] == []


def lists_of(world, sort):
    """Keys of all tenants' photos by status, as the lists that are filtered by it have them."""
    return {
        status: {
            photo.key
            for tenant in ("main", "long-shop")
            for photo in world.photos.page(
                tenant, PhotoQuery(status=status, sort=sort), limit=50, cursor=None
            ).photos
        }
        for status in PhotoStatus
        if status is not PhotoStatus.AWAITING_UPLOAD
    }


@pytest.mark.parametrize("sort", Sort)
def test_moved_photos_are_in_the_lists_by_status(world, migration, filled, sort):
    migrate_all(migration)
    lists = lists_of(world, sort)
    assert {key: status for status, keys in lists.items() for key in keys} == EXPECTED


def test_rows_without_a_time_of_change_get_theirs_once(world, migration, filled, table):
    migrate_all(migration)
    for row in table.scan()["Items"]:
        table.update_item(
            Key={"photo_key": row["photo_key"]}, UpdateExpression="REMOVE changed_at, list_state"
        )
    assert not any(lists_of(world, Sort.UPDATED_AT).values())
    assert count_lacking(table) == len(EXPECTED)
    assert fill_lists(table) == {Filled.FILLED: len(EXPECTED)}
    lists = lists_of(world, Sort.UPDATED_AT)
    assert {key: status for status, keys in lists.items() for key in keys} == EXPECTED
    assert (fill_lists(table), count_lacking(table)) == ({}, 0)


def test_rows_in_a_partition_of_an_earlier_release_are_moved_and_keep_their_time_of_change(
    world, migration, filled, table
):
    migrate_all(migration)
    before = {row["photo_key"]: row for row in table.scan()["Items"] if "list_key" in row}
    for key in before:
        table.update_item(
            Key={"photo_key": key},
            UpdateExpression="SET list_key = :former",
            ExpressionAttributeValues={":former": f"{key.split('#')[0]}#{key.split('#')[1][0]}"},
        )
    assert not any(lists_of(world, Sort.CREATED_AT).values())
    assert fill_lists(table) == {Filled.FILLED: len(before)}
    assert {row["photo_key"]: row for row in table.scan()["Items"] if "list_key" in row} == before


def test_a_row_that_cannot_be_read_is_named_and_stops_nothing(world, migration, filled, table, capsys):
    migrate_all(migration)
    for row in table.scan()["Items"]:
        table.update_item(Key={"photo_key": row["photo_key"]}, UpdateExpression="REMOVE changed_at")
    bad = {"photo_key": f"main#{UPLOADED}"}
    table.update_item(Key=bad, UpdateExpression="REMOVE filename")
    assert fill_lists(table) == {Filled.FILLED: len(EXPECTED) - 1, Filled.FAILED: 1}
    assert bad["photo_key"] in capsys.readouterr().err
