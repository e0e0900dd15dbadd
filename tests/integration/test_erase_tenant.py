"""Nothing is left of an erased tenant but the audit log, and nothing of another tenant is touched, on moto."""

import boto3
import pytest

from limner.adapters.tenant_records import DynamoDbTenantRecords
from limner.errors import Unavailable
from limner.keys import upload_key
from limner.tenancy import PhotoKey
from limner.use_cases.erase_tenant import EraseTenant
from tests import makers
from tests.erasure_world import IN_FLIGHT, RESULTS, UPLOADS, World
from tests.interruption import Interrupted, interrupt_after

PHOTOS = [PhotoKey("main", digit * 32) for digit in "af"]
OTHER = PhotoKey("main-2", "a" * 32)
"""Its id begins with that of the erased tenant."""


@pytest.fixture
def world(table, usage_table, hashes_table, audit_table, buckets):
    return World(table, usage_table, hashes_table, audit_table, buckets)


@pytest.fixture
def records(aws):
    """Tables with the keys of those of API keys, settings and counters."""
    keys = {
        "API keys": ("tenant", [("key_id", "HASH")]),
        "settings": ("tenant", [("tenant", "HASH"), ("record", "RANGE")]),
        "counters": ("counter", [("counter", "HASH")]),
    }
    return [
        DynamoDbTenantRecords(name, _table(name.replace(" ", "-"), schema), attribute)
        for name, (attribute, schema) in keys.items()
    ]


def _table(name, schema):
    return boto3.resource("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n, _ in schema],
        KeySchema=[{"AttributeName": n, "KeyType": kind} for n, kind in schema],
    )


def fill_records(records, tenant):
    keys, settings, counters = (each._table for each in records)
    for number in range(2):
        keys.put_item(Item={"key_id": f"{tenant}-{number}", "tenant": tenant})
        settings.put_item(Item={"tenant": tenant, "record": f"settings#{number}"})
        counters.put_item(Item={"counter": f"{tenant}#day-{number}"})


def fill(world, records, photos):
    for photo in photos:
        world.publish(photo)
    tenant = photos[0].tenant
    fill_records(records, tenant)
    world.photos.add(makers.photo(tenant=tenant, photo_id="e" * 32), makers.NOON)
    closed = makers.photo(tenant=tenant, photo_id="d" * 32)
    world.photos.add(closed, makers.NOON)
    world.photos.close(closed)
    world.put(UPLOADS, upload_key(PhotoKey(tenant, "c" * 32)))
    world.put(UPLOADS, f"uploads/{tenant}/shoes/folder/")
    world.put(RESULTS, f"styled/{tenant}/{'c' * 32}/job/full.jpg")


def stored(world, records):
    return {**world.stored(), **{each.name: each._table.scan()["Items"] for each in records}}


@pytest.fixture
def other(world, records):
    fill(world, records, [OTHER])
    return stored(world, records)


@pytest.fixture
def erase(world, records):
    use_case = EraseTenant(
        photos=world.erase, tenants=world.tenant_erasures, records=records, in_flight=IN_FLIGHT
    )
    return lambda: list(use_case("main", "key-1"))


def test_nothing_is_left_of_an_erased_tenant_and_nothing_of_another_is_touched(world, records, other, erase):
    fill(world, records, PHOTOS)
    erase()
    assert stored(world, records)["versions"] == other["versions"], "the first run deletes what there is"
    assert world.tenant_erasures.find("main"), "what is under way may still write"
    world.past_last_check()
    erase()
    assert world.tenant_erasures.find("main") is None
    assert stored(world, records) == other


def test_public_pictures_of_an_erased_tenant_are_invalidated_at_the_edge(world, records, other, erase):
    world.put(RESULTS, f"public/main/{'c' * 32}/{'a' * 12}-1/oil/full.jpg")
    world.edge.is_busy = True
    with pytest.raises(Unavailable):
        erase()
    assert stored(world, records)["versions"] == other["versions"], "what there is goes first"
    world.edge.is_busy = False
    erase()
    assert world.edge.forgotten == ["public/main/"]


def test_the_audit_log_is_kept(world, records, erase):
    fill(world, records, PHOTOS)
    objects = len(list(world.versions()))
    erase()
    world.past_last_check()
    erase()
    entries = world.audit.entries("main")
    assert [entry.action for entry in entries] == ["photo_erased"] * 4 + ["tenant_erased"]
    assert entries[-1].counts == {
        "API keys": 2, "settings": 2, "counters": 2, "objects": objects, "hashes": 40, "photos": 4,
    }  # fmt: skip


def test_progress_is_reported_for_each_photo(world, records, erase):
    fill(world, records, PHOTOS)
    progress = erase()
    assert [each.done for each in progress if each.step == "photos hidden"] == [1, 2, 3, 4]
    world.past_last_check()
    progress = erase()
    assert [(each.done, each.total) for each in progress if each.step == "photos"] == [
        (n, 4) for n in range(1, 5)
    ]


def test_what_was_written_after_the_first_run_is_found_by_the_next(world, records, other, erase):
    fill(world, records, PHOTOS)
    erase()
    world.make_pictures(PHOTOS[0], world.job_id(PHOTOS[0], 2))
    world.put(UPLOADS, "uploads/main/new.jpg")
    fill_records(records, "main")
    world.past_last_check()
    erase()
    assert world.tenant_erasures.find("main"), "a run that finds something is not the last"
    world.clock.advance(minutes=30)
    erase()
    assert world.tenant_erasures.find("main") is None
    assert stored(world, records) == other


def test_an_erasure_that_is_interrupted_goes_on(world, records, other, erase, monkeypatch):
    """After every seventeenth call: test_erasure.py has all calls of one photo."""
    for number in range(1, 10_000, 17):
        fill(world, records, PHOTOS[:1])
        with monkeypatch.context() as patched:
            interrupt_after(patched, number)
            try:
                erase()
                is_interrupted = False
            except Interrupted:
                is_interrupted = True
        runs = 0
        while runs == 0 or world.tenant_erasures.find("main"):
            runs += 1
            world.past_last_check()
            erase()
        assert runs <= 3
        assert stored(world, records) == other, f"interrupted after call {number}"
        delete_tombstones(world)
        if not is_interrupted:
            assert number > 50
            return


def delete_tombstones(world):
    """As their time to live does."""
    for key in [key for key, row in world.rows().items() if "erasure" in row]:
        world.table.delete_item(Key={"photo_key": key})
