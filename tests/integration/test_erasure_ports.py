"""Ports of erasure: versions of objects in memory and in S3, and the registry of published pictures."""

import boto3
import pytest

from limner.adapters.picture_hashes import HASH_ITEMS, DynamoDbPictureHashes
from limner.adapters.s3 import S3Objects
from limner.errors import DependencyRefused, ObjectMissing, Unavailable
from limner.ports import VARIANTS, PublishedPicture
from limner.tenancy import PhotoKey
from tests.erasure_fakes import InMemoryVersionedObjects
from tests.integration.conftest import NAMES

BUCKET = NAMES["UploadsBucket"]
PHOTO, OTHER, FOREIGN = PhotoKey("main", "a" * 32), PhotoKey("main", "b" * 32), PhotoKey("main-2", "a" * 32)


@pytest.fixture(params=["memory", "s3"])
def objects(request):
    if request.param == "memory":
        return InMemoryVersionedObjects()
    request.getfixturevalue("buckets")
    return S3Objects(boto3.client("s3"))


def put(objects, key, *bodies):
    for body in bodies:
        objects.put(BUCKET, key, body, "image/jpeg")


def test_every_version_is_listed_by_prefix(objects):
    put(objects, "uploads/a/1", b"first", b"second")
    put(objects, "uploads/a/2", b"x")
    put(objects, "uploads/b/1", b"x")
    listed = list(objects.versions(BUCKET, "uploads/a/"))
    assert [version.key for version in listed] == ["uploads/a/1", "uploads/a/1", "uploads/a/2"]
    bodies = {objects.get(BUCKET, version.key, version.version_id) for version in listed[:2]}
    assert bodies == {b"first", b"second"}
    assert listed[0].modified.tzinfo is not None
    assert not any(version.is_delete_marker for version in listed)


def test_deleted_versions_are_gone_and_others_stay(objects):
    put(objects, "uploads/a/1", b"first", b"second")
    put(objects, "uploads/b/1", b"x")
    found = list(objects.versions(BUCKET, "uploads/a/"))
    assert objects.delete_versions(BUCKET, found) == 2
    assert list(objects.versions(BUCKET, "uploads/a/")) == []
    with pytest.raises(ObjectMissing):
        objects.get(BUCKET, "uploads/a/1")
    assert objects.get(BUCKET, "uploads/b/1") == b"x"
    assert objects.delete_versions(BUCKET, found) == 2, "again is no error"
    assert objects.delete_versions(BUCKET, []) == 0


def test_more_versions_than_one_call_takes_are_deleted_while_they_are_listed(buckets, monkeypatch):
    monkeypatch.setattr("limner.adapters.s3.DELETE_MAX_VERSIONS", 7)
    objects = S3Objects(buckets)
    put(objects, "uploads/a/1", *[b"x"] * 20)
    buckets.delete_object(Bucket=BUCKET, Key="uploads/a/1")
    found = list(objects.versions(BUCKET, "uploads/"))
    assert sum(version.is_delete_marker for version in found) == 1
    assert objects.delete_versions(BUCKET, objects.versions(BUCKET, "uploads/")) == 21
    assert list(objects.versions(BUCKET, "uploads/")) == []


@pytest.mark.parametrize(
    ("codes", "error"),
    [
        (["SlowDown", "InternalError"], Unavailable),
        (["AccessDenied"], DependencyRefused),
        (["SlowDown", "AccessDenied"], DependencyRefused),
    ],
)
def test_versions_that_were_not_deleted_are_an_error(buckets, monkeypatch, codes, error):
    """DeleteObjects answers 200 then, and names them in its body."""
    objects = S3Objects(buckets)
    put(objects, "uploads/a/1", b"x")
    answer = {"Errors": [{"Key": "uploads/a/1", "Code": code} for code in codes]}
    monkeypatch.setattr(buckets, "delete_objects", lambda **arguments: answer)
    with pytest.raises(error, match=f"{len(codes)} versions"):
        objects.delete_versions(BUCKET, objects.versions(BUCKET, "uploads/"))


@pytest.fixture
def hashes(hashes_table):
    return DynamoDbPictureHashes(hashes_table)


def pictures(photo):
    """Of two uploads, with equal and with different hashes."""
    return [
        PublishedPicture(0, photo, "job-1", "oil", "m@1"),
        PublishedPicture(0, photo, "job-1", "cartoon", "m@1"),
        PublishedPicture(2**63 + 7, photo, "job-2", "oil", "m@2"),
        PublishedPicture(12345, photo, "1" * 32, VARIANTS, "0.1"),
    ]


def test_all_hashes_of_a_photo_are_erased_and_no_others(hashes, hashes_table):
    for photo in (OTHER, FOREIGN):
        hashes.record(pictures(photo))
    before = hashes_table.scan()["Items"]
    hashes.record(pictures(PHOTO))
    assert hashes.erase(PHOTO) == 4 * HASH_ITEMS
    assert sorted(map(str, hashes_table.scan()["Items"])) == sorted(map(str, before))
    assert hashes.erase(PHOTO) == 0


def test_all_hashes_of_a_tenant_are_erased_and_no_others(hashes, hashes_table):
    hashes.record(pictures(FOREIGN))
    before = hashes_table.scan()["Items"]
    for photo in (PHOTO, OTHER):
        hashes.record(pictures(photo))
    assert hashes.erase_all("main") == 8 * HASH_ITEMS
    assert sorted(map(str, hashes_table.scan()["Items"])) == sorted(map(str, before))
