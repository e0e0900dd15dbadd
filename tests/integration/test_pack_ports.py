"""Packs: what the use cases need of their ports, in memory and on DynamoDB; and objects that are written in parts."""

from datetime import timedelta

import boto3
import pytest

from limner.adapters.dynamodb_packs import DynamoDbDuePacks, DynamoDbPacks
from limner.adapters.s3 import PART_BYTES, S3Objects
from limner.adapters.usage import DynamoDbUsage
from limner.costs import JobSize
from limner.errors import DependencyRefused, JobsAtLimit, ObjectMissing, QuotaExceeded, StaleWrite
from limner.packs.errors import PackNotFound
from limner.packs.pack import Pack, PackedPhoto, PackJob, PackOutcome
from limner.quotas import Charge, Quotas
from tests import makers
from tests.fake_packs import InMemoryPacks
from tests.fakes_usage import InMemoryUsage
from tests.integration.conftest import NAMES

PACK_ID = "d" * 32
QUOTAS = Quotas(concurrent_jobs=1, looks_per_day=2)
CHARGE = Charge(JobSize(looks=1, nbytes=9, pixels=9), 10, QUOTAS)


def pack(**changes):
    facts = {"pack_id": PACK_ID, "tenant": makers.TENANT, "created_at": makers.NOON, "profiles": ("ebay",)}
    return Pack(
        **(facts | {"photo_ids": tuple(f"{n:032x}" for n in range(3)), "due_at": makers.NOON} | changes)
    )


KEY = pack().key
FIRST, SECOND, THIRD = pack().photo_ids


@pytest.fixture(params=["memory", "dynamodb"])
def packs(request):
    if request.param == "memory":
        return InMemoryPacks(InMemoryUsage())
    return request.getfixturevalue("stored")


@pytest.fixture
def stored(campaigns_table, usage_table):
    packs = DynamoDbPacks(campaigns_table, DynamoDbUsage(usage_table))
    packs.usage = DynamoDbUsage(usage_table)
    return packs


def begun(packs, photo_id, charge=CHARGE):
    photo = PackedPhoto(photo_id=photo_id, job=PackJob(job_id=f"job-{photo_id}"))
    return packs.begin(KEY, photo, charge, makers.NOON)


def used(packs):
    return packs.usage.read(makers.TENANT, QUOTAS, makers.NOON)


def test_a_pack_is_found_by_its_tenant_alone(packs):
    packs.add(pack())
    assert packs.get(*KEY) == pack()
    for key in (("other", PACK_ID), (makers.TENANT, "e" * 32)):
        with pytest.raises(PackNotFound):
            packs.get(*key)


def test_of_two_writers_that_have_read_the_same_one_is_refused(packs):
    packs.add(pack())
    written = packs.replace(pack(), pack(taken=1))
    assert packs.get(*KEY) == written == pack(taken=1, version=1)
    with pytest.raises(StaleWrite):
        packs.replace(pack(), pack(taken=2))


def test_a_job_takes_a_place_and_is_charged_and_its_end_gives_the_place_back(packs):
    photo = begun(packs, FIRST)
    assert photo.job.counter
    assert packs.photos(KEY, [FIRST, SECOND]) == {FIRST: photo}
    assert (used(packs).jobs, used(packs).looks, used(packs).micro_usd) == (1, 1, 10)
    with pytest.raises(JobsAtLimit):
        begun(packs, SECOND)
    ended = photo.model_copy(update={"outcome": PackOutcome.MADE})
    packs.end(KEY, ended, makers.NOON)
    packs.end(KEY, ended, makers.NOON)
    assert used(packs).jobs == 0
    assert packs.photos(KEY, [FIRST])[FIRST].outcome is PackOutcome.MADE
    begun(packs, SECOND)
    packs.end(
        KEY,
        packs.photos(KEY, [SECOND])[SECOND].model_copy(update={"outcome": PackOutcome.FAILED}),
        makers.NOON,
    )
    with pytest.raises(QuotaExceeded):
        begun(packs, THIRD)


def test_a_job_that_begins_twice_is_charged_once(packs):
    assert begun(packs, FIRST) == begun(packs, FIRST)
    assert used(packs).looks == 1


def test_a_photo_that_has_ended_is_neither_ended_nor_submitted_again(packs):
    photo = begun(packs, FIRST)
    packs.end(KEY, photo.model_copy(update={"outcome": PackOutcome.MADE}), makers.NOON)
    packs.end(KEY, photo.model_copy(update={"outcome": PackOutcome.FAILED}), makers.NOON)
    with pytest.raises(StaleWrite):
        packs.record_submission(KEY, photo, makers.NOON)
    assert packs.photos(KEY, [FIRST])[FIRST].outcome is PackOutcome.MADE


def test_a_photo_without_a_job_ends_without_a_place(packs):
    packs.end(KEY, PackedPhoto(photo_id=FIRST, outcome=PackOutcome.GONE, code="photo_gone"), makers.NOON)
    assert packs.photos(KEY, [FIRST])[FIRST].code == "photo_gone"


def test_packs_that_run_are_due_and_rows_expire(stored, campaigns_table):
    stored.add(pack())
    due = DynamoDbDuePacks(campaigns_table)
    assert due.due(makers.NOON, 10) == [KEY]
    stored.replace(pack(), pack(due_at=None, finished_at=makers.NOON))
    assert due.due(makers.NOON, 10) == []
    begun(stored, FIRST)
    assert all("expires_at" in item for item in campaigns_table.scan()["Items"])


def chunks(total, size=PART_BYTES // 3):
    for first in range(0, total, size):
        yield bytes([first % 251]) * min(size, total - first)


@pytest.mark.parametrize("total", [0, 1, 3 * PART_BYTES + 5])
def test_an_object_is_written_in_parts_and_is_the_whole(buckets, total):
    objects = S3Objects(buckets)
    objects.put_stream(NAMES["ResultsBucket"], "k", chunks(total), "application/zip")
    assert objects.get(NAMES["ResultsBucket"], "k") == b"".join(chunks(total))


def test_what_is_interrupted_leaves_no_object_and_no_upload(buckets):
    def interrupted():
        yield from chunks(2 * PART_BYTES)
        raise ValueError("interrupted")

    with pytest.raises(ValueError, match="interrupted"):
        S3Objects(buckets).put_stream(NAMES["ResultsBucket"], "k", interrupted(), "application/zip")
    with pytest.raises(ObjectMissing):
        S3Objects(buckets).get(NAMES["ResultsBucket"], "k")
    assert "Uploads" not in buckets.list_multipart_uploads(Bucket=NAMES["ResultsBucket"])


def test_an_object_that_may_not_be_read_is_not_missing():
    class Denied:
        def get_object(self, **_):
            raise boto3.client("s3").exceptions.ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject")

    with pytest.raises(DependencyRefused):
        S3Objects(Denied()).get("results", "k")


def test_one_archive_of_a_tenant_is_assembled_at_a_time(packs):
    until = makers.NOON + timedelta(minutes=5)
    assert packs.take_archive_turn(makers.TENANT, makers.NOON, until)
    assert not packs.take_archive_turn(makers.TENANT, makers.NOON, until)
    assert packs.take_archive_turn("other", makers.NOON, until)
    packs.give_archive_turn_back(makers.TENANT, makers.NOON)
    assert packs.take_archive_turn(makers.TENANT, makers.NOON, until)
    assert packs.take_archive_turn(makers.TENANT, until, until + timedelta(minutes=5)), "it was lost"
