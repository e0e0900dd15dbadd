"""Reports of S3 Inventory, as the local run writes them and as the user guide shows them."""

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest

from limner.adapters.inventory import S3Inventory
from limner.errors import DependencyRefused, MalformedMessage
from limner.ports import ListedObject
from limner.sweep.ports import NOTHING_READ
from local.aws.inventory import write_report
from tests.integration.conftest import NAMES

UPLOADS, RESULTS = NAMES["UploadsBucket"], NAMES["ResultsBucket"]
FOLDER = f"inventory/{UPLOADS}/uploads/"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def inventory(buckets):
    return S3Inventory(buckets, source=UPLOADS, destination=RESULTS)


def listed(inventory, report):
    return [row for _, row in inventory.rows(report)]


def put(buckets, key, body):
    if isinstance(body, str):
        body = body.encode()
    buckets.put_object(Bucket=RESULTS, Key=key, Body=body)


def report_of_the_user_guide(buckets, rows, **changes):
    """With other columns, in another order, and in two files."""
    keys = [f"{FOLDER}data/{n}.csv.gz" for n in range(len(rows))]
    for key, text in zip(keys, rows, strict=True):
        put(buckets, key, gzip.compress(text.encode()))
    manifest = {
        "sourceBucket": UPLOADS,
        "destinationBucket": f"arn:aws:s3:::{RESULTS}",
        "version": "2016-11-30",
        "creationTimestamp": "1767268800000",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, ETag, Size, LastModifiedDate, StorageClass",
        "files": [{"key": key, "size": 1, "MD5checksum": "f11166069f1990abeb9c97ace9cdfabc"} for key in keys],
        **changes,
    }
    put(buckets, f"{FOLDER}2026-01-01T00-00Z/manifest.json", json.dumps(manifest))
    put(buckets, f"{FOLDER}2026-01-01T00-00Z/manifest.checksum", "x")
    put(buckets, f"{FOLDER}hive/dt=2026-01-01-00-00/symlink.txt", "x")


def test_rows_of_all_files_are_read_in_order(buckets, inventory):
    row = '"limner-uploads","uploads/main/{}","0123","5","2026-01-01T10:00:00.000Z","STANDARD"\n'
    report_of_the_user_guide(
        buckets, [row.format("a") + row.format("b"), row.format("summer+2026/%E6%B2%B9.jpg")]
    )
    report = inventory.newest("")
    assert report.made_at == datetime(2026, 1, 1, tzinfo=UTC)
    rows = listed(inventory, report.name)
    assert [row.key.removeprefix("uploads/main/") for row in rows] == ["a", "b", "summer 2026/油.jpg"]
    assert rows[0] == ListedObject("uploads/main/a", datetime(2026, 1, 1, 10, tzinfo=UTC), "0123", 5)


@pytest.mark.parametrize("read", range(7))
def test_a_report_is_read_on_after_any_row_and_no_file_before_it_is_opened(buckets, inventory, read):
    row = '"limner-uploads","uploads/main/{}","0123","5","2026-01-01T10:00:00.000Z","STANDARD"\n'
    report_of_the_user_guide(buckets, ["".join(map(row.format, names)) for names in ("ab", "", "cde", "f")])
    report = inventory.newest("").name
    rows = list(inventory.rows(report))
    after = rows[read - 1][0] if read else NOTHING_READ
    for number in range(after.file):
        buckets.delete_object(Bucket=RESULTS, Key=f"{FOLDER}data/{number}.csv.gz")
    assert list(inventory.rows(report, after)) == rows[read:]


def test_a_report_of_the_local_run_has_what_is_in_the_bucket(buckets, inventory):
    for name in ("main/b.jpg", "main/a + 100% 油.jpg", "other/x"):
        buckets.put_object(Bucket=UPLOADS, Key=f"uploads/{name}", Body=b"12345")
    buckets.put_object(Bucket=UPLOADS, Key="style-pictures/main/x/1", Body=b"12345")
    key = write_report(buckets, UPLOADS, (RESULTS, FOLDER), NOON)
    assert inventory.newest("").name == key
    rows = listed(inventory, key)
    assert [row.key for row in rows] == [
        "uploads/main/a + 100% 油.jpg", "uploads/main/b.jpg", "uploads/other/x",
    ]  # fmt: skip
    head = buckets.head_object(Bucket=UPLOADS, Key=rows[0].key)
    assert (rows[0].etag, rows[0].modified) == (head["ETag"].strip('"'), head["LastModified"])


def test_the_newest_report_after_another_is_found(buckets, inventory):
    assert inventory.newest("") is None
    keys = [write_report(buckets, UPLOADS, (RESULTS, FOLDER), NOON + timedelta(days=n)) for n in range(3)]
    assert inventory.newest("").name == inventory.newest(keys[1]).name == keys[2]
    assert inventory.newest(keys[2]) is None


@pytest.mark.parametrize("changes", [{"fileFormat": "ORC"}, {"fileSchema": "Bucket, Key"}, {"files": [{}]}])
def test_a_report_of_another_kind_is_malformed(buckets, inventory, changes):
    report_of_the_user_guide(buckets, ['"limner-uploads","uploads/main/a"\n'], **changes)
    with pytest.raises(MalformedMessage):
        list(inventory.rows(inventory.newest("").name))


def test_a_file_that_is_cut_off_is_malformed(buckets, inventory):
    key = write_report(buckets, UPLOADS, (RESULTS, FOLDER), NOON)
    (file,) = json.loads(buckets.get_object(Bucket=RESULTS, Key=key)["Body"].read())["files"]
    put(buckets, file["key"], gzip.compress(b'"limner-uploads","uploads/main/a"' * 999)[:-9])
    with pytest.raises(MalformedMessage):
        list(inventory.rows(key))


def test_a_file_with_changed_bytes_is_malformed(buckets, inventory):
    key = write_report(buckets, UPLOADS, (RESULTS, FOLDER), NOON)
    (file,) = json.loads(buckets.get_object(Bucket=RESULTS, Key=key)["Body"].read())["files"]
    put(buckets, file["key"], gzip.compress(b"uploads")[:10] + b"\xff" * 20)
    with pytest.raises(MalformedMessage):
        list(inventory.rows(key))


def test_a_file_that_has_expired_is_refused(buckets, inventory):
    key = write_report(buckets, UPLOADS, (RESULTS, FOLDER), NOON)
    (file,) = json.loads(buckets.get_object(Bucket=RESULTS, Key=key)["Body"].read())["files"]
    buckets.delete_object(Bucket=RESULTS, Key=file["key"])
    with pytest.raises(DependencyRefused):
        list(inventory.rows(key))
